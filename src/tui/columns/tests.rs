use super::*;

const NEEDS: Needs =
    Needs { number: 3, repositories: false, names: (13, 20), times: false, time: Column::Age };

#[test]
fn the_only_time_is_the_one_that_the_list_is_ordered_by() {
    for room in 52..260 {
        let names = |time, chosen: &[Column]| -> Vec<Column> {
            let fitted = fit(room, Needs { time, ..NEEDS }, chosen);
            fitted.into_iter().map(|fitted| fitted.column).collect()
        };
        let chosen = [Column::Title, Column::Age];
        let usual = names(Column::Age, &[]);
        assert_eq!(usual.contains(&Column::Age), room > 64, "{room}");
        assert!(!usual.contains(&Column::Changed), "{room}");
        for time in [Column::For, Column::Changed] {
            let other = names(time, &[]);
            assert_eq!(other.contains(&time), room > 52, "{room}");
            assert!(!other.contains(&Column::Age) || usual.contains(&Column::For), "{room}: it is first");
            assert_eq!(names(time, &chosen), names(Column::Age, &chosen), "{room}: the view has no other");
        }
    }
}

#[test]
fn columns_fill_the_line_at_every_width() {
    for room in 20..260 {
        for repositories in [false, true] {
            let number = 3 + room % 5;
            let time = [Column::Age, Column::For, Column::Changed][room % 3];
            let columns = fit(
                room,
                Needs { number, repositories, names: (room % 17, room % 17 + 7), times: room % 2 == 0, time },
                &[],
            );
            let cells: usize = columns.iter().map(|fitted| fitted.cells).sum();
            let used = MARGIN + cells + columns.len() - 1;
            assert_eq!(used, room - 1, "{room}: {columns:?}");
            let title = columns.iter().find(|fitted| fitted.column == Column::Title);
            assert!(title.is_some_and(|title| title.cells + number >= 9), "{room}: {columns:?}");
        }
    }
}

#[test]
fn a_list_with_the_cells_that_it_needs_tells_who_must_act_and_how_long_that_waits() {
    for times in [false, true] {
        let needs = Needs { number: 5, repositories: true, times, ..NEEDS };
        for chosen in [&[][..], &[Column::Title, Column::Next, Column::For, Column::Repository]] {
            let names = |room| -> Vec<Column> {
                fit(room, needs, chosen).into_iter().map(|fitted| fitted.column).collect()
            };
            let wanted = if chosen.is_empty() { usual(Column::Age) } else { chosen.to_vec() };
            let wanted: Vec<Column> = wanted.into_iter().filter(|one| *one != Column::Author).collect();
            assert_eq!(names(needed(needs, chosen)), wanted, "{times}");
        }
        let lacks = |room| fit(room, needs, &[]).iter().all(|fitted| fitted.column != Column::For);
        assert!(lacks(needed(needs, &[]) - 1), "no more than that");
    }
}

#[test]
fn what_gives_way_first_goes_in_its_order_and_the_rest_never() {
    let mut grown = Vec::new();
    for room in 20..260 {
        let columns = fit(room, Needs { number: 4, repositories: true, ..NEEDS }, &[]);
        let form = |column| columns.iter().find(|fitted| fitted.column == column).map(|fitted| fitted.form);
        for never in [Column::Number, Column::Title, Column::Stages, Column::Risk] {
            assert!(form(never).is_some(), "{room}: {never:?}");
        }
        assert_eq!(form(Column::Next).is_some(), room > 28, "{room}");
        let has_lines = form(Column::Stages) >= Some(Form::Usual);
        let seen = [
            ("lines", has_lines),
            ("repository", form(Column::Repository).is_some()),
            ("word", form(Column::Risk) == Some(Form::Long)),
            ("for", form(Column::For).is_some()),
            ("owner", form(Column::Repository) == Some(Form::Long)),
            ("author", form(Column::Author).is_some()),
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
    let chosen = [Column::Next, Column::Repository, Column::Title, Column::Age];
    for room in 20..260 {
        let columns = fit(room, needs, &chosen);
        let names: Vec<Column> = columns.iter().map(|fitted| fitted.column).collect();
        let mut order = chosen.iter().filter(|column| names.contains(column));
        assert!(names.iter().all(|name| order.next() == Some(name)), "{room}: {names:?}");
        let cells: usize = columns.iter().map(|fitted| fitted.cells).sum();
        assert_eq!(MARGIN + cells + columns.len() - 1, room - 1, "{room}: {columns:?}");
        assert!(room < 60 || names.len() == 4, "{room}: {names:?}");
    }
    let has = |room: usize, chosen: &[Column], column: Column| {
        fit(room, Needs { repositories: true, ..needs }, chosen).iter().any(|fitted| fitted.column == column)
    };
    let all = Column::ALL;
    for default in [Column::Repository, Column::For] {
        let fewer: Vec<Column> = all.into_iter().filter(|column| *column != default).collect();
        let takes_none = |room| has(room, &all, Column::Changed) == has(room, &fewer, Column::Changed);
        assert!((52..260).all(takes_none), "{default:?} takes the place of what changed");
    }
    assert!(has(80, &all, Column::Changed));
    let alone = fit(80, needs, &[Column::Risk]);
    assert_eq!(alone.iter().map(|fitted| fitted.column).collect::<Vec<_>>(), [Column::Title, Column::Risk]);
}

#[test]
fn the_order_of_the_columns_does_not_change_which_of_them_fit() {
    let usual = usual(Column::Age);
    let few = [Column::Author, Column::Number, Column::Title, Column::Age, Column::For];
    for (room, repositories) in (20..260).zip([true, false].into_iter().cycle()) {
        let needs = Needs { number: 4, repositories, ..NEEDS };
        let cells = |chosen: &[Column]| {
            let mut cells: Vec<_> =
                fit(room, needs, chosen).iter().map(|one| (one.column as usize, one.cells)).collect();
            cells.sort_unstable();
            cells
        };
        for (chosen, same) in [(&usual[..], &[][..]), (&few, &few)] {
            for turn in 1..chosen.len() {
                let moved = [&chosen[turn..], &chosen[..turn]].concat();
                assert_eq!(cells(&moved), cells(same), "{room}: {moved:?}");
            }
        }
    }
}
