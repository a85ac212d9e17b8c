//! The search in the patches of all files.

use super::Place;
use crate::{
    domain::{
        files::ChangedFile,
        text::{counted, folded},
    },
    tui::{line::LineEditor, pen::Pen, theme::Theme},
};

/// The text looked for, and the rows that have it.
#[derive(Clone, Debug)]
pub(super) struct Search {
    pub(super) line: LineEditor,
    /// It is being typed.
    pub(super) typing: bool,
    /// Where the reader was when it began: file, first line, place.
    pub(super) origin: (usize, usize, Option<Place>),
    /// Rows with the text, in the files' order.
    hits: Vec<Place>,
}

impl Search {
    pub(super) fn begin(origin: (usize, usize, Option<Place>)) -> Self {
        Self { line: LineEditor::default(), typing: true, origin, hits: vec![] }
    }

    /// Looks for the text anew. Case does not matter.
    pub(super) fn look(&mut self, files: &[ChangedFile]) {
        let wanted = folded(self.line.text());
        self.hits.clear();
        if wanted.is_empty() {
            return;
        }
        for (file, changed) in files.iter().enumerate() {
            let rows = changed.patch.iter().flatten().enumerate();
            let found = rows.filter(|(_, text)| folded(text).contains(&wanted));
            self.hits.extend(found.map(|(row, _)| Place { file, row: Some(row) }));
        }
    }

    /// The first hit at a place or behind it; behind the last one the first of all.
    pub(super) fn from(&self, place: Place) -> Option<Place> {
        self.hits.iter().find(|hit| **hit >= place).or(self.hits.first()).copied()
    }

    pub(super) fn after(&self, place: Place) -> Option<Place> {
        self.hits.iter().find(|hit| **hit > place).or(self.hits.first()).copied()
    }

    pub(super) fn before(&self, place: Place) -> Option<Place> {
        self.hits.iter().rev().find(|hit| **hit < place).or(self.hits.last()).copied()
    }

    /// How many there are, and which of them this is.
    pub(super) fn told(&self, place: Option<Place>) -> String {
        let at = place.and_then(|place| self.hits.iter().position(|hit| *hit == place));
        match (self.hits.len(), at) {
            _ if self.line.text().is_empty() => String::new(),
            (0, _) => "not found".to_owned(),
            (count, Some(at)) => format!("{} of {count}", at + 1),
            (count, None) => counted(count, "line"),
        }
    }

    /// Writes the text and how often it is there; returns the column of the cursor.
    pub(super) fn draw(&self, pen: &mut Pen<'_>, place: Option<Place>, theme: Theme) -> usize {
        pen.put("  /", theme.accent());
        let told = self.told(place);
        let room = pen.room().saturating_sub(told.len() + 3).max(1);
        let cursor = self.line.draw(pen, room);
        pen.put(&format!("  {told}"), theme.warn());
        cursor
    }

    /// A row in pieces; true for those that are looked for.
    pub(super) fn pieces<'t>(&self, row: &'t str) -> Vec<(bool, &'t str)> {
        let wanted = folded(self.line.text());
        let (mut pieces, mut rest) = (Vec::new(), row);
        while let Some((before, found)) = first(rest, &wanted) {
            pieces.extend([(false, before), (true, found)]);
            rest = rest.get(before.len() + found.len()..).unwrap_or_default();
        }
        pieces.push((false, rest));
        pieces
    }
}

/// The text before the first place that has the wanted text, and the text there.
fn first<'t>(text: &'t str, wanted: &str) -> Option<(&'t str, &'t str)> {
    text.char_indices().find_map(|(at, _)| {
        let (before, from) = text.split_at_checked(at)?;
        Some((before, from.get(..end(from, wanted)?)?))
    })
}

/// Where the wanted text ends, if this text begins with it.
fn end(text: &str, wanted: &str) -> Option<usize> {
    let mut begin = String::new();
    for (at, c) in text.char_indices() {
        begin.extend(c.to_lowercase());
        if begin == wanted {
            return Some(at + c.len_utf8());
        }
        if !wanted.starts_with(&begin) {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_go_round_and_are_found_in_their_row() {
        let file = |patch: &[&str]| ChangedFile {
            path: "a".to_owned(),
            status: "modified".to_owned(),
            additions: 0,
            deletions: 0,
            patch: Some(patch.iter().map(|row| (*row).to_owned()).collect()),
        };
        let files = [file(&["+Token", " x", "-a TOKEN"]), file(&["+no"]), file(&["+tokenise token"])];
        let mut search = Search::begin((0, 0, None));
        search.line = LineEditor::from("token");
        search.look(&files);
        let place = |file, row| Place { file, row: Some(row) };
        assert_eq!(search.told(Some(place(0, 2))), "2 of 3");
        assert_eq!(search.from(place(0, 1)), Some(place(0, 2)));
        assert_eq!(search.after(place(0, 2)), Some(place(2, 0)));
        assert_eq!(search.after(place(2, 0)), Some(place(0, 0)), "round");
        assert_eq!(search.before(place(0, 0)), Some(place(2, 0)), "round");
        let pieces = [(false, "+"), (true, "token"), (false, "ise "), (true, "ToKen"), (false, "")];
        assert_eq!(search.pieces("+tokenise ToKen"), pieces);
        search.line = LineEditor::from("nothing");
        search.look(&files);
        assert_eq!((search.after(place(0, 0)), search.told(None)), (None, "not found".to_owned()));
    }
}
