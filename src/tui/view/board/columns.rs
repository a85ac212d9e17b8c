//! The columns of the list of pull requests that fit, and their widths.

use crate::domain::view::Column as ListColumn;

/// How much of a column is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
/// Cells below which ages go, and stages stand without lines.
const NARROW: usize = 52;

/// Which column grows first, from one form to the next; the number is the cells that the title must keep. As it gets
/// narrower, the last one gives way first. Number, title, stages, who must act and the risk's glyph never go.
const GROWTHS: [(ListColumn, Option<Form>, Form, usize); 8] = [
    (ListColumn::Repository, None, Form::Short, 20),
    (ListColumn::Risk, Some(Form::Short), Form::Long, 26),
    (ListColumn::For, None, Form::Usual, 26),
    (ListColumn::Repository, Some(Form::Short), Form::Usual, 30),
    (ListColumn::Repository, Some(Form::Usual), Form::Long, 34),
    (ListColumn::Author, None, Form::Usual, 34),
    (ListColumn::Next, Some(Form::Short), Form::Long, 36),
    (ListColumn::Stages, Some(Form::Usual), Form::Long, 40),
];

/// Cells of a column in each [`Form`], without the gap behind; the title takes what is left.
const fn widths(column: ListColumn, room: usize, needs: Needs) -> [usize; 3] {
    match column {
        ListColumn::Number => [needs.number; 3],
        ListColumn::Title => [0; 3],
        ListColumn::Repository => [10, 14, 20],
        ListColumn::Author => [13; 3],
        ListColumn::Stages => [4, 7, 15],
        ListColumn::Next => [acting(room), acting(room), 20],
        ListColumn::For => [4; 3],
        ListColumn::Risk => [1, 1, 8],
        ListColumn::Age => [4, 4, 12],
    }
}

const fn cells_of(column: ListColumn, form: Form, room: usize, needs: Needs) -> usize {
    widths(column, room, needs)[form as usize]
}

/// The form before any column grows; `None` for a column that is not shown yet.
const fn first_form(column: ListColumn, room: usize, needs: Needs) -> Option<Form> {
    let is_narrow = room < NARROW;
    match column {
        ListColumn::Number | ListColumn::Title => Some(Form::Usual),
        ListColumn::Repository | ListColumn::Author | ListColumn::For => None,
        ListColumn::Stages => Some(if is_narrow { Form::Short } else { Form::Usual }),
        ListColumn::Next if acting(room) == 0 => None,
        ListColumn::Next | ListColumn::Risk => Some(Form::Short),
        ListColumn::Age if is_narrow => None,
        ListColumn::Age => Some(if needs.times { Form::Long } else { Form::Usual }),
    }
}

/// Cells of who must act, with an arrow before the reader's own: verb and owner, then the owner alone. The smallest
/// screens have room for the title only.
const fn acting(room: usize) -> usize {
    match room {
        ..28 => 0,
        28..35 => 6,
        35..60 => 12,
        _ => 14,
    }
}

/// The columns that fit into so many cells, from left to right: of those that the view has chosen, else of all.
pub(super) fn fit(room: usize, needs: Needs, chosen: &[ListColumn]) -> Vec<Fitted> {
    let is_wanted = |column: ListColumn| match column {
        ListColumn::Title => true,
        ListColumn::Repository if chosen.is_empty() => needs.repositories,
        _ => chosen.is_empty() || chosen.contains(&column),
    };
    // One cell of air at the end.
    let room = room.saturating_sub(1);
    let mut forms =
        ListColumn::ALL.map(|column| first_form(column, room, needs).filter(|_| is_wanted(column)));
    let width = |column: ListColumn, form: Option<Form>| {
        form.map_or(0, |form| cells_of(column, form, room, needs) + 1)
    };
    let used: usize = ListColumn::ALL.into_iter().zip(forms).map(|(column, form)| width(column, form)).sum();
    // No gap behind the last column.
    let mut title = (room + 1).saturating_sub(MARGIN + used);
    for (column, from, to, keeps) in GROWTHS {
        let form = &mut forms[column as usize];
        if !is_wanted(column) || *form != from {
            continue;
        }
        let wanted = width(column, Some(to)) - width(column, from);
        if title < wanted + keeps {
            break;
        }
        title -= wanted;
        *form = Some(to);
    }
    let fitted = |column: ListColumn| {
        let form = forms[column as usize]?;
        let cells = if column == ListColumn::Title { title } else { cells_of(column, form, room, needs) };
        Some(Fitted { column, form, cells })
    };
    let usual: &[ListColumn] = if chosen.is_empty() { &ListColumn::ALL } else { chosen };
    let title = (!usual.contains(&ListColumn::Title)).then_some(ListColumn::Title);
    title.into_iter().chain(usual.iter().copied()).filter_map(fitted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_line_at_every_width() {
        for room in 20..260 {
            for repositories in [false, true] {
                let number = 3 + room % 5;
                let columns = fit(room, Needs { number, repositories, times: room % 2 == 0 }, &[]);
                let cells: usize = columns.iter().map(|fitted| fitted.cells).sum();
                let used = MARGIN + cells + columns.len() - 1;
                assert_eq!(used, room - 1, "{room}: {columns:?}");
                let title = columns.iter().find(|fitted| fitted.column == ListColumn::Title);
                assert!(title.is_some_and(|title| title.cells + number >= 9), "{room}: {columns:?}");
            }
        }
    }

    #[test]
    fn what_gives_way_first_goes_in_its_order_and_the_rest_never() {
        let mut grown = Vec::new();
        for room in 20..260 {
            let columns = fit(room, Needs { number: 4, repositories: true, times: false }, &[]);
            let form =
                |column| columns.iter().find(|fitted| fitted.column == column).map(|fitted| fitted.form);
            for never in [ListColumn::Number, ListColumn::Title, ListColumn::Stages, ListColumn::Risk] {
                assert!(form(never).is_some(), "{room}: {never:?}");
            }
            assert_eq!(form(ListColumn::Next).is_some(), room > 28, "{room}");
            let has_lines = form(ListColumn::Stages) >= Some(Form::Usual);
            let seen = [
                ("lines", has_lines),
                ("repository", form(ListColumn::Repository).is_some()),
                ("word", form(ListColumn::Risk) == Some(Form::Long)),
                ("for", form(ListColumn::For).is_some()),
                ("owner", form(ListColumn::Repository) == Some(Form::Long)),
                ("author", form(ListColumn::Author).is_some()),
            ];
            for (name, _) in seen.iter().filter(|(_, is_seen)| *is_seen) {
                if !grown.contains(name) {
                    grown.push(*name);
                }
            }
            assert!(seen.is_sorted_by_key(|(_, is_seen)| !is_seen), "{room}: {seen:?}");
        }
        assert_eq!(grown, ["lines", "repository", "word", "for", "owner", "author"]);
    }

    #[test]
    fn a_view_chooses_its_columns_and_their_order() {
        let needs = Needs { number: 4, repositories: false, times: false };
        let chosen = [ListColumn::Next, ListColumn::Repository, ListColumn::Title, ListColumn::Age];
        for room in 20..260 {
            let columns = fit(room, needs, &chosen);
            let names: Vec<ListColumn> = columns.iter().map(|fitted| fitted.column).collect();
            let mut order = chosen.iter().filter(|column| names.contains(column));
            assert!(names.iter().all(|name| order.next() == Some(name)), "{room}: {names:?}");
            let cells: usize = columns.iter().map(|fitted| fitted.cells).sum();
            assert_eq!(MARGIN + cells + columns.len() - 1, room - 1, "{room}: {columns:?}");
            assert!(room < 60 || names.len() == 4, "{room}: {names:?}");
        }
        let alone = fit(80, needs, &[ListColumn::Risk]);
        assert_eq!(
            alone.iter().map(|fitted| fitted.column).collect::<Vec<_>>(),
            [ListColumn::Title, ListColumn::Risk]
        );
    }
}
