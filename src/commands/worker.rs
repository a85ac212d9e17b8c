//! `flowlens worker`: makes the insights that are asked for, until it is stopped.

use std::{io::Write, sync::Arc, time::Duration};

use color_eyre::eyre::{Report, WrapErr as _};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep_until},
};
use uuid::Uuid;

use super::{Failure, database::Chosen, llm, me, notice};
use crate::{
    cli::WorkerArgs,
    config::{Config, Env},
    domain::{request::RequestState, source::Cause},
    exit::ExitCode,
    insight::worker::{Awaited, Event, Options, Outcome, Worker},
    store::{engine::error::StoreError, insights::InsightStore},
};

/// Looks for new requests, and for heads that nobody asked about.
const POLL: Duration = Duration::from_secs(2);
const SCAN: Duration = Duration::from_secs(30);
/// How long it waits, once told to stop, for what was claimed to be given back.
const PATIENCE: Duration = Duration::from_millis(1_200);
/// Requests that are counted when it ends.
const COUNTED: usize = 100_000;

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
    if !InsightStore::new(chosen.database.clone()).can_work().await.map_err(failure)? {
        let message = "a worker needs the table insight_requests (flowlens db migrate makes it), and a login that \
                       may read and change it and insert into insights";
        return Err(Failure::Database { cause: Cause::Privilege, message: message.to_owned() });
    }
    // From here on they are ours to heed.
    let listen = |kind| signal(kind).wrap_err("cannot listen for signals");
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
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
            awaited: Awaited::default(),
            poll: Some(POLL),
            // With --once none ends before no head is left.
            scan: (n == 0 || args.once).then_some(SCAN),
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
                return worker.drain().await.map(drop);
            }
            worker.run().await;
            Ok(())
        });
    }
    drop(told);
    if !args.once {
        notice(format_args!("working on {}; Ctrl-C stops", chosen.database.label()));
    }
    let mut quiet = true;
    let mut deadline = None;
    // Ends when the last worker has, and all that it told is told.
    loop {
        let late = async {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => {
                    quiet = false;
                    tell(&event, out)?;
                    out.flush()?;
                }
                None => break,
            },
            // They give back what they have claimed, if the database lets them.
            Some(()) = async { tokio::select! { told = interrupt.recv() => told, told = terminate.recv() => told } } => {
                wakes.clear();
                deadline.get_or_insert(Instant::now() + PATIENCE);
            }
            () = late => workers.abort_all(),
        }
    }
    while let Some(ended) = workers.join_next().await {
        match ended {
            Ok(ended) => ended.map_err(failure)?,
            Err(error) if error.is_cancelled() => {}
            Err(error) => return Err(Failure::Unexpected(Report::new(error).wrap_err("a worker panicked"))),
        }
    }
    if deadline.is_some() || !args.once {
        return Ok(ExitCode::Interrupted);
    }
    left(&mut InsightStore::new(chosen.database.clone()), quiet).await.map_err(failure)?;
    Ok(ExitCode::Success)
}

/// Tells what is left when nothing can be done any more.
async fn left(queue: &mut InsightStore, quiet: bool) -> Result<(), StoreError> {
    let open = queue.open(COUNTED).await?;
    let running = open.iter().filter(|request| request.state == RequestState::Running).count();
    let unknown = queue.unknown().await?;
    let parts = [
        (open.len() - running, "to be tried again later"),
        (running, "made by another worker, or by one that is gone"),
    ];
    for (count, what) in parts.into_iter().filter(|(count, _)| *count > 0) {
        notice(format_args!("{} left: {what}", plural(count, "request", "is", "are")));
    }
    if unknown > 0 {
        notice(format_args!(
            "{} without an insight: the files are not known",
            plural(unknown, "head", "stays", "stay")
        ));
    }
    if quiet && open.is_empty() && unknown == 0 {
        notice("nothing waits, and no head is without an insight");
    }
    Ok(())
}

/// `1 request is`, `2 requests are`.
fn plural(count: usize, what: &str, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {what} {one}") } else { format!("{count} {what}s {many}") }
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

fn failure(error: StoreError) -> Failure {
    Failure::Database { cause: error.cause, message: error.message }
}
