//! The search in rows of text, such as patches and logs.

use super::Keys;
use crate::{
    domain::text::{counted, folded, has_part},
    tui::{
        action::Action,
        keymap::{Hint, Keymap, fixed_hints},
        line::LineEditor,
        pen::Pen,
        theme::Theme,
    },
};

/// The text looked for, and the places of the rows that have it.
#[derive(Clone, Debug)]
pub(super) struct Search<P, O> {
    pub(super) line: LineEditor,
    /// It is being typed.
    pub(super) typing: bool,
    /// Where the reader was when it began.
    pub(super) origin: O,
    /// Rows with the text, in their order.
    hits: Vec<P>,
}

impl<P: Copy + Ord, O> Search<P, O> {
    pub(super) fn begin(origin: O) -> Self {
        Self { line: LineEditor::default(), typing: true, origin, hits: vec![] }
    }

    /// Looks for the text anew in these rows. Case does not matter.
    pub(super) fn look<'t>(&mut self, rows: impl Iterator<Item = (P, &'t str)>) {
        let wanted = folded(self.line.text());
        self.hits.clear();
        if !wanted.is_empty() {
            self.hits.extend(rows.filter(|(_, text)| has_part(text, &wanted)).map(|(place, _)| place));
        }
    }

    /// The first hit at a place or behind it; behind the last one the first of all.
    pub(super) fn from(&self, place: P) -> Option<P> {
        self.hits.iter().find(|hit| **hit >= place).or(self.hits.first()).copied()
    }

    pub(super) fn after(&self, place: P) -> Option<P> {
        self.hits.iter().find(|hit| **hit > place).or(self.hits.first()).copied()
    }

    pub(super) fn before(&self, place: P) -> Option<P> {
        self.hits.iter().rev().find(|hit| **hit < place).or(self.hits.last()).copied()
    }

    /// How many there are, and which of them this is.
    pub(super) fn told(&self, place: Option<P>) -> String {
        let at = place.and_then(|place| self.hits.iter().position(|hit| *hit == place));
        match (self.hits.len(), at) {
            _ if self.line.text().is_empty() => String::new(),
            (0, _) => "not found".to_owned(),
            (count, Some(at)) => format!("{} of {count}", at + 1),
            (count, None) => counted(count, "line"),
        }
    }

    /// Keys for the footer: those of the search while it is typed, else how to go on in it before the overlay's own.
    pub(super) fn hints(search: Option<&Self>, own: Keys, keymap: &Keymap) -> Vec<Hint> {
        if search.is_some_and(|search| search.typing) {
            let typed = [("Enter", "keeps it"), ("Esc", "back to where it began")];
            return fixed_hints(typed);
        }
        let found = search.map(|_| keymap.hint(&[Action::NextMatch, Action::PrevMatch], "found"));
        let named = own.iter().filter(|(_, word)| !word.is_empty());
        found.into_iter().chain(named.map(|(actions, word)| keymap.hint(actions, word))).collect()
    }

    /// Writes the text and how often it is there; returns the column of the cursor.
    pub(super) fn draw(&self, pen: &mut Pen<'_>, place: Option<P>, theme: Theme) -> usize {
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
        let rows = ["+Token", " x", "-a TOKEN", "+no", "+tokenise token"];
        let rows = || rows.into_iter().enumerate();
        let mut search = Search::begin(());
        search.line = LineEditor::from("token");
        search.look(rows());
        assert_eq!(search.told(Some(2)), "2 of 3");
        assert_eq!(search.from(1), Some(2));
        assert_eq!(search.after(2), Some(4));
        assert_eq!(search.after(4), Some(0), "round");
        assert_eq!(search.before(0), Some(4), "round");
        let pieces = [(false, "+"), (true, "token"), (false, "ise "), (true, "ToKen"), (false, "")];
        assert_eq!(search.pieces("+tokenise ToKen"), pieces);
        search.line = LineEditor::from("nothing");
        search.look(rows());
        assert_eq!((search.after(4), search.told(None)), (None, "not found".to_owned()));
    }
}
