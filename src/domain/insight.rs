//! What was said about a pull request's risk.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{
    assessment::{Attention, Findings},
    ids::{InsightId, Sha},
    text::clean,
};

/// How risky a change is said to be. Words that we do not know are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Risk {
    /// Green, `·`.
    Low,
    /// Yellow, `◆`.
    Medium,
    /// Red, `▲`.
    High,
    /// Somebody else's word, cleaned.
    Other(Box<str>),
}

impl Risk {
    /// Reads `insights.risk_level` in any case; `None` where it is empty.
    pub fn parse(word: &str) -> Option<Self> {
        let word = clean(word.trim());
        Some(match word.to_ascii_lowercase().as_str() {
            "" => return None,
            "low" => Self::Low,
            "medium" | "moderate" => Self::Medium,
            "high" | "critical" => Self::High,
            _ => Self::Other(word.into()),
        })
    }

    /// `low`, `medium`, `high`, or the foreign word.
    pub fn word(&self) -> &str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Other(word) => word,
        }
    }

    /// `L`, `M`, `H`, or `?` for a foreign word.
    pub const fn letter(&self) -> &'static str {
        match self {
            Self::Low => "L",
            Self::Medium => "M",
            Self::High => "H",
            Self::Other(_) => "?",
        }
    }

    /// For sorting: high 3, medium 2, low 1, unknown words 0.
    pub const fn weight(&self) -> u8 {
        match self {
            Self::High => 3,
            Self::Medium => 2,
            Self::Low => 1,
            Self::Other(_) => 0,
        }
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The newest row of `insights` for a pull request. Text is cleaned.
#[derive(Clone, Debug, PartialEq)]
pub struct Insight {
    pub id: InsightId,
    /// The commit that it speaks of.
    pub sha: Option<Sha>,
    pub risk: Option<Risk>,
    /// Probability of a later fix, 0 to 1, where the schema has it.
    pub score: Option<f64>,
    /// One line.
    pub summary: Option<Box<str>>,
    pub recommendation: Option<Box<str>>,
    pub created_at: Option<DateTime<Utc>>,
    /// It names no level, and the files are known by now.
    pub files_came: bool,
}

impl Insight {
    /// Whether there is more to say by now: the head has moved since, or the files have come. `None` where that is not
    /// known.
    pub fn is_stale(&self, head: Option<&Sha>) -> Option<bool> {
        if self.files_came { Some(true) } else { self.has_moved(head) }
    }

    /// Whether the head has moved since: `None` where either SHA is unknown.
    pub fn has_moved(&self, head: Option<&Sha>) -> Option<bool> {
        Some(self.sha.as_ref()? != head?)
    }
}

/// One row of `insights` of the selected pull request: what was said when. Text is cleaned.
#[derive(Clone, Debug, PartialEq)]
pub struct PastInsight {
    pub id: InsightId,
    /// The commit that it speaks of.
    pub sha: Option<Sha>,
    pub risk: Option<Risk>,
    /// Probability of a later fix, 0 to 1.
    pub score: Option<f64>,
    pub created_at: Option<DateTime<Utc>>,
    /// What it found; `None` where the row has no details, or some in another form.
    pub details: Option<Box<Findings>>,
}

/// An insight that was made here and is stored nowhere: the login may only read.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalInsight {
    /// What would be its row.
    pub insight: Insight,
    pub details: Findings,
}

impl LocalInsight {
    /// The same as one among others.
    pub fn past(&self) -> PastInsight {
        let Insight { id, sha, risk, score, created_at, .. } = self.insight.clone();
        PastInsight { id, sha, risk, score, created_at, details: Some(Box::new(self.details.clone())) }
    }
}

/// What an insight says otherwise than the one before it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// The levels before and now, where they differ.
    pub level: Option<(Option<Risk>, Option<Risk>)>,
    /// What needs attention now and did not before.
    pub added: Vec<String>,
    /// What needed attention before.
    pub removed: Vec<String>,
}

impl PastInsight {
    /// Compares with the one before; `None` where one of them does not tell what needs attention.
    pub fn since(&self, before: &Self) -> Option<Difference> {
        let (now, then) = (self.details.as_deref()?, before.details.as_deref()?);
        let missing = |of: &Findings, from: &Findings| -> Vec<String> {
            let known = |entry: &Attention| from.attention.iter().any(|other| other.is_of(entry));
            of.attention.iter().filter(|entry| !known(entry)).map(|entry| entry.text.clone()).collect()
        };
        Some(Difference {
            level: (self.risk != before.risk).then(|| (before.risk.clone(), self.risk.clone())),
            added: missing(now, then),
            removed: missing(then, now),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_and_went_is_told_by_rule_and_file() {
        let past = |risk: Risk, rules: &[(&str, &str)]| {
            let entry = |(rule, file): &(&str, &str)| Attention {
                rule: (*rule).to_owned(),
                file: Some((*file).to_owned()),
                text: format!("{rule} in {file}"),
                ..Attention::default()
            };
            let details = Findings { attention: rules.iter().map(entry).collect(), ..Findings::default() };
            PastInsight {
                id: InsightId::new(uuid::Uuid::nil()),
                sha: None,
                risk: Some(risk),
                score: None,
                created_at: None,
                details: Some(Box::new(details)),
            }
        };
        let before = past(Risk::Medium, &[("migration", "a.sql"), ("secret", "b")]);
        let now = past(Risk::High, &[("secret", "b"), ("secret", "c")]);
        let difference = now.since(&before).unwrap();
        assert_eq!(difference.level, Some((Some(Risk::Medium), Some(Risk::High))));
        assert_eq!(difference.added, ["secret in c"]);
        assert_eq!(difference.removed, ["migration in a.sql"]);
        assert_eq!(now.since(&now), Some(Difference::default()));
        assert_eq!(now.since(&PastInsight { details: None, ..before }), None);
    }

    #[test]
    fn risk_words_round_trip_and_foreign_ones_are_kept() {
        for risk in [Risk::Low, Risk::Medium, Risk::High, Risk::Other("spicy".into())] {
            assert_eq!(Risk::parse(risk.word()), Some(risk));
        }
        for (word, risk) in [(" HIGH", Risk::High), ("Critical", Risk::High), ("moderate", Risk::Medium)] {
            assert_eq!(Risk::parse(word), Some(risk), "{word}");
        }
        assert_eq!(Risk::parse(" "), None);
    }
}
