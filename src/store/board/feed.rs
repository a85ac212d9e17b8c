//! The feed: one task, one connection, and what a tick costs. It reads and tells; it never writes.
//!
//! A tick is one round trip while nothing changes: a probe that returns the server's clock and the versions of the
//! rows written since the server's clock at the last good poll less ten seconds (the overlap). Only what is new
//! among them is read, and only what has new content is told. Every [`FeedOptions::sweep`] all keys and versions
//! are compared, which finds deletions, rows dated in the future and transactions that committed later than the
//! overlap, and so does a comparison as soon as a table that was empty has rows, or another server or file answers;
//! every [`FeedOptions::reread`] the schema is looked at and all rows are read, which finds writers that
//! do not touch `updated_at`.

mod requests;
mod sweep;
mod tick;

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};
use uuid::Uuid;

use self::{requests::Told, sweep::Depth};
use super::{
    decode::{Joined, Probe, TABLES, Versions},
    read::Reader,
    sql::{Polled, Statements},
};
use crate::{
    backoff::random_fraction,
    domain::{
        board::{FeedEvent, Poll},
        ids::PrKey,
        pull_request::PullRequest,
        repository::Repository,
        source::{Cause, Outage, Source},
    },
    panics::caught,
    store::engine::{database::Database, discovery::Schema, error::StoreError, sqlite::Inode},
};

/// How far a probe looks back behind the last good poll: rows commit late, and nodes' clocks differ.
const OVERLAP: TimeDelta = TimeDelta::seconds(10);
/// A tick waits at least this many times what the last one took the database: 5 % of the time.
const REST: u32 = 20;
/// Between two looks after what this program has written: its worker may write often.
const LOOKS: Duration = Duration::from_millis(100);

/// What the feed reads, and how often.
#[derive(Clone, Debug)]
pub struct FeedOptions {
    /// Between two ticks; ±20 % of jitter is added.
    pub interval: Duration,
    /// Between two comparisons of all keys and versions.
    pub sweep: Duration,
    /// Between two complete reads.
    pub reread: Duration,
    /// How long ended pull requests stay in scope.
    pub window: Duration,
    /// Most pull requests held.
    pub limit: usize,
    /// `owner/name` of the repositories to read, in any case; empty for all.
    pub only: Vec<String>,
    /// Where the address came from, for the header.
    pub origin: Option<String>,
}

impl Default for FeedOptions {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(2),
            sweep: Duration::from_mins(2),
            reread: Duration::from_mins(10),
            window: Duration::from_hours(14 * 24),
            limit: 20_000,
            only: Vec::new(),
            origin: None,
        }
    }
}

/// A request to the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeedCommand {
    /// Poll as soon as the database has had its rest, without a notice: this program wrote something.
    Look,
    /// Poll now: the user asks.
    Refresh,
    /// Read everything again now, the schema too.
    Reread,
}

/// The statements that a poll of this schema may run, by name: so that their plans can be looked at.
#[must_use]
pub fn statements(schema: &Schema) -> Vec<(&'static str, String)> {
    Statements::compose(schema).polls()
}

/// Polls until the receiver of the events or the sender of the commands is dropped.
pub async fn run(
    database: impl Into<Database>,
    options: FeedOptions,
    events: mpsc::Sender<FeedEvent>,
    mut commands: mpsc::Receiver<FeedCommand>,
) {
    let mut feed = Feed::new(database.into(), options, events);
    let mut asked: Option<FeedCommand> = None;
    let mut failures = 0;
    loop {
        let (pause, rest) = match feed.go_on(asked).await {
            Ok(Busy { probe, reads }) => {
                failures = 0;
                let pause = jitter(feed.options.interval.max(probe * REST), random_fraction());
                (pause, LOOKS.max((probe + reads) * REST))
            }
            Err(Stop::Closed) => return,
            Err(Stop::Failed(error)) => {
                let pause = error.backoff().pause(failures);
                failures += 1;
                if feed.fail(error, pause).await.is_err() {
                    return;
                }
                (pause, pause)
            }
        };
        asked = match next(pause, rest, &mut commands).await {
            Ok(asked) => asked,
            Err(Gone) => return,
        };
    }
}

/// How long a step kept the database busy: with the probe, by its own clock, and with all that was read after it.
struct Busy {
    probe: Duration,
    reads: Duration,
}

/// The sender of the commands is.
struct Gone;

/// What is asked for, at the end of the pause at the latest: by the user at once, by those who have written something
/// not before the database has had its rest.
async fn next(
    pause: Duration,
    rest: Duration,
    commands: &mut mpsc::Receiver<FeedCommand>,
) -> Result<Option<FeedCommand>, Gone> {
    let now = Instant::now();
    let mut asked = None;
    loop {
        let until = now + if asked.is_some() { rest.min(pause) } else { pause };
        match timeout_at(until, commands.recv()).await {
            // One poll answers all that was asked meanwhile.
            Ok(Some(command)) => asked = asked.max(Some(command)),
            Ok(None) => return Err(Gone),
            Err(_elapsed) => return Ok(asked),
        }
        while let Ok(command) = commands.try_recv() {
            asked = asked.max(Some(command));
        }
        if asked > Some(FeedCommand::Look) {
            return Ok(asked);
        }
    }
}

/// ±20 %.
fn jitter(pause: Duration, fraction: f64) -> Duration {
    pause.mul_f64(0.8 + 0.4 * fraction)
}

/// Why a step ended early.
enum Stop {
    /// Nobody listens any more.
    Closed,
    Failed(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl<T> From<mpsc::error::SendError<T>> for Stop {
    fn from(_: mpsc::error::SendError<T>) -> Self {
        Self::Closed
    }
}

/// A row version: which table (repositories come after [`Polled::ALL`]), id, time.
type Version = (usize, Uuid, DateTime<Utc>);

/// The rows of a key as the board shows them.
struct Known {
    versions: Versions,
    hash: u64,
}

struct Feed {
    database: Database,
    options: FeedOptions,
    events: mpsc::Sender<FeedEvent>,
    reader: Option<Reader>,
    /// The source and the repositories as last told.
    source: Option<Source>,
    repositories: Option<Vec<Repository>>,
    /// The repositories to which the scope is narrowed.
    only: Option<Vec<Uuid>>,
    /// Lower bound of the next probe; `None` until the first complete read.
    since: Option<DateTime<Utc>>,
    /// Row versions that the last poll has dealt with: the overlap shows them again.
    seen: HashSet<Version>,
    known: HashMap<PrKey, Known>,
    /// Tables without any row at the last look: the first ones may be dated long before every lower bound. `None` before
    /// the first look.
    empty: Option<[bool; TABLES]>,
    /// What answered last.
    incarnation: String,
    /// Which file answered last, if it is one.
    inode: Option<Inode>,
    /// Another file than before answers, and not all of it is read yet.
    replaced: bool,
    newest_row_at: Option<DateTime<Utc>>,
    requests: Told,
    /// The scope was cut by the limit.
    limited: bool,
    /// Counting may take a scan of the table, where that has not been vacuumed for long.
    next_counts: Instant,
    next_sweep: Instant,
    next_reread: Instant,
}

impl Feed {
    fn new(database: Database, options: FeedOptions, events: mpsc::Sender<FeedEvent>) -> Self {
        let now = Instant::now();
        Self {
            database,
            options,
            events,
            reader: None,
            source: None,
            repositories: None,
            only: None,
            since: None,
            seen: HashSet::new(),
            known: HashMap::new(),
            empty: None,
            incarnation: String::new(),
            inode: None,
            replaced: false,
            newest_row_at: None,
            requests: Told::default(),
            limited: false,
            next_counts: now,
            next_sweep: now,
            next_reread: now,
        }
    }

    async fn emit(&self, event: FeedEvent) -> Result<(), Stop> {
        Ok(self.events.send(event).await?)
    }

    /// Tells of a failure. A broken connection is dropped, so that the next step makes a new one, and so is one
    /// whose statements don't fit any more: the next one looks at the schema and the privileges anew.
    async fn fail(&mut self, error: StoreError, pause: Duration) -> Result<(), Stop> {
        tracing::warn!(%error, code = error.code(), "poll failed");
        let broken = error.is_connection_broken();
        if broken && error.cause == Cause::Timeout && self.reader.is_some() {
            // It accepts connections and does not answer: the next node may.
            self.database.rotate();
        }
        if broken || matches!(error.cause, Cause::Schema | Cause::Privilege | Cause::Other) {
            self.reader = None;
        }
        let retry_at = local_now() + TimeDelta::from_std(pause).unwrap_or_default();
        self.emit(FeedEvent::Failed(Outage { cause: error.cause, message: error.message, retry_at })).await
    }

    /// One tick, and again on a new connection if the old one broke: servers, poolers and firewalls end sessions that
    /// idle, and nobody has to know. If that fails, too, it is an outage; a server that is silent is one at once.
    async fn go_on(&mut self, asked: Option<FeedCommand>) -> Result<Busy, Stop> {
        let was_open = self.reader.is_some();
        match self.guarded(asked, false).await {
            Err(Stop::Failed(error))
                if was_open && error.is_connection_broken() && error.cause != Cause::Timeout =>
            {
                tracing::info!(%error, code = error.code(), "the connection is made anew");
                self.reader = None;
                self.guarded(asked, true).await
            }
            done => done,
        }
    }

    /// One tick; what panics in it, over a row that makes no sense, is a failure of the connection.
    async fn guarded(&mut self, asked: Option<FeedCommand>, quietly: bool) -> Result<Busy, Stop> {
        match caught(Box::pin(self.step(asked, quietly))).await {
            Ok(done) => done,
            Err(panic) => Err(StoreError::panicked(&panic).into()),
        }
    }

    /// One tick, connecting and reading everything first where that is still to be done.
    async fn step(&mut self, asked: Option<FeedCommand>, quietly: bool) -> Result<Busy, Stop> {
        if asked == Some(FeedCommand::Reread) {
            // It stays due if this step fails.
            self.next_reread = Instant::now();
        }
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => self.connect(quietly).await?,
        };
        let done = self.poll(&mut reader, asked.is_some_and(|asked| asked != FeedCommand::Look)).await;
        // A failed statement leaves the connection usable; `fail` drops it where it does not.
        self.reader = Some(reader);
        done
    }

    async fn connect(&mut self, quietly: bool) -> Result<Reader, Stop> {
        if !quietly {
            self.emit(FeedEvent::Connecting { node: self.database.current_node().to_owned() }).await?;
        }
        let reader = Reader::connect(&mut self.database, self.options.origin.clone()).await?;
        let incarnation = reader.incarnation();
        if !quietly || incarnation != self.incarnation {
            // Another one may be behind what answered last, or hold other data altogether; and after an outage nobody
            // knows what happened meanwhile.
            self.next_sweep = Instant::now();
            self.incarnation = incarnation;
        }
        let inode = reader.inode();
        if inode != self.inode {
            self.next_reread = Instant::now();
            self.replaced = self.since.is_some();
            self.inode = inode;
        }
        let source = reader.source();
        tracing::info!(node = %source.node, engine = %source.engine, version = %source.version, "connected");
        if !quietly || self.source.as_ref() != Some(source) {
            self.source = Some(source.clone());
            self.emit(FeedEvent::Connected(source.clone())).await?;
        }
        Ok(reader)
    }

    async fn poll(&mut self, reader: &mut Reader, asked: bool) -> Result<Busy, Stop> {
        let loaded = self.since;
        let reread = loaded.is_none() || Instant::now() >= self.next_reread;
        if reread && loaded.is_some() {
            self.rediscover(reader).await?;
        }
        let ask_filled = reread
            || Instant::now() >= self.next_sweep
            || self.empty.is_none_or(|empty| empty.contains(&true));
        let probe = match loaded {
            Some(since) => reader.probe(since, ask_filled).await?,
            None => reader.first_probe().await?,
        };
        let probed = Instant::now();
        self.take_filled(&probe);
        if loaded.is_some_and(|since| probe.now < since) {
            // The clock went back, or this node's is behind the last one's: what was written meanwhile by it lies
            // before the bound.
            self.next_sweep = Instant::now();
        }
        let (changed, seen) = if reread {
            (self.sweep(reader, Depth::Rows, probe.now).await?, versions(&probe).collect())
        } else {
            let (mut changed, seen) = self.tick(reader, &probe, loaded.unwrap_or_default()).await?;
            if Instant::now() >= self.next_sweep {
                changed += self.sweep(reader, Depth::Versions, probe.now).await?;
            }
            (changed, seen)
        };
        self.tell_requests(reader, &probe, loaded.filter(|_| !reread)).await?;
        self.since = Some(probe.now - OVERLAP);
        self.seen = seen;
        let slowest = probe.took * REST;
        self.emit(FeedEvent::Polled(Poll {
            server_now: probe.now,
            at: local_now(),
            newest_row_at: self.newest_row_at,
            changed,
            asked,
            slowed_to: (slowest > self.options.interval).then_some(slowest),
        }))
        .await?;
        Ok(Busy { probe: probe.took, reads: probed.elapsed() })
    }

    /// A table that was empty is looked at in full once it has rows.
    fn take_filled(&mut self, probe: &Probe) {
        let Some(filled) = probe.filled else { return };
        let empty = self.empty.unwrap_or([self.known.is_empty(); TABLES]);
        if empty.into_iter().zip(filled).any(|(was_empty, filled)| was_empty && filled) {
            self.next_sweep = Instant::now();
        }
        self.empty = Some(filled.map(|filled| !filled));
    }

    /// Looks at the schema again: a migration may have added columns and indexes.
    async fn rediscover(&mut self, reader: &mut Reader) -> Result<(), Stop> {
        reader.rediscover().await?;
        if self.source.as_ref() != Some(reader.source()) {
            self.source = Some(reader.source().clone());
            self.emit(FeedEvent::Connected(reader.source().clone())).await?;
        }
        Ok(())
    }

    fn is_mine(&self, key: &PrKey) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&key.repo.uuid()))
    }

    /// Open, or ended within the window.
    fn in_scope(&self, pull: &PullRequest, now: DateTime<Utc>) -> bool {
        let recent = |at: DateTime<Utc>| at >= self.window_start(now);
        self.is_mine(&pull.key)
            && (pull.state.is_open() || pull.ended_at.or(pull.updated_at).is_some_and(recent))
    }

    /// Reads these keys and tells those that are in scope or on the board.
    async fn read(&mut self, reader: &mut Reader, keys: &[PrKey], now: DateTime<Utc>) -> Result<usize, Stop> {
        let mut changed = 0;
        for page in keys.chunks(reader.row_page()) {
            let mut rows = reader.rows(page).await?;
            rows.found.retain(|row| self.known.contains_key(&row.pull.key) || self.in_scope(&row.pull, now));
            changed += self.tell(rows.found, rows.absent).await?;
        }
        Ok(changed)
    }

    /// Tells the pull requests whose content is new.
    async fn tell(&mut self, rows: Vec<Joined>, mut gone: Vec<PrKey>) -> Result<usize, Stop> {
        gone.retain(|key| self.known.remove(key).is_some());
        let mut changed = Vec::new();
        for Joined { pull, versions, hash } in rows {
            let insight_at = pull.insight.as_ref().and_then(|i| i.created_at);
            self.newest_row_at = self.newest_row_at.max(pull.updated_at).max(insight_at);
            let before = self.known.insert(pull.key, Known { versions, hash });
            if before.is_none_or(|before| before.hash != hash) {
                changed.push(pull);
            }
        }
        let count = changed.len() + gone.len();
        if count > 0 {
            self.emit(FeedEvent::Pulls { changed, gone }).await?;
        }
        Ok(count)
    }

    async fn tell_open_counts(&mut self, reader: &mut Reader) -> Result<(), Stop> {
        let started = Instant::now();
        let counts = reader.open_counts(self.only.as_deref()).await?;
        self.next_counts = Instant::now() + started.elapsed() * REST;
        self.emit(FeedEvent::OpenCounts(Some(counts))).await
    }

    async fn read_repositories(&mut self, reader: &mut Reader) -> Result<(), Stop> {
        let list = reader.repositories().await?;
        self.tell_repositories(list).await
    }

    async fn tell_repositories(&mut self, mut list: Vec<Repository>) -> Result<(), Stop> {
        if !self.options.only.is_empty() {
            list.retain(|r| self.options.only.iter().any(|name| name.eq_ignore_ascii_case(&r.full_name)));
            let only: Vec<Uuid> = list.iter().map(|r| r.id.uuid()).collect();
            if self.only.as_ref() != Some(&only) {
                // What belongs to a repository that came or went by a new name is not all in the next probe.
                self.only = Some(only);
                self.next_sweep = Instant::now();
            }
        }
        if self.repositories.as_ref() != Some(&list) {
            self.repositories = Some(list.clone());
            self.emit(FeedEvent::Repositories(list)).await?;
        }
        Ok(())
    }
}

/// The place of repositories in a [`Version`].
const REPOSITORIES: usize = Polled::ALL.len();

fn versions(probe: &Probe) -> impl Iterator<Item = Version> {
    let rows = probe.rows.iter().enumerate();
    rows.flat_map(|(n, rows)| rows.iter().filter_map(move |r| Some((n, r.id, r.at?))))
        .chain(probe.repositories.iter().map(|(id, at)| (REPOSITORIES, *id, *at)))
}

#[expect(clippy::disallowed_methods, reason = "the feed stamps its events; ages are drawn from them")]
fn local_now() -> DateTime<Utc> {
    Utc::now()
}
