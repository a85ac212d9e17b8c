//! The columns of the list: which are shown, and in which order. Each change shows at once.

use ratatui::{Frame, style::Style};

use super::{Backdrop, Keys, Layer, Reaction};
use crate::{
    domain::{attention::Sort, view::Column},
    tui::{
        action::Action,
        columns::{fit, ordered_by, usual},
        geometry::{Area, middle},
        keymap::{Hint, Key, Keymap},
        msg::{Edit, Msg, Turn},
        pen::{Pen, boxed},
        theme::Theme,
    },
};

/// Columns that may be hidden for others, the first to be missed the least.
const DISPENSABLE: [Column; 5] =
    [Column::Author, Column::For, Column::Age, Column::Changed, Column::Repository];

/// All columns from left to right, those that are not chosen behind the others.
#[derive(Clone, Debug)]
pub struct ColumnPicker {
    lines: Vec<(Column, bool)>,
    pub cursor: usize,
    /// Those that are shown where none are chosen.
    usual: Vec<Column>,
    /// The one that the list is ordered by.
    ordered_by: Option<Column>,
    /// As it was before, for who thinks better of it.
    before: Vec<Column>,
}

impl ColumnPicker {
    /// `chosen` as a view has them: empty for the usual ones, `time` among them.
    pub fn new(chosen: &[Column], time: Column, sort: Sort) -> Self {
        let usual = usual(time);
        let shown = if chosen.is_empty() { &usual } else { chosen };
        let others = Column::ALL.into_iter().filter(|column| !shown.contains(column));
        let mut lines: Vec<(Column, bool)> = shown.iter().map(|column| (*column, true)).collect();
        lines.extend(others.map(|column| (column, column == Column::Title)));
        Self { lines, cursor: 0, usual, ordered_by: ordered_by(sort), before: chosen.to_vec() }
    }

    /// What is chosen; empty where these are the usual ones.
    fn chosen(&self) -> Vec<Column> {
        let chosen: Vec<Column> =
            self.lines.iter().filter(|(_, is)| *is).map(|(column, _)| *column).collect();
        if chosen == self.usual { Vec::new() } else { chosen }
    }

    /// Whether a column has room in the list among these.
    fn has_room(back: Backdrop<'_>, column: Column, chosen: &[Column]) -> bool {
        let (cells, needs) = back.list;
        fit(cells, needs, chosen).iter().any(|fitted| fitted.column == column)
    }

    /// Those that are chosen, and have no room.
    fn roomless(&self, back: Backdrop<'_>) -> Vec<Column> {
        let (cells, needs) = back.list;
        let fitted = fit(cells, needs, &self.chosen());
        let has_room = |column: Column| fitted.iter().any(|fitted| fitted.column == column);
        let shown = self.lines.iter().filter(|(_, is_chosen)| *is_chosen).map(|(column, _)| *column);
        let is_needless = |column: Column| column == Column::Repository && !needs.repositories;
        shown.filter(|one| !is_needless(*one) && !has_room(*one)).collect()
    }

    /// Another column, which is on the screen, that gives this one room if it goes.
    fn way(&self, column: Column, roomless: &[Column], back: Backdrop<'_>) -> Option<Column> {
        let chosen = self.chosen();
        let shown = if chosen.is_empty() { &self.usual } else { &chosen };
        let without =
            |gone: Column| shown.iter().copied().filter(|one| *one != gone).collect::<Vec<Column>>();
        let mut others =
            DISPENSABLE.into_iter().filter(|other| shown.contains(other) && !roomless.contains(other));
        others.find(|other| Self::has_room(back, column, &without(*other)))
    }

    /// What is kept, where anything is another than before.
    fn kept(&self, back: Backdrop<'_>) -> Option<String> {
        if self.chosen() == self.before {
            return None;
        }
        let names: Vec<&str> = self.roomless(back).into_iter().map(heading).collect();
        let lack = if names.is_empty() {
            String::new()
        } else {
            format!("; no room at {} columns for {}", back.size.0, names.join(", "))
        };
        Some(format!("The view keeps these columns{lack}"))
    }

    /// Moves the column at the cursor.
    fn shift(&mut self, action: Action) -> Reaction {
        let to = action.step(self.cursor, 1, self.lines.len());
        self.lines.swap(self.cursor, to);
        self.cursor = to;
        Reaction::Columns(self.chosen())
    }

    fn toggle(&mut self) -> Reaction {
        match self.lines.get_mut(self.cursor) {
            Some((column, is_chosen)) if *column != Column::Title => *is_chosen = !*is_chosen,
            Some(_) | None => return Reaction::Stay,
        }
        Reaction::Columns(self.chosen())
    }
}

/// A column as its heading has it.
const fn heading(column: Column) -> &'static str {
    match column {
        Column::Next => "next @who",
        Column::For => "wait",
        other => other.name(),
    }
}

fn area(back: Backdrop<'_>) -> Area {
    let height = u16::try_from(Column::ALL.len()).unwrap_or(u16::MAX).saturating_add(2);
    middle(back.size, 66, height)
}

impl Layer for ColumnPicker {
    fn keys(&self) -> Keys {
        &[
            (&[Action::Enter], "keeps"),
            (&[Action::Back], "undoes"),
            (&[Action::Mark], "on, off"),
            (&[Action::Up, Action::Down, Action::Top, Action::Bottom], ""),
        ]
    }

    fn hints(&self, keymap: &Keymap) -> Vec<Hint> {
        let own = self.keys().iter().filter(|(_, word)| !word.is_empty());
        let own = own.map(|(actions, word)| keymap.hint(actions, word));
        std::iter::once(("K J".to_owned(), "moves")).chain(own).collect()
    }

    /// Capital letters move the column itself.
    fn translate(&self, key: Key, bound: Option<Action>) -> Option<Msg> {
        for (letter, edit) in [("K", Edit::ListUp), ("J", Edit::ListDown)] {
            if Key::parse(letter) == Some(key) {
                return Some(Msg::Edit(edit));
            }
        }
        let action = if bound? == Action::Quit { Action::Back } else { bound? };
        let is_own = self.keys().iter().any(|(actions, _)| actions.contains(&action));
        (is_own || matches!(action, Action::Suspend | Action::Columns)).then_some(Msg::Action(action))
    }

    fn act(&mut self, action: Action, back: Backdrop<'_>) -> Reaction {
        match action {
            Action::Mark => self.toggle(),
            Action::Enter | Action::Columns => self.kept(back).map_or(Reaction::Close, Reaction::CloseAndSay),
            Action::Back => Reaction::ColumnsAndClose(std::mem::take(&mut self.before)),
            step => {
                self.cursor = step.step(self.cursor, 1, self.lines.len());
                Reaction::Stay
            }
        }
    }

    fn edit(&mut self, edit: &Edit, _: Backdrop<'_>) -> Reaction {
        match edit {
            Edit::ListUp => self.shift(Action::Up),
            Edit::ListDown => self.shift(Action::Down),
            Edit::Line(_) | Edit::Accept | Edit::Cancel | Edit::Up | Edit::Down | Edit::Tab => Reaction::Stay,
        }
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, back: Backdrop<'_>) {
        if area(back).contains(x, y) {
            self.cursor = turn.from(self.cursor, self.lines.len());
        }
    }

    fn draw(&self, back: Backdrop<'_>, _: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let inside = boxed(frame, area(back), " Columns, from left to right ", theme);
        let mut pen = Pen::new(frame, inside, theme);
        let visible = pen.lines_left().max(1);
        let top = (self.cursor + 1).saturating_sub(visible);
        let roomless = self.roomless(back);
        for (n, (column, is_chosen)) in self.lines.iter().enumerate().skip(top).take(visible) {
            let style = if n == self.cursor { theme.strong() } else { Style::new() };
            pen.pointer(n == self.cursor);
            pen.put(if *is_chosen { " [x] " } else { " [ ] " }, theme.accent());
            pen.put(&format!("{:<11}", heading(*column)), style);
            if roomless.contains(column) {
                let way = self.way(*column, &roomless, back).map(|way| format!(": hide {}", heading(way)));
                let way = way.unwrap_or_default();
                pen.line(&format!("no room at {} columns{way}", back.size.0), theme.warn());
                continue;
            }
            pen.put(column.meaning(), theme.dim());
            pen.line(if self.ordered_by == Some(*column) { ": the order" } else { "" }, theme.accent());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_moved_hidden_and_shown() {
        let mut picker = ColumnPicker::new(&[], Column::Age, Sort::Attention);
        assert_eq!(picker.chosen(), [], "the usual ones");
        picker.cursor = Column::ALL.iter().position(|column| *column == Column::Next).unwrap();
        for _ in 0..2 {
            picker.shift(Action::Up);
        }
        let moved = picker.chosen();
        assert_eq!(moved[3..5], [Column::Next, Column::Author], "the owner before the author");
        picker.cursor = 0;
        assert_eq!(picker.toggle(), Reaction::Columns(moved[1..].to_vec()));
        picker.cursor = 1;
        assert_eq!(picker.toggle(), Reaction::Stay, "the title is always there");
        let again = ColumnPicker::new(&moved[1..], Column::Age, Sort::Attention);
        assert_eq!(again.chosen(), moved[1..]);
        assert_eq!(again.lines[8..], [(Column::Number, false), (Column::Changed, false)]);
        let mut few = ColumnPicker::new(&[Column::Age], Column::Age, Sort::Attention);
        assert_eq!(few.chosen(), [Column::Age, Column::Title]);
        few.cursor = few.lines.len() - 1;
        few.shift(Action::Down);
        assert_eq!(few.cursor, few.lines.len() - 1, "no further than the end");
    }
}
