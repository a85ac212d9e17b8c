//! The weights of the logistic regression: `assets/risk/weights.json`, with their provenance beside them.

use std::sync::LazyLock;

use serde::Deserialize;

use super::features::Features;

/// The weights that ship with the program.
#[expect(clippy::expect_used, reason = "the asset is part of the program; a test reads it")]
pub static WEIGHTS: LazyLock<Weights> =
    LazyLock::new(|| Weights::parse(include_str!("../../../assets/risk/weights.json")).expect("its weights"));

/// A logistic regression: the log-odds of a later fix are `intercept + Σ coef · transform(x)`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Weights {
    /// What they are called in `insights.details`.
    pub id: String,
    /// Log-odds of a change of which every number is zero.
    pub intercept: f64,
    #[serde(rename = "features")]
    pub terms: Vec<Term>,
    /// Below this probability the level is low.
    pub p_low_below: f64,
    /// From this probability on it is high.
    pub p_high_from: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Term {
    #[serde(rename = "name")]
    pub number: Number,
    pub coef: f64,
    /// Mean of the transformed number over the training projects.
    pub dev_mean: f64,
    /// What is done to the number before.
    pub transform: Transform,
}

/// What is done to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Transform {
    /// `ln(1 + x)`: counts are skewed.
    #[serde(rename = "ln(1+x)")]
    Log,
    /// Nothing.
    #[serde(rename = "id")]
    Identity,
}

impl Transform {
    fn apply(self, x: f64) -> f64 {
        match self {
            Self::Log => x.ln_1p(),
            Self::Identity => x,
        }
    }
}

/// The numbers that terms can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Number {
    /// Lines added, but to documentation, generated files and assets.
    #[serde(rename = "la_work")]
    WorkAdded,
    #[serde(rename = "nf")]
    Files,
    /// Hunks of source files.
    #[serde(rename = "s_hunks")]
    Hunks,
    /// Branches added.
    #[serde(rename = "a_br")]
    Branches,
    /// Calls added.
    #[serde(rename = "a_call")]
    Calls,
    /// Share of added lines that are tests': they mark a change of behaviour.
    #[serde(rename = "test_share")]
    TestShare,
    #[serde(rename = "docs_only")]
    DocsOnly,
    #[serde(rename = "s_added")]
    SourceNew,
    #[serde(rename = "t_fix")]
    TitleFix,
    #[serde(rename = "t_doc")]
    TitleDoc,
    /// The title calls it housekeeping, by the convention for commits.
    #[serde(rename = "housekeeping")]
    Housekeeping,
}

/// What a term is shown under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Size and spread.
    Size,
    Complexity,
    /// Kind of change.
    Kind,
    /// Counted, and never shown as a reason: tests don't make a change risky, they mark one of behaviour.
    Silent,
}

impl Number {
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    pub fn of(self, features: &Features) -> f64 {
        let flag = |set: bool| f64::from(u8::from(set));
        match self {
            Self::WorkAdded => features.work_added as f64,
            Self::Files => features.files as f64,
            Self::Hunks => features.patches.hunks.into(),
            Self::Branches => features.patches.branches.into(),
            Self::Calls => features.patches.calls.into(),
            Self::TestShare => features.test_share(),
            Self::DocsOnly => flag(features.docs_only),
            Self::SourceNew => features.source_new as f64,
            Self::TitleFix => flag(features.title.fix),
            Self::TitleDoc => flag(features.title.doc),
            Self::Housekeeping => flag(features.housekeeping),
        }
    }

    pub const fn group(self) -> Group {
        match self {
            Self::WorkAdded | Self::Files | Self::Hunks => Group::Size,
            Self::Branches | Self::Calls => Group::Complexity,
            Self::DocsOnly | Self::SourceNew | Self::TitleFix | Self::TitleDoc | Self::Housekeeping => {
                Group::Kind
            }
            Self::TestShare => Group::Silent,
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::WorkAdded => "lines added, docs and generated apart",
            Self::Files => "files changed",
            Self::Hunks => "hunks in source files",
            Self::Branches => "branches added",
            Self::Calls => "calls added",
            Self::TestShare => "test share of the added lines",
            Self::DocsOnly => "documentation only",
            Self::SourceNew => "new source files",
            Self::TitleFix => "the title tells of a fix",
            Self::TitleDoc => "the title tells of documentation",
            Self::Housekeeping => "housekeeping, by the title",
        }
    }
}

impl Term {
    pub fn value(&self, features: &Features) -> f64 {
        self.number.of(features)
    }

    /// What it adds to the log-odds.
    pub fn product(&self, features: &Features) -> f64 {
        self.coef * self.transform.apply(self.value(features))
    }

    /// The same beside an average change: coefficient × (x − training mean).
    pub fn contribution(&self, features: &Features) -> f64 {
        self.coef * (self.transform.apply(self.value(features)) - self.dev_mean)
    }
}

impl Weights {
    /// Reads the asset.
    ///
    /// # Errors
    /// serde's words for what is wrong.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Probability, 0 to 1, that a later fix will touch lines of this change.
    pub fn probability(&self, features: &Features) -> f64 {
        let log_odds = self.intercept + self.terms.iter().map(|term| term.product(features)).sum::<f64>();
        1.0 / (1.0 + (-log_odds).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_weights_are_sound() {
        assert!(WEIGHTS.terms.len() >= 5);
        assert!(0.0 < WEIGHTS.p_low_below && WEIGHTS.p_low_below < WEIGHTS.p_high_from);
        for (n, term) in WEIGHTS.terms.iter().enumerate() {
            assert!(term.coef.is_finite() && term.coef != 0.0);
            assert!(WEIGHTS.terms[n + 1..].iter().all(|other| other.number != term.number));
        }
    }

    #[test]
    fn larger_changes_are_likelier_to_need_a_fix() {
        let small = Features { files: 1, work_added: 3, ..Features::default() };
        let large = Features { files: 20, work_added: 900, ..small.clone() };
        assert!(WEIGHTS.probability(&small) < WEIGHTS.probability(&large));
        assert!(WEIGHTS.probability(&large) < 1.0);
    }
}
