//! The columns of the list of pull requests that fit, and their widths.

/// A column of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListColumn {
    Number,
    Title,
    Repository,
    Author,
    Stages,
    Next,
    Risk,
    Age,
}

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

impl ListColumn {
    /// From left to right.
    const ALL: [Self; 8] = [
        Self::Number,
        Self::Title,
        Self::Repository,
        Self::Author,
        Self::Stages,
        Self::Next,
        Self::Risk,
        Self::Age,
    ];

    /// Cells in each [`Form`], without the gap behind; the title takes what is left.
    const fn widths(self, needs: Needs) -> [usize; 3] {
        match self {
            Self::Number => [needs.number; 3],
            Self::Title => [0; 3],
            Self::Repository => [10, 14, 20],
            Self::Author => [10, 10, 13],
            Self::Stages => [4, 7, 15],
            // `→fix build 26h`
            Self::Next => [14; 3],
            Self::Risk => [1, 1, 8],
            Self::Age => [4, 4, 12],
        }
    }

    const fn cells(self, form: Form, needs: Needs) -> usize {
        self.widths(needs)[form as usize]
    }

    /// The form before any column grows; `None` for a column that is not shown yet.
    const fn first_form(self, is_narrow: bool, needs: Needs) -> Option<Form> {
        match self {
            Self::Number | Self::Title => Some(Form::Usual),
            Self::Repository | Self::Author | Self::Next => None,
            Self::Stages => Some(if is_narrow { Form::Short } else { Form::Usual }),
            Self::Risk => Some(Form::Short),
            Self::Age if is_narrow => None,
            Self::Age => Some(if needs.times { Form::Long } else { Form::Usual }),
        }
    }
}

/// The columns that fit into so many cells, from left to right.
pub(super) fn fit(room: usize, needs: Needs) -> Vec<Fitted> {
    // One cell of air at the end.
    let room = room.saturating_sub(1);
    let mut forms = ListColumn::ALL.map(|column| column.first_form(room < NARROW, needs));
    let width = |column: ListColumn, form: Option<Form>| form.map_or(0, |form| column.cells(form, needs) + 1);
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
        let cells = if column == ListColumn::Title { title } else { column.cells(form, needs) };
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
