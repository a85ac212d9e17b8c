//! One sync a repository and database: whoever holds the lease works, and keeps it while at work.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    asking::Asking,
    holder::{self, Holder, Program},
};
use crate::{
    domain::{
        ids::RepoId,
        sync::{ReaderTrouble, Trouble},
    },
    store::{
        engine::{database::Database, error::StoreError},
        sync::{Holding, Kept, Lease, SyncStore},
    },
};

/// How long one outlives its holder.
const TIME: Duration = Duration::from_secs(30);
/// How long another sync is left alone, where nobody waits for it.
pub(super) const OTHERS: TimeDelta = TimeDelta::seconds(30);
/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(10);
/// A lease that only lasts until it is given back.
const MOMENT: Duration = Duration::from_secs(1);

/// Another one that has a repository's lease, and is alive as far as is known.
pub(super) struct Other {
    pub(super) holder: Holder,
    /// The database's clock.
    pub(super) now: DateTime<Utc>,
    /// When all that is stored of the repository was as on GitHub, by the same.
    pub(super) fresh_at: Option<DateTime<Utc>>,
    pub(super) trouble: Option<ReaderTrouble>,
}

/// The leases that this sync holds.
#[derive(Clone)]
pub(super) struct Leases {
    database: Database,
    /// A name that nobody else has.
    owner: String,
    ask: Arc<Asking>,
    held: Arc<Mutex<Vec<Held>>>,
}

#[derive(Clone)]
struct Held {
    lease: Lease,
    /// When all that is stored of its repository was known to be as on GitHub, by this machine's clock.
    fresh_at: Option<DateTime<Utc>>,
}

impl Leases {
    pub(super) fn new(database: Database, ask: Arc<Asking>, program: Program) -> Self {
        let owner = holder::name(program, ask.time.now());
        Self { database, owner, ask, held: Arc::default() }
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Takes one, or finds that it is held; false: somebody else has it.
    pub(super) async fn take(&self, store: &mut SyncStore, repo: RepoId) -> Result<bool, StoreError> {
        let mut lease = store.lease(repo, &self.owner, TIME).await?;
        if lease.is_none() && self.bury(store, repo).await? {
            lease = store.lease(repo, &self.owner, TIME).await?;
        }
        let taken = lease.is_some();
        self.with(|held| {
            let known = held.iter().position(|known| known.lease.repo() == repo).map(|at| held.remove(at));
            let fresh_at = known.and_then(|known| known.fresh_at);
            held.extend(lease.map(|lease| Held { lease, fresh_at }));
        });
        Ok(taken)
    }

    /// All that is stored of a repository was as on GitHub at this time: it is kept with the lease.
    pub(super) fn freshen(&self, repo: RepoId, at: DateTime<Utc>) {
        self.with(|held| {
            for known in held.iter_mut().filter(|known| known.lease.repo() == repo) {
                known.fresh_at = Some(at);
            }
        });
    }

    /// Gives back what a process of this machine held that is no more, killed perhaps; false: there is none such.
    async fn bury(&self, store: &mut SyncStore, repo: RepoId) -> Result<bool, StoreError> {
        let Some(Holding { holder, .. }) = store.holding(repo).await? else { return Ok(false) };
        if !holder::is_dead(&holder) {
            return Ok(false);
        }
        // In its name; somebody else may have done the same a moment ago, and then it is not its any more.
        let Some(lease) = store.lease(repo, &holder, MOMENT).await? else { return Ok(false) };
        store.release(&lease, &Kept::default()).await
    }

    /// Who else holds it.
    pub(super) async fn other(
        &self,
        store: &mut SyncStore,
        repo: RepoId,
    ) -> Result<Option<Other>, StoreError> {
        let Some(Holding { holder, now, fresh_at, trouble }) = store.holding(repo).await? else {
            return Ok(None);
        };
        let other = || Other { holder: holder::holder(&holder), now, fresh_at, trouble };
        Ok((!holder::is_dead(&holder)).then(other))
    }

    /// False: it was lost to somebody else.
    pub(super) fn hold(&self, repo: RepoId) -> bool {
        self.with(|held| held.iter().any(|known| known.lease.repo() == repo))
    }

    /// Keeps at once how fresh a repository is, which the next renewal would: others may wait for its first pass to end.
    pub(super) async fn keep_age(&self, store: &mut SyncStore, repo: RepoId) -> Result<(), StoreError> {
        let known = self.with(|held| held.iter().find(|known| known.lease.repo() == repo).cloned());
        match known {
            Some(known) => self.renew(store, &known).await,
            None => Ok(()),
        }
    }

    /// Keeps them, for ever.
    pub(super) async fn keep(&self) {
        let mut store = SyncStore::new(self.database.clone());
        loop {
            // Whoever looks at the rows is not to wait for what is wrong.
            tokio::select! {
                () = tokio::time::sleep(RENEW) => {}
                () = self.ask.tell.troubled() => {}
            }
            for known in self.with(|held| held.clone()) {
                // The database may be away for a moment: the lease has time for two more tries.
                drop(self.renew(&mut store, &known).await);
            }
        }
    }

    /// One that is somebody else's by now is not held any more.
    async fn renew(&self, store: &mut SyncStore, known: &Held) -> Result<(), StoreError> {
        let is_ours = store.renew(&known.lease, TIME, &self.kept(known)).await?;
        if !is_ours {
            self.with(|held| held.retain(|other| other.lease.repo() != known.lease.repo()));
        }
        Ok(())
    }

    /// What is known of it now.
    fn kept(&self, known: &Held) -> Kept {
        let now = self.ask.time.now();
        let span = |time: TimeDelta| time.to_std().unwrap_or_default();
        let left = |until: Option<DateTime<Utc>>| until.map(|until| span(until - now)).unwrap_or_default();
        Kept {
            age: known.fresh_at.map(|at| span(now - at)),
            trouble: self.ask.tell.trouble().map(|(why, until)| (why, left(until))),
        }
    }

    /// Gives one back. One that cannot be ends by itself.
    pub(super) async fn give_back(&self, store: &mut SyncStore, repo: RepoId) {
        let known = self
            .with(|held| held.iter().position(|known| known.lease.repo() == repo).map(|at| held.remove(at)));
        let Some(known) = known else { return };
        let mut kept = self.kept(&known);
        // Nobody waits any more.
        kept.trouble = kept.trouble.filter(|(why, _)| matches!(why, Trouble::Failed { .. }));
        if let Err(error) = store.release(&known.lease, &kept).await {
            tracing::warn!("a sync's lease is not given back: {error}");
        }
    }

    /// Gives all of them back.
    pub(super) async fn give_all_back(&self) {
        let mut store = SyncStore::new(self.database.clone());
        for known in self.with(|held| held.clone()) {
            self.give_back(&mut store, known.lease.repo()).await;
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<Held>) -> T) -> T {
        act(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
