//! One sync a repository and database: whoever holds the lease works, and keeps it while at work.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;

use super::holder;
use crate::{
    domain::ids::RepoId,
    store::{
        engine::{database::Database, error::StoreError},
        sync::{Lease, SyncStore},
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

/// The leases that this sync holds.
#[derive(Clone)]
pub(super) struct Leases {
    database: Database,
    /// A name that nobody else has.
    owner: String,
    held: Arc<Mutex<Vec<Lease>>>,
}

impl Leases {
    pub(super) fn new(database: Database) -> Self {
        Self { database, owner: holder::name(), held: Arc::default() }
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
            held.retain(|known| known.repo() != repo);
            held.extend(lease);
        });
        Ok(taken)
    }

    /// Gives back what a process of this machine held that is no more, killed perhaps; false: there is none such.
    async fn bury(&self, store: &mut SyncStore, repo: RepoId) -> Result<bool, StoreError> {
        let Some(name) = store.holder(repo).await?.filter(|name| holder::is_dead(name)) else {
            return Ok(false);
        };
        // In its name; somebody else may have done the same a moment ago, and then it is not its any more.
        let Some(lease) = store.lease(repo, &name, MOMENT).await? else { return Ok(false) };
        store.release(&lease).await
    }

    /// Whether another one that is alive holds it.
    pub(super) async fn is_held(&self, store: &mut SyncStore, repo: RepoId) -> Result<bool, StoreError> {
        Ok(store.holder(repo).await?.is_some_and(|name| !holder::is_dead(&name)))
    }

    /// False: it was lost to somebody else.
    pub(super) fn hold(&self, repo: RepoId) -> bool {
        self.with(|held| held.iter().any(|lease| lease.repo() == repo))
    }

    /// Keeps them, for ever. One that cannot be renewed any more is not held any more.
    pub(super) async fn keep(&self) {
        let mut store = SyncStore::new(self.database.clone());
        loop {
            tokio::time::sleep(RENEW).await;
            for lease in self.with(|held| held.clone()) {
                // The database may be away for a moment: the lease has time for two more tries.
                if store.renew(&lease, TIME).await.is_ok_and(|renewed| !renewed) {
                    self.with(|held| held.retain(|known| known.repo() != lease.repo()));
                }
            }
        }
    }

    /// Gives one back. One that cannot be ends by itself.
    pub(super) async fn give_back(&self, store: &mut SyncStore, repo: RepoId) {
        let lease =
            self.with(|held| held.iter().position(|lease| lease.repo() == repo).map(|at| held.remove(at)));
        if let Some(lease) = lease
            && let Err(error) = store.release(&lease).await
        {
            tracing::warn!("a sync's lease is not given back: {error}");
        }
    }

    /// Gives all of them back.
    pub(super) async fn give_all_back(&self) {
        let mut store = SyncStore::new(self.database.clone());
        for lease in self.with(|held| held.clone()) {
            self.give_back(&mut store, lease.repo()).await;
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<Lease>) -> T) -> T {
        act(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
