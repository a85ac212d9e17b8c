//! What a log's reader can see of it: annotations, then the lines that are not folded away.

use std::{collections::BTreeSet, sync::Arc};

use super::super::lines::Rows;
use crate::domain::log::{Annotation, Kind, Log, Row, StepEnd};

/// Cells that a level is indented by, and the sign before a head.
pub(super) const INDENT: usize = 2;
/// Levels that are indented; deeper ones stand below each other.
const DEEPEST: u8 = 6;

/// A place in the content. It stays the same when more of the log is known, and whatever is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// The annotation of this index.
    Note(usize),
    /// The line of this id.
    Line(u32),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    notes: Vec<(Annotation, String)>,
    log: Arc<Log>,
    /// Ids of heads whose lines are folded away.
    folded: BTreeSet<u32>,
    /// Indices of the log's lines that are shown.
    shown: Vec<u32>,
    /// Indices of the log's heads.
    heads: Vec<usize>,
    /// Ids of the log's errors, as far as it is held.
    errors: Vec<u32>,
}

impl Content {
    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    pub(super) fn errors(&self) -> usize {
        self.errors.len()
    }

    pub(super) fn notes(&self) -> usize {
        self.notes.len()
    }

    pub(super) fn take_notes(&mut self, notes: Vec<Annotation>) {
        self.notes = notes.into_iter().map(|note| (note.clone(), told(&note))).collect();
    }

    /// Takes in a log. All is folded away but what its first error stands below.
    pub(super) fn take_log(&mut self, log: Arc<Log>) {
        self.errors = log.rows().filter(|row| row.kind == Kind::Error).map(|row| row.id).collect();
        self.heads =
            log.rows().enumerate().filter(|(_, row)| row.kind.is_head()).map(|(index, _)| index).collect();
        self.log = log;
        // What ended badly stays open, with an error and without.
        let is_folded = |head: &Row<'_>| head.kind != Kind::Step(StepEnd::Badly);
        self.folded = self.heads().filter(is_folded).map(|head| head.id).collect();
        if let Some(error) = self.log.error {
            self.unfold(error);
        }
        self.show();
    }

    fn heads(&self) -> impl Iterator<Item = Row<'_>> {
        self.heads.iter().filter_map(|index| self.log.row(*index))
    }

    pub(super) fn note(&self, place: Place) -> Option<&Annotation> {
        match place {
            Place::Note(at) => self.notes.get(at).map(|(note, _)| note),
            Place::Line(_) => None,
        }
    }

    /// The log's line in this row of what is shown.
    pub(super) fn line(&self, row: usize) -> Option<Row<'_>> {
        let index = self.shown.get(row.checked_sub(self.notes.len())?)?;
        self.log.row(usize::try_from(*index).ok()?)
    }

    pub(super) fn place(&self, row: usize) -> Option<Place> {
        if row < self.notes.len() {
            return Some(Place::Note(row));
        }
        self.line(row).map(|line| Place::Line(line.id))
    }

    /// The row of a place; of one that is folded away, its head's.
    pub(super) fn row_of(&self, place: Place) -> usize {
        match place {
            Place::Note(at) => at.min(self.count().saturating_sub(1)),
            Place::Line(id) => {
                let index = u32::try_from(self.log.index_of(id)).unwrap_or(u32::MAX);
                let behind = self.shown.partition_point(|shown| *shown <= index);
                (self.notes.len() + behind).saturating_sub(1)
            }
        }
    }

    pub(super) fn is_folded(&self, id: u32) -> bool {
        self.folded.contains(&id)
    }

    /// The heads that a line stands below, the innermost first.
    fn above(&self, index: usize) -> impl Iterator<Item = Row<'_>> {
        let mut depth = self.log.row(index).map_or(0, |row| row.depth);
        let before = self.heads.partition_point(|head| *head < index);
        let heads = self.heads.get(..before).unwrap_or_default().iter().rev();
        heads.filter_map(|head| self.log.row(*head)).filter(move |head| {
            let is_above = head.depth < depth;
            depth = depth.min(head.depth);
            is_above
        })
    }

    /// Folds what the line stands below, or is the head of; what is folded already opens.
    pub(super) fn toggle(&mut self, place: Place) -> Option<Place> {
        let Place::Line(id) = place else { return None };
        let index = self.log.index_of(id);
        let own = self.log.row(index).filter(|row| row.kind.is_head());
        let head = own.or_else(|| self.above(index).next())?.id;
        if !self.folded.remove(&head) {
            self.folded.insert(head);
        }
        self.show();
        Some(Place::Line(head))
    }

    /// Folds all, or opens all if all are folded.
    pub(super) fn toggle_all(&mut self) {
        let heads: BTreeSet<u32> = self.heads().map(|head| head.id).collect();
        self.folded = if heads.is_subset(&self.folded) { BTreeSet::new() } else { heads };
        self.show();
    }

    /// Opens all that a line stands below.
    pub(super) fn reveal(&mut self, place: Place) {
        if let Place::Line(id) = place
            && self.unfold(id)
        {
            self.show();
        }
    }

    /// Whether something was folded.
    fn unfold(&mut self, id: u32) -> bool {
        let above: Vec<u32> = self.above(self.log.index_of(id)).map(|head| head.id).collect();
        above.iter().filter(|head| self.folded.remove(head)).count() > 0
    }

    fn show(&mut self) {
        self.shown.clear();
        let mut hidden = None;
        for (index, row) in self.log.rows().enumerate() {
            if hidden.is_some_and(|depth| row.depth > depth) {
                continue;
            }
            let is_folded = row.kind.is_head() && self.folded.contains(&row.id);
            hidden = is_folded.then_some(row.depth);
            self.shown.push(u32::try_from(index).unwrap_or(u32::MAX));
        }
    }

    /// All rows, those that are folded away too.
    pub(super) fn rows(&self) -> impl Iterator<Item = (Place, &str)> {
        let notes = self.notes.iter().enumerate().map(|(at, (_, text))| (Place::Note(at), text.as_str()));
        notes.chain(self.log.rows().map(|row| (Place::Line(row.id), row.text)))
    }

    /// The next error, or the one before.
    pub(super) fn error(&self, from: Place, forward: bool) -> Option<Place> {
        let mut errors = self.errors.iter().map(|id| Place::Line(*id));
        if forward { errors.find(|place| *place > from) } else { errors.rev().find(|place| *place < from) }
    }

    /// The text of a line; of a head, with all that stands below it.
    pub(super) fn copied(&self, place: Place, most: usize) -> String {
        let id = match place {
            Place::Note(at) => return self.notes.get(at).map(|(_, text)| text.clone()).unwrap_or_default(),
            Place::Line(id) => id,
        };
        let index = self.log.index_of(id);
        let Some(first) = self.log.row(index) else { return String::new() };
        let mut text = first.text.to_owned();
        if first.kind.is_head() {
            let below =
                (index + 1..).map_while(|at| self.log.row(at)).take_while(|row| row.depth > first.depth);
            for row in below {
                if text.len() + row.text.len() > most {
                    break;
                }
                text.push('\n');
                text.push_str(row.text);
            }
        }
        text
    }
}

impl Rows for Content {
    fn count(&self) -> usize {
        self.notes.len() + self.shown.len()
    }

    fn text(&self, row: usize) -> &str {
        match self.notes.get(row) {
            Some((_, text)) => text,
            None => self.line(row).map_or("", |line| line.text),
        }
    }

    fn indent(&self, row: usize) -> usize {
        let Some(line) = self.line(row) else { return INDENT };
        let signs = match line.kind {
            Kind::Gap => return 0,
            Kind::Step(_) => 2,
            Kind::Group | Kind::Action => 1,
            // Theirs stands where the depth leaves room, if it does.
            Kind::Error | Kind::Warning | Kind::Notice => usize::from(line.depth == 0),
            Kind::Text | Kind::Debug | Kind::Command | Kind::Section => 0,
        };
        INDENT * (usize::from(line.depth.min(DEEPEST)) + signs)
    }
}

/// `src/a.rs:3  title: message`
fn told(note: &Annotation) -> String {
    let place = note.spot.as_ref().map(|spot| match spot.line {
        Some(line) => format!("{}:{line}  ", spot.file),
        None => format!("{}  ", spot.file),
    });
    let title = note.title.as_ref().map(|title| format!("{title}: "));
    format!("{}{}{}", place.unwrap_or_default(), title.unwrap_or_default(), note.message)
}
