//! What the queue's statements return.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    domain::{
        encoding,
        ids::{PrKey, PrNumber, Sha},
        new_insight::NewInsight,
        pull_text::PullText,
    },
    store::engine::{
        cells::{Cells, Decoded, some},
        columns::columns,
        tables::insights,
    },
};

columns!(
    struct TextColumns {
        pr_number: Int,
        title: Text,
        author: Text,
        branch_name: Text,
        base_branch: Text,
        description: Text,
        commit_sha: Text,
        additions: Int,
        deletions: Int,
        changed_files: Int,
        files_changed: Text,
    }
);

/// Before the columns comes the repository's name, behind them the text of the run's history.
impl Decoded for PullText {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let (full_name, columns) = (c.text()?.unwrap_or_default(), TextColumns::decode(c)?);
        Ok(Self {
            full_name,
            number: PrNumber::new(some(columns.pr_number)?),
            title: columns.title.unwrap_or_default(),
            author: columns.author,
            branch: columns.branch_name,
            base: columns.base_branch,
            description: columns.description,
            head: columns.commit_sha.as_deref().and_then(Sha::parse),
            additions: columns.additions,
            deletions: columns.deletions,
            changed_files: columns.changed_files,
            files: columns.files_changed.map(|text| encoding::paired(&text).into_owned()),
            files_head: c.text()?.as_deref().and_then(files_head),
        })
    }
}

/// Hexadecimal digits with which a commit is named at least.
const SHORTEST: usize = 7;

/// The head that the stored files are of, by the newest entry about them in a run's history.
fn files_head(history: &str) -> Option<Sha> {
    let entries: Vec<Value> = serde_json::from_str(history).ok()?;
    let newest =
        entries.iter().rev().find(|entry| entry.get("field").is_some_and(|field| field == "files"))?;
    // An entry of another service may be about the number of files, say.
    let is_commit = |text: &&str| text.len() >= SHORTEST && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    newest.get("value")?.as_str().filter(is_commit).and_then(Sha::parse)
}

insights!(struct WrittenColumns written {});

impl From<&NewInsight> for WrittenColumns {
    fn from(insight: &NewInsight) -> Self {
        Self {
            commit_sha: insight.sha.as_ref().map(|sha| sha.as_str().to_owned()),
            risk_level: Some(insight.risk_level.clone()),
            score: insight.score.filter(|score| score.is_finite()),
            summary: Some(insight.summary.clone()),
            recommendation: Some(insight.recommendation.clone()),
            details: Some(insight.details.clone()),
            requested_by: insight.requested_by.clone(),
        }
    }
}

/// What became of a key that was to be queued.
pub(super) struct Fate {
    /// Its place among the keys.
    pub(super) place: usize,
    pub(super) exists: bool,
    pub(super) ours: bool,
    /// Its files are stored.
    pub(super) has_files: bool,
}

impl Decoded for Fate {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let place = usize::try_from(some(c.int()?)?).unwrap_or(usize::MAX);
        let (exists, ours) = (c.uuid()?.is_some(), c.uuid()?.is_some());
        Ok(Self { place, exists, ours, has_files: c.flag()?.unwrap_or_default() })
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
    /// When it began to wait: when it was asked for, or abandoned.
    pub(super) since: Option<DateTime<Utc>>,
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
            since: c.time()?,
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

/// An open pull request, as a scan finds it.
pub(super) struct Looked {
    pub(super) id: Uuid,
    pub(super) key: PrKey,
    /// When it changed last, in the engine's own words.
    pub(super) at: Option<String>,
    /// Its head has no insight, and nobody asks or asked for any.
    pub(super) is_wanted: bool,
    /// Its files are stored.
    pub(super) has_files: bool,
}

impl Decoded for Looked {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: some(c.uuid()?)?,
            key: PrKey::decode(c)?,
            at: c.text()?,
            is_wanted: c.flag()?.unwrap_or_default(),
            has_files: c.flag()?.unwrap_or_default(),
        })
    }
}

/// What a worker has claimed.
pub(super) struct Claimed {
    pub(super) id: Uuid,
    pub(super) key: PrKey,
    pub(super) attempts: i32,
    pub(super) requested_by: Option<String>,
}

impl Decoded for Claimed {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let (id, key) = (some(c.uuid()?)?, PrKey::decode(c)?);
        Ok(Self { id, key, attempts: c.int()?.unwrap_or_default(), requested_by: c.text()? })
    }
}

/// The head of a pull request, if it is known.
pub(super) struct Head(pub(super) Option<Sha>);

impl Decoded for Head {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self(c.text()?.as_deref().and_then(Sha::parse)))
    }
}
