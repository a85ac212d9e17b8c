//! `flowlens sync`: reads GitHub into the database, once or until it is stopped.

mod bar;
mod checkout;
mod json;
mod lines;

use std::{io::Write, time::Duration};

use tokio::{
    sync::mpsc::{self, UnboundedReceiver},
    time::{Instant, sleep, timeout},
};

use self::lines::Teller;
use super::{Failure, database::Chosen, github, me, signals::Signals};
use crate::{
    cli::SyncArgs,
    config::Config,
    domain::{site::Site, source::Cause},
    exit::ExitCode,
    github::{
        client::{Client, Error},
        sync::{Summary, SyncEngine, SyncEvent, SyncOptions, SyncTarget},
    },
    store::engine::database::Database,
};

/// Between two numbers of a countdown.
const SECOND: Duration = Duration::from_secs(1);
/// How long leaving waits for leases to be given back.
const GIVE_BACK: Duration = Duration::from_millis(900);

/// Syncs.
///
/// # Errors
/// Nothing is named, there is no token, or the database cannot be used.
pub async fn run(
    args: &SyncArgs,
    config: &Config,
    chosen: &Chosen,
    out: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let targets = targets(args, config)?;
    // From here on they are ours to heed.
    let mut signals = Signals::listen()?;
    let client = github::client(config).map_err(|error| refused(&error))?;
    let (tell, mut events) = mpsc::unbounded_channel();
    let window = config.dashboard.window;
    let options = SyncOptions { window, ..SyncOptions::default() };
    let options = if args.watch { SyncOptions { tries: u32::MAX, ..options } } else { options };
    let mut teller = Teller::new(args.json, out);
    if args.dry_run {
        let mut engine = SyncEngine::new(client, chosen.database.clone(), options, tell);
        return tokio::select! {
            code = estimate(&mut engine, &targets, &mut events, &mut teller) => code,
            code = signals.next() => Ok(code),
        };
    }
    let mut engine = prepared(client, chosen, options, tell).await?;
    let began = Instant::now();
    let ended = {
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
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                code = signals.next() => break Err(code),
                Some(event) = events.recv() => {
                    if let SyncEvent::Login(login) = &event {
                        me::remember(config, login);
                    }
                    teller.tell(&event)?;
                }
                summary = &mut work => break Ok(summary),
                () = sleep(SECOND), if teller.is_waiting() => teller.tick(),
            }
        }
    };
    // Nobody waits long for a database that does not answer: a lease ends by itself, too.
    drop(timeout(GIVE_BACK, engine.stop()).await);
    while let Ok(event) = events.try_recv() {
        teller.tell(&event)?;
    }
    teller.end()?;
    let summary = match ended {
        Ok(summary) => summary?,
        Err(code) => return Ok(code),
    };
    teller.summary(summary, engine.spent(), began.elapsed())?;
    Ok(if summary.problems > 0 { ExitCode::Failure } else { ExitCode::Success })
}

/// What is named; else what this folder is a checkout of; else what the config file names.
fn targets(args: &SyncArgs, config: &Config) -> Result<Vec<SyncTarget>, Failure> {
    let repositories = args.repositories.iter().cloned().map(SyncTarget::Repository);
    let organisations = args.organisations.iter().cloned().map(SyncTarget::Organisation);
    let named: Vec<SyncTarget> =
        repositories.chain(organisations).chain(args.mine.then_some(SyncTarget::Mine)).collect();
    if !named.is_empty() {
        return Ok(named);
    }
    let host = Site::new(&config.github.url).map(|site| site.host).unwrap_or_default();
    if let Some(name) = checkout::repository(&host) {
        return Ok(vec![SyncTarget::Repository(name)]);
    }
    let configured: Vec<SyncTarget> =
        config.github.repos.iter().map(|name| SyncTarget::named(name)).collect();
    if configured.is_empty() {
        let message = format!(
            "nothing to sync: this folder is no checkout of a repository on {host}, and [github] repos names none; \
             try flowlens sync OWNER/REPO, or --org ORG, or --mine"
        );
        return Err(Failure::Usage(message));
    }
    Ok(configured)
}

/// An engine on a database that has what it needs. A shared one is never migrated on the way.
async fn prepared(
    client: Client,
    chosen: &Chosen,
    options: SyncOptions,
    tell: mpsc::UnboundedSender<SyncEvent>,
) -> Result<SyncEngine, Failure> {
    ready(&chosen.database).await?;
    Ok(SyncEngine::new(client, chosen.database.clone(), options, tell))
}

/// Whether a database has what a sync needs.
pub(super) async fn ready(database: &Database) -> Result<(), Failure> {
    if let Database::Postgres(connector) = database {
        let schema = connector.clone().connect().await?.schema;
        if !schema.has("sync_state", "claimed_by") || !schema.has("repositories", "gone_at") {
            let message =
                "a sync needs tables that are not there, or not up to date; flowlens db migrate makes them";
            return Err(Failure::Database { cause: Cause::Schema, message: message.to_owned() });
        }
    }
    Ok(())
}

/// `--dry-run`: by GitHub's counts.
async fn estimate(
    engine: &mut SyncEngine,
    targets: &[SyncTarget],
    events: &mut UnboundedReceiver<SyncEvent>,
    teller: &mut Teller<'_, impl Write>,
) -> Result<ExitCode, Failure> {
    let (names, mut problems) = engine.names(targets).await;
    for name in names {
        match engine.estimate(&name).await {
            Ok(estimate) => teller.estimate(&estimate)?,
            Err(error) => {
                problems += 1;
                teller.problem(&name, &error)?;
                if error.is_everywhere() {
                    break;
                }
            }
        }
    }
    while let Ok(event) = events.try_recv() {
        teller.tell(&event)?;
    }
    teller.end()?;
    teller.cost(engine.spent())?;
    Ok(if problems > 0 { ExitCode::Failure } else { ExitCode::Success })
}

/// There is nothing to ask with.
fn refused(error: &Error) -> Failure {
    let mend = error.mend().map(|mend| format!("; {mend}")).unwrap_or_default();
    Failure::Usage(format!("{error}{mend}"))
}
