//! What is counted in the patch of a file of code, and the places in it to look at.

mod code;
mod lines;
pub(in crate::insight) mod secret;

use std::{collections::HashSet, ops::AddAssign};

use self::{
    code::{Classes, Code, cut, is_blank, is_comment, is_public},
    lines::{Line, Lines},
};
use super::word::is_space;

/// What is counted in patches. Blank lines count for nothing, and comments only where they are named; of a line of
/// code, the first 400 characters are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PatchCounts {
    pub hunks: u32,
    /// Added lines of code.
    pub added_code: u32,
    /// Branches in added code: words such as `if` and `case`, `&&`, `||`, `?.`, and a `?` before a space.
    pub branches: u32,
    /// Added lines of code that have to do with concurrency.
    pub concurrency: u32,
    /// Added lines of code that throw, handle or stand for errors, `null` among them.
    pub errors: u32,
    /// Added lines of code with what is easily misused: `unsafe`, `eval`, `memcpy`.
    pub dangerous: u32,
    /// Added lines of code with an SQL statement in capitals.
    pub sql: u32,
    /// Added lines, comments too, that mark unfinished work: `TODO`, `FIXME`, `XXX`, `HACK`.
    pub todo: u32,
    /// Words before a `(` in added code: calls and declarations.
    pub calls: u32,
    /// Added lines that are comments.
    pub comments: u32,
    /// Added lines of code that declare something for others.
    pub public: u32,
    /// Added lines of code that hold what looks like a secret.
    pub secrets: u32,
    /// Removed lines of code.
    pub removed_code: u32,
    pub removed_branches: u32,
    /// Removed lines of code that declare something for others.
    pub removed_public: u32,
}

impl AddAssign for PatchCounts {
    fn add_assign(&mut self, other: Self) {
        self.hunks += other.hunks;
        self.added_code += other.added_code;
        self.branches += other.branches;
        self.concurrency += other.concurrency;
        self.errors += other.errors;
        self.dangerous += other.dangerous;
        self.sql += other.sql;
        self.todo += other.todo;
        self.calls += other.calls;
        self.comments += other.comments;
        self.public += other.public;
        self.secrets += other.secrets;
        self.removed_code += other.removed_code;
        self.removed_branches += other.removed_branches;
        self.removed_public += other.removed_public;
    }
}

/// What makes a place in a patch worth a look, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MarkRule {
    /// What looks like a secret was added, be it in a comment.
    Secret,
    /// Code was added that is easily misused.
    Dangerous,
    /// A declaration on which others may rely was removed, and not added again elsewhere in the patch.
    PublicRemoved,
    /// An SQL statement was added.
    Sql,
    /// Code was added that has to do with concurrency.
    Concurrency,
}

/// A place in a patch worth a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub rule: MarkRule,
    /// Its line in the new file, from 1; for what was removed, the line that took its place.
    pub line: u32,
}

/// What was read in a patch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchDigest {
    pub counts: PatchCounts,
    /// The first place of each rule, in the order of [`MarkRule`].
    pub marks: Vec<Mark>,
    /// The first added line, in the new file, of the stretch that adds the most branches and calls: a hunk, or a part of
    /// it between blank added lines. Of equals, of the first; `None` where nothing was added.
    pub hottest: Option<u32>,
}

/// Reads the patch of a file of code.
pub fn read(patch: &str) -> PatchDigest {
    let mut digest = PatchDigest::default();
    let mut hunk = Hunk::default();
    let mut hottest = Hunk::default();
    let mut removed = Vec::new();
    for (line, number) in Lines::of(patch) {
        match line {
            Line::Header => {
                digest.counts.hunks += 1;
                hottest = hottest.or(std::mem::take(&mut hunk));
            }
            // A function or the like ends here; a new file is one hunk, and its first line says little.
            Line::Added(text) if is_blank(text) && hunk.heat > 0 => {
                hottest = hottest.or(std::mem::take(&mut hunk));
            }
            Line::Added(text) => {
                hunk.first_added.get_or_insert(number);
                hunk.heat += digest.add(text, number);
            }
            Line::Removed(text) => {
                if digest.counts.remove(text) {
                    removed.push((text.trim_matches(is_space), number));
                }
            }
            Line::Other => {}
        }
    }
    digest.hottest = hottest.or(hunk).first_added;
    if let Some(line) = first_gone(&removed, patch) {
        mark(&mut digest.marks, MarkRule::PublicRemoved, line);
    }
    digest.marks.sort_by_key(|mark| mark.rule);
    digest
}

/// The first line that a patch changes, in the new file.
pub fn first_change(patch: &str) -> Option<u32> {
    Lines::of(patch).find_map(|(line, number)| match line {
        Line::Added(_) | Line::Removed(_) => Some(number),
        Line::Header | Line::Other => None,
    })
}

/// The first line that adds what looks like a secret, in the patch of any file.
pub fn secrets(patch: &str) -> Option<u32> {
    Lines::of(patch).find_map(|(line, number)| match line {
        Line::Added(text) if has_secret(cut(text)) => Some(number),
        _ => None,
    })
}

fn has_secret(text: &str) -> bool {
    Code::read(text).may_hold_secret && secret::is_in(text)
}

/// A part of the patch, and how much was added in it.
#[derive(Default)]
struct Hunk {
    first_added: Option<u32>,
    /// Branches and calls.
    heat: u32,
}

impl Hunk {
    /// The hotter one of both.
    fn or(self, later: Self) -> Self {
        let hotter = later.heat > self.heat || self.first_added.is_none();
        if hotter { later } else { self }
    }
}

impl PatchDigest {
    /// Takes in an added line; how hot it is.
    fn add(&mut self, text: &str, number: u32) -> u32 {
        if is_blank(text) {
            return 0;
        }
        let code = cut(text);
        if is_comment(text) {
            self.counts.comments += 1;
            self.counts.todo += u32::from(Code::read(text).classes.has(Classes::TODO));
            if has_secret(code) {
                mark(&mut self.marks, MarkRule::Secret, number);
            }
            return 0;
        }
        let Code { classes, branches, calls, may_hold_secret } = Code::read(code);
        let counts = &mut self.counts;
        counts.added_code += 1;
        counts.branches += branches;
        counts.calls += calls;
        counts.errors += u32::from(classes.has(Classes::ERROR));
        counts.todo += u32::from(classes.has(Classes::TODO));
        counts.public += u32::from(is_public(code));
        let found = [
            (MarkRule::Secret, may_hold_secret && secret::is_in(code), &mut counts.secrets),
            (MarkRule::Dangerous, classes.has(Classes::DANGEROUS), &mut counts.dangerous),
            (MarkRule::Sql, classes.has(Classes::SQL), &mut counts.sql),
            (MarkRule::Concurrency, classes.has(Classes::CONCURRENCY), &mut counts.concurrency),
        ];
        for (rule, is, count) in found {
            if is {
                *count += 1;
                mark(&mut self.marks, rule, number);
            }
        }
        branches + calls
    }
}

impl PatchCounts {
    /// Takes in a removed line; whether it declared something for others.
    fn remove(&mut self, text: &str) -> bool {
        let text = cut(text);
        if is_blank(text) || is_comment(text) {
            return false;
        }
        let public = is_public(text);
        self.removed_code += 1;
        self.removed_branches += Code::read(text).branches;
        self.removed_public += u32::from(public);
        public
    }
}

/// Notes the place, where it is the first of its rule.
fn mark(marks: &mut Vec<Mark>, rule: MarkRule, line: u32) {
    if marks.iter().all(|mark| mark.rule != rule) {
        marks.push(Mark { rule, line });
    }
}

/// Where the first of the `removed` texts was that `patch` does not add again: what moved, or was indented, is not gone.
fn first_gone(removed: &[(&str, u32)], patch: &str) -> Option<u32> {
    if removed.is_empty() {
        return None;
    }
    let mut gone: HashSet<&str> = removed.iter().map(|(text, _)| *text).collect();
    for (line, _) in Lines::of(patch) {
        if let Line::Added(text) = line {
            gone.remove(text.trim_matches(is_space));
        }
    }
    removed.iter().find(|(text, _)| gone.contains(text)).map(|(_, line)| *line)
}
