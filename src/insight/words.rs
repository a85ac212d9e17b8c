//! Summary and recommendation, composed from what the model found: files, numbers, names, and nothing else. The same
//! assessment gives the same words.

use super::{
    change::{Change, Listing},
    digest::{
        file::{FileDigest, Status},
        path::Kind,
    },
    risk::{
        Assessment,
        attention::{Found, Rule, moved_away},
    },
};
use crate::domain::{
    assessment::Focus,
    insight::Risk,
    text::{clean, counted, truncate_middle},
};

/// Columns that a path or a name may take in a sentence.
const NAME: usize = 60;
/// Sentences of a recommendation.
const SENTENCES: usize = 3;
/// New branches that the summary mentions.
const MANY_BRANCHES: u32 = 10;

/// The words of one assessment. Cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One line: what it is, how large, what is special about it.
    pub summary: String,
    /// What to do, in at most three sentences.
    pub recommendation: String,
}

/// The words for an assessment of this change.
pub fn words(change: &Change, assessment: &Assessment) -> Words {
    let files = match &change.files {
        Listing::Known(files) => files,
        Listing::Unknown(why) => return unknown(change, why),
    };
    Words { summary: summary(assessment, files), recommendation: recommendation(change, assessment, files) }
}

fn unknown(change: &Change, why: &str) -> Words {
    let size = match (change.totals.changed_files, change.totals.additions, change.totals.deletions) {
        (Some(files), Some(added), Some(removed)) => {
            format!("{} with +{added} −{removed}: the", counted(files, "file"))
        }
        _ => "The".to_owned(),
    };
    Words {
        summary: format!("{size} risk is not known, for {why}."),
        recommendation: "Get its file list (GitHub's array of files), then ask again.".to_owned(),
    }
}

fn summary(assessment: &Assessment, files: &[FileDigest]) -> String {
    let features = &assessment.features;
    let mut parts = vec![match only_kind(files) {
        Some(only) => format!("{only}: {}, {}", counted(features.files, "file"), churn(files)),
        None => source(assessment, files),
    }];
    if features.patches.branches >= MANY_BRANCHES {
        parts.push(format!("{} new branches", features.patches.branches));
    }
    let text = parts.join(", ");
    let noted: Vec<&str> = assessment.found.iter().filter_map(|found| touches(found.rule)).take(3).collect();
    let noted = if noted.is_empty() { String::new() } else { format!("; {}", noted.join(", ")) };
    clean(&format!("{text}{noted}."))
}

/// `Large fix: +310 −20 source lines in 4 files (mostly src/auth/)`.
fn source(assessment: &Assessment, files: &[FileDigest]) -> String {
    let features = &assessment.features;
    let source: Vec<&FileDigest> = files.iter().filter(|file| file.kind == Kind::Source).collect();
    let (size, act) = (size_word(features.source_added + features.source_removed), act(assessment));
    let (added, removed) = (features.source_added, features.source_removed);
    let among = place(&source).map(|place| format!(" {place}")).unwrap_or_default();
    format!("{size} {act}: +{added} −{removed} source lines in {}{among}", counted(source.len(), "file"))
}

/// What all its files are, if they are all of one kind that is not source.
fn only_kind(files: &[FileDigest]) -> Option<&'static str> {
    let written = || files.iter().filter(|file| !matches!(file.kind, Kind::Generated | Kind::Asset));
    let Some(first) = written().next() else { return Some("Generated files and assets only") };
    if written().any(|file| file.kind == Kind::Source) {
        return None;
    }
    if written().any(|file| file.kind != first.kind) {
        return Some("No source code");
    }
    Some(match first.kind {
        Kind::Doc => "Documentation only",
        Kind::Test => "Tests only",
        Kind::Ci => "CI only",
        Kind::Deps => "Dependencies only",
        Kind::Infra => "Infrastructure only",
        Kind::Config => "Configuration only",
        Kind::Other => "No source code",
        Kind::Source | Kind::Generated | Kind::Asset => return None,
    })
}

fn churn(files: &[FileDigest]) -> String {
    let (added, removed) = files.iter().fold((0, 0), |(a, r), file| (a + file.additions, r + file.deletions));
    format!("+{added} −{removed}")
}

/// Cisco's study (see `risk::attention`) puts the limits at 200 and 400 lines.
fn size_word(source_lines: u64) -> &'static str {
    match source_lines {
        0..=20 => "Small",
        21..=200 => "Medium-sized",
        201..=400 => "Large",
        _ => "Very large",
    }
}

fn act(assessment: &Assessment) -> &'static str {
    let title = &assessment.features.title;
    if title.revert {
        "revert"
    } else if title.fix {
        "fix"
    } else if title.refactor {
        "refactoring"
    } else if title.feature {
        "addition"
    } else {
        "change"
    }
}

/// `, mostly src/auth/`, or the one file's name.
fn place(source: &[&FileDigest]) -> Option<String> {
    if let [only] = source {
        return Some(format!("({})", name(&only.path)));
    }
    let total: u64 = source.iter().map(|file| file.churn()).sum();
    let folder = |file: &FileDigest| file.path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let mut folders: Vec<(String, u64)> = Vec::new();
    for file in source {
        let folder = folder(file)?;
        match folders.iter_mut().find(|(other, _)| *other == folder) {
            Some((_, lines)) => *lines += file.churn(),
            None => folders.push((folder, file.churn())),
        }
    }
    let (folder, lines) = folders.into_iter().max_by_key(|(_, lines)| *lines)?;
    (lines * 2 > total).then(|| format!("(mostly {}/)", name(&folder)))
}

fn name(path: &str) -> String {
    truncate_middle(&clean(path), NAME).into_owned()
}

/// What a rule adds to the summary; `None` for what the summary says anyway.
const fn touches(rule: Rule) -> Option<&'static str> {
    match rule {
        Rule::Secret => Some("adds what looks like a secret"),
        Rule::Migration => Some("touches a schema or SQL"),
        Rule::Security => Some("touches authentication or cryptography"),
        Rule::Dangerous => Some("adds unsafe or executing code"),
        Rule::PublicRemoved => Some("changes a public signature"),
        Rule::TestsDeleted => Some("deletes tests"),
        Rule::Infrastructure => Some("touches CI or infrastructure"),
        Rule::Lockfile => Some("leaves the lock file behind"),
        Rule::Untested => Some("changes no test"),
        Rule::Large => None,
    }
}

fn recommendation(change: &Change, assessment: &Assessment, files: &[FileDigest]) -> String {
    let author =
        change.author.as_deref().map_or_else(|| "the author".to_owned(), |login| format!("@{}", name(login)));
    let advised: Vec<(Option<usize>, String)> = assessment
        .found
        .iter()
        .filter_map(|found| {
            let place = found.places.first().map(|(n, _)| *n);
            Some((place, advice(found, assessment, files, &author)?))
        })
        .take(SENTENCES)
        .collect();
    let named = |focus: &Focus| {
        advised
            .iter()
            .any(|(n, _)| n.and_then(|n| files.get(n)).is_some_and(|f| clean(&f.path) == focus.file))
    };
    let is_gone = |focus: &Focus| {
        files.iter().any(|file| file.status == Status::Removed && clean(&file.path) == focus.file)
    };
    let first = assessment.details.focus_files.iter().find(|focus| !named(focus) && !is_gone(focus));
    let mut sentences: Vec<String> = advised.iter().map(|(_, sentence)| sentence.clone()).collect();
    // What to look at whatever the probability comes before where to begin reading.
    let at = sentences.len().min(SENTENCES - 1);
    let begun = advised.iter().any(|(place, _)| place.is_some());
    sentences.insert(at, reading(assessment, first, begun));
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.truncate(SENTENCES);
    clean(&sentences.join(" "))
}

/// With how much care to read, and where to begin, or to go on if something else is to be looked at first.
fn reading(assessment: &Assessment, first: Option<&Focus>, begun: bool) -> String {
    let place = first.map(|focus| match focus.line {
        Some(line) => format!("{}:{line}", name(&focus.file)),
        None => name(&focus.file),
    });
    let is_low = assessment.level == Some(Risk::Low);
    match (assessment.details.level_by_score.as_deref(), place) {
        (Some("high"), Some(place)) if begun => format!("Ask for two reviewers; then read {place}."),
        (Some("high"), Some(place)) => format!("Ask for two reviewers, and begin at {place}."),
        (Some("high"), None) => "Ask for two reviewers.".to_owned(),
        (_, Some(place)) if is_low => format!("An ordinary review will do; begin at {place}."),
        (_, Some(place)) if begun => format!("Then read {place}."),
        (_, Some(place)) => format!("Begin at {place}."),
        (_, None) if is_low => "Nothing stands out; an ordinary review will do.".to_owned(),
        (_, None) => String::new(),
    }
}

fn advice(found: &Found, assessment: &Assessment, files: &[FileDigest], author: &str) -> Option<String> {
    let place = match found.places.first() {
        Some((n, line)) => {
            let file = files.get(*n)?;
            match (moved_away(found.rule, file), line) {
                (Some(path), _) => name(path),
                (None, Some(line)) => format!("{}:{line}", name(&file.path)),
                (None, None) => name(&file.path),
            }
        }
        None => String::new(),
    };
    Some(match found.rule {
        Rule::Secret => format!(
            "Look at {place} first: if that is a real secret, revoke it now, for it is in the history."
        ),
        Rule::Migration => {
            format!("Check {place} for locks, for the order of deployment and for a way back.")
        }
        Rule::Security => format!("Have someone who knows the access rules read {place}."),
        Rule::Dangerous => format!("Check what can reach {place} from outside."),
        Rule::PublicRemoved => format!("Check the callers of what is gone at {place}."),
        Rule::TestsDeleted => format!("Ask {author} why {place} is gone."),
        Rule::Infrastructure => {
            format!("Watch the first run after the merge: {place} changes how it is built or deployed.")
        }
        Rule::Lockfile => format!("Ask {author} for the lock file that belongs to {place}."),
        Rule::Large => format!("Ask {author} whether it {}.", assessment.details.split.as_ref()?),
        Rule::Untested => format!("Ask {author} for a test."),
    })
}
