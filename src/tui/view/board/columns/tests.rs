use super::*;

const NEEDS: Needs = Needs { number: 3, repositories: false, times: false, time: ListColumn::Age };

#[test]
fn the_only_time_is_the_one_that_the_list_is_ordered_by() {
    for room in 52..260 {
        let names = |time, chosen: &[ListColumn]| -> Vec<ListColumn> {
            let fitted = fit(room, Needs { time, ..NEEDS }, chosen);
            fitted.into_iter().map(|fitted| fitted.column).collect()
        };
        let chosen = [ListColumn::Title, ListColumn::Age];
        let usual = names(ListColumn::Age, &[]);
        assert_eq!(usual.contains(&ListColumn::Age), room > 52, "{room}");
        assert!(!usual.contains(&ListColumn::Changed), "{room}");
        for time in [ListColumn::For, ListColumn::Changed] {
            let other = names(time, &[]);
            assert_eq!(other.contains(&time), room > 52, "{room}");
            assert!(
                !other.contains(&ListColumn::Age) || usual.contains(&ListColumn::For),
                "{room}: it is first"
            );
            assert_eq!(
                names(time, &chosen),
                names(ListColumn::Age, &chosen),
                "{room}: the view has no other"
            );
        }
    }
}

#[test]
fn columns_fill_the_line_at_every_width() {
    for room in 20..260 {
        for repositories in [false, true] {
            let number = 3 + room % 5;
            let time = [ListColumn::Age, ListColumn::For, ListColumn::Changed][room % 3];
            let columns = fit(room, Needs { number, repositories, times: room % 2 == 0, time }, &[]);
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
