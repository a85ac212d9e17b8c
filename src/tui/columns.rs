//! The columns of the list of pull requests: which of them fit, and their widths.

#[cfg(test)]
mod tests;

use crate::domain::{attention::Sort, view::Column};

/// How much of a column is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    Short,
    Usual,
    Long,
}

/// A column that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fitted {
    pub column: Column,
    pub form: Form,
    pub cells: usize,
}

/// Beside the room, the widths depend on these.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    /// Cells of the largest number.
    pub number: usize,
    /// No repository is chosen: the list may hold several.
    pub repositories: bool,
    /// Cells of the longest repository's name, without its owner and with it.
    pub names: (usize, usize),
    /// Times are shown instead of ages.
    pub times: bool,
    /// The time that the list is about: where only one fits, it is that one.
    pub time: Column,
}

/// The time that a list is about: that of its order, else that of a filter that asks what changed.
pub const fn time_of(sort: Sort, asks_changes: bool) -> Column {
    match sort {
        Sort::Waiting => Column::For,
        Sort::Changed => Column::Changed,
        Sort::Attention | Sort::Age | Sort::Risk | Sort::Number if asks_changes => Column::Changed,
        Sort::Attention | Sort::Age | Sort::Risk | Sort::Number => Column::Age,
    }
}

/// The column that tells what an order goes by.
pub const fn ordered_by(sort: Sort) -> Option<Column> {
    match sort {
        Sort::Attention => None,
        Sort::Waiting => Some(Column::For),
        Sort::Changed => Some(Column::Changed),
        Sort::Age => Some(Column::Age),
        Sort::Risk => Some(Column::Risk),
        Sort::Number => Some(Column::Number),
    }
}

/// Those that are shown, as they fit, where a view has chosen none.
pub fn usual(time: Column) -> Vec<Column> {
    Column::ALL.into_iter().filter(|column| *column != Column::Changed || time == *column).collect()
}

/// Cells of the gutter and the mark.
const MARGIN: usize = 2;
/// Fewest cells of a title beside columns that are no need.
const LEAST_TITLE: usize = 20;
/// Cells below which times go, and stages stand without lines; and those below which the age goes, which says the least.
const NARROW: usize = 52;
const AGED: usize = 64;

/// Cells of a list in which who must act has all its own, and of the title beside all columns.
const WIDE_LIST: usize = 100;
const NEEDED_TITLE: usize = 26;

/// Which column grows first, from one form to the next; the number is the cells that the title must keep. As it gets
/// narrower, the last one gives way first. Number, title, stages, who must act and the risk's glyph never go.
const GROWTHS: [(Column, Option<Form>, Form, usize); 11] = [
    (Column::Repository, None, Form::Short, LEAST_TITLE),
    (Column::Risk, Some(Form::Short), Form::Long, NEEDED_TITLE),
    (Column::Repository, Some(Form::Short), Form::Usual, 24),
    (Column::For, None, Form::Usual, NEEDED_TITLE),
    // Only where they are not there from the start.
    (Column::Age, None, Form::Usual, NEEDED_TITLE),
    (Column::Changed, None, Form::Usual, NEEDED_TITLE),
    (Column::Repository, Some(Form::Usual), Form::Long, 34),
    // In words.
    (Column::Changed, Some(Form::Usual), Form::Long, 34),
    (Column::Author, None, Form::Usual, 34),
    (Column::Next, Some(Form::Short), Form::Long, 42),
    (Column::Stages, Some(Form::Usual), Form::Long, 46),
];

/// Cells of a column in each [`Form`], without the gap behind; the title takes what is left.
const fn widths(column: Column, room: usize, needs: Needs) -> [usize; 3] {
    match column {
        Column::Number => [needs.number; 3],
        Column::Title => [0; 3],
        // As wide as the heading, and no wider than the names.
        Column::Repository => [10, names(needs.names.0, 14), names(needs.names.1, 20)],
        Column::Author => [13; 3],
        Column::Stages => [4, 7, 15],
        Column::Next => [acting(room), acting(room), 20],
        Column::For => [4; 3],
        Column::Risk => [1, 1, 8],
        Column::Age => [4, 4, 12],
        // `26h Bld✗`; `26h approval ●`, or a time with `Bld✗`.
        Column::Changed => [9, 9, if needs.times { 17 } else { 15 }],
    }
}

/// Cells of names that take so many, with room for the heading.
const fn names(cells: usize, most: usize) -> usize {
    match cells {
        ..10 => 10,
        10.. if cells > most => most,
        10.. => cells,
    }
}

const fn cells_of(column: Column, form: Form, room: usize, needs: Needs) -> usize {
    widths(column, room, needs)[form as usize]
}

/// The form before any column grows; `None` for a column that is not shown yet.
fn first_form(column: Column, room: usize, needs: Needs) -> Option<Form> {
    let is_narrow = room < NARROW;
    match column {
        Column::Number | Column::Title => Some(Form::Usual),
        Column::Repository | Column::Author => None,
        Column::Stages => Some(if is_narrow { Form::Short } else { Form::Usual }),
        Column::Next if acting(room) == 0 => None,
        Column::Next | Column::Risk => Some(Form::Short),
        Column::For | Column::Age | Column::Changed if is_narrow || column != needs.time => None,
        Column::Age if room < AGED => None,
        Column::For | Column::Age | Column::Changed => Some(time_form(column, needs)),
    }
}

const fn time_form(column: Column, needs: Needs) -> Form {
    if needs.times && !matches!(column, Column::For) { Form::Long } else { Form::Usual }
}

/// Cells of who must act, with an arrow before the reader's own: verb and owner, then the owner alone. The smallest
/// screens have room for the title only.
const fn acting(room: usize) -> usize {
    match room {
        ..28 => 0,
        28..35 => 7,
        35..56 => 13,
        // `rebase @mei-lin`
        _ => 16,
    }
}

/// Cells of a list in which all columns have room but the author's, which says the least of who must act.
pub fn needed(needs: Needs, chosen: &[Column]) -> usize {
    let usual = usual(needs.time);
    let shown = if chosen.is_empty() { &usual[..] } else { chosen };
    let others = shown.iter().filter(|column| !matches!(column, Column::Title | Column::Author));
    let cells = others.map(|column| {
        let form = match column {
            Column::Risk => Form::Long,
            Column::Age | Column::Changed => time_form(*column, needs),
            Column::Number
            | Column::Title
            | Column::Repository
            | Column::Author
            | Column::Stages
            | Column::Next
            | Column::For => Form::Usual,
        };
        cells_of(*column, form, WIDE_LIST, needs) + 1
    });
    MARGIN + cells.sum::<usize>() + NEEDED_TITLE + 1
}

/// The columns that fit into so many cells, from left to right: of those that the view has chosen, else of all. Which of
/// them fit does not depend on their order.
pub fn fit(room: usize, needs: Needs, chosen: &[Column]) -> Vec<Fitted> {
    let usual = usual(needs.time);
    let shown: &[Column] = if chosen.is_empty() { &usual } else { chosen };
    let is_usual = shown.len() == usual.len() && usual.iter().all(|column| shown.contains(column));
    let is_wanted = |column: Column| match column {
        Column::Title => true,
        Column::Repository if is_usual => needs.repositories,
        _ => shown.contains(&column),
    };
    let time = if is_wanted(needs.time) { needs.time } else { Column::Age };
    let needs = Needs { time, ..needs };
    // One cell of air at the end.
    let room = room.saturating_sub(1);
    let mut forms = Column::ALL.map(|column| first_form(column, room, needs).filter(|_| is_wanted(column)));
    let width =
        |column: Column, form: Option<Form>| form.map_or(0, |form| cells_of(column, form, room, needs) + 1);
    let used: usize = Column::ALL.into_iter().zip(forms).map(|(column, form)| width(column, form)).sum();
    // No gap behind the last column.
    let mut title = (room + 1).saturating_sub(MARGIN + used);
    // Whoever chooses columns wants each of them before more of any, and first the one that is not usual.
    let (mut first, rest): (Vec<_>, Vec<_>) =
        GROWTHS.into_iter().partition(|(_, from, ..)| from.is_none() && !is_usual);
    first.sort_by_key(|(column, ..)| *column != Column::Changed);
    let first = first.into_iter().map(|(column, from, to, _)| (column, from, to, LEAST_TITLE));
    for (column, from, to, keeps) in first.chain(rest) {
        let form = &mut forms[column as usize];
        let is_age = matches!(column, Column::Age | Column::Changed);
        // Ages do not come to narrow lists.
        if !is_wanted(column) || *form != from || (is_age && room < NARROW) {
            continue;
        }
        let to = if is_age && from.is_none() { time_form(column, needs) } else { to };
        let wanted = width(column, Some(to)) - width(column, from);
        match (title < wanted + keeps, is_usual) {
            (true, true) => break,
            (true, false) => continue,
            (false, _) => {}
        }
        title -= wanted;
        *form = Some(to);
    }
    let fitted = |column: Column| {
        let form = forms[column as usize]?;
        let cells = if column == Column::Title { title } else { cells_of(column, form, room, needs) };
        Some(Fitted { column, form, cells })
    };
    let title = (!shown.contains(&Column::Title)).then_some(Column::Title);
    title.into_iter().chain(shown.iter().copied()).filter_map(fitted).collect()
}
