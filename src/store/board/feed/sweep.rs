//! Comparing everything in scope with what is on the board.

use std::{collections::HashSet, time::Duration};

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    super::{
        decode::Versions,
        read::{Bounds, KeyPage, Reader, latest},
        scope::Scope,
    },
    state::{Feed, REST, Stop},
};
use crate::domain::{board::FeedEvent, ids::PrKey};

/// How thorough a sweep is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Reads the rows whose versions differ.
    Versions,
    /// Reads all rows.
    Rows,
}

/// How many times the limit a walk reads in search of wanted rows.
const WALK: usize = 2;

impl Feed {
    /// Compares all keys of the scope with what is known, page by page, and reads what differs.
    pub(super) async fn sweep(
        &mut self,
        reader: &mut Reader,
        depth: Depth,
        now: DateTime<Utc>,
    ) -> Result<usize, Stop> {
        let started = Instant::now();
        let mut opening = self.open(reader, now).await?;
        let only = self.only.clone();
        let bounds = Bounds { only: only.as_deref(), ended_since: self.window_start(now) };
        let mut listed: HashSet<PrKey> = HashSet::new();
        let mut left_out = HashSet::new();
        let mut changed = 0;
        let (mut limited, mut missed) = (false, false);
        'scopes: for scope in Scope::ALL {
            let mut next = Some(match scope {
                Scope::Timeless | Scope::TimelessRuns => (now, Uuid::nil()),
                Scope::Open | Scope::Closed | Scope::Ended | Scope::Runs => (latest(), Uuid::max()),
            });
            let mut walked = 0;
            while let Some(after) = next.filter(|_| !scope.is_walk() || walked < WALK * self.options.limit) {
                let page;
                (page, next) = match opening.take().filter(|_| scope == Scope::Open) {
                    Some(first) => first,
                    None => reader.keys(scope, after, bounds).await?,
                };
                walked += page.len();
                let wanted = page.iter().filter(|row| row.wanted);
                let mut keys: Vec<PrKey> = wanted.clone().filter_map(|row| row.key).collect();
                if scope.is_of_pulls() {
                    left_out.extend(wanted.filter(|row| row.key.is_none()).map(|row| row.id));
                }
                keys.retain(|key| !listed.contains(key));
                let room = self.options.limit.saturating_sub(listed.len());
                limited = keys.len() > room;
                keys.truncate(room);
                listed.extend(&keys);
                changed += match depth {
                    Depth::Rows => self.read(reader, &keys, now).await?,
                    Depth::Versions => {
                        let stale = self.stale(reader, &keys).await?;
                        missed |= stale.iter().any(|(_, versions)| self.is_past(*versions));
                        let keys: Vec<PrKey> = stale.into_iter().map(|(key, _)| key).collect();
                        self.read(reader, &keys, now).await?
                    }
                };
                if limited {
                    break 'scopes;
                }
            }
        }
        self.limited = limited;
        let unlisted: Vec<PrKey> = self.known.keys().filter(|key| !listed.contains(key)).copied().collect();
        changed += if limited {
            self.tell(Vec::new(), unlisted).await?
        } else {
            self.recheck(reader, &unlisted, now).await?
        };
        if limited {
            self.tell_open_counts(reader).await?;
        } else {
            self.emit(FeedEvent::OpenCounts(None)).await?;
        }
        if left_out.len() != self.left_out.len() {
            tracing::warn!(
                count = left_out.len(),
                "pull_requests: rows whose pr_number is beyond 32 bits are left out"
            );
            self.emit(FeedEvent::LeftOut(left_out.len())).await?;
        }
        self.left_out = left_out;
        let replaced = std::mem::take(&mut self.replaced);
        self.emit(FeedEvent::Loaded { limited, replaced }).await?;
        let (now, took) = (Instant::now(), started.elapsed());
        // Whoever writes rows of the past may not be done.
        let pause = if missed { Duration::ZERO } else { self.options.sweep };
        self.next_sweep = now + pause.max(took * REST);
        if depth == Depth::Rows {
            self.next_reread = now + self.options.reread.max(took * REST);
        }
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
        versions
            .retain(|(key, versions)| self.known.get(key).is_none_or(|known| known.versions != *versions));
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
