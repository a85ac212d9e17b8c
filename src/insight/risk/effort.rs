//! How much work a review is, and whether the change could come in smaller parts.

use super::features::Features;
use crate::{
    domain::text::{clean, counted},
    insight::digest::{
        file::FileDigest,
        path::{Kind, extension},
    },
};

/// Upper bounds, in weighted lines, of the efforts 1 to 4; beyond is 5. Reviewers read well up to 200 to 400 lines in one
/// sitting of 60 to 90 minutes (J. Cohen, Best Kept Secrets of Peer Code Review, 2006, chapter 5): 3 is most of a
/// sitting, 4 a whole one, 5 more than one.
const BOUNDS: [f64; 4] = [15.0, 60.0, 200.0, 400.0];
/// What a line of a test, document or configuration counts beside one of source; one removed beside one added; and what
/// opening one more file costs in lines.
const OTHER_LINE: f64 = 0.4;
const REMOVED_LINE: f64 = 0.3;
const FILE: f64 = 2.0;

/// Effort of a review: 1 (minutes) to 5 (more than one sitting).
#[expect(clippy::cast_precision_loss, reason = "counts of lines")]
pub fn effort(files: &[FileDigest]) -> u8 {
    let lines: f64 = files
        .iter()
        .map(|file| match file.kind {
            Kind::Generated | Kind::Asset => 0.0,
            // What tests are held against is compared by machines.
            Kind::Test if is_data(&file.path) => FILE,
            Kind::Source => file.additions as f64 + REMOVED_LINE * file.deletions as f64 + FILE,
            Kind::Test | Kind::Ci | Kind::Deps | Kind::Infra | Kind::Doc | Kind::Config | Kind::Other => {
                OTHER_LINE * (file.additions as f64 + REMOVED_LINE * file.deletions as f64) + FILE
            }
        })
        .sum();
    BOUNDS.iter().zip(1..).find(|(bound, _)| lines <= **bound).map_or(5, |(_, effort)| effort)
}

/// Extensions of what tests read, not of tests.
const DATA: [&str; 9] = ["json", "csv", "xml", "yaml", "yml", "txt", "html", "golden", "snap"];

fn is_data(path: &str) -> bool {
    DATA.contains(&extension(path).as_str())
}

/// Source lines from which on splitting pays, and the share of them that makes a part one of its own.
const SPLIT_FROM: u64 = 200;
const PART: u64 = 4;

/// How it could be split (`could come in parts: …`): into parts of the tree that each hold a quarter of its source lines or more, or a migration
/// that can go first.
pub fn split(features: &Features, files: &[FileDigest], migration: bool) -> Option<String> {
    if features.source_added < SPLIT_FROM {
        return None;
    }
    let source: Vec<&FileDigest> = files.iter().filter(|file| file.kind == Kind::Source).collect();
    let shared = shared_folder(&source);
    let mut parts: Vec<(&str, u64)> = Vec::new();
    for file in source {
        let part = part(&file.path, shared);
        match parts.iter_mut().find(|(name, _)| *name == part) {
            Some((_, lines)) => *lines += file.additions,
            None => parts.push((part, file.additions)),
        }
    }
    parts.retain(|(name, lines)| !name.is_empty() && lines * PART >= features.source_added);
    parts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    if parts.len() >= 2 {
        let list: Vec<String> = parts
            .iter()
            .map(|(name, lines)| format!("{}/ ({})", clean(name), counted(*lines, "line")))
            .collect();
        return Some(format!("could come in parts: {}", list.join(", ")));
    }
    migration.then(|| "could come in parts: the migration first".to_owned())
}

/// Bytes of the folder that all files share, its slash included.
fn shared_folder(files: &[&FileDigest]) -> usize {
    let Some(first) = files.first() else { return 0 };
    let ends = first.path.match_indices('/').map(|(at, _)| at + 1);
    let shared = |end: &usize| {
        let folder = first.path.get(..*end).unwrap_or_default();
        files.iter().all(|file| file.path.starts_with(folder))
    };
    ends.take_while(shared).last().unwrap_or(0)
}

/// The first folder below the shared one; empty for a file that lies in none.
fn part(path: &str, shared: usize) -> &str {
    let rest = path.get(shared..).unwrap_or_default();
    rest.find('/').and_then(|end| path.get(..shared + end)).unwrap_or_default()
}
