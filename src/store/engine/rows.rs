//! Rows that more than one wing reads.

use chrono::DateTime;

use super::{
    cells::{Cells, Decoded, some},
    tables::insight_requests,
};
use crate::domain::{
    ids::{InsightId, PrKey, PrNumber, RepoId, RequestId, Sha},
    request::{Request, RequestState},
    sync::Synced,
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

/// Of a lease: its repository, its `cursor`, whether somebody holds it.
impl Decoded for Synced {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let (id, micros, is_held) = (some(c.uuid()?)?, c.text()?, c.flag()?);
        let at = micros.and_then(|micros| DateTime::from_timestamp_micros(micros.parse().ok()?));
        // Only whoever knows the rows can say whether they are the first.
        Ok(Self { repository: RepoId::new(id), at, is_held: is_held.unwrap_or_default(), is_first: false })
    }
}
