//! The log of a job of GitHub Actions: its bytes become lines, of which the end and the failing part are held.
//!
//! A log has no size that anybody promises. Its lines are cleaned as they come in, and stand in blocks; what was left
//! out between blocks is one line that says how much it was.

mod clean;
mod ink;
mod job;
mod keep;
mod line;
mod mark;
mod read;
mod steps;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

use self::keep::Part;
pub use self::{
    ink::{Hue, Ink, Span},
    job::{Annotation, Attempt, Job, LogAsk, LogNews, Step, Withheld, job_of},
    keep::LIMIT,
    read::LogReader,
};

/// A log as far as it is held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    parts: Vec<Part>,
    /// For each part, the lines before it.
    before: Vec<usize>,
    /// Bytes that were read.
    pub bytes: u64,
    /// The id of the line with the first error of what failed, if there is one.
    pub error: Option<u32>,
    /// That line tells the exit code alone: the reason stands above it.
    pub is_exit: bool,
    /// The rest is still being read.
    pub is_early: bool,
    /// Nothing but the runner's words before the first step.
    pub is_preamble: bool,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepEnd {
    Well,
    Badly,
    /// It runs, or nobody knows.
    Open,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A step of the job begins: by its time, for no line says so.
    Step(StepEnd),
    /// A group begins.
    Group,
    /// A step within a composite action begins.
    Action,
    Error,
    Warning,
    Notice,
    Debug,
    Command,
    Section,
    /// Lines were left out here.
    Gap,
}

impl Kind {
    /// Whether lines belong to it, which may be folded away.
    pub const fn is_head(self) -> bool {
        matches!(self, Self::Step(_) | Self::Group | Self::Action)
    }
}

/// A line. Its text is cleaned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'l> {
    /// Its place in the whole log; it stays the same when more of the log is known.
    pub id: u32,
    pub kind: Kind,
    /// How many heads it stands below.
    pub depth: u8,
    /// `None` for all lines of a message but its first.
    pub stamp: Option<DateTime<Utc>>,
    pub text: &'l str,
    /// The colours of its text, from left to right.
    pub spans: &'l [Span],
}

impl Log {
    fn new(parts: Vec<Part>) -> Self {
        let mut count = 0;
        let before = parts.iter().map(|part| {
            let before = count;
            count += part.len();
            before
        });
        let before = before.collect();
        Self { parts, before, ..Self::default() }
    }

    /// Lines that are held, with those that stand for what is not.
    pub fn len(&self) -> usize {
        self.before.last().copied().unwrap_or_default() + self.parts.last().map_or(0, Part::len)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The line of this index.
    pub fn row(&self, index: usize) -> Option<Row<'_>> {
        let part = self.before.partition_point(|before| *before <= index).checked_sub(1)?;
        self.parts.get(part)?.row(index - self.before.get(part)?)
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.parts.iter().flat_map(|part| (0..part.len()).filter_map(|at| part.row(at)))
    }

    /// The index of the line of this id; of one that is left out, of what stands for it.
    pub fn index_of(&self, id: u32) -> usize {
        let part = self.parts.partition_point(|part| part.first() <= id).saturating_sub(1);
        let (Some(found), Some(before)) = (self.parts.get(part), self.before.get(part)) else { return 0 };
        let at = usize::try_from(id.saturating_sub(found.first())).unwrap_or(usize::MAX);
        before + at.min(found.len().saturating_sub(1))
    }

    /// Bytes that were left out, as they came.
    pub fn left_out(&self) -> u64 {
        self.parts.iter().map(Part::left_out).sum()
    }

    /// Bytes that are held in memory, about.
    pub fn held(&self) -> usize {
        self.parts.iter().map(Part::cost).sum()
    }
}

/// A size as people say it: `12 bytes`, `48 KB`, `5.2 MB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => super::text::counted(bytes, "byte"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
