//! The numbers that the probability is made of.
//!
//! Counting only *source* lines (tests, documentation, generated and vendored files, assets and configuration apart)
//! is what makes them better than lines alone; the kinds are [`Kind`]'s, the counts over patches [`PatchCounts`]'.

use std::sync::LazyLock;

use regex::Regex;

use super::title::TitleWords;
use crate::insight::digest::{
    file::{FileDigest, Status},
    patch::PatchCounts,
    path::{Kind, extension},
};

/// The numbers of one change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    /// Files changed, as the pull request counts them.
    pub files: u64,
    /// Source files changed.
    pub source_files: u64,
    /// Lines added to source files.
    pub source_added: u64,
    /// Lines added to all that people write and machines obey: every kind but documentation, generated files and assets.
    pub work_added: u64,
    /// Lines removed from source files.
    pub source_removed: u64,
    pub source_new: u64,
    /// Distinct extensions of source files.
    pub source_extensions: u64,
    /// Lines added to test files.
    pub test_added: u64,
    /// All lines added, of every kind.
    pub added: u64,
    /// Every file is documentation.
    pub docs_only: bool,
    /// What the patches of source files hold.
    pub patches: PatchCounts,
    pub title: TitleWords,
    /// It calls itself housekeeping: see [`is_housekeeping`].
    pub housekeeping: bool,
}

impl Features {
    /// The numbers of a change with this title and these files; `total` is what the pull request says of its number
    /// of files, since the list may be shorter.
    pub fn of(title: &str, files: &[FileDigest], total: Option<u64>) -> Self {
        let mut features = Self {
            files: total.unwrap_or_default().max(files.len() as u64),
            docs_only: !files.is_empty() && files.iter().all(|file| file.kind == Kind::Doc),
            title: TitleWords::of(title),
            housekeeping: is_housekeeping(title),
            ..Self::default()
        };
        let mut extensions: Vec<String> = Vec::new();
        for file in files {
            features.added += file.additions;
            if !matches!(file.kind, Kind::Doc | Kind::Generated | Kind::Asset) {
                features.work_added += file.additions;
            }
            match file.kind {
                Kind::Source => {
                    features.source_files += 1;
                    features.source_added += file.additions;
                    features.source_removed += file.deletions;
                    features.source_new += u64::from(file.status == Status::Added);
                    features.patches += file.digest.counts;
                    extensions.push(extension(&file.path));
                }
                Kind::Test => features.test_added += file.additions,
                Kind::Generated
                | Kind::Asset
                | Kind::Ci
                | Kind::Deps
                | Kind::Infra
                | Kind::Doc
                | Kind::Config
                | Kind::Other => {}
            }
        }
        extensions.sort_unstable();
        extensions.dedup();
        features.source_extensions = extensions.len() as u64;
        features
    }

    /// Share of the added lines of source and tests that are tests': `la_test / (la_src + la_test + 1)`.
    #[expect(clippy::cast_precision_loss, reason = "counts of lines")]
    pub fn test_share(&self) -> f64 {
        self.test_added as f64 / (self.source_added + self.test_added + 1) as f64
    }
}

/// A title of <https://www.conventionalcommits.org> whose type is about documentation, tests, CI, the build, style or
/// chores, or whose scope is about dependencies: `chore: …`, `fix(deps): …`.
static CONVENTION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\s*([A-Za-z]+)(?:\(([^)]*)\))?!?: ").ok());
const HOUSEKEEPING: [&str; 9] = ["docs", "doc", "test", "tests", "ci", "chore", "build", "style", "deps"];

/// Whether the title opens as a conventional commit that is no change of behaviour.
pub fn is_housekeeping(title: &str) -> bool {
    let Some(parts) = CONVENTION.as_ref().and_then(|convention| convention.captures(title)) else {
        return false;
    };
    let part = |n| parts.get(n).map(|part| part.as_str().to_lowercase()).unwrap_or_default();
    HOUSEKEEPING.contains(&part(1).as_str()) || part(2).contains("deps")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn housekeeping_says_so_at_the_beginning() {
        for title in ["chore: x", "Docs(readme): x", " ci!: x", "fix(deps): x", "feat(js-deps)!: x"] {
            assert!(is_housekeeping(title), "{title}");
        }
        for title in ["fix: chore", "chore:x", "chores: x", "a chore: x", "fix(deps) x", "deps", ""] {
            assert!(!is_housekeeping(title), "{title}");
        }
    }
}
