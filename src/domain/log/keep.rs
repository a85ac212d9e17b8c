//! What is held of a log: blocks of lines, of which the least needed go when there are too many.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::{Kind, Row, ink::Span, size};

/// Bytes that a log may hold in memory.
pub const LIMIT: usize = 7 * 1024 * 1024;
/// Bytes of a block.
const BLOCK: usize = 64 * 1024;
/// The end of what was read is always held, as far as this.
const TAIL: u64 = 2 * 1024 * 1024;

/// A line within a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    /// Where its text ends, in the block's.
    end: u32,
    /// Where its spans end, among the block's.
    spans: u32,
    stamp: Option<DateTime<Utc>>,
    kind: Kind,
    depth: u8,
}

/// Lines in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// The first line's id.
    first: u32,
    /// Bytes of memory of all lines before it.
    at: u64,
    text: String,
    spans: Vec<Span>,
    lines: Vec<Line>,
    /// Bytes as they came.
    raw: u64,
}

/// Lines that are not held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    first: u32,
    /// Bytes as they came.
    raw: u64,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Block(Block),
    Gap(Gap),
}

/// Of a new line, all but its text and spans.
#[derive(Clone, Copy)]
pub(super) struct NewLine {
    pub(super) stamp: Option<DateTime<Utc>>,
    pub(super) kind: Kind,
    pub(super) depth: u8,
    /// Bytes as they came.
    pub(super) raw: u64,
}

impl Block {
    fn cost(&self) -> usize {
        self.text.len() + self.spans.len() * size_of::<Span>() + self.lines.len() * size_of::<Line>()
    }

    fn row(&self, at: usize) -> Option<Row<'_>> {
        let line = self.lines.get(at)?;
        let before = at.checked_sub(1).and_then(|before| self.lines.get(before));
        let place = |end: Option<u32>| end.and_then(|end| usize::try_from(end).ok()).unwrap_or_default();
        let text = place(before.map(|line| line.end))..place(Some(line.end));
        let spans = place(before.map(|line| line.spans))..place(Some(line.spans));
        Some(Row {
            id: self.first.saturating_add(u32::try_from(at).ok()?),
            kind: line.kind,
            depth: line.depth,
            stamp: line.stamp,
            text: self.text.get(text)?,
            spans: self.spans.get(spans)?,
        })
    }
}

impl Gap {
    fn new(first: u32, raw: u64) -> Self {
        Self { first, raw, text: format!("{} left out", size(raw)) }
    }
}

impl Part {
    pub(super) fn first(&self) -> u32 {
        match self {
            Self::Block(block) => block.first,
            Self::Gap(gap) => gap.first,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Block(block) => block.lines.len(),
            Self::Gap(_) => 1,
        }
    }

    pub(super) fn row(&self, at: usize) -> Option<Row<'_>> {
        match self {
            Self::Block(block) => block.row(at),
            Self::Gap(gap) => {
                // It belongs to whatever the lines before it belong to.
                let depth = u8::MAX;
                let row =
                    Row { id: gap.first, kind: Kind::Gap, depth, stamp: None, text: &gap.text, spans: &[] };
                (at == 0).then_some(row)
            }
        }
    }

    pub(super) fn cost(&self) -> usize {
        match self {
            Self::Block(block) => block.cost(),
            Self::Gap(gap) => gap.text.len(),
        }
    }

    pub(super) fn left_out(&self) -> u64 {
        match self {
            Self::Block(_) => 0,
            Self::Gap(gap) => gap.raw,
        }
    }

    /// Bytes as they came.
    const fn raw(&self) -> u64 {
        match self {
            Self::Block(block) => block.raw,
            Self::Gap(gap) => gap.raw,
        }
    }

    /// Whether it holds something of these places, which are in bytes of memory.
    fn is_in(&self, places: &Range<u64>) -> bool {
        match self {
            Self::Block(block) => block.at < places.end && places.start < block.at + block.cost() as u64,
            Self::Gap(_) => false,
        }
    }
}

/// Takes lines in, and holds those that are needed.
#[derive(Debug)]
pub(super) struct Keeper {
    parts: Vec<Part>,
    open: Block,
    /// Bytes of memory of the parts.
    held: usize,
    limit: usize,
}

impl Keeper {
    pub(super) fn new(limit: usize) -> Self {
        Self { parts: Vec::new(), open: Block::default(), held: 0, limit }
    }

    /// The id of the next line, and the bytes of memory before it.
    pub(super) fn place(&self) -> (u32, u64) {
        let lines = u32::try_from(self.open.lines.len()).unwrap_or(u32::MAX);
        (self.open.first.saturating_add(lines), self.open.at + self.open.cost() as u64)
    }

    /// Bytes of memory that are held.
    pub(super) fn held(&self) -> usize {
        self.held + self.open.cost()
    }

    /// Appends a line, whose text and spans are written by `write`.
    pub(super) fn push(&mut self, line: NewLine, write: impl FnOnce(&mut String, &mut Vec<Span>)) {
        let block = &mut self.open;
        if block.text.capacity() == 0 {
            block.text.reserve(BLOCK);
        }
        write(&mut block.text, &mut block.spans);
        let end = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let (end, spans) = (end(block.text.len()), end(block.spans.len()));
        let NewLine { stamp, kind, depth, raw } = line;
        block.lines.push(Line { end, spans, stamp, kind, depth });
        block.raw += raw;
    }

    /// Whether it is time to settle.
    pub(super) fn is_full(&self) -> bool {
        self.open.cost() >= BLOCK
    }

    /// Closes the block, and lets the least needed ones go: the oldest of those that hold nothing of
    /// what is `needed`, which are places in bytes of memory.
    pub(super) fn settle(&mut self, needed: &[Range<u64>]) {
        self.close();
        while self.held > self.limit {
            let tail = self.open.at.saturating_sub(TAIL)..self.open.at;
            let is_free = |part: &Part| !part.is_in(&tail) && !needed.iter().any(|places| part.is_in(places));
            let blocks = || self.parts.iter().enumerate().filter(|(_, part)| matches!(part, Part::Block(_)));
            let free = blocks().find(|(_, part)| is_free(part));
            let Some((at, part)) = free.or_else(|| blocks().next()) else { return };
            self.held -= part.cost();
            leave_out(&mut self.parts, at);
        }
    }

    /// A copy of the open block takes no more room than it needs, and leaves no holes; the next lines are collected where
    /// these were.
    fn close(&mut self) {
        let (first, at) = self.place();
        self.held += self.open.cost();
        self.parts.push(Part::Block(self.open.clone()));
        let Block { text, spans, lines, .. } = &mut self.open;
        text.clear();
        spans.clear();
        lines.clear();
        (self.open.first, self.open.at, self.open.raw) = (first, at, 0);
    }

    /// All that is held.
    pub(super) fn finish(mut self) -> Vec<Part> {
        if !self.open.lines.is_empty() {
            self.close();
        }
        self.parts
    }

    /// A copy of the blocks that hold something of these places.
    pub(super) fn around(&self, places: &Range<u64>) -> Vec<Part> {
        let mut copy: Vec<Part> = Vec::new();
        for part in &self.parts {
            if part.is_in(places) {
                copy.push(part.clone());
            } else if let Some(Part::Gap(gap)) = copy.last_mut() {
                *gap = Gap::new(gap.first, gap.raw + part.raw());
            } else {
                copy.push(Part::Gap(Gap::new(part.first(), part.raw())));
            }
        }
        copy.push(Part::Block(self.open.clone()));
        copy
    }
}

/// A block becomes a gap, one with those beside it.
fn leave_out(parts: &mut Vec<Part>, at: usize) {
    let is_gap =
        |at: Option<usize>| at.and_then(|at| parts.get(at)).is_some_and(|part| matches!(part, Part::Gap(_)));
    let start = if is_gap(at.checked_sub(1)) { at - 1 } else { at };
    let end = if is_gap(Some(at + 1)) { at + 2 } else { at + 1 };
    let gone = parts.get(start..end).unwrap_or_default();
    let Some(first) = gone.first().map(Part::first) else { return };
    let raw = gone.iter().map(Part::raw).sum();
    parts.splice(start..end, [Part::Gap(Gap::new(first, raw))]);
}
