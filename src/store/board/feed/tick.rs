//! Reading the rows that a probe shows to be new.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    super::{decode::Probe, read::Reader, sql::Polled},
    Feed, REPOSITORIES, Stop, Version, versions,
};
use crate::domain::ids::PrKey;

impl Feed {
    /// Reads what the probe shows to be new; returns how many pull requests were told, and all versions that were
    /// shown.
    pub(super) async fn tick(
        &mut self,
        reader: &mut Reader,
        probe: &Probe,
        since: DateTime<Utc>,
    ) -> Result<(usize, HashSet<Version>), Stop> {
        let mut seen: HashSet<Version> = versions(probe).collect();
        if probe.repositories.iter().any(|(id, at)| !self.seen.contains(&(REPOSITORIES, *id, *at))) {
            self.read_repositories(reader).await?;
        }
        let mut keys: Vec<PrKey> = Vec::new();
        for (n, table) in Polled::ALL.into_iter().enumerate() {
            let mut rows = probe.rows[n].clone();
            if probe.overflowed(n) {
                rows.clear();
                let mut next = Some((since, Uuid::nil()));
                // Past the limit, comparing all versions is cheaper.
                while let Some(after) = next.filter(|_| rows.len() <= self.options.limit) {
                    let page;
                    (page, next) = reader.changed(table, after).await?;
                    rows.extend(page);
                }
                if next.is_some() {
                    self.next_sweep = Instant::now();
                    continue;
                }
            }
            for row in rows {
                let version = row.at.map(|at| (n, row.id, at));
                if version.is_none_or(|version| !self.seen.contains(&version)) {
                    keys.push(row.key);
                }
                seen.extend(version);
            }
        }
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| self.is_mine(key));
        let changed = self.read(reader, &keys, probe.now).await?;
        if changed > 0 && self.limited && Instant::now() >= self.next_counts {
            self.tell_open_counts(reader).await?;
        }
        Ok((changed, seen))
    }
}
