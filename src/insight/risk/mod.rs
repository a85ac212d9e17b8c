//! The risk model: pure code over one change.
//!
//! Two channels, both shown, never mixed:
//!
//! - **Likely to need a later fix**: a calibrated probability, from a logistic regression ([`weights`]) over what the one
//!   change tells ([`features`]: kinds of path, counts over patches, words of the title). [`reasons`] says what moves it.
//! - **Needs attention**: rules with file and line ([`mod@attention`]). They floor the level.
//!
//! [`mod@focus`] says where to begin, [`effort`] how much work a review is.

pub mod attention;
pub mod effort;
pub mod evaluate;
pub mod features;
pub mod focus;
pub mod reasons;
pub mod redact;
pub mod title;
pub mod weights;

use self::{
    attention::{Found, Rule, attention},
    features::Features,
    weights::{WEIGHTS, Weights},
};
use super::change::{Change, GITHUB_LISTS, Listing};
use crate::{
    domain::{assessment::Findings, insight::Risk, text::counted},
    insight::digest::{file::FileDigest, path::Kind},
};

/// What the model says of one change; the words for it are [`super::words`]'.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// The level: the probability's, or the floor of what needs attention; `None` where the files are not known.
    pub level: Option<Risk>,
    /// Probability of a later fix, 0 to 1; `None` where the files are not known.
    pub score: Option<f64>,
    pub features: Features,
    /// The rules that hold, the gravest first.
    pub found: Vec<Found>,
    /// Everything that is stored and shown beside level and score. Text is cleaned.
    pub details: Findings,
}

impl Weights {
    /// The level that a probability alone means.
    pub fn level(&self, probability: f64) -> Risk {
        if probability >= self.p_high_from {
            Risk::High
        } else if probability < self.p_low_below {
            Risk::Low
        } else {
            Risk::Medium
        }
    }
}

/// Assesses a change by the weights that ship with the program. The same change gives the same assessment.
pub fn assess(change: &Change) -> Assessment {
    let files = change.files.files();
    let features = Features::of(&change.title, files, change.totals.changed_files);
    let found = attention(&features, files);
    let mut details = Findings {
        source: "rules".to_owned(),
        model: WEIGHTS.id.clone(),
        attention: found.iter().map(|found| found.entry(files)).collect(),
        focus_files: focus::focus(&found, files),
        ..Findings::default()
    };
    let score = match &change.files {
        Listing::Unknown(why) => {
            details.unknown = Some((*why).to_owned());
            None
        }
        Listing::Known(files) => {
            details.partial = partial(change, files);
            details.reasons = reasons::reasons(&WEIGHTS, &features);
            details.effort = Some(effort::effort(files));
            details.tests_touched = Some(files.iter().any(FileDigest::touches_tests));
            let migration = found.iter().any(|found| found.rule == Rule::Migration);
            details.split = effort::split(&features, files, migration);
            Some(WEIGHTS.probability(&features))
        }
    };
    let by_score = score.map(|score| WEIGHTS.level(score));
    details.level_by_score = by_score.as_ref().map(|level| level.word().to_owned());
    let floors = found.iter().map(|found| found.rule.floor());
    let level = floors.chain(by_score).max_by_key(Risk::weight);
    Assessment { level, score, features, found, details }
}

/// What the list does not hold.
fn partial(change: &Change, files: &[FileDigest]) -> Option<String> {
    let listed = files.len() as u64;
    let total = change.totals.changed_files.unwrap_or(listed);
    if total > listed {
        return Some(format!("only {listed} of its {total} files are listed"));
    }
    if files.len() >= GITHUB_LISTS {
        return Some(format!("GitHub lists no more than {GITHUB_LISTS} files"));
    }
    let odd = files.iter().filter(|file| file.is_odd).count() as u64;
    if odd > 0 {
        return Some(format!(
            "the numbers of lines of {} make no sense and count as 0",
            counted(odd, "file")
        ));
    }
    let changed = |file: &&FileDigest| file.kind == Kind::Source && file.churn() > 0;
    let cut = |file: &&FileDigest| changed(file) && !file.has_patch;
    let source = files.iter().filter(changed).count() as u64;
    match files.iter().filter(cut).count() as u64 {
        0 => None,
        without if without == source => {
            Some("it comes without patches: what is in the code is not known, nor are most alerts".to_owned())
        }
        without => Some(format!("{} came without a patch", counted(without, "source file"))),
    }
}
