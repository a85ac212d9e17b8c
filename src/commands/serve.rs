//! `flowlens serve`: receives webhooks and processes them, until it is stopped.

use std::{io, net::SocketAddr, time::Duration};

use color_eyre::eyre::WrapErr as _;
use tokio::sync::{mpsc, oneshot};

use super::{
    Failure,
    database::Chosen,
    github, me, notice,
    signals::Signals,
    sync,
    worker::{self, Crew},
};
use crate::{
    cli::{LogFormat, ServeArgs},
    config::{Config, Env, Secret},
    domain::source::Cause,
    exit::ExitCode,
    github::{
        client::{Budget, Client},
        sync::SyncTarget,
    },
    serve::{Retention, ServeOptions, Server},
    store::{engine::error::StoreError, inbox::Inbox},
};

/// How long what is claimed stays claimed by a process that is gone.
const LEASE: Duration = Duration::from_mins(1);
/// Longer than the receiver and the processor take to end.
const LONGEST: Duration = Duration::from_secs(25);

const NO_SECRET: &str = "there is no secret: set FLOWLENS_WEBHOOK_SECRET, or name a file as secret_file under [serve] \
                         (chmod 600); --insecure-no-secret does without one, on a loopback address only";

/// Serves until a signal; a second one does not wait for what is under way. Exit code 0 after a signal: it ended as it
/// should.
///
/// # Errors
/// There is no secret, the address cannot be had, or the database can never be used.
pub async fn run(
    args: &ServeArgs,
    config: &Config,
    chosen: &Chosen,
    env: Env<'_>,
) -> Result<ExitCode, Failure> {
    let secrets = secrets(args, config)?;
    usable(Inbox::new(chosen.database.clone()).usable().await)?;
    // From here on they are ours to heed.
    let mut signals = Signals::listen_for(LONGEST)?;
    let crew = if args.worker { Some(Beside::start(config, chosen, env).await?) } else { None };
    let budget = Budget::default();
    let options = ServeOptions {
        listen: args.listen,
        secrets,
        database: chosen.database.clone(),
        name: me::worker_name(&me::asker_name(config, env)),
        lease: args.lease.unwrap_or(LEASE),
        retention: Retention { keep: config.serve.keep, keep_bytes: config.serve.keep_bytes },
        files: client(config, &budget),
        sync: targets(config, chosen, &budget).await,
    };
    let server = Server::bind(options);
    let server = server.map_err(|error| unlistenable(args.listen, &error))?;
    let address = server.address().wrap_err("cannot tell the address")?;
    match args.log_format {
        LogFormat::Text => {
            notice(format_args!(
                "listening on http://{address}/webhook, for {}; Ctrl-C stops",
                chosen.database.label()
            ));
        }
        LogFormat::Json => tracing::info!(%address, database = chosen.database.label(), "listening"),
    }
    let (tell, told) = oneshot::channel::<()>();
    let mut tell = Some(tell);
    let serving = server.run(async { drop(told.await) });
    tokio::pin!(serving);
    let ended = loop {
        tokio::select! {
            ended = &mut serving => break ended,
            code = signals.next() => match tell.take() {
                // It ends when this is gone.
                Some(tell) => drop(tell),
                None => return Ok(code),
            }
        }
    };
    if let Some(crew) = crew {
        crew.end().await;
    }
    ended.wrap_err("cannot serve")?;
    Ok(ExitCode::Success)
}

fn unlistenable(address: SocketAddr, error: &io::Error) -> Failure {
    let mend = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "; another program, perhaps another flowlens serve, listens there already"
        }
        io::ErrorKind::AddrNotAvailable => "; this machine has no such address",
        _ => "",
    };
    Failure::Usage(format!("--listen {address}: {error}{mend}"))
}

fn secrets(args: &ServeArgs, config: &Config) -> Result<Vec<Secret>, Failure> {
    let secrets = config.serve.secrets().map_err(Failure::Usage)?;
    if !secrets.is_empty() {
        return Ok(secrets);
    }
    if !args.insecure_no_secret {
        return Err(Failure::Usage(NO_SECRET.to_owned()));
    }
    if !args.listen.ip().is_loopback() {
        let message =
            format!("--insecure-no-secret: {} is not a loopback address; {NO_SECRET}", args.listen.ip());
        return Err(Failure::Usage(message));
    }
    notice("warning: --insecure-no-secret: whoever is on this machine may write what the dashboards show");
    Ok(secrets)
}

/// A database that is away comes back; one that is not the right one does not become it.
fn usable(usable: Result<(), StoreError>) -> Result<(), Failure> {
    let Err(error) = usable else { return Ok(()) };
    match error.cause {
        Cause::Dns
        | Cause::Refused
        | Cause::Starting
        | Cause::Timeout
        | Cause::Lost
        | Cause::Retryable
        | Cause::Other => {
            notice(format_args!("warning: {error}; deliveries are refused until it answers"));
            Ok(())
        }
        Cause::Tls | Cause::Login | Cause::Absent | Cause::Privilege | Cause::Schema => Err(error.into()),
    }
}

/// A client of GitHub, where there is a token.
fn client(config: &Config, budget: &Budget) -> Option<Client> {
    let client = github::client(config, budget.clone());
    client.inspect_err(|error| tracing::info!(%error, "the files of new heads are not fetched")).ok()
}

/// What is synced every half hour, where repositories are named and there is a token.
async fn targets(config: &Config, chosen: &Chosen, budget: &Budget) -> Option<(Client, Vec<SyncTarget>)> {
    let targets: Vec<SyncTarget> = config.github.repos.iter().map(|name| SyncTarget::named(name)).collect();
    if targets.is_empty() {
        return None;
    }
    let client = client(config, budget)?;
    match sync::ready(&chosen.database).await {
        Ok(()) => Some((client, targets)),
        Err(error) => {
            notice(format_args!("warning: {error}; repositories are not synced"));
            None
        }
    }
}

/// The workers beside it, and whoever logs what they tell.
struct Beside {
    crew: Crew,
    telling: tokio::task::JoinSet<()>,
}

impl Beside {
    async fn start(config: &Config, chosen: &Chosen, env: Env<'_>) -> Result<Self, Failure> {
        usable(worker::can_work(chosen).await)?;
        let (told, mut events) = mpsc::unbounded_channel();
        let crew = Crew::start(&worker::endless(), config, chosen, env, &told)?;
        let mut telling = tokio::task::JoinSet::new();
        telling.spawn(async move {
            while let Some(event) = events.recv().await {
                tracing::info!(?event, "worker");
            }
        });
        Ok(Self { crew, telling })
    }

    async fn end(mut self) {
        self.crew.stop().await;
        self.telling.shutdown().await;
    }
}
