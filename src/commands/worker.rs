//! `flowlens worker`: makes the insights that are asked for, until it is stopped.

use std::{io::Write, time::Duration};

use color_eyre::eyre::WrapErr as _;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};
use uuid::Uuid;

use super::{Failure, database::Chosen, me, notice};
use crate::{
    cli::WorkerArgs,
    config::{Config, Env},
    domain::source::Cause,
    exit::ExitCode,
    insight::worker::{Event, Options, Outcome, Worker},
    store::{error::StoreError, queue::Queue},
};

/// How long a claim holds unless it is renewed.
const LEASE: Duration = Duration::from_mins(2);
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
    let mut queue = Queue::new(chosen.database.clone());
    if !queue.can_work().await.map_err(failure)? {
        let message = "a worker needs the table insight_requests (flowlens db migrate makes it), and a login that \
                       may read and change it and insert into insights";
        return Err(Failure::Database { cause: Cause::Privilege, message: message.to_owned() });
    }
    let (wake, woken) = mpsc::channel(1);
    let (told, mut events) = mpsc::unbounded_channel();
    let name = format!("{} {} {}", me::asker_name(config, env), std::process::id(), Uuid::new_v4().simple());
    let options = Options {
        name,
        lease: args.lease.unwrap_or(LEASE),
        only_by: None,
        poll: Some(POLL),
        scan: Some(SCAN),
    };
    // Nobody listens any more only when the command ends.
    let mut worker = Worker::new(queue, options, woken, move |event| drop(told.send(event)));
    let once = args.once;
    let working = async move {
        if once {
            return worker.drain().await.map(|_| ExitCode::Success);
        }
        worker.run().await;
        Ok(ExitCode::Interrupted)
    };
    tokio::pin!(working);
    let mut terminate = signal(SignalKind::terminate()).wrap_err("cannot listen for signals")?;
    let mut wake = Some(wake);
    let mut ended = None;
    // Events that came before the end are told, too.
    while ended.is_none() || !events.is_empty() {
        tokio::select! {
            biased;
            Some(event) = events.recv() => {
                tell(&event, out)?;
                out.flush()?;
            }
            code = &mut working, if ended.is_none() => ended = Some(code),
            // It gives back what it has claimed.
            Ok(()) = tokio::signal::ctrl_c() => drop(wake.take()),
            Some(()) = terminate.recv() => drop(wake.take()),
        }
    }
    ended.unwrap_or(Ok(ExitCode::Success)).map_err(failure)
}

fn tell(event: &Event, out: &mut impl Write) -> Result<(), Failure> {
    match event {
        Event::Ended(name, Outcome::Saved(level, moved)) => {
            let again = if *moved { "; the head has moved on and is queued" } else { "" };
            writeln!(out, "{name}: {level}{again}")?;
        }
        Event::Ended(name, Outcome::Failed(why)) => writeln!(out, "{name}: failed: {why}")?,
        Event::Ended(name, Outcome::Lost) => writeln!(out, "{name}: another worker took it")?,
        Event::Ended(name, Outcome::Stopped) => writeln!(out, "{name}: given back")?,
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
