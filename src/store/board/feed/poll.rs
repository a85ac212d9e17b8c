//! One poll: a probe, and the rows that it shows to be new.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use foldhash::HashSet;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    super::{
        decode::{Probe, TABLES},
        read::Reader,
        scope::Polled,
    },
    state::{Busy, Feed, REPOSITORIES, REST, Stop, Version, is_final, versions},
    walk::Depth,
};
use crate::{
    domain::{
        board::{FeedEvent, Poll},
        ids::PrKey,
    },
    store::{board::own_clock, engine::connect::ANSWER},
};

/// How far a probe looks back behind the last good poll: rows commit late, and nodes' clocks differ.
const OVERLAP: TimeDelta = TimeDelta::seconds(10);

/// Longest wait for a probe while another node may answer.
const HURRIED: Duration = Duration::from_secs(2);

impl Feed {
    pub(super) async fn poll(&mut self, reader: &mut Reader, asked: bool) -> Result<Busy, Stop> {
        let loaded = self.since;
        let reread = loaded.is_none() || Instant::now() >= self.next_reread;
        if reread && loaded.is_some() {
            self.rediscover(reader).await?;
        }
        let ask_filled = reread
            || Instant::now() >= self.next_sweep
            || self.empty.is_none_or(|empty| empty.contains(&true));
        let probe = match loaded {
            Some(since) => {
                // A dead node is not to cost more than a tick. Where all are slow, that is no fault of this one.
                let hurry = HURRIED.saturating_mul(1 << self.timeouts.min(3)).min(ANSWER);
                reader.be_patient(if self.database.has_others() { hurry } else { ANSWER });
                let probe = reader.probe(since, ask_filled).await;
                reader.be_patient(ANSWER);
                probe?
            }
            None => reader.first_probe().await?,
        };
        let probed = Instant::now();
        self.take_filled(&probe);
        if loaded.is_some_and(|since| probe.now < since) {
            // The clock went back, or this node's is behind the last one's: what was written meanwhile by it lies
            // before the bound.
            self.next_sweep = Instant::now();
        }
        let (mut bound, was_empty) = (probe.now, self.known.is_empty());
        let (changed, seen) = if reread {
            let (changed, began) = self.sweep(reader, Depth::Rows, probe.now).await?;
            bound = bound.min(began);
            (changed, versions(&probe).collect())
        } else {
            let (mut changed, seen) = self.tick(reader, &probe, loaded.unwrap_or_default()).await?;
            if Instant::now() >= self.next_sweep {
                changed += self.sweep(reader, Depth::Versions, probe.now).await?.0;
            }
            (changed, seen)
        };
        self.tell_requests(reader, &probe, loaded.filter(|_| !reread)).await?;
        if changed > 0 {
            self.next_ingest.stir(was_empty);
        }
        // Whoever starts over a slow link waits for the board, not for this; whoever asks is told how it stands by now.
        if loaded.is_some() && (asked || self.next_ingest.is_here()) {
            self.tell_ingest(reader).await?;
        }
        self.since = Some(bound - OVERLAP);
        self.seen = seen;
        if std::mem::take(&mut self.counts_due) {
            self.tell_open_counts(reader).await?;
        }
        let slowest = probe.took * REST;
        self.emit(FeedEvent::Polled(Poll {
            server_now: probe.now,
            at: own_clock(),
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

    /// Reads what the probe shows to be new; returns how many pull requests were told, and all versions that were
    /// shown.
    async fn tick(
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
                    keys.extend(row.key);
                    if row.key.is_none() && table == Polled::Pulls && !self.left_out.contains(&row.id) {
                        // It has to be counted.
                        self.next_sweep = Instant::now();
                    }
                }
                seen.extend(version.filter(|version| is_final(version, probe.now)));
            }
        }
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| self.is_mine(key));
        let changed = self.read(reader, &keys, probe.now).await?;
        if changed > 0 && self.limited && Instant::now() >= self.next_counts {
            self.counts_due = true;
        }
        Ok((changed, seen))
    }
}
