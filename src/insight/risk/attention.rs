//! What somebody should look at, whatever the probability.
//!
//! Measured on labelled changes these rules do not predict later fixes (odds ratios from 0.5 to 1.1), so they don't
//! enter the probability. They name what is expensive when it goes wrong: they floor the level, and set the
//! recommendation and the focus files.

use super::features::Features;
use crate::{
    domain::{
        assessment::{Attention, TESTS_DELETED, UNTESTED},
        insight::Risk,
        text::{clean, counted, truncate_middle},
    },
    insight::digest::{
        file::{FileDigest, Status},
        patch::MarkRule,
        path::{Kind, is_migration, is_security},
    },
};

/// More added source lines than a reviewer reads with care in one sitting. A study of 2,500 reviews at Cisco found that
/// defects found per line fall beyond 200 to 400 lines: J. Cohen, Best Kept Secrets of Peer Code Review, 2006,
/// chapter 5.
const LARGE: u64 = 400;
/// Columns that a path may take in a text.
const NAME: usize = 60;
/// Fewer added source lines than this may well need no test of their own.
const UNTESTED_FROM: u64 = 20;

/// The rules, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Something that looks like a key, a token or a password was added.
    Secret,
    /// A migration's or a schema's path, or SQL.
    Migration,
    /// A path of authentication, cryptography, sessions or rights.
    Security,
    /// unsafe, eval, exec, deserialisation … was added.
    Dangerous,
    /// A public signature is gone.
    PublicRemoved,
    TestsDeleted,
    /// CI or infrastructure.
    Infrastructure,
    /// A dependency manifest without its lock file.
    Lockfile,
    /// More than 400 added source lines.
    Large,
    /// Source without tests.
    Untested,
}

impl Rule {
    /// Its name in `insights.details`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Migration => "migration",
            Self::Security => "security",
            Self::Dangerous => "dangerous_call",
            Self::PublicRemoved => "public_removed",
            Self::TestsDeleted => TESTS_DELETED,
            Self::Infrastructure => "infrastructure",
            Self::Lockfile => "lockfile",
            Self::Large => "large",
            Self::Untested => UNTESTED,
        }
    }

    /// The level that it demands at least.
    pub const fn floor(self) -> Risk {
        match self {
            Self::Secret => Risk::High,
            Self::Migration
            | Self::Security
            | Self::Dangerous
            | Self::PublicRemoved
            | Self::TestsDeleted
            | Self::Infrastructure
            | Self::Lockfile
            | Self::Large
            | Self::Untested => Risk::Medium,
        }
    }
}

/// A rule that holds, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub rule: Rule,
    /// Indices of the files that it is about, if it is about files, and the line in each.
    pub places: Vec<(usize, Option<u32>)>,
    pub text: String,
}

/// Whether a path is of authentication, cryptography or sessions; tokenizers and authors are not.
fn guards(path: &str) -> bool {
    let path = path.to_lowercase().replace("authoris", "authoriz").replace("authoriz", "auth-iz");
    is_security(&path.replace("author", "").replace("tokeniz", "").replace("tokenis", ""))
}

/// All that holds, the gravest first.
pub fn attention(features: &Features, files: &[FileDigest]) -> Vec<Found> {
    let mut found: Vec<Found> = [
        marked(files, MarkRule::Secret, Rule::Secret, "looks like a secret"),
        paths(files, Rule::Migration, "migration, schema or SQL"),
        paths(files, Rule::Security, "login, crypto or session code"),
        marked(files, MarkRule::Dangerous, Rule::Dangerous, "unsafe or executing code added"),
        marked(files, MarkRule::PublicRemoved, Rule::PublicRemoved, "public signature changed"),
        paths(files, Rule::TestsDeleted, "tests deleted"),
        paths(files, Rule::Infrastructure, "CI or infrastructure"),
        lockfile(files),
    ]
    .into_iter()
    .flatten()
    .collect();
    if features.source_added > LARGE {
        let text = format!("{} source lines added, over {LARGE}", features.source_added);
        found.push(Found { rule: Rule::Large, places: Vec::new(), text });
    }
    let tested = files.iter().any(FileDigest::touches_tests);
    if features.source_added >= UNTESTED_FROM && !tested {
        let text = format!("{} added and no test changed", counted(features.source_added, "source line"));
        found.push(Found { rule: Rule::Untested, places: Vec::new(), text });
    }
    found.sort_by_key(|found| found.rule);
    found
}

impl Found {
    /// As it is stored.
    pub fn entry(&self, files: &[FileDigest]) -> Attention {
        let first = self.places.first();
        let file = first.and_then(|(n, _)| files.get(*n));
        let text = match self.places.len() {
            0 | 1 => self.text.clone(),
            more => format!("{} ({more} files)", self.text),
        };
        Attention {
            rule: self.rule.name().to_owned(),
            level: self.rule.floor().word().to_owned(),
            file: file.map(|file| clean(&file.path)),
            line: first.and_then(|(_, line)| *line),
            text,
        }
    }
}

/// Whether a rule about paths is about this one. Generated files, assets and documents are nobody's to read.
fn is_about(rule: Rule, path: &str, kind: Kind) -> bool {
    match rule {
        Rule::Migration => !matches!(kind, Kind::Generated | Kind::Asset | Kind::Doc) && is_migration(path),
        Rule::Security => kind == Kind::Source && guards(path),
        Rule::TestsDeleted => kind == Kind::Test,
        Rule::Infrastructure => matches!(kind, Kind::Ci | Kind::Infra),
        Rule::Secret
        | Rule::Dangerous
        | Rule::PublicRemoved
        | Rule::Lockfile
        | Rule::Large
        | Rule::Untested => false,
    }
}

/// Where a file was that this rule is about, if it is not about where the file is now.
pub fn moved_away(rule: Rule, file: &FileDigest) -> Option<&str> {
    let left = file.left.as_ref().filter(|left| is_about(rule, &left.path, left.kind))?;
    (!is_about(rule, &file.path, file.kind)).then_some(&*left.path)
}

/// Files whose path a rule is about. One that is moved away from such a path is as good as deleted there.
fn paths(files: &[FileDigest], rule: Rule, what: &str) -> Option<Found> {
    let holds = |file: &FileDigest| {
        let here = is_about(rule, &file.path, file.kind)
            && (rule != Rule::TestsDeleted || file.status == Status::Removed);
        (here || moved_away(rule, file).is_some()).then(|| file.begin())
    };
    let mut found = place(files, rule, what, holds)?;
    let mut moved = found.places.iter().map(|(n, _)| moved_away(rule, files.get(*n)?));
    if let (Some(Some(first)), true) = (moved.next(), moved.all(|place| place.is_some())) {
        let what = if rule == Rule::TestsDeleted { "tests" } else { what };
        found.text = format!("{what} moved away from {}", truncate_middle(&clean(first), NAME));
    }
    Some(found)
}

/// Files whose patch has such a mark.
fn marked(files: &[FileDigest], mark: MarkRule, rule: Rule, what: &str) -> Option<Found> {
    place(files, rule, what, |file| {
        file.digest.marks.iter().find(|found| found.rule == mark).map(|found| Some(found.line))
    })
}

fn place(
    files: &[FileDigest],
    rule: Rule,
    what: &str,
    holds: impl Fn(&FileDigest) -> Option<Option<u32>>,
) -> Option<Found> {
    let places: Vec<_> =
        files.iter().enumerate().filter_map(|(n, file)| holds(file).map(|line| (n, line))).collect();
    (!places.is_empty()).then(|| Found { rule, places, text: what.to_owned() })
}

/// Manifests, and the lock files of which one belongs to a change of theirs.
const LOCKS: &[(&str, &[&str])] = &[
    ("Cargo.toml", &["Cargo.lock"]),
    (
        "package.json",
        &["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"],
    ),
    ("go.mod", &["go.sum"]),
    ("pyproject.toml", &["poetry.lock", "uv.lock", "pdm.lock"]),
    ("Pipfile", &["Pipfile.lock"]),
    ("Gemfile", &["Gemfile.lock"]),
    ("composer.json", &["composer.lock"]),
];

fn lockfile(files: &[FileDigest]) -> Option<Found> {
    let changed = |names: &[&str]| files.iter().any(|file| names.contains(&file_name(&file.path)));
    let (n, manifest) = files.iter().enumerate().find_map(|(n, file)| {
        let (manifest, locks) = LOCKS.iter().find(|(manifest, _)| *manifest == file_name(&file.path))?;
        (file.status != Status::Removed && !changed(locks)).then_some((n, manifest))
    })?;
    let text = format!("{manifest} changes without its lock file");
    Some(Found { rule: Rule::Lockfile, places: vec![(n, None)], text })
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
