//! Comparing everything in scope with what is on the board.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    super::{
        decode::Versions,
        read::{Bounds, KeyPage, Reader},
        scope::Scope,
    },
    state::{Feed, REST, Stop},
    walk::{Depth, Walk},
};
use crate::domain::{board::FeedEvent, ids::PrKey};

/// How many times the limit a walk reads in search of wanted rows.
const WALK: usize = 2;

impl Feed {
    /// Compares all keys of the scope with what is known, page by page, and reads what differs. Goes on where the last
    /// one was cut off. Returns how many pull requests were told, and the server's clock when it began.
    pub(super) async fn sweep(
        &mut self,
        reader: &mut Reader,
        depth: Depth,
        now: DateTime<Utc>,
    ) -> Result<(usize, DateTime<Utc>), Stop> {
        let started = Instant::now();
        let mut opening = self.open(reader, now).await?;
        // What was told since the other began may be compared, but not read, by it.
        let mut walk =
            self.walk.take().filter(|walk| walk.depth == depth).unwrap_or_else(|| Walk::new(depth, now));
        let limited = match self.walk_on(reader, &mut walk, &mut opening).await {
            Ok(limited) => limited,
            Err(stop) => {
                self.walk = Some(walk);
                return Err(stop);
            }
        };
        let changed = walk.changed + self.settle(reader, &walk, limited).await?;
        let (ended, took) = (Instant::now(), started.elapsed());
        // Whoever writes rows of the past may not be done.
        let pause = if walk.missed { Duration::ZERO } else { self.options.sweep };
        self.next_sweep = ended + pause.max(took * REST);
        if depth == Depth::Rows {
            self.next_reread = ended + self.options.reread.max(took * REST);
        }
        Ok((changed, walk.began))
    }

    /// Reads the rest of a walk's pages; whether the limit cut it short.
    async fn walk_on(
        &mut self,
        reader: &mut Reader,
        walk: &mut Walk,
        opening: &mut Option<KeyPage>,
    ) -> Result<bool, Stop> {
        let only = self.only.clone();
        let bounds = Bounds { only: only.as_deref(), ended_since: self.window_start(walk.began) };
        while let Some(scope) = walk.scope() {
            let far = scope.is_walk() && walk.walked >= WALK * self.options.limit;
            let Some(after) = walk.next.filter(|_| !far) else {
                walk.turn();
                continue;
            };
            let first = opening.take().filter(|_| scope == Scope::Open && after.1 == Uuid::max());
            let (page, next) = match first {
                Some(first) => first,
                None => reader.keys(scope, after, bounds).await?,
            };
            let wanted = page.iter().filter(|row| row.wanted);
            let mut keys: Vec<PrKey> = wanted.clone().filter_map(|row| row.key).collect();
            keys.retain(|key| !walk.listed.contains(key));
            let room = self.options.limit.saturating_sub(walk.listed.len());
            let limited = keys.len() > room;
            keys.truncate(room);
            walk.changed += self.compare(reader, &keys, walk).await?;
            if scope.is_of_pulls() {
                walk.left_out.extend(wanted.filter(|row| row.key.is_none()).map(|row| row.id));
            }
            walk.listed.extend(&keys);
            walk.walked += page.len();
            walk.next = next;
            if limited {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads those of the keys that differ from what is known, or all.
    async fn compare(&mut self, reader: &mut Reader, keys: &[PrKey], walk: &mut Walk) -> Result<usize, Stop> {
        match walk.depth {
            Depth::Rows => self.read(reader, keys, walk.began).await,
            Depth::Versions => {
                let stale = self.stale(reader, keys).await?;
                walk.missed |= stale.iter().any(|(_, versions)| self.is_past(*versions));
                let keys: Vec<PrKey> = stale.into_iter().map(|(key, _)| key).collect();
                self.read(reader, &keys, walk.began).await
            }
        }
    }

    /// Tells what a walk that has come to its end did not find any more, and how much there is beside it.
    async fn settle(&mut self, reader: &mut Reader, walk: &Walk, limited: bool) -> Result<usize, Stop> {
        self.limited = limited;
        let unlisted: Vec<PrKey> =
            self.known.keys().filter(|key| !walk.listed.contains(key)).copied().collect();
        let changed = if limited {
            self.tell(Vec::new(), unlisted).await?
        } else {
            self.recheck(reader, &unlisted, walk.began).await?
        };
        self.counts_due = limited;
        if !limited {
            self.emit(FeedEvent::OpenCounts(None)).await?;
        }
        let count = walk.left_out.len();
        if count != self.left_out.len() {
            tracing::warn!(count, "pull_requests: rows whose pr_number is beyond 32 bits are left out");
            self.emit(FeedEvent::LeftOut(count)).await?;
        }
        self.left_out.clone_from(&walk.left_out);
        let replaced = std::mem::take(&mut self.replaced);
        self.emit(FeedEvent::Loaded { limited, replaced }).await?;
        Ok(changed)
    }

    /// Reads the repositories and, the first time, the first page of keys with them: whoever starts over a slow link waits
    /// for that.
    async fn open(&mut self, reader: &mut Reader, now: DateTime<Utc>) -> Result<Option<KeyPage>, Stop> {
        // To narrow the keys, the repositories must be known before.
        if self.since.is_none() && self.options.only.is_empty() {
            let bounds = Bounds { only: None, ended_since: self.window_start(now) };
            if let Some((repositories, page)) = reader.opening(bounds).await? {
                self.tell_repositories(repositories).await?;
                return Ok(Some(page));
            }
        }
        self.read_repositories(reader).await?;
        Ok(None)
    }

    /// Those of which some row has another version than the one that is known, and that version.
    async fn stale(&self, reader: &mut Reader, keys: &[PrKey]) -> Result<Vec<(PrKey, Versions)>, Stop> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut versions = reader.versions(keys).await?;
        let is_known = |key: &PrKey, print| self.known.get(key).is_some_and(|known| known.versions == print);
        versions.retain(|(key, versions)| !is_known(key, versions.print()));
        Ok(versions)
    }

    /// No tick looks so far back.
    fn is_past(&self, versions: Versions) -> bool {
        versions.pull.max(versions.run) < self.since
    }

    /// A key that no page listed was deleted, has left the scope, or moved between two pages: its rows tell.
    async fn recheck(
        &mut self,
        reader: &mut Reader,
        keys: &[PrKey],
        now: DateTime<Utc>,
    ) -> Result<usize, Stop> {
        let mut changed = 0;
        for page in keys.chunks(reader.row_page()) {
            let rows = reader.rows(page).await?;
            let mut gone = rows.absent;
            let (kept, left): (Vec<_>, Vec<_>) =
                rows.found.into_iter().partition(|row| self.in_scope(&row.pull, now));
            gone.extend(left.into_iter().map(|row| row.pull.key));
            changed += self.tell(kept, gone).await?;
        }
        Ok(changed)
    }
}
