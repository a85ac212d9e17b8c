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
        assert_eq!((room > 52, room > 52), (has(&usual, ListColumn::Age), has(&waiting, ListColumn::For)));
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
        let form = |column| columns.iter().find(|fitted| fitted.column == column).map(|fitted| fitted.form);
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
