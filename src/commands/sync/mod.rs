//! `flowlens sync`: reads GitHub into the database, once or until it is stopped.

mod bar;
mod json;
mod lines;
mod targets;

use std::{io::Write, time::Duration};

use tokio::{
    sync::mpsc::{self, UnboundedReceiver},
    time::{Instant, sleep, timeout},
};

use self::{lines::Teller, targets::targets};
use super::{Failure, database::Chosen, github, me, signals::Signals};
use crate::{
    cli::{GlobalArgs, SyncArgs},
    config::Config,
    domain::source::Cause,
    exit::ExitCode,
    github::{
        client::{Budget, Error},
        sync::{Program, Summary, SyncEngine, SyncEvent, SyncOptions, SyncTarget},
    },
    store::engine::database::Database,
};

/// Between two numbers of a countdown.
const SECOND: Duration = Duration::from_secs(1);
/// How long somebody who only wants to know what it would cost waits for an outage to end.
const SOON: Duration = Duration::from_secs(5);
/// How long leaving waits for leases to be given back.
const GIVE_BACK: Duration = Duration::from_secs(2);

/// Syncs.
///
/// # Errors
/// Nothing is named, there is no token, or the database cannot be used.
pub async fn run(
    args: &SyncArgs,
    global: &GlobalArgs,
    config: &Config,
    chosen: &Chosen,
    out: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let targets = targets(args, config)?;
    // From here on they are ours to heed.
    let signals = Signals::listen()?;
    let client = github::client(config, Budget::default()).map_err(|error| refused(&error))?;
    let (tell, events) = mpsc::unbounded_channel();
    let options = SyncOptions { window: config.dashboard.window, ..SyncOptions::default() };
    let options = if args.watch {
        SyncOptions { patience: Duration::MAX, program: Program::Watch, ..options }
    } else if args.dry_run {
        SyncOptions { patience: SOON, ..options }
    } else {
        options
    };
    let mut engine = SyncEngine::new(client, chosen.database.clone(), options, tell);
    let mut desk = Desk { config, signals, events, teller: Teller::new(args.json, out) };
    desk.teller.begin(&github::host(config));
    if args.dry_run {
        return estimate(&mut engine, &targets, &chosen.database, &mut desk).await;
    }
    ready(&chosen.database).await?;
    let began = Instant::now();
    let work = async {
        if args.watch {
            // Nobody asks for anything: it ends by a signal.
            let (_asks, asked) = mpsc::unbounded_channel();
            engine.watch(targets, asked).await;
            // It ends only where GitHub refuses everything, which is told.
            return Ok(Summary { problems: 1, ..Summary::default() });
        }
        engine.once(&targets).await
    };
    let ended = desk.attend(Box::pin(work)).await?;
    // Nobody waits long for a database that does not answer: a lease ends by itself, too.
    drop(timeout(GIVE_BACK, engine.stop()).await);
    desk.clear()?;
    let summary = match ended {
        Ok(summary) => summary?,
        Err(code) => return Ok(code),
    };
    desk.teller.summary(summary, engine.spent(), began.elapsed(), shown_by(global))?;
    Ok(if summary.problems > 0 { ExitCode::Failure } else { ExitCode::Success })
}

/// Where somebody waits for the work: what is told is printed, and signals are heeded.
struct Desk<'a, W> {
    config: &'a Config,
    signals: Signals,
    events: UnboundedReceiver<SyncEvent>,
    teller: Teller<'a, W>,
}

impl<W: Write> Desk<'_, W> {
    /// What comes of the work; or, where a signal ends it, the exit code.
    async fn attend<T>(&mut self, work: impl Future<Output = T>) -> Result<Result<T, ExitCode>, Failure> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                code = self.signals.next() => return Ok(Err(code)),
                Some(event) = self.events.recv() => self.print(&event)?,
                ended = &mut work => return Ok(Ok(ended)),
                () = sleep(SECOND), if self.teller.is_waiting() => self.teller.tick(),
            }
        }
    }

    /// Prints what is left, and takes away the line that lives.
    fn clear(&mut self) -> Result<(), Failure> {
        while let Ok(event) = self.events.try_recv() {
            self.print(&event)?;
        }
        Ok(self.teller.end()?)
    }

    fn print(&mut self, event: &SyncEvent) -> Result<(), Failure> {
        if let SyncEvent::Login(login) = event {
            me::remember(self.config, login);
        }
        Ok(self.teller.tell(event)?)
    }
}

/// `--dry-run`: what a sync would do now, and what that would cost. Nothing is made that is not there.
async fn estimate<W: Write>(
    engine: &mut SyncEngine,
    targets: &[SyncTarget],
    database: &Database,
    desk: &mut Desk<'_, W>,
) -> Result<ExitCode, Failure> {
    let is_there = match database {
        Database::Sqlite(file) => file.path().exists(),
        Database::Postgres(_) => has_tables(database).await?,
    };
    let began = Instant::now();
    let ended = desk.attend(engine.estimate(targets, is_there)).await?;
    desk.clear()?;
    let total = match ended {
        Ok(total) => total?,
        Err(code) => return Ok(code),
    };
    let spent = engine.spent();
    // As fast as GitHub has just answered.
    let pace = began.elapsed() / (spent.points + spent.requests).max(1);
    desk.teller.total(total, total.time(pace), spent)?;
    Ok(if total.problems > 0 { ExitCode::Failure } else { ExitCode::Success })
}

/// The command that shows what was read: it opens the same database only where no flag named this one.
fn shown_by(global: &GlobalArgs) -> Option<&'static str> {
    let is_named = global.database_url.is_some() || global.database.is_some() || global.config.is_some();
    (!is_named).then_some("flowlens")
}

/// Whether a database has what a sync needs. A shared one is never migrated on the way.
pub(super) async fn ready(database: &Database) -> Result<(), Failure> {
    if has_tables(database).await? {
        return Ok(());
    }
    let message = "a sync needs tables that are not there, or not up to date; flowlens db migrate makes them";
    Err(Failure::Database { cause: Cause::Schema, message: message.to_owned() })
}

/// An embedded one gets them when it is opened.
async fn has_tables(database: &Database) -> Result<bool, Failure> {
    match database {
        Database::Sqlite(_) => Ok(true),
        Database::Postgres(connector) => {
            let schema = connector.clone().connect().await?.schema;
            Ok(schema.has("sync_state", "claimed_by") && schema.has("repositories", "gone_at"))
        }
    }
}

/// There is nothing to ask with.
fn refused(error: &Error) -> Failure {
    Failure::Usage(error.with_mend())
}
