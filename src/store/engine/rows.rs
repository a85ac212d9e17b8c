//! Rows that more than one wing reads.

use chrono::{DateTime, Utc};

use super::{
    cells::{Cells, Decoded, some},
    tables::insight_requests,
};
use crate::domain::{
    ids::{InsightId, PrKey, PrNumber, RepoId, RequestId, Sha},
    request::{Request, RequestState},
    sync::{ReaderTrouble, Synced, Trouble},
    text::clean_opt,
};

/// The `resource` under which `sync_state` keeps the lease of a repository.
pub(in crate::store) const LEASE: &str = "lease";

insight_requests!(struct RequestColumns read {});

impl Decoded for PrKey {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self::new(RepoId::new(some(c.uuid()?)?), PrNumber::new(some(c.int()?)?)))
    }
}

impl Decoded for Request {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let (id, key, columns) = (some(c.uuid()?)?, PrKey::decode(c)?, RequestColumns::decode(c)?);
        Ok(Self {
            id: RequestId::new(id),
            key,
            state: RequestState::parse(&columns.state.unwrap_or_default()),
            sha: columns.commit_sha.as_deref().and_then(Sha::parse),
            requested_by: clean_opt(columns.requested_by.as_deref()),
            attempts: columns.attempts.unwrap_or_default(),
            error: clean_opt(columns.error.as_deref()),
            insight: columns.insight_id.map(InsightId::new),
            requested_at: columns.requested_at,
            started_at: columns.started_at,
            finished_at: columns.finished_at,
            updated_at: columns.updated_at,
        })
    }
}

/// Of a lease: its repository, its `cursor`, its `etag`, whether somebody holds it.
impl Decoded for Synced {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let (id, micros, trouble, is_held) = (some(c.uuid()?)?, c.text()?, c.text()?, c.flag()?);
        Ok(Self {
            repository: RepoId::new(id),
            at: micros.as_deref().and_then(moment),
            is_held: is_held.unwrap_or_default(),
            trouble: trouble.as_deref().and_then(self::trouble),
            // Only whoever knows the rows can say.
            is_first: false,
        })
    }
}

/// The text that a lease keeps for a time: microseconds since 1970.
pub(in crate::store) fn moment(micros: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros.parse().ok()?)
}

/// The text that a lease keeps for a trouble: a time, and the rest as JSON.
pub(in crate::store) fn trouble(text: &str) -> Option<ReaderTrouble> {
    let (until, why) = text.split_once(' ')?;
    let why: Trouble = serde_json::from_str(why).ok()?;
    Some(ReaderTrouble { why: why.cleaned(), until: moment(until)? })
}
