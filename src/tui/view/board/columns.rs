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
    /// The list is ordered by the time that the next action has been due: where only one time fits, it is that one.
    pub(super) by_waiting: bool,
}

/// Cells of the gutter and the mark.
const MARGIN: usize = 2;
/// Fewest cells of a title beside columns that are no need.
const LEAST_TITLE: usize = 20;
/// Cells below which ages go, and stages stand without lines.
const NARROW: usize = 52;

/// Which column grows first, from one form to the next; the number is the cells that the title must keep. As it gets
/// narrower, the last one gives way first. Number, title, stages, who must act and the risk's glyph never go.
const GROWTHS: [(ListColumn, Option<Form>, Form, usize); 9] = [
    (ListColumn::Repository, None, Form::Short, LEAST_TITLE),
    (ListColumn::Risk, Some(Form::Short), Form::Long, 26),
    (ListColumn::For, None, Form::Usual, 26),
    // Only where it is not there from the start.
    (ListColumn::Age, None, Form::Usual, 26),
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
        ListColumn::For if needs.by_waiting && !is_narrow => Some(Form::Usual),
        ListColumn::Repository | ListColumn::Author | ListColumn::For => None,
        ListColumn::Stages => Some(if is_narrow { Form::Short } else { Form::Usual }),
        ListColumn::Next if acting(room) == 0 => None,
        ListColumn::Next | ListColumn::Risk => Some(Form::Short),
        ListColumn::Age if is_narrow || needs.by_waiting => None,
        ListColumn::Age => Some(age_form(needs)),
    }
}

const fn age_form(needs: Needs) -> Form {
    if needs.times { Form::Long } else { Form::Usual }
}

/// Cells of who must act, with an arrow before the reader's own: verb and owner, then the owner alone. The smallest
/// screens have room for the title only.
const fn acting(room: usize) -> usize {
    match room {
        ..28 => 0,
        28..35 => 6,
        35..60 => 12,
        // `review someone`
        _ => 15,
    }
}

/// The columns that fit into so many cells, from left to right: of those that the view has chosen, else of all.
pub(super) fn fit(room: usize, needs: Needs, chosen: &[ListColumn]) -> Vec<Fitted> {
    let is_wanted = |column: ListColumn| match column {
        ListColumn::Title => true,
        ListColumn::Repository if chosen.is_empty() => needs.repositories,
        _ => chosen.is_empty() || chosen.contains(&column),
    };
    let needs = Needs { by_waiting: needs.by_waiting && is_wanted(ListColumn::For), ..needs };
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
    // Whoever chooses columns wants each of them before more of any.
    let (first, rest): (Vec<_>, Vec<_>) =
        GROWTHS.into_iter().partition(|(_, from, ..)| from.is_none() && !chosen.is_empty());
    let first = first.into_iter().map(|(column, from, to, _)| (column, from, to, LEAST_TITLE));
    for (column, from, to, keeps) in first.chain(rest) {
        let form = &mut forms[column as usize];
        // Ages do not come to narrow lists.
        if !is_wanted(column) || *form != from || (column == ListColumn::Age && room < NARROW) {
            continue;
        }
        let to = if column == ListColumn::Age { age_form(needs) } else { to };
        let wanted = width(column, Some(to)) - width(column, from);
        match (title < wanted + keeps, chosen.is_empty()) {
            (true, true) => break,
            (true, false) => continue,
            (false, _) => {}
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

    const NEEDS: Needs = Needs { number: 3, repositories: false, times: false, by_waiting: false };

    #[test]
    fn the_only_time_is_the_one_that_the_list_is_ordered_by() {
        for room in 52..260 {
            let names = |by_waiting, chosen: &[ListColumn]| -> Vec<ListColumn> {
                let fitted = fit(room, Needs { by_waiting, ..NEEDS }, chosen);
                fitted.into_iter().map(|fitted| fitted.column).collect()
            };
            let (usual, waiting) = (names(false, &[]), names(true, &[]));
            let has = |names: &[ListColumn], column| names.contains(&column);
            assert_eq!(has(&usual, ListColumn::For), has(&waiting, ListColumn::Age), "{room}");
            assert_eq!(
                (room > 52, room > 52),
                (has(&usual, ListColumn::Age), has(&waiting, ListColumn::For))
            );
            let chosen = [ListColumn::Title, ListColumn::Age];
            assert_eq!(names(true, &chosen), names(false, &chosen), "{room}: the view has no other time");
        }
    }

    #[test]
    fn columns_fill_the_line_at_every_width() {
        for room in 20..260 {
            for repositories in [false, true] {
                let number = 3 + room % 5;
                let (times, by_waiting) = (room % 2 == 0, room % 3 == 0);
                let columns = fit(room, Needs { number, repositories, times, by_waiting }, &[]);
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
            let columns = fit(room, Needs { number: 4, repositories: true, ..NEEDS }, &[]);
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
        let needs = Needs { number: 4, ..NEEDS };
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
