//! From a stored pull request to an insight that can be stored.

use serde_json::Value;

use super::{
    change::Change,
    llm::{Llm, told},
    prompt::PromptInput,
    risk::{Assessment, assess},
    words::{Words, words},
};
use crate::domain::{
    ids::{InsightId, Sha},
    insight::{Insight, LocalInsight, Risk},
    new_insight::NewInsight,
    pull_text::PullText,
};

/// What was made of a pull request.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The commit that it speaks of.
    pub sha: Option<Sha>,
    /// Level, probability, and all that is shown beside them.
    pub assessment: Assessment,
    /// Summary and recommendation.
    pub words: Words,
}

/// Assesses a pull request, on a thread of its own: a list may hold megabytes of patches. The words are the LLM's, if
/// there is one and it answers.
///
/// # Errors
/// The assessment panicked: a mistake of ours, in words.
pub async fn make(pull: PullText, llm: Option<&Llm>) -> Result<Made, String> {
    let started = tokio::time::Instant::now();
    let assessed = tokio::task::spawn_blocking(move || {
        let change = Change::from(&pull);
        let assessment = assess(&change);
        let words = words(&change, &assessment);
        (pull, assessment, words)
    });
    let (pull, mut assessment, words) =
        assessed.await.map_err(|error| format!("the risk model failed: {error}"))?;
    let (words, mut details) = told(llm, &input(&pull), assessment.clone(), words).await;
    details.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    assessment.details = details;
    Ok(Made { sha: pull.head, assessment, words })
}

fn input(pull: &PullText) -> PromptInput<'_> {
    PromptInput {
        title: &pull.title,
        author: pull.author.as_deref(),
        branch: pull.branch.as_deref(),
        base: pull.base.as_deref(),
        description: pull.description.as_deref(),
        files_json: pull.files.as_deref(),
    }
}

impl Made {
    /// As a row of `insights`.
    pub fn row(&self, requested_by: Option<&str>) -> NewInsight {
        NewInsight {
            sha: self.sha.clone(),
            risk_level: self.assessment.level.as_ref().map(|level| level.word().to_owned()),
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
                risk: self.assessment.level,
                score: self.assessment.score,
                summary: Some(self.words.summary.into()),
                recommendation: Some(self.words.recommendation.into()),
                created_at: Some(now),
            },
            details: self.assessment.details,
        }
    }

    /// The level in a word, for people.
    pub fn level(&self) -> &str {
        self.assessment.level.as_ref().map_or("unknown", Risk::word)
    }
}
