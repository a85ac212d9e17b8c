//! Where to begin reading.

use super::attention::Found;
use crate::{
    domain::{
        assessment::Focus,
        text::{clean, counted},
    },
    insight::digest::{
        file::{FileDigest, Status},
        path::Kind,
    },
};

/// Files that are named.
const FILES: usize = 5;

/// The files to begin with: those that a rule is about, the gravest rule first, then source files by what they add to
/// the probability: size, hunks, branches and calls, on the model's own logarithmic scale.
pub fn focus(found: &[Found], files: &[FileDigest]) -> Vec<Focus> {
    let mut order: Vec<(usize, Option<u32>, Option<&str>)> = Vec::new();
    // The first place of each rule, then the others.
    let first = found.iter().filter_map(|found| Some((found, found.places.first()?)));
    let others = found.iter().flat_map(|found| found.places.iter().skip(1).map(move |place| (found, place)));
    for (found, (n, line)) in first.chain(others) {
        if !order.iter().any(|(other, ..)| other == n) {
            order.push((*n, *line, Some(&found.text)));
        }
    }
    let mut sources: Vec<(usize, f64)> = files
        .iter()
        .enumerate()
        .filter(|(_, file)| file.kind == Kind::Source && file.status != Status::Removed && file.churn() > 0)
        .map(|(n, file)| (n, weight(file)))
        .collect();
    sources.sort_by(|one, other| other.1.total_cmp(&one.1));
    for (n, _) in sources {
        if !order.iter().any(|(other, ..)| *other == n) {
            order.push((n, None, None));
        }
    }
    if order.is_empty() {
        // Nothing but tests, documents, configuration: the largest that somebody wrote.
        let written =
            files.iter().enumerate().filter(|(_, f)| !matches!(f.kind, Kind::Generated | Kind::Asset));
        let largest = written.max_by_key(|(n, file)| (file.churn(), usize::MAX - n));
        order.extend(largest.map(|(n, _)| (n, None, None)));
    }
    let entry = |(n, line, rule): (usize, Option<u32>, Option<&str>)| {
        let file = files.get(n)?;
        let line = line.or(file.begin());
        Some(Focus { file: clean(&file.path), line, why: why(file, rule) })
    };
    order.into_iter().take(FILES).filter_map(entry).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of lines")]
fn weight(file: &FileDigest) -> f64 {
    let counts = &file.digest.counts;
    let logs = [file.additions as f64, counts.branches.into(), counts.calls.into(), counts.hunks.into()];
    logs.into_iter().map(f64::ln_1p).sum::<f64>() + (file.deletions as f64).ln_1p() / 2.0
}

fn why(file: &FileDigest, rule: Option<&str>) -> String {
    let mut parts = vec![format!("+{} −{}", file.additions, file.deletions)];
    let branches = file.digest.counts.branches;
    if branches > 0 {
        parts.push(if branches == 1 { "1 branch".to_owned() } else { format!("{branches} branches") });
    } else if file.digest.counts.calls > 0 {
        parts.push(counted(file.digest.counts.calls, "call"));
    }
    parts.extend(rule.map(str::to_owned));
    parts.join(", ")
}
