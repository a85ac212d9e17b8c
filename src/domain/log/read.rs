//! A log while it is read: bytes in, lines held.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::{
    Kind, Log,
    clean::clean,
    ink::{Ink, Span},
    job::Job,
    keep::{Keeper, LIMIT, NewLine},
    line::{RawLine, Splitter},
    mark::{Mark, begins_step, display, is_exit, mark},
    size,
    steps::Walk,
};

/// Of a step that is needed: bytes of memory from its begin on, and before and behind its first error.
const BEGIN: u64 = 512 * 1024;
const AROUND: u64 = 768 * 1024;
/// The same for the part that is shown before all is read.
const EARLY: u64 = 64 * 1024;
/// Heads within each other.
const DEEPEST: usize = 60;

/// The place of a line: its id, and the bytes of memory before it.
type Place = (u32, u64);

/// What has been seen of errors since a step began.
#[derive(Clone, Copy, Debug, Default)]
struct Region {
    begin: u64,
    error: Option<Place>,
    /// The line that tells the exit code.
    exit: Option<Place>,
}

impl Region {
    const fn at(begin: u64) -> Self {
        Self { begin, error: None, exit: None }
    }

    fn meet(&mut self, text: &str, place: Place) {
        let seen = if is_exit(text) { &mut self.exit } else { &mut self.error };
        seen.get_or_insert(place);
    }

    /// The first error, and whether it tells the exit code alone.
    fn found(&self) -> Option<(Place, bool)> {
        self.error.map(|place| (place, false)).or_else(|| self.exit.map(|place| (place, true)))
    }

    /// What of it must be held.
    fn needed(&self) -> impl Iterator<Item = Range<u64>> {
        let around = |(_, at): Place| at.saturating_sub(AROUND)..at + AROUND;
        let begin = self.begin..self.begin + BEGIN;
        [Some(begin), self.error.map(around), self.exit.map(around)].into_iter().flatten()
    }
}

/// Reads a log.
#[derive(Debug)]
pub struct LogReader {
    splitter: Splitter,
    state: State,
}

#[derive(Debug)]
struct State {
    keeper: Keeper,
    walk: Walk,
    /// Kinds of the heads that the line stands below, without its step.
    heads: Vec<Kind>,
    /// The time of the newest message.
    time: Option<DateTime<Utc>>,
    bytes: u64,
    /// The step that failed, by its time.
    failing: Option<Region>,
    /// What begins with `##[group]Run`, where steps are not known.
    present: Region,
    /// The newest of these with an error.
    last: Option<Region>,
    has_run: bool,
}

impl LogReader {
    /// For the log of this job.
    pub fn new(job: &Job) -> Self {
        Self::holding(job, LIMIT)
    }

    /// The same, holding about so many bytes.
    pub fn holding(job: &Job, limit: usize) -> Self {
        let state = State {
            keeper: Keeper::new(limit),
            walk: Walk::new(job),
            heads: Vec::new(),
            time: None,
            bytes: 0,
            failing: None,
            present: Region::default(),
            last: None,
            has_run: false,
        };
        Self { splitter: Splitter::default(), state }
    }

    pub fn feed(&mut self, bytes: &[u8]) {
        self.state.bytes += bytes.len() as u64;
        let state = &mut self.state;
        self.splitter.feed(bytes, |line| state.take(&line));
    }

    /// Bytes of memory that are held.
    pub fn held(&self) -> usize {
        self.state.keeper.held()
    }

    /// Bytes that were read.
    pub const fn bytes(&self) -> u64 {
        self.state.bytes
    }

    /// The part around the first error of the step that failed, once it is known for sure; the rest may still come.
    pub fn early(&self) -> Option<Log> {
        let (id, at) = self.state.failing?.error?;
        let parts = self.state.keeper.around(&(at.saturating_sub(EARLY)..at + EARLY));
        Some(Log { bytes: self.state.bytes, error: Some(id), is_early: true, ..Log::new(parts) })
    }

    /// The log, once all is read.
    pub fn finish(self) -> Log {
        let Self { splitter, mut state } = self;
        let mut splitter = splitter;
        splitter.finish(|line| state.take(&line));
        let found = state.failing.and_then(|region| region.found());
        let found = found.or_else(|| state.last.and_then(|region| region.found()));
        Log {
            bytes: state.bytes,
            error: found.map(|((id, _), _)| id),
            is_exit: found.is_some_and(|(_, is_exit)| is_exit),
            is_preamble: !state.has_run && found.is_none(),
            ..Log::new(state.keeper.finish())
        }
    }
}

impl State {
    fn take(&mut self, line: &RawLine<'_>) {
        let text = String::from_utf8_lossy(line.text);
        self.time = line.stamp.or(self.time);
        self.walk(&text);
        if begins_step(&text) {
            self.has_run = true;
            self.present = Region::at(self.keeper.place().1);
        }
        let found = mark(&text);
        let (kind, shown) = match found {
            None => (Kind::Text, &*text),
            Some(Mark::Error(text)) => (Kind::Error, text),
            Some(Mark::Warning(text)) => (Kind::Warning, text),
            Some(Mark::Notice(text)) => (Kind::Notice, text),
            Some(Mark::Debug(text)) => (Kind::Debug, text),
            Some(Mark::Command(text)) => (Kind::Command, text),
            Some(Mark::Section(text)) => (Kind::Section, text),
            Some(Mark::Group(text)) => {
                self.leave(Kind::Group);
                (Kind::Group, text)
            }
            Some(Mark::StartAction(properties)) => {
                self.leave(Kind::Group);
                let name = display(properties);
                self.push(line, Kind::Action, &name);
                return self.enter(Kind::Action);
            }
            Some(Mark::EndGroup) => return self.leave(Kind::Group),
            Some(Mark::EndAction) => return self.leave(Kind::Action),
        };
        if kind == Kind::Error {
            self.meet(shown);
        }
        self.push(line, kind, shown);
        if kind == Kind::Group {
            self.enter(kind);
        }
    }

    /// Goes on to the step of this line.
    fn walk(&mut self, text: &str) {
        let mut is_first = true;
        while let Some(step) = self.walk.next(self.time, text, is_first) {
            is_first = false;
            let (kind, told) = (Kind::Step(step.ended()), step.told());
            self.heads.clear();
            if self.walk.is_failing() {
                self.failing = Some(Region::at(self.keeper.place().1));
            }
            let head = NewLine { stamp: None, kind, depth: 0, raw: 0 };
            self.keeper.push(head, |out, _| out.push_str(&told));
        }
    }

    fn meet(&mut self, text: &str) {
        let place = self.keeper.place();
        if self.walk.is_failing()
            && let Some(region) = &mut self.failing
        {
            region.meet(text, place);
        }
        self.present.meet(text, place);
        self.last = Some(self.present);
    }

    fn push(&mut self, line: &RawLine<'_>, kind: Kind, text: &str) {
        let base = usize::from(self.walk.are_known());
        let depth = u8::try_from(base + self.heads.len()).unwrap_or(u8::MAX);
        let new = NewLine { stamp: line.stamp, kind, depth, raw: line.bytes };
        self.keeper.push(new, |out, spans| {
            let start = out.len();
            clean(text, out, spans);
            if line.cut > 0 {
                let from = u32::try_from(out.len() - start).unwrap_or(u32::MAX);
                spans.push(Span { from, ink: Ink::QUIET });
                out.extend([" … ", &size(line.cut), " more in this line"]);
            }
        });
        if !self.keeper.is_full() {
            return;
        }
        let regions = [self.failing, self.last, Some(self.present)];
        let needed: Vec<Range<u64>> = regions.iter().flatten().flat_map(Region::needed).collect();
        self.keeper.settle(&needed);
    }

    fn enter(&mut self, kind: Kind) {
        if self.heads.len() < DEEPEST {
            self.heads.push(kind);
        }
    }

    /// Ends the innermost head of a kind, and those in it.
    fn leave(&mut self, kind: Kind) {
        // A group ends within its action.
        let inner = self.heads.iter().rposition(|head| *head == kind || *head == Kind::Action);
        if let Some(at) = inner.filter(|at| self.heads.get(*at) == Some(&kind)) {
            self.heads.truncate(at);
        }
    }
}
