//! `flowlens worker`: makes the insights that are asked for, until it is stopped.

use std::{io::Write, sync::Arc, time::Duration};

use color_eyre::eyre::WrapErr as _;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    task::JoinSet,
};
use uuid::Uuid;

use super::{Failure, database::Chosen, llm, me, notice};
use crate::{
    cli::WorkerArgs,
    config::{Config, Env},
    domain::source::Cause,
    exit::ExitCode,
    insight::worker::{Event, Options, Outcome, Worker},
    store::insights::InsightStore,
};

/// Looks for new requests, and for heads that nobody asked about.
const POLL: Duration = Duration::from_secs(2);
const SCAN: Duration = Duration::from_secs(30);

/// Works on the queue: with `--once` until nothing waits, else until Ctrl-C.
///
/// # Errors
/// The database cannot be used: at the start, and with `--once` at any time; else it is tried again.
pub async fn run(
    args: &WorkerArgs,
    config: &Config,
    chosen: &Chosen,
    env: Env<'_>,
    out: &mut impl Write,
) -> Result<ExitCode, Failure> {
    if !InsightStore::new(chosen.database.clone()).can_work().await? {
        let message = "a worker needs the table insight_requests (flowlens db migrate makes it), and a login that \
                       may read and change it and insert into insights";
        return Err(Failure::Database { cause: Cause::Privilege, message: message.to_owned() });
    }
    let (told, mut events) = mpsc::unbounded_channel();
    let llm = llm::configured(config)?.map(Arc::new);
    let by = me::asker_name(config, env);
    let (mut workers, mut wakes) = (JoinSet::new(), Vec::new());
    // Each waits for the LLM most of its time.
    for n in 0..config.insights.llm.as_ref().map_or(1, |llm| llm.concurrency.max(1)) {
        let (wake, woken) = mpsc::channel(1);
        wakes.push(wake);
        let options = Options {
            name: format!("{by} {} {}", std::process::id(), Uuid::new_v4().simple()),
            lease: args.lease.unwrap_or(config.insights.lease),
            only_by: None,
            poll: Some(POLL),
            scan: (n == 0).then_some(SCAN),
            pace: Duration::ZERO,
        };
        let told = told.clone();
        // Nobody listens any more only when the command ends.
        let tell = move |event| drop(told.send(event));
        let mut worker =
            Worker::new(InsightStore::new(chosen.database.clone()), options, llm.clone(), woken, tell);
        let once = args.once;
        workers.spawn(async move {
            if once {
                return worker.drain().await.map(|_| ExitCode::Success);
            }
            worker.run().await;
            Ok(ExitCode::Interrupted)
        });
    }
    drop(told);
    if !args.once {
        notice(format_args!("working on {}; Ctrl-C stops", chosen.database.label()));
    }
    let mut quiet = true;
    let mut terminate = signal(SignalKind::terminate()).wrap_err("cannot listen for signals")?;
    // Ends when the last worker has, and all that it told is told.
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => {
                    quiet = false;
                    tell(&event, out)?;
                    out.flush()?;
                }
                None => break,
            },
            // They give back what they have claimed.
            Ok(()) = tokio::signal::ctrl_c() => wakes.clear(),
            Some(()) = terminate.recv() => wakes.clear(),
        }
    }
    let mut code = ExitCode::Success;
    while let Some(ended) = workers.join_next().await {
        code = ended.wrap_err("a worker panicked")??;
    }
    if args.once && quiet {
        notice("nothing waits, and no head is without an insight");
    }
    Ok(code)
}

fn tell(event: &Event, out: &mut impl Write) -> Result<(), Failure> {
    match event {
        Event::Begun => {}
        Event::Ended(name, Outcome::Saved(level, moved)) => {
            let again = if *moved { "; the head has moved on and is queued" } else { "" };
            writeln!(out, "{name}: {level}{again}")?;
        }
        Event::Ended(name, Outcome::Failed(why)) => writeln!(out, "{name}: failed: {why}")?,
        Event::Ended(name, Outcome::Lost) => writeln!(out, "{name}: another worker took it")?,
        Event::Ended(name, Outcome::Stopped) => writeln!(out, "{name}: given back")?,
        Event::Found(1) => writeln!(out, "1 new head is queued")?,
        Event::Found(heads) => writeln!(out, "{heads} new heads are queued")?,
        Event::Outage(why, pause) => {
            notice(format_args!("{why}; next try in {} s", pause.as_secs_f64().ceil()));
        }
    }
    Ok(())
}
