//! How old GitHub's word is where a sync reads it, and which repositories it reads for the first time.

use foldhash::HashSet;
use uuid::Uuid;

use super::{
    super::read::Reader,
    state::{Feed, Stop},
};
use crate::domain::{
    board::FeedEvent,
    ids::{PrKey, RepoId},
    sync::Synced,
};

impl Feed {
    /// Tells what is new of it. It is no reason to lose what was read.
    pub(super) async fn tell_synced(&mut self, reader: &mut Reader) -> Result<(), Stop> {
        self.look_at_syncs(reader, false).await
    }

    /// Whoever is told of these rows is to know before whether they come with the first read of their repository.
    pub(super) async fn tell_first_reads(&mut self, reader: &mut Reader, keys: &[PrKey]) -> Result<(), Stop> {
        if self.since.is_some() && keys.iter().any(|key| !self.settled.contains(&key.repo)) {
            return self.look_at_syncs(reader, true).await;
        }
        Ok(())
    }

    /// A sync may have read all of a repository before any of its rows was seen here: then these are its first ones, too.
    async fn look_at_syncs(&mut self, reader: &mut Reader, has_new_rows: bool) -> Result<(), Stop> {
        let repos: Vec<RepoId> = self.repositories.iter().flatten().map(|one| one.id).collect();
        let ids: Vec<Uuid> = repos.iter().map(|repo| repo.uuid()).collect();
        let told = if ids.is_empty() { Ok(Vec::new()) } else { reader.synced(ids).await };
        let mut told = match told {
            Ok(told) => told,
            Err(error) => {
                self.forgo(reader, &error, "how old GitHub's word is");
                return Ok(());
            }
        };
        let shown: HashSet<RepoId> = self.known.keys().map(|key| key.repo).collect();
        for one in &mut told {
            let is_partial = one.at.is_none() && one.is_held;
            let is_unseen = has_new_rows && !shown.contains(&one.repository);
            one.is_first = !self.settled.contains(&one.repository) && (is_partial || is_unseen);
        }
        let first: HashSet<RepoId> =
            told.iter().filter(|one| one.is_first).map(|one| one.repository).collect();
        let read: HashSet<RepoId> =
            told.iter().filter(|one| one.at.is_some()).map(|one| one.repository).collect();
        let is_settled =
            |repo: &RepoId| !first.contains(repo) && (read.contains(repo) || shown.contains(repo));
        self.settled.extend(repos.into_iter().filter(is_settled));
        self.tell_those(told).await
    }

    async fn tell_those(&mut self, told: Vec<Synced>) -> Result<(), Stop> {
        if !told.is_empty() {
            self.next_ingest.within(self.options.ingest);
        }
        if told == self.synced {
            return Ok(());
        }
        self.synced.clone_from(&told);
        self.emit(FeedEvent::Synced(told)).await
    }
}
