//! The feed: one task, one connection, and what a tick costs. It reads and tells; it never writes.
//!
//! A tick is one round trip while nothing changes: a probe that returns the server's clock and the versions of the
//! rows written since the server's clock at the last good poll less `OVERLAP`. Only what is new among them is
//! read. Every `SWEEP` all keys and versions are compared, which finds deletions, rows dated in the future and
//! transactions that committed later than the overlap; every `REREAD` all rows are read, which finds writers
//! that do not touch `updated_at`.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use uuid::Uuid;

use super::{
    connect::{Connector, within},
    discovery::discover,
    error::StoreError,
    read::{ANSWER, KeyRow, Probe, Reader, Scope, Versions, newest},
    retry::{poll_backoff, random_fraction},
    sql::{KEY_PAGE, ROW_PAGE, Statements, Table},
};
use crate::domain::{
    board::{FeedEvent, Poll},
    ids::PrKey,
    pull_request::PullRequest,
    source::{Cause, Outage},
};

/// How far a probe looks back behind the last good poll: rows commit late, and nodes' clocks differ.
const OVERLAP: TimeDelta = TimeDelta::seconds(10);
/// Between two comparisons of all keys and versions.
const SWEEP: Duration = Duration::from_mins(2);
/// Between two complete reads.
const REREAD: Duration = Duration::from_mins(10);
/// A tick waits at least this many times what the last one took the database: 5 % of the time.
const REST: u32 = 20;

/// What the feed reads, and how often.
#[derive(Clone, Debug)]
pub struct FeedOptions {
    /// Between two ticks; ±20 % of jitter is added.
    pub interval: Duration,
    /// How long ended pull requests stay in scope.
    pub window: Duration,
    /// Most pull requests held.
    pub limit: usize,
    /// `owner/name` of the repositories to read, in any case; empty for all.
    pub only: Vec<String>,
    /// Where the address came from, for the header.
    pub origin: Option<String>,
}

/// What may be asked of the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedCommand {
    /// Poll now.
    Refresh,
    /// Read everything again now.
    Reread,
}

/// Polls until the receiver of the events or the sender of the commands is dropped.
pub async fn run(
    connector: Connector,
    options: FeedOptions,
    events: mpsc::Sender<FeedEvent>,
    mut commands: mpsc::Receiver<FeedCommand>,
) {
    let mut feed = Feed::new(connector, options, events);
    let mut asked: Option<FeedCommand> = None;
    let mut failures = 0;
    loop {
        let pause = match feed.step(asked).await {
            Ok(took) => {
                failures = 0;
                jitter(feed.options.interval.max(took * REST), random_fraction())
            }
            Err(Stop::Closed) => return,
            Err(Stop::Failed(error)) => {
                let pause = poll_backoff(failures, error.backoff_cap(), random_fraction());
                failures += 1;
                if feed.fail(error, pause).await.is_err() {
                    return;
                }
                pause
            }
        };
        asked = match timeout(pause, commands.recv()).await {
            Ok(Some(command)) => Some(command),
            Ok(None) => return,
            Err(_elapsed) => None,
        };
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

/// How thorough a sweep is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// Reads the rows whose versions differ.
    Versions,
    /// Reads all rows.
    Rows,
}

struct Feed {
    connector: Connector,
    options: FeedOptions,
    events: mpsc::Sender<FeedEvent>,
    reader: Option<Reader>,
    /// Lower bound of the next probe; `None` until the first complete read.
    since: Option<DateTime<Utc>>,
    /// Row versions that the last probe returned: the overlap shows them again.
    seen: HashSet<(usize, Uuid, DateTime<Utc>)>,
    /// What is on the board.
    known: HashMap<PrKey, Versions>,
    newest_row_at: Option<DateTime<Utc>>,
    /// The scope was cut by the limit.
    limited: bool,
    next_sweep: Instant,
    next_reread: Instant,
}

impl Feed {
    fn new(connector: Connector, options: FeedOptions, events: mpsc::Sender<FeedEvent>) -> Self {
        let now = Instant::now();
        Self {
            connector,
            options,
            events,
            reader: None,
            since: None,
            seen: HashSet::new(),
            known: HashMap::new(),
            newest_row_at: None,
            limited: false,
            next_sweep: now + SWEEP,
            next_reread: now + REREAD,
        }
    }

    async fn emit(&self, event: FeedEvent) -> Result<(), Stop> {
        Ok(self.events.send(event).await?)
    }

    /// Tells of a failure. A broken connection is dropped, so that the next step takes the next node.
    async fn fail(&mut self, error: StoreError, pause: Duration) -> Result<(), Stop> {
        tracing::warn!(%error, code = error.code(), "poll failed");
        if error.is_connection_broken() || error.cause == Cause::Schema {
            self.reader = None;
        }
        let retry_at = local_now() + TimeDelta::from_std(pause).unwrap_or_default();
        self.emit(FeedEvent::Failed(Outage { cause: error.cause, message: error.message, retry_at })).await
    }

    /// One tick, connecting and reading everything first where that is still to be done. Returns how long the
    /// database was kept busy.
    async fn step(&mut self, asked: Option<FeedCommand>) -> Result<Duration, Stop> {
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => self.connect().await?,
        };
        let done = self.poll(&mut reader, asked).await;
        // A failed statement leaves the connection usable; `fail` drops it where it does not.
        self.reader = Some(reader);
        done
    }

    async fn connect(&mut self) -> Result<Reader, Stop> {
        self.emit(FeedEvent::Connecting { node: self.connector.current_node().to_owned() }).await?;
        let mut connected = self.connector.connect().await?;
        let schema =
            within(ANSWER, "discovery", discover(&mut connected.conn)).await.inspect_err(|error| {
                // A node that cannot answer this is no better than one that cannot be reached.
                if error.is_connection_broken() {
                    self.connector.rotate();
                }
            })?;
        let source = schema.source(&connected.node, connected.encrypted, self.options.origin.clone());
        tracing::info!(node = %source.node, engine = %source.engine, version = %source.version, "connected");
        self.emit(FeedEvent::Connected(source)).await?;
        Ok(Reader::new(connected.conn, Statements::compose(&schema)))
    }

    async fn poll(&mut self, reader: &mut Reader, asked: Option<FeedCommand>) -> Result<Duration, Stop> {
        if reader.only.is_none() && !self.options.only.is_empty() {
            self.read_repositories(reader).await?;
        }
        // Before the first complete read the probe only tells the server's clock.
        let loaded = self.since;
        let probe = reader.probe(loaded.unwrap_or(newest().0)).await?;
        let now = Instant::now();
        let reread = loaded.is_none() || asked == Some(FeedCommand::Reread) || now >= self.next_reread;
        let changed = if reread {
            self.sweep(reader, Depth::Rows, probe.now).await?
        } else {
            let mut changed = self.tick(reader, &probe, loaded.unwrap_or_default()).await?;
            if now >= self.next_sweep {
                changed += self.sweep(reader, Depth::Versions, probe.now).await?;
            }
            changed
        };
        self.since = Some(probe.now - OVERLAP);
        self.seen = pairs(&probe).collect();
        let slowed = reader.unindexed() && probe.took * REST > self.options.interval;
        self.emit(FeedEvent::Polled(Poll {
            server_now: probe.now,
            at: local_now(),
            newest_row_at: self.newest_row_at,
            changed,
            asked: asked.is_some(),
            slowed_to: slowed.then_some(probe.took * REST),
        }))
        .await?;
        Ok(probe.took)
    }

    /// Reads what the probe shows to be new; returns how many pull requests were told.
    async fn tick(
        &mut self,
        reader: &mut Reader,
        probe: &Probe,
        since: DateTime<Utc>,
    ) -> Result<usize, Stop> {
        if probe.repositories {
            self.read_repositories(reader).await?;
        }
        let mut keys: Vec<PrKey> = Vec::new();
        for (n, table) in Table::ALL.into_iter().enumerate() {
            if probe.overflowed(n) {
                let mut after = (since, Uuid::nil());
                loop {
                    let page = reader.changed(table, since, after).await?;
                    keys.extend(page.iter().map(|row| row.key));
                    match page.last() {
                        Some(KeyRow { at: Some(at), id, .. }) if page.len() == KEY_PAGE => after = (*at, *id),
                        Some(_) | None => break,
                    }
                }
            } else {
                let rows = probe.rows[n].iter();
                keys.extend(
                    rows.filter(|r| r.at.is_none_or(|at| !self.seen.contains(&(n, r.id, at)))).map(|r| r.key),
                );
            }
        }
        keys.sort_unstable();
        keys.dedup();
        if let Some(only) = &reader.only {
            keys.retain(|key| only.contains(&key.repo.uuid()));
        }
        let changed = self.read(reader, &keys, probe.now).await?;
        if changed > 0 && self.limited {
            self.emit(FeedEvent::OpenCounts(Some(reader.open_counts().await?))).await?;
        }
        Ok(changed)
    }

    /// Compares all keys of the scope with what is known, page by page, and reads what differs.
    async fn sweep(&mut self, reader: &mut Reader, depth: Depth, now: DateTime<Utc>) -> Result<usize, Stop> {
        let started = Instant::now();
        self.read_repositories(reader).await?;
        let mut listed: HashSet<PrKey> = HashSet::new();
        let mut changed = 0;
        let mut limited = false;
        'scopes: for scope in [Scope::Open, Scope::Timeless, Scope::Ended, Scope::Runs] {
            let mut after = if scope == Scope::Timeless { (now, Uuid::nil()) } else { newest() };
            let mut scanned = 0;
            loop {
                let (mut page, next) = reader.keys(scope, after, self.window_start(now)).await?;
                scanned += page.len();
                let room = self.options.limit.saturating_sub(listed.len());
                if scope != Scope::Runs && page.len() > room {
                    page.truncate(room);
                    limited = true;
                }
                let differing: Vec<PrKey> =
                    page.iter().filter(|row| self.differs(row, scope, depth)).map(|row| row.key).collect();
                listed
                    .extend(page.iter().filter(|row| scope != Scope::Runs || row.orphan).map(|row| row.key));
                changed += self.read(reader, &differing, now).await?;
                if limited {
                    self.emit(FeedEvent::OpenCounts(Some(reader.open_counts().await?))).await?;
                    break 'scopes;
                }
                match next {
                    Some(cursor) if scope != Scope::Runs || scanned < self.options.limit => after = cursor,
                    Some(_) | None => break,
                }
            }
        }
        self.limited = limited;
        let unlisted: Vec<PrKey> = self.known.keys().filter(|key| !listed.contains(key)).copied().collect();
        changed += self.recheck(reader, &unlisted, now).await?;
        if !limited {
            self.emit(FeedEvent::OpenCounts(None)).await?;
        }
        self.emit(FeedEvent::Loaded { limited }).await?;
        let (now, took) = (Instant::now(), started.elapsed());
        self.next_sweep = now + SWEEP.max(took * REST);
        if depth == Depth::Rows {
            self.next_reread = now + REREAD.max(took * REST);
        }
        Ok(changed)
    }

    fn window_start(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        TimeDelta::from_std(self.options.window)
            .ok()
            .and_then(|window| now.checked_sub_signed(window))
            .unwrap_or(DateTime::UNIX_EPOCH)
    }

    fn differs(&self, row: &KeyRow, scope: Scope, depth: Depth) -> bool {
        let known = self.known.get(&row.key);
        match (scope, depth) {
            // A run of a pull request out of scope does not bring it in.
            (Scope::Runs, Depth::Versions) => match known {
                Some(versions) => versions.run != row.at,
                None => row.orphan,
            },
            (Scope::Runs, Depth::Rows) => row.orphan,
            (Scope::Open | Scope::Ended | Scope::Timeless, Depth::Versions) => {
                known.is_none_or(|versions| row.at.is_some() && versions.pull != row.at)
            }
            (Scope::Open | Scope::Ended | Scope::Timeless, Depth::Rows) => true,
        }
    }

    /// A key that no page listed was deleted, has left the scope, or moved between two pages: its rows tell.
    async fn recheck(
        &mut self,
        reader: &mut Reader,
        keys: &[PrKey],
        now: DateTime<Utc>,
    ) -> Result<usize, Stop> {
        let mut changed = 0;
        for page in keys.chunks(ROW_PAGE) {
            let rows = reader.rows(page).await?;
            let mut gone = rows.absent;
            let mut kept = Vec::new();
            for (pull, versions) in rows.pulls {
                if !self.limited && self.in_scope(&pull, now) {
                    kept.push((pull, versions));
                } else {
                    gone.push(pull.key);
                }
            }
            changed += self.tell(kept, gone).await?;
        }
        Ok(changed)
    }

    /// Open, or ended within the window.
    fn in_scope(&self, pull: &PullRequest, now: DateTime<Utc>) -> bool {
        pull.state.is_open()
            || pull.ended_at.or(pull.updated_at).is_some_and(|at| at >= self.window_start(now))
    }

    /// Reads these keys and tells those that are in scope or on the board.
    async fn read(&mut self, reader: &mut Reader, keys: &[PrKey], now: DateTime<Utc>) -> Result<usize, Stop> {
        let mut changed = 0;
        for page in keys.chunks(ROW_PAGE) {
            let mut rows = reader.rows(page).await?;
            rows.pulls.retain(|(pull, _)| self.known.contains_key(&pull.key) || self.in_scope(pull, now));
            changed += self.tell(rows.pulls, rows.absent).await?;
        }
        Ok(changed)
    }

    async fn tell(
        &mut self,
        pulls: Vec<(PullRequest, Versions)>,
        mut gone: Vec<PrKey>,
    ) -> Result<usize, Stop> {
        gone.retain(|key| self.known.remove(key).is_some());
        let mut changed = Vec::with_capacity(pulls.len());
        for (pull, versions) in pulls {
            let insight_at = pull.insight.as_ref().and_then(|i| i.created_at);
            self.newest_row_at = self.newest_row_at.max(pull.updated_at).max(insight_at);
            self.known.insert(pull.key, versions);
            changed.push(pull);
        }
        let count = changed.len() + gone.len();
        if count > 0 {
            self.emit(FeedEvent::Pulls { changed, gone }).await?;
        }
        Ok(count)
    }

    async fn read_repositories(&mut self, reader: &mut Reader) -> Result<(), Stop> {
        let mut list = reader.repositories().await?;
        if !self.options.only.is_empty() {
            list.retain(|r| self.options.only.iter().any(|name| name.eq_ignore_ascii_case(&r.full_name)));
            reader.only = Some(list.iter().map(|r| r.id.uuid()).collect());
        }
        self.emit(FeedEvent::Repositories(list)).await
    }
}

fn pairs(probe: &Probe) -> impl Iterator<Item = (usize, Uuid, DateTime<Utc>)> + '_ {
    probe
        .rows
        .iter()
        .enumerate()
        .flat_map(|(n, rows)| rows.iter().filter_map(move |r| Some((n, r.id, r.at?))))
}

#[expect(clippy::disallowed_methods, reason = "the feed stamps its events; ages are drawn from them")]
fn local_now() -> DateTime<Utc> {
    Utc::now()
}
