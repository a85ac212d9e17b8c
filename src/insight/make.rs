//! From a stored pull request to an insight that can be stored.

use serde_json::Value;

use super::{
    change::Change,
    llm::{Llm, told},
    prompt::PromptInput,
    risk::{Assessment, assess},
    words::{Words, words},
};
use crate::{
    domain::{
        ids::{InsightId, Sha},
        insight::{Insight, LocalInsight, Risk},
        new_insight::NewInsight,
        pull_text::PullText,
    },
    panics::caught_elsewhere,
};

/// What was made of a pull request.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The commit that it speaks of.
    pub sha: Option<Sha>,
    /// The level: without one there is nothing to store.
    pub level: Risk,
    /// The probability, and all that is shown beside it.
    pub assessment: Assessment,
    /// Summary and recommendation.
    pub words: Words,
}

/// Why nothing was made of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmade {
    /// Nothing can be said of it, and an insight that says so would hide a better one.
    #[error("its files are not known: {0}")]
    FilesUnknown(String),
    /// A mistake of ours, in words.
    #[error("the risk model failed: {0}")]
    Panicked(String),
}

/// Assesses a pull request, on a thread of its own: a list may hold megabytes of patches. The words are the LLM's, if
/// there is one and it answers.
///
/// # Errors
/// Its files are not known, or the assessment panicked.
pub async fn make(pull: PullText, llm: Option<&Llm>) -> Result<Made, Unmade> {
    let started = tokio::time::Instant::now();
    let assessed = caught_elsewhere(move || {
        let change = Change::from(&pull);
        let assessment = assess(&change);
        let words = words(&change, &assessment);
        (pull, assessment, words)
    });
    let (pull, assessment, words) = assessed.await.map_err(Unmade::Panicked)?;
    let mut made = Made::of(pull.head.clone(), assessment, words)?;
    let (words, mut details) =
        told(llm, &PromptInput::from(&pull), made.assessment.clone(), made.words).await;
    details.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    made.words = words;
    made.assessment.details = details;
    Ok(made)
}

impl Made {
    /// An assessment with the words for it, of this commit.
    ///
    /// # Errors
    /// The files are not known.
    pub fn of(sha: Option<Sha>, assessment: Assessment, words: Words) -> Result<Self, Unmade> {
        match assessment.level.clone() {
            Some(level) => Ok(Self { sha, level, assessment, words }),
            None => Err(Unmade::FilesUnknown(assessment.details.unknown.unwrap_or_default())),
        }
    }

    /// As a row of `insights`.
    pub fn row(&self, requested_by: Option<&str>) -> NewInsight {
        NewInsight {
            sha: self.sha.clone(),
            risk_level: self.level.word().to_owned(),
            score: self.assessment.score,
            summary: self.words.summary.clone(),
            recommendation: self.words.recommendation.clone(),
            details: serde_json::to_value(&self.assessment.details).unwrap_or(Value::Null),
            requested_by: requested_by.map(str::to_owned),
        }
    }

    /// As the screen shows it where it cannot be stored.
    pub fn local(self, id: InsightId, now: chrono::DateTime<chrono::Utc>) -> LocalInsight {
        LocalInsight {
            insight: Insight {
                id,
                sha: self.sha,
                risk: Some(self.level),
                score: self.assessment.score,
                summary: Some(self.words.summary.into()),
                recommendation: Some(self.words.recommendation.into()),
                created_at: Some(now),
                files_came: false,
            },
            details: self.assessment.details,
        }
    }
}
