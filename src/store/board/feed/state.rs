//! What a feed knows.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use tokio::{sync::mpsc, time::Instant};
use uuid::Uuid;

use super::{
    super::{
        decode::{Probe, TABLES},
        read::Reader,
        scope::Polled,
    },
    idle::Idle,
    options::FeedOptions,
    turn::Turn,
    walk::Walk,
};
use crate::{
    domain::{
        board::FeedEvent,
        ids::{PrKey, RepoId, RequestId},
        ingest::Ingest,
        pull_request::PullRequest,
        repository::Repository,
        source::Source,
        sync::Synced,
    },
    store::engine::{database::Database, error::StoreError, sqlite::Inode},
};

/// A tick waits at least this many times what the last one took the database: 5 % of the time.
pub(super) const REST: u32 = 20;

/// The requests that were told.
#[derive(Debug, Default)]
pub(super) struct ShownRequests {
    /// The newest version and the count in the last probe.
    pub(super) shown: (Option<DateTime<Utc>>, i64),
    /// The versions that were read last.
    pub(super) versions: HashSet<(RequestId, Option<DateTime<Utc>>)>,
}

/// How long a step kept the database busy: with the probe, by its own clock, and with all that was read after it.
pub(super) struct Busy {
    pub(super) probe: Duration,
    pub(super) reads: Duration,
}

/// Why a step ended early.
pub(super) enum Stop {
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
pub(super) type Version = (usize, Uuid, DateTime<Utc>);

/// The rows of a key as the board shows them.
pub(super) struct Known {
    /// The print of its versions.
    pub(super) versions: u64,
    pub(super) hash: u64,
}

#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(super) struct Feed {
    pub(super) database: Database,
    pub(super) options: FeedOptions,
    pub(super) events: mpsc::Sender<FeedEvent>,
    pub(super) reader: Option<Reader>,
    /// The source and the repositories as last told.
    pub(super) source: Option<Source>,
    pub(super) repositories: Option<Vec<Repository>>,
    /// The repositories to which the scope is narrowed.
    pub(super) only: Option<Vec<Uuid>>,
    /// Lower bound of the next probe; `None` until the first complete read.
    pub(super) since: Option<DateTime<Utc>>,
    /// Row versions that the last poll has dealt with: the overlap shows them again.
    pub(super) seen: HashSet<Version>,
    pub(super) known: HashMap<PrKey, Known>,
    /// Tables without any row at the last look: the first ones may be dated long before every lower bound. `None` before
    /// the first look.
    pub(super) empty: Option<[bool; TABLES]>,
    /// What answered last.
    pub(super) incarnation: String,
    /// Which file answered last, if it is one.
    pub(super) inode: Option<Inode>,
    /// Another file than before answers, and not all of it is read yet.
    pub(super) replaced: bool,
    pub(super) newest_row_at: Option<DateTime<Utc>>,
    pub(super) requests: ShownRequests,
    /// The scope was cut by the limit.
    pub(super) limited: bool,
    /// Pull requests whose numbers cannot be held.
    pub(super) left_out: HashSet<Uuid>,
    /// Counting may take a scan of the table, where that has not been vacuumed for long.
    pub(super) next_counts: Instant,
    pub(super) counts_due: bool,
    /// The connection is of no more use, though what it was last asked is no outage.
    pub(super) is_lost: bool,
    /// Statements in a row that got no answer in time.
    pub(super) timeouts: u32,
    pub(super) idle: Idle,
    /// The stretched tick as last told.
    pub(super) resting: Option<Duration>,
    /// A comparison that was cut off.
    pub(super) walk: Option<Walk>,
    pub(super) next_sweep: Instant,
    pub(super) next_reread: Instant,
    /// How deliveries stood when they were last looked at.
    pub(super) ingest: Ingest,
    /// The repositories that a sync reads, as last told.
    pub(super) synced: Vec<Synced>,
    /// Repositories whose first rows were told: what comes of them is news.
    pub(super) settled: HashSet<RepoId>,
    pub(super) next_ingest: Turn,
}

impl Feed {
    pub(super) fn new(database: Database, options: FeedOptions, events: mpsc::Sender<FeedEvent>) -> Self {
        let (now, idle) = (Instant::now(), Idle::new(options.idle));
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
            requests: ShownRequests::default(),
            limited: false,
            left_out: HashSet::new(),
            next_counts: now,
            counts_due: false,
            is_lost: false,
            timeouts: 0,
            walk: None,
            idle,
            resting: None,
            next_sweep: now,
            next_reread: now,
            ingest: Ingest::default(),
            synced: Vec::new(),
            settled: HashSet::new(),
            next_ingest: Turn::now(),
        }
    }

    /// The time to the next look, told where it has changed.
    pub(super) async fn tick_for_now(&mut self) -> Result<Duration, Stop> {
        let resting = self.idle.stretched(self.options.interval);
        if resting != self.resting {
            self.resting = resting;
            self.emit(FeedEvent::Resting(resting)).await?;
        }
        Ok(resting.unwrap_or(self.options.interval))
    }

    pub(super) async fn emit(&self, event: FeedEvent) -> Result<(), Stop> {
        Ok(self.events.send(event).await?)
    }

    pub(super) fn is_mine(&self, key: &PrKey) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&key.repo.uuid()))
    }

    /// Open, or ended within the window.
    pub(super) fn in_scope(&self, pull: &PullRequest, now: DateTime<Utc>) -> bool {
        let recent = |at: DateTime<Utc>| at >= self.window_start(now);
        self.is_mine(&pull.key)
            && (pull.state.is_open() || pull.ended_at.or(pull.updated_at).is_some_and(recent))
    }

    pub(super) fn window_start(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        TimeDelta::from_std(self.options.window)
            .ok()
            .and_then(|window| now.checked_sub_signed(window))
            .unwrap_or(DateTime::UNIX_EPOCH)
    }
}

/// The place of repositories in a [`Version`].
pub(super) const REPOSITORIES: usize = Polled::ALL.len();

/// The versions that need no other look.
pub(super) fn versions(probe: &Probe) -> impl Iterator<Item = Version> {
    let rows = probe.rows.iter().enumerate();
    rows.flat_map(|(n, rows)| rows.iter().filter_map(move |r| Some((n, r.id, r.at?))))
        .chain(probe.repositories.iter().map(|(id, at)| (REPOSITORIES, *id, *at)))
        .filter(|version| is_final(version, probe.now))
}

/// Whether no later write has the same version. A service that stamps whole seconds may write a row twice in one: until
/// that has passed by the server's clock, and another for the write to commit in, the row counts as new at each tick.
pub(super) fn is_final((_, _, at): &Version, now: DateTime<Utc>) -> bool {
    at.timestamp_subsec_nanos() > 0 || now - at >= TimeDelta::seconds(2)
}
