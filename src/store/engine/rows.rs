//! Rows that more than one wing reads.

use super::{
    cells::{Cells, Decoded, some},
    tables::insight_requests,
};
use crate::domain::{
    ids::{InsightId, PrKey, PrNumber, RepoId, RequestId, Sha},
    request::{Request, RequestState},
    text::clean_opt,
};

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
