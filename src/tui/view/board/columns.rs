//! The columns of the list of pull requests that fit, and their widths.

use crate::domain::view::Column as ListColumn;

/// How much of a column is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Short,
    Usual,
    Long,
}

/// A column that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fitted {
    pub(super) column: ListColumn,
    pub(super) form: Form,
    pub(super) cells: usize,
}

/// Beside the room, the widths depend on these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needs {
    /// Cells of the largest number.
    pub(super) number: usize,
    /// No repository is chosen: the list may hold several.
    pub(super) repositories: bool,
    /// Times are shown instead of ages.
    pub(super) times: bool,
}

/// Cells of the gutter and the mark.
const MARGIN: usize = 2;
/// Cells below which ages go, and stages stand without gaps.
const NARROW: usize = 44;

/// Which column grows first, from one form to the next; the number is the cells that the title must keep.
const GROWTHS: [(ListColumn, Option<Form>, Form, usize); 8] = [
    (ListColumn::Repository, None, Form::Short, 16),
    (ListColumn::Risk, Some(Form::Short), Form::Long, 28),
    (ListColumn::Next, None, Form::Usual, 30),
    (ListColumn::Author, None, Form::Usual, 26),
    (ListColumn::Repository, Some(Form::Short), Form::Usual, 30),
    (ListColumn::Stages, Some(Form::Usual), Form::Long, 34),
    (ListColumn::Repository, Some(Form::Usual), Form::Long, 40),
    (ListColumn::Author, Some(Form::Usual), Form::Long, 50),
];

/// Cells of a column in each [`Form`], without the gap behind; the title takes what is left.
const fn widths(column: ListColumn, needs: Needs) -> [usize; 3] {
    match column {
        ListColumn::Number => [needs.number; 3],
        ListColumn::Title => [0; 3],
        ListColumn::Repository => [10, 14, 20],
        ListColumn::Author => [10, 10, 13],
        ListColumn::Stages => [4, 7, 15],
        // `→fix build 26h`
        ListColumn::Next => [14; 3],
        ListColumn::Risk => [1, 1, 8],
        ListColumn::Age => [4, 4, 12],
    }
}

const fn cells_of(column: ListColumn, form: Form, needs: Needs) -> usize {
    widths(column, needs)[form as usize]
}

/// The form before any column grows; `None` for a column that is not shown yet.
const fn first_form(column: ListColumn, is_narrow: bool, needs: Needs) -> Option<Form> {
    match column {
        ListColumn::Number | ListColumn::Title => Some(Form::Usual),
        ListColumn::Repository | ListColumn::Author | ListColumn::Next => None,
        ListColumn::Stages => Some(if is_narrow { Form::Short } else { Form::Usual }),
        ListColumn::Risk => Some(Form::Short),
        ListColumn::Age if is_narrow => None,
        ListColumn::Age => Some(if needs.times { Form::Long } else { Form::Usual }),
    }
}

/// The columns that fit into so many cells, from left to right.
pub(super) fn fit(room: usize, needs: Needs) -> Vec<Fitted> {
    // One cell of air at the end.
    let room = room.saturating_sub(1);
    let mut forms = ListColumn::ALL.map(|column| first_form(column, room < NARROW, needs));
    let width =
        |column: ListColumn, form: Option<Form>| form.map_or(0, |form| cells_of(column, form, needs) + 1);
    let used: usize = ListColumn::ALL.into_iter().zip(forms).map(|(column, form)| width(column, form)).sum();
    // No gap behind the last column.
    let mut title = (room + 1).saturating_sub(MARGIN + used);
    for (column, from, to, keeps) in GROWTHS {
        let wanted = width(column, Some(to)) - width(column, from);
        let is_wanted = column != ListColumn::Repository || needs.repositories;
        let form = &mut forms[column as usize];
        if is_wanted && *form == from && title >= wanted + keeps {
            title -= wanted;
            *form = Some(to);
        }
    }
    let fitted = |(column, form): (ListColumn, Option<Form>)| {
        let form = form?;
        let cells = if column == ListColumn::Title { title } else { cells_of(column, form, needs) };
        Some(Fitted { column, form, cells })
    };
    ListColumn::ALL.into_iter().zip(forms).filter_map(fitted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_line_at_every_width() {
        for room in 20..200 {
            for repositories in [false, true] {
                let number = 3 + room % 5;
                let columns = fit(room, Needs { number, repositories, times: room % 2 == 0 });
                let cells: usize = columns.iter().map(|fitted| fitted.cells).sum();
                let used = MARGIN + cells + columns.len() - 1;
                assert_eq!(used, room - 1, "{room}: {columns:?}");
                let title = columns.iter().find(|fitted| fitted.column == ListColumn::Title);
                assert!(title.is_some_and(|title| title.cells + number >= 9), "{room}: {columns:?}");
            }
        }
    }
}
