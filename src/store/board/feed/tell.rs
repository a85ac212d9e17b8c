//! Reading rows, and telling what is new of them.

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    super::{decode::Joined, read::Reader},
    state::{Feed, Known, REST, Stop},
};
use crate::{
    domain::{board::FeedEvent, ids::PrKey, repository::Repository},
    store::engine::error::StoreError,
};

impl Feed {
    /// Reads these keys and tells those that are in scope or on the board.
    pub(super) async fn read(
        &mut self,
        reader: &mut Reader,
        keys: &[PrKey],
        now: DateTime<Utc>,
    ) -> Result<usize, Stop> {
        self.tell_first_reads(reader, keys).await?;
        let mut changed = 0;
        for page in keys.chunks(reader.row_page()) {
            let mut rows = reader.rows(page).await?;
            rows.found.retain(|row| self.known.contains_key(&row.pull.key) || self.in_scope(&row.pull, now));
            changed += self.tell(rows.found, rows.absent).await?;
        }
        Ok(changed)
    }

    /// Tells the pull requests whose content is new.
    pub(super) async fn tell(&mut self, rows: Vec<Joined>, mut gone: Vec<PrKey>) -> Result<usize, Stop> {
        gone.retain(|key| self.known.remove(key).is_some());
        let fresh = |Joined { pull, versions, hash }: Joined| {
            let insight_at = pull.insight.as_ref().and_then(|i| i.created_at);
            self.newest_row_at = self.newest_row_at.max(pull.updated_at).max(insight_at);
            let before = self.known.insert(pull.key, Known { versions: versions.print(), hash });
            before.is_none_or(|before| before.hash != hash).then_some(pull)
        };
        let changed: Vec<_> = rows.into_iter().filter_map(fresh).collect();
        let count = changed.len() + gone.len();
        if count > 0 {
            self.idle.stir();
            self.emit(FeedEvent::Pulls { changed, gone }).await?;
        }
        Ok(count)
    }

    /// Counting is no reason to lose what was read: it may take long on a large table.
    pub(super) async fn tell_open_counts(&mut self, reader: &mut Reader) -> Result<(), Stop> {
        let started = Instant::now();
        let counts = reader.open_counts(self.only.as_deref()).await;
        self.next_counts = Instant::now() + started.elapsed() * REST;
        match counts {
            Ok(counts) => self.emit(FeedEvent::OpenCounts(Some(counts))).await,
            Err(error) => {
                self.forgo(reader, &error, "how many are open");
                Ok(())
            }
        }
    }

    /// Goes on without an answer that the board can do without.
    pub(super) fn forgo(&mut self, reader: &Reader, error: &StoreError, what: &str) {
        tracing::warn!(%error, "it is not known {what}");
        if error.is_connection_broken() {
            self.database.abandon(reader.abandoned());
            self.is_lost = true;
        }
    }

    pub(super) async fn read_repositories(&mut self, reader: &mut Reader) -> Result<(), Stop> {
        let list = reader.repositories().await?;
        self.tell_repositories(list).await
    }

    pub(super) async fn tell_repositories(&mut self, mut list: Vec<Repository>) -> Result<(), Stop> {
        if !self.options.only.is_empty() {
            list.retain(|r| self.options.only.iter().any(|name| name.eq_ignore_ascii_case(&r.full_name)));
            let only: Vec<Uuid> = list.iter().map(|r| r.id.uuid()).collect();
            if self.only.as_ref() != Some(&only) {
                // What belongs to a repository that came or went by a new name is not all in the next probe.
                self.only = Some(only);
                self.walk = None;
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
