//! The feed and the detail reader, on a real server.

mod cells;
mod checks;
mod cost;
mod detail;
mod faults;
mod first_load;
mod forms;
mod idle;
mod ingest;
mod nodes;
mod outages;
mod past;
pub(crate) mod plans;
mod quiet;
mod requests;
mod slow;
mod synced;
mod ticks;
mod zombies;

use std::time::Duration;

use crate::support::{PATIENCE, pg};
use flowlens::{
    domain::{
        board::{Board, FeedEvent, Poll},
        ids::{PrKey, PrNumber, RepoId},
        ingest::Ingest,
        pull_request::PullRequest,
        requests::Requests,
        source::{Cause, Outage, Source},
        sync::Synced,
    },
    store::{
        board::feed::{self, FeedCommand, FeedOptions},
        engine::{connect::Connector, database::Database, options::Target},
        migrate,
    },
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

const DEPLOYED: &str = include_str!("../fixtures/deployed.sql");

/// Ticks that come often, and nothing that comes by itself beside them.
pub(crate) fn options() -> FeedOptions {
    FeedOptions {
        interval: Duration::from_millis(40),
        sweep: Duration::from_hours(1),
        reread: Duration::from_hours(1),
        ..FeedOptions::default()
    }
}

/// The same with a sweep about every tick.
pub(crate) fn sweeping() -> FeedOptions {
    FeedOptions { sweep: Duration::from_millis(100), ..options() }
}

pub(crate) fn connector(urls: &[&str]) -> Connector {
    let (first, others) = urls.split_first().expect("an address");
    let others: Vec<String> = others.iter().map(|node| (*node).to_owned()).collect();
    Connector::new(Target::parse(first, &others).expect("a good address"))
}

/// Brings a database to our schema.
pub(crate) async fn migrate(db: &pg::Database) {
    migrate::migrate(&mut connector(&[&db.url()]), |_| {}).await.expect("migrated");
}

/// The id of the repository that the tests number so.
pub(crate) fn repo(n: u128) -> RepoId {
    RepoId::new(Uuid::from_u128(n))
}

pub(crate) fn key(n: u128, number: i32) -> PrKey {
    PrKey::new(repo(n), PrNumber::new(number))
}

/// Repositories 1 and 2, `acme/api` and `acme/web`.
const REPOSITORIES: &str = "INSERT INTO repositories (id, github_id, name, full_name, owner) VALUES
    ('00000000-0000-0000-0000-000000000001', 1, 'api', 'acme/api', 'acme'),
    ('00000000-0000-0000-0000-000000000002', 2, 'web', 'acme/web', 'acme');";

/// SQL for the id of [`repo`].
fn id(n: u128) -> String {
    format!("'{}'::uuid", Uuid::from_u128(n))
}

/// SQL for open pull requests of `acme/api`, written an hour ago: outside of any overlap.
fn pulls(numbers: std::ops::RangeInclusive<i32>) -> String {
    format!(
        "INSERT INTO pull_requests (repo_id, pr_number, title, state, updated_at)
         SELECT {}, n, 'Title ' || n, 'open', now() - interval '1 hour' FROM generate_series({}, {}) n;",
        id(1),
        numbers.start(),
        numbers.end()
    )
}

/// The seed's tables with both repositories and these pull requests.
pub(crate) async fn seeded(name: &str, numbers: std::ops::RangeInclusive<i32>) -> pg::Database {
    let db = crate::support::pg::database(name).await;
    db.seed_schema().await;
    db.execute(REPOSITORIES).await;
    db.execute(&pulls(numbers)).await;
    db
}

/// Puts a view over `pull_requests` whose every row asks the function `fault()` first.
async fn interpose(db: &pg::Database) {
    db.execute(
        "ALTER TABLE pull_requests RENAME TO pull_requests_stored;
         CREATE VIEW pull_requests AS
             SELECT id, repo_id, pr_number, title, author, author_avatar, commit_sha, branch_name, state, files_changed,
                 additions, deletions, processed, created_at, updated_at
             FROM pull_requests_stored WHERE fault();",
    )
    .await;
}

/// A running feed, and what it has told.
pub(crate) struct Live {
    pub(crate) board: Board,
    pub(crate) requests: Requests,
    pub(crate) limited: Option<bool>,
    /// Names of the events since [`Live::forget`].
    pub(crate) told: Vec<&'static str>,
    pub(crate) polls: Vec<Poll>,
    /// How often a pull request was told of since then.
    changes: usize,
    pub(crate) outages: Vec<Outage>,
    resting: Option<Duration>,
    ingest: Ingest,
    synced: Vec<Synced>,
    pub(crate) sources: Vec<Source>,
    /// Nodes to which a connection was made or tried.
    nodes: Vec<String>,
    events: mpsc::Receiver<FeedEvent>,
    commands: mpsc::Sender<FeedCommand>,
    /// Ends with its value.
    _task: JoinSet<()>,
}

impl Live {
    fn start(url: &str, options: FeedOptions) -> Self {
        Self::with(connector(&[url]), options)
    }

    pub(crate) fn with(database: impl Into<Database>, options: FeedOptions) -> Self {
        let (sender, events) = mpsc::channel(64);
        let (commands, receiver) = mpsc::channel(8);
        let mut task = JoinSet::new();
        task.spawn(feed::run(database.into(), options, sender, receiver));
        Self {
            board: Board::default(),
            requests: Requests::default(),
            limited: None,
            told: Vec::new(),
            polls: Vec::new(),
            changes: 0,
            outages: Vec::new(),
            resting: None,
            ingest: Ingest::default(),
            synced: Vec::new(),
            sources: Vec::new(),
            nodes: Vec::new(),
            events,
            commands,
            _task: task,
        }
    }

    /// Starts a feed and waits until it has read everything.
    async fn loaded(url: &str, options: FeedOptions) -> Self {
        let mut live = Self::start(url, options);
        live.until("the first load", |live| !live.polls.is_empty()).await;
        live
    }

    pub(crate) fn forget(&mut self) {
        self.told.clear();
        self.polls.clear();
        self.changes = 0;
        self.outages.clear();
        self.sources.clear();
        self.nodes.clear();
    }

    fn take(&mut self, event: FeedEvent) {
        let name = match event {
            FeedEvent::Connecting { node } => {
                self.nodes.push(node);
                "connecting"
            }
            FeedEvent::Connected(source) => {
                self.sources.push(source);
                "connected"
            }
            FeedEvent::Repositories(list) => {
                self.board.set_repositories(list);
                "repositories"
            }
            FeedEvent::Pulls { changed, gone } => {
                self.changes += changed.len() + gone.len();
                self.board.apply_pulls(changed, &gone, None);
                "pulls"
            }
            FeedEvent::Requests(requests) => {
                self.requests.merge(requests);
                "requests"
            }
            FeedEvent::OpenCounts(counts) => {
                self.board.set_open_counts(counts);
                "counts"
            }
            FeedEvent::LeftOut(count) => {
                self.board.set_left_out(count);
                "left out"
            }
            FeedEvent::Loaded { limited, .. } => {
                self.limited = Some(limited);
                "loaded"
            }
            FeedEvent::Synced(synced) => {
                self.synced = synced;
                "synced"
            }
            FeedEvent::Ingest(ingest) => {
                self.ingest = ingest;
                "ingest"
            }
            FeedEvent::Resting(resting) => {
                self.resting = resting;
                "resting"
            }
            FeedEvent::Polled(poll) => {
                self.polls.push(poll);
                "polled"
            }
            FeedEvent::Failed(outage) => {
                self.outages.push(outage);
                "failed"
            }
        };
        self.told.push(name);
    }

    /// Takes events until `holds`, with much patience.
    pub(crate) async fn until(&mut self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let waiting = async {
            while !holds(self) {
                let event = self.events.recv().await.expect("the feed runs");
                self.take(event);
            }
        };
        if tokio::time::timeout(Duration::from_secs(PATIENCE), waiting).await.is_err() {
            let tail = self.told.len().saturating_sub(30);
            panic!(
                "{what} did not come; {} pull requests, told {:?}, outages {:?}",
                self.board.len(),
                self.told.get(tail..),
                self.outages.last()
            );
        }
    }

    /// Waits for so many more good polls.
    pub(crate) async fn polls(&mut self, count: usize) {
        let wanted = self.polls.len() + count;
        self.until("another poll", |live| live.polls.len() >= wanted).await;
    }

    /// Waits for a failure of this cause, later than all that was told.
    pub(crate) async fn fails(&mut self, cause: Cause) {
        self.outages.clear();
        self.until(&format!("an outage ({cause})"), |live| live.outages.iter().any(|o| o.cause == cause))
            .await;
    }

    /// Waits until polls are good again, without a command.
    async fn recovers(&mut self) {
        self.forget();
        self.polls(2).await;
    }

    pub(crate) async fn command(&self, command: FeedCommand) {
        self.commands.send(command).await.expect("the feed runs");
    }

    fn pull(&self, n: u128, number: i32) -> &PullRequest {
        self.board.pull(key(n, number)).unwrap_or_else(|| panic!("#{number} is on the board"))
    }

    pub(crate) fn title(&self, number: i32) -> Option<&str> {
        self.board.pull(key(1, number)).map(|pull| &*pull.title)
    }

    pub(crate) fn numbers(&self) -> Vec<i32> {
        let mut numbers: Vec<i32> = self.board.pulls().map(|pull| pull.key.number.get()).collect();
        numbers.sort_unstable();
        numbers
    }
}
