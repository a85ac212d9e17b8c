//! `flowlens worker`: makes the insights that are asked for, until it is stopped.

use std::{io::Write, sync::Arc, time::Duration};

use color_eyre::eyre::Report;
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, timeout},
};

use super::{Failure, after, database::Chosen, llm, me, notice, signals::Signals};
use crate::{
    cli::WorkerArgs,
    config::{Config, Env},
    domain::{request::RequestState, source::Cause, text::counted},
    exit::ExitCode,
    insight::worker::{Awaited, RequestOutcome, Worker, WorkerEvent, WorkerOptions},
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
    can_work(chosen).await?;
    // From here on they are ours to heed.
    let mut signals = Signals::listen()?;
    let (told, events) = mpsc::unbounded_channel();
    let mut crew = Crew::start(args, config, chosen, env, &told)?;
    drop(told);
    if !args.once {
        notice(format_args!("working on {}; Ctrl-C stops", chosen.database.label()));
    }
    let (told, stopped) = crew.attend(events, &mut signals, out).await;
    let ended = crew.end().await;
    match stopped {
        Some(how) => return how,
        None => ended?,
    }
    left(&mut InsightStore::new(chosen.database.clone()), told == 0).await?;
    Ok(ExitCode::Success)
}

/// Whether workers can work on this database.
///
/// # Errors
/// They cannot, or the database does not answer.
pub(super) async fn can_work(chosen: &Chosen) -> Result<(), StoreError> {
    if InsightStore::new(chosen.database.clone()).can_work().await? {
        return Ok(());
    }
    let message = "a worker needs the table insight_requests (flowlens db migrate makes it), and a login that may \
                   read and change it and insert into insights";
    Err(StoreError::new(Cause::Privilege, message))
}

/// What a worker is asked for that works until it is stopped.
pub(super) const fn endless() -> WorkerArgs {
    WorkerArgs { once: false, lease: None }
}

/// The workers of this process: each waits for the LLM most of its time.
pub(super) struct Crew {
    workers: JoinSet<Result<(), StoreError>>,
    /// Dropped, these stop the workers.
    wakes: Vec<mpsc::Sender<()>>,
}

impl Crew {
    pub(super) fn start(
        args: &WorkerArgs,
        config: &Config,
        chosen: &Chosen,
        env: Env<'_>,
        told: &mpsc::UnboundedSender<WorkerEvent>,
    ) -> Result<Self, Failure> {
        let llm = llm::configured(config)?.map(Arc::new);
        let by = me::asker_name(config, env);
        let mut crew = Self { workers: JoinSet::new(), wakes: Vec::new() };
        for n in 0..config.insights.llm.as_ref().map_or(1, |llm| llm.concurrency.max(1)) {
            let (wake, woken) = mpsc::channel(1);
            crew.wakes.push(wake);
            let options = WorkerOptions {
                name: me::worker_name(&by),
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
            let queue = InsightStore::new(chosen.database.clone());
            let mut worker = Worker::new(queue, options, llm.clone(), woken, tell);
            let once = args.once;
            crew.workers.spawn(async move {
                if once {
                    return worker.drain().await.map(drop);
                }
                worker.run().await;
                Ok(())
            });
        }
        Ok(crew)
    }

    /// Tells what the workers tell until the last one has ended: how many events there were, and why the workers were
    /// stopped, if they were: by a signal, or for nobody reads what they tell.
    async fn attend(
        &mut self,
        mut events: mpsc::UnboundedReceiver<WorkerEvent>,
        signals: &mut Signals,
        out: &mut impl Write,
    ) -> (usize, Option<Result<ExitCode, Failure>>) {
        let mut count = 0;
        let mut stopped = None;
        let mut deadline = None;
        loop {
            let stop = tokio::select! {
                event = events.recv() => match event {
                    None => return (count, stopped),
                    // Nothing is written any more once that has failed.
                    Some(_) if matches!(stopped, Some(Err(_))) => None,
                    Some(event) => {
                        count += 1;
                        tell(&event, out).err().map(Err)
                    }
                },
                code = signals.next() => Some(Ok(code)),
                () = after(deadline) => {
                    self.workers.abort_all();
                    None
                }
            };
            if stop.is_some() && stopped.is_none() {
                stopped = stop;
                // They give back what they have claimed, if the database lets them.
                self.wakes.clear();
                deadline = Some(Instant::now() + PATIENCE);
            }
        }
    }

    /// Has them give back what they have claimed, if the database lets them in time.
    pub(super) async fn stop(&mut self) {
        self.wakes.clear();
        let ended = async { while self.workers.join_next().await.is_some() {} };
        if timeout(PATIENCE, ended).await.is_err() {
            self.workers.shutdown().await;
        }
    }

    /// How they ended: the first failure.
    async fn end(&mut self) -> Result<(), Failure> {
        while let Some(ended) = self.workers.join_next().await {
            match ended {
                Ok(ended) => ended?,
                Err(error) if error.is_cancelled() => {}
                Err(error) => {
                    return Err(Failure::Unexpected(Report::new(error).wrap_err("a worker panicked")));
                }
            }
        }
        Ok(())
    }
}

/// Tells what is left when nothing can be done any more.
async fn left(queue: &mut InsightStore, quiet: bool) -> Result<(), StoreError> {
    let open = queue.open(COUNTED).await?;
    let running = open.iter().filter(|request| request.state == RequestState::Running).count();
    // One of them may have been ended since they were read.
    let later = queue.postponed(COUNTED).await?.min(open.len() - running);
    let unknown = queue.unknown().await?;
    let parts = [
        (later, "to be tried again later"),
        (running, "made by another worker, or by one that is gone"),
        // Whose claim nobody sees yet, or for the same pull request as one that runs.
        (open.len() - running - later, "next for another worker, or just asked for"),
    ];
    for (count, what) in parts.into_iter().filter(|(count, _)| *count > 0) {
        let is = if count == 1 { "is" } else { "are" };
        notice(format_args!("{} {is} left: {what}", counted(count, "request")));
    }
    if unknown > 0 {
        let stay = if unknown == 1 { "stays" } else { "stay" };
        let heads = counted(unknown, "head");
        notice(format_args!("{heads} {stay} without an insight: the files are not known"));
    }
    if quiet && open.is_empty() && unknown == 0 {
        notice("nothing waits, and no head is without an insight");
    }
    Ok(())
}

fn tell(event: &WorkerEvent, out: &mut impl Write) -> Result<(), Failure> {
    match event {
        WorkerEvent::Begun => {}
        WorkerEvent::Ended(name, RequestOutcome::Saved(level, moved)) => {
            let again = if *moved { "; the head has moved on and is queued" } else { "" };
            writeln!(out, "{name}: {level}{again}")?;
        }
        WorkerEvent::Ended(name, RequestOutcome::Failed(why)) => writeln!(out, "{name}: failed: {why}")?,
        WorkerEvent::Ended(name, RequestOutcome::Lost) => writeln!(out, "{name}: another worker took it")?,
        WorkerEvent::Ended(name, RequestOutcome::Stopped) => writeln!(out, "{name}: given back")?,
        WorkerEvent::Found(1) => writeln!(out, "1 new head is queued")?,
        WorkerEvent::Found(heads) => writeln!(out, "{heads} new heads are queued")?,
        WorkerEvent::Outage(why, pause) => {
            notice(format_args!("{why}; next try in {} s", pause.as_secs_f64().ceil()));
        }
        WorkerEvent::Settled => notice("the database answers again"),
    }
    out.flush()?;
    Ok(())
}
