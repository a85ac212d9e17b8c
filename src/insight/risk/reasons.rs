//! What moves the probability, in three groups with their raw numbers.
//!
//! A group's contribution is the sum of its terms' coefficient × (x − training mean), in log-odds: how far it moves this
//! change away from an average one.

use super::{
    features::Features,
    weights::{Group, Weights},
};
use crate::domain::{assessment::Reason, text::counted};

/// The groups that have something to say, the strongest first.
pub fn reasons(weights: &Weights, features: &Features) -> Vec<Reason> {
    let group = |group: Group, name: &str, text: Option<String>| {
        let terms = weights.terms.iter().filter(|term| term.number.group() == group);
        let contribution = terms.map(|term| term.contribution(features)).sum();
        text.map(|text| Reason { group: name.to_owned(), contribution: rounded(contribution), text })
    };
    let mut reasons: Vec<Reason> = [
        group(Group::Size, "size", Some(size(features))),
        group(Group::Complexity, "complexity", complexity(features)),
        group(Group::Kind, "kind", kind(features)),
    ]
    .into_iter()
    .flatten()
    .collect();
    reasons.sort_by(|one, other| other.contribution.abs().total_cmp(&one.contribution.abs()));
    reasons
}

/// Three decimals: what is stored is read by people too.
fn rounded(x: f64) -> f64 {
    (x * 1_000.0).round() / 1_000.0
}

fn size(features: &Features) -> String {
    format!(
        "{} added in {}, {}",
        counted(features.work_added, "line"),
        counted(features.files, "file"),
        counted(features.patches.hunks, "source hunk")
    )
}

/// Nothing where there is source and no patch of it: then nothing was counted.
fn complexity(features: &Features) -> Option<String> {
    if features.source_added > 0 && features.patches.hunks == 0 {
        return None;
    }
    let branches = match features.patches.branches {
        1 => "1 branch".to_owned(),
        n => format!("{n} branches"),
    };
    Some(format!("{branches} and {} added", counted(features.patches.calls, "call")))
}

fn kind(features: &Features) -> Option<String> {
    let mut parts = Vec::new();
    if features.docs_only {
        parts.push("documentation only".to_owned());
    } else if features.title.doc {
        parts.push("documentation, by its title".to_owned());
    }
    if features.housekeeping {
        parts.push("housekeeping, by its title".to_owned());
    }
    if features.title.fix {
        parts.push("a fix, by its title".to_owned());
    }
    if features.source_new > 0 {
        parts.push(counted(features.source_new, "new source file"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}
