//! What the queue's statements return.

use uuid::Uuid;

use crate::{
    domain::{
        ids::{InsightId, PrKey, PrNumber, RequestId, Sha},
        pull_text::PullText,
        request::{Request, RequestState},
        text::clean_opt,
    },
    store::engine::cells::{Cells, Decoded, key, some},
};

impl Decoded for PrKey {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(key(some(c.uuid()?)?, some(c.int()?)?))
    }
}

impl Decoded for Request {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: RequestId::new(some(c.uuid()?)?),
            key: PrKey::decode(c)?,
            state: RequestState::parse(&c.text()?.unwrap_or_default()),
            sha: c.text()?.as_deref().and_then(Sha::parse),
            requested_by: clean_opt(c.text()?.as_deref()),
            attempts: c.int()?.unwrap_or_default(),
            error: clean_opt(c.text()?.as_deref()),
            insight: c.uuid()?.map(InsightId::new),
            requested_at: c.time()?,
            started_at: c.time()?,
            finished_at: c.time()?,
            updated_at: c.time()?,
        })
    }
}

impl Decoded for PullText {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self {
            full_name: c.text()?.unwrap_or_default(),
            number: PrNumber::new(some(c.int()?)?),
            title: c.text()?.unwrap_or_default(),
            author: c.text()?,
            branch: c.text()?,
            base: c.text()?,
            description: c.text()?,
            head: c.text()?.as_deref().and_then(Sha::parse),
            additions: c.int()?,
            deletions: c.int()?,
            changed_files: c.int()?,
            files: c.text()?,
        })
    }
}

/// What became of a key that was to be queued.
pub(super) struct Fate {
    /// Its place among the keys.
    pub(super) place: usize,
    pub(super) exists: bool,
    pub(super) ours: bool,
}

impl Decoded for Fate {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let place = usize::try_from(some(c.int()?)?).unwrap_or(usize::MAX);
        Ok(Self { place, exists: c.uuid()?.is_some(), ours: c.uuid()?.is_some() })
    }
}

/// A request that may be claimed.
pub(super) struct Candidate {
    pub(super) id: Uuid,
    pub(super) key: PrKey,
    /// A worker has it, and is gone.
    pub(super) abandoned: bool,
    pub(super) attempts: i32,
    pub(super) error: Option<String>,
    pub(super) worker: Option<String>,
    pub(super) requested_by: Option<String>,
    /// Another request for the same pull request is abandoned.
    pub(super) sibling: bool,
}

impl Decoded for Candidate {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: some(c.uuid()?)?,
            key: PrKey::decode(c)?,
            abandoned: c.flag()?.unwrap_or_default(),
            attempts: c.int()?.unwrap_or_default(),
            error: c.text()?,
            worker: c.text()?,
            requested_by: c.text()?,
            sibling: c.flag()?.unwrap_or_default(),
        })
    }
}

/// Whose a request is.
pub(super) struct Held {
    pub(super) state: String,
    pub(super) worker: Option<String>,
    pub(super) attempts: i32,
    pub(super) insight: Option<Uuid>,
    pub(super) requested_by: Option<String>,
}

impl Decoded for Held {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self {
            state: c.text()?.unwrap_or_default(),
            worker: c.text()?,
            attempts: c.int()?.unwrap_or_default(),
            insight: c.uuid()?,
            requested_by: c.text()?,
        })
    }
}

/// The head of a pull request, if it is known.
pub(super) struct Head(pub(super) Option<Sha>);

impl Decoded for Head {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self(c.text()?.as_deref().and_then(Sha::parse)))
    }
}
