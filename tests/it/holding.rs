//! The reader's place and what waits: through the first read, beside a filter that is typed, and while only time goes by.

mod opening;

use chrono::TimeDelta;
use flowlens::domain::{
    attention::{Order, Sort},
    board::FeedEvent,
    repository::Repository,
    source::Cause,
    view::View,
};
use flowlens::tui::{
    effect::{Effect, ServiceCall},
    geometry::Pane,
    keymap::Keymap,
    model::{Configured, Model, Setup, Waiting},
    msg::Msg,
    overlay::{Offer, Overlay},
    state_file::SavedState,
    theme::Theme,
    update::update,
    view,
};

use crate::support::board::{self, change, key, keys, noon, pass, poll_at, pull, remove, repo, tell};
use crate::support::screen;

fn selected(model: &Model) -> i32 {
    model.list.selected.map_or(0, |key| key.number.get())
}

fn numbers(model: &Model) -> Vec<i32> {
    model.list.rows.iter().map(|key| key.number.get()).collect()
}

fn notice(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |notice| notice.text.as_str())
}

fn details(effects: &[Effect]) -> Vec<i32> {
    let of = |effect: &Effect| match effect {
        Effect::Service(ServiceCall::Detail(key, _)) => Some(key.number.get()),
        _ => None,
    };
    effects.iter().filter_map(of).collect()
}

/// The dashboard of a start whose pages are these pull requests of `acme/api`, each with a page of its own, the later
/// ones above the earlier ones. `meanwhile` is pressed after the first page.
fn read(setup: Setup, pages: &[i32], meanwhile: &str) -> Model {
    let mut model = Model::new(setup);
    tell(&mut model, FeedEvent::Connected(board::source()));
    tell(&mut model, FeedEvent::Repositories(board::repositories()));
    for (n, number) in pages.iter().enumerate() {
        change(&mut model, vec![pull(1, *number, "One of them", "bo", 10)]);
        if n == 0 {
            keys(&mut model, meanwhile);
        }
    }
    tell(&mut model, FeedEvent::Loaded { limited: false, replaced: false });
    tell(&mut model, FeedEvent::Polled(poll_at(noon(), noon())));
    model
}

#[test]
fn a_selection_on_the_first_row_of_a_page_outlives_the_pages_above_it() {
    let saved =
        |number: i32| SavedState { selected: Some((repo(1).uuid(), number)), ..SavedState::default() };
    for (what, state, meanwhile, want) in [
        ("nobody chose it", SavedState::default(), "", 9),
        ("the last run did", saved(5), "", 5),
        ("the reader moved onto it", SavedState::default(), "k", 5),
        ("the reader went there and back", SavedState::default(), "jk", 5),
        ("it is gone", saved(1), "", 9),
        ("the filter hides it", SavedState { filter: "!5".to_owned(), ..saved(5) }, "", 9),
    ] {
        let setup = Setup { state, ..board::setup(140, 30) };
        let model = read(setup, &[5, 7, 9], meanwhile);
        assert_eq!(selected(&model), want, "{what}: {:?}", numbers(&model));
        assert_eq!(model.state().selected, Some((repo(1).uuid(), want)), "{what}");
    }
    // A list that was emptied fills as on the first day.
    let mut model = read(board::setup(140, 30), &[5], "k");
    remove(&mut model, &[key(1, 5)]);
    for number in [6, 8] {
        change(&mut model, vec![pull(1, number, "New", "bo", 10)]);
    }
    assert_eq!(selected(&model), 8);
}

#[test]
fn a_row_that_is_not_there_yet_is_not_marked() {
    let state = SavedState { selected: Some((repo(1).uuid(), 9)), ..SavedState::default() };
    let mut model = Model::new(Setup { state, ..board::setup(140, 30) });
    change(&mut model, vec![pull(1, 5, "First page", "bo", 10)]);
    keys(&mut model, "<space>");
    assert_eq!((selected(&model), model.list.marked.len()), (9, 0));
}

#[test]
fn a_poll_that_fails_midway_leaves_the_rows_that_came_where_they_are() {
    let mut model = read(board::setup(140, 30), &[], "");
    change(&mut model, vec![pull(1, 5, "First page", "bo", 10)]);
    tell(&mut model, board::outage(Cause::Lost, 2));
    change(&mut model, vec![pull(1, 7, "The next try", "bo", 10)]);
    assert_eq!((numbers(&model), model.list.waiting.new), (vec![5], 1));
}

#[test]
fn esc_brings_back_the_filter_and_the_place() {
    for (size, typed) in
        [((140, 24), "/zzz"), ((140, 24), "/oau"), ((80, 24), "/is:merged"), ((50, 12), "/zzz")]
    {
        let mut model = board::model(size.0, size.1);
        keys(&mut model, "GGkkk");
        let before = (model.list.selected, model.list.top, model.list.rows.clone());
        assert!(before.1 > 0, "the window has moved");
        keys(&mut model, typed);
        assert_ne!(model.list.selected, before.0, "{typed}");
        let effects = keys(&mut model, "<esc>");
        assert_eq!(
            (model.list.selected, model.list.top, model.list.rows.clone()),
            before,
            "{size:?} {typed}"
        );
        assert_eq!(details(&effects), [selected(&model)], "{size:?} {typed}");
    }
    // It may be gone by then.
    let mut model = board::model(140, 30);
    keys(&mut model, "jj/oau");
    remove(&mut model, &[key(1, 418)]);
    keys(&mut model, "<esc>");
    assert_eq!(model.list.selected, model.list.rows.first().copied());
}

#[test]
fn the_cursor_of_the_repositories_stays_in_its_window() {
    let many = |count: u128| -> FeedEvent {
        let named = |n: u128| Repository {
            id: repo(n),
            full_name: format!("acme/r{n:02}"),
            ..board::repositories().remove(0)
        };
        FeedEvent::Repositories((1..=count).map(named).collect())
    };
    let in_sight = |model: &Model| {
        let at =
            model.repos.rows.iter().position(|id| Some(*id) == model.repos.selected).map_or(0, |at| at + 1);
        let rows = model.areas().rows_of(Pane::Repos);
        assert!(
            (model.repos.top..model.repos.top + rows).contains(&at),
            "{at} in {}+{rows}",
            model.repos.top
        );
        at
    };
    let mut model = board::model(140, 24);
    tell(&mut model, many(40));
    keys(&mut model, ":acme/r30<enter>");
    assert_eq!(in_sight(&model), 30);
    tell(&mut model, many(29));
    assert_eq!((model.repos.selected, in_sight(&model)), (None, 0), "it is deleted");
}

#[test]
fn details_that_failed_alone_are_read_again_by_a_key() {
    let mut model = board::model(140, 30);
    update(&mut model, Msg::Detail(key(1, 421), Err("no answer in time".to_owned())));
    assert_eq!(details(&keys(&mut model, "r")), [421]);
    assert_eq!(details(&keys(&mut model, "R")), [421]);
    // Those that are here are read again with everything else.
    update(&mut model, Msg::Detail(key(1, 421), Ok(board::detail())));
    assert_eq!(details(&keys(&mut model, "r")), [0; 0]);
    assert_eq!(details(&keys(&mut model, "R")), [421]);
    assert!(model.detail().is_some(), "and shown until then");
}

#[test]
fn time_alone_changes_the_rows_that_depend_on_it() {
    // In half an hour it is older than two days; filters go by whole minutes, as drawn ages do.
    let nearly = |model: &mut Model| {
        let row = pull(1, 600, "Nearly two days", "bo", 47).with(|p| {
            p.created_at = p.created_at.map(|at| at - TimeDelta::minutes(30) - TimeDelta::seconds(1));
        });
        change(model, vec![row]);
    };
    let mut model = board::model(140, 30);
    nearly(&mut model);
    keys(&mut model, "/age:>2d<enter>");
    assert!(!numbers(&model).contains(&600));
    pass(&mut model, 29 * 60);
    assert!(!numbers(&model).contains(&600));
    // Somebody is there: it waits. A minute later nobody is.
    pass(&mut model, 50);
    keys(&mut model, "t");
    pass(&mut model, 20);
    assert_eq!(model.list.waiting, Waiting { new: 1, left: 0, moved: false });
    pass(&mut model, 60);
    assert!(numbers(&model).contains(&600));
    // The wait weighs by the risk: one overtakes the other. Another order has nothing to do with the clock.
    for (sort, want) in [("attention", vec![701, 700]), ("number", vec![701, 700]), ("age", vec![700, 701])] {
        let mut model = read(
            Setup {
                configured: Configured {
                    views: View::built_in(Order::parse(sort).expect("a sort")),
                    ..Configured::default()
                },
                ..board::setup(140, 30)
            },
            &[],
            "",
        );
        let waits = |number, hours, level| {
            pull(1, number, "Waits", "bo", hours)
                .stages(["passed", "passed", "pending", "pending"])
                .insight(level, Some(true))
        };
        change(&mut model, vec![waits(700, 30, "low"), waits(701, 16, "medium")]);
        tell(&mut model, FeedEvent::Polled(poll_at(noon(), noon())));
        if sort == "attention" {
            assert_eq!(numbers(&model), [701, 700]);
            change(&mut model, vec![waits(700, 40, "low")]);
            keys(&mut model, "r");
            assert_eq!(numbers(&model), [700, 701]);
        }
        // 16 h and 8 h more, twice, are more than 40 h and 8 h more.
        pass(&mut model, 9 * 3_600);
        assert_eq!(numbers(&model), want, "{sort}");
    }
}

#[test]
fn a_renamed_repository_is_filtered_by_its_new_name() {
    let mut model = board::model(140, 30);
    keys(&mut model, "/repo:core<enter>");
    assert_eq!(numbers(&model).len(), 0);
    let renamed = |mut repositories: Vec<Repository>| {
        repositories[0].full_name = "acme/core".to_owned();
        FeedEvent::Repositories(repositories)
    };
    tell(&mut model, renamed(board::repositories()));
    assert_eq!(numbers(&model).len(), 7);
}

#[test]
fn a_second_answer_about_the_files_throws_nobody_back() {
    let mut model = board::model(140, 30);
    keys(&mut model, "d<esc>d");
    let files = || Msg::Files(key(1, 421), None, Ok(board::files()));
    update(&mut model, files());
    keys(&mut model, "jg<ctrl-d>");
    let at = |model: &Model| match &model.overlay {
        Some(Overlay::Files(view)) => (view.cursor, view.scroll.row),
        other => panic!("no files: {other:?}"),
    };
    let before = at(&model);
    assert_ne!(before, (0, 0));
    update(&mut model, files());
    assert_eq!(at(&model), before);
    // After a failure the next answer counts.
    keys(&mut model, "<esc>d");
    update(&mut model, Msg::Files(key(1, 421), None, Err("no answer in time".to_owned())));
    update(&mut model, files());
    assert!(matches!(&model.overlay, Some(Overlay::Files(view)) if matches!(view.files, Some(Ok(_)))));
}

#[test]
fn the_need_of_a_login_is_said_once_the_filter_is_accepted() {
    let mut model = board::with(Setup { me: None, ..board::setup(140, 30) });
    keys(&mut model, "/is:mine");
    assert_eq!(notice(&model), "");
    keys(&mut model, "<enter>");
    assert!(notice(&model).contains("FLOWLENS_ME"), "{}", notice(&model));
}

#[test]
fn the_way_back_through_the_panes_is_the_way_forth() {
    for size in [(140, 30), (60, 14), (50, 40)] {
        let mut model = board::model(size.0, size.1);
        let mut seen = vec![model.focus];
        for _ in 0..5 {
            keys(&mut model, "<tab>");
            seen.push(model.focus);
        }
        while let Some(pane) = seen.pop() {
            assert_eq!(model.focus, pane, "{size:?}");
            keys(&mut model, "<backtab>");
        }
    }
}

#[test]
fn the_palette_runs_the_marked_offer_whatever_comes_above_it() {
    let mut model = board::model(140, 30);
    keys(&mut model, ":acme<down><down>");
    let chosen = |model: &Model| match &model.overlay {
        Some(Overlay::Palette(palette)) => palette.chosen,
        other => panic!("no palette: {other:?}"),
    };
    let Some(Offer::Repository(marked)) = chosen(&model) else { panic!("{:?}", chosen(&model)) };
    let new = |n, name: &str| Repository {
        id: repo(n),
        full_name: name.to_owned(),
        ..board::repositories().remove(0)
    };
    let mut all = board::repositories();
    all.splice(0..0, [new(90, "acme/aaa"), new(91, "acme/aab")]);
    tell(&mut model, FeedEvent::Repositories(all));
    keys(&mut model, "<enter>");
    assert_eq!(model.repos.selected, Some(marked));
}

#[test]
fn at_every_size_the_screen_shows_which_pane_has_the_focus() {
    let drawn = |model: &Model| {
        let theme = Theme { color: false, ascii: false, wide_glyphs: false };
        screen::draw(model.size.0, model.size.1, |frame| view::draw(model, &Keymap::default(), &theme, frame))
    };
    for size in [(140, 40), (119, 30), (80, 20), (60, 14), (50, 40)] {
        let mut seen = Vec::new();
        for pressed in ["", "l", "ll", "h"] {
            let mut model = board::model(size.0, size.1);
            keys(&mut model, pressed);
            seen.push(drawn(&model));
        }
        for (n, one) in seen.iter().enumerate() {
            assert!(!seen[..n].contains(one), "{size:?}: two panes look the same\n{one}");
        }
    }
}

#[test]
fn an_action_of_ones_own_is_marked_without_colour() {
    for (me, theme, arrow) in [
        ("ana", Theme { color: false, ascii: false, wide_glyphs: false }, Some("→fix @ana")),
        ("ana", Theme { color: false, ascii: true, wide_glyphs: false }, Some(">fix @ana")),
        ("nobody", Theme { color: false, ascii: false, wide_glyphs: false }, None),
    ] {
        let model = board::with(Setup { me: Some(me.to_owned()), ..board::setup(140, 40) });
        let text = screen::draw(140, 40, |frame| view::draw(&model, &Keymap::default(), &theme, frame));
        let row = text.lines().find(|line| line.contains(" 421 ")).expect("its row");
        let others = text.lines().find(|line| line.contains(" 419 ")).expect("bo's row");
        assert!(row.contains(arrow.unwrap_or(" fix @ana")), "{row}");
        assert!(others.contains(" rebase @bo"), "{others}");
    }
}

#[test]
fn a_choice_is_remembered_until_the_configuration_changes() {
    let configured = |sort: Order, view: &str, absolute_times| Configured {
        views: View::built_in(sort),
        view: view.to_owned(),
        absolute_times,
    };
    let start = |state: &SavedState, configured| {
        board::with(Setup { configured, state: state.clone(), ..board::setup(140, 30) })
    };
    let shown = |model: &Model| (model.list.sort, model.views.view().name.clone(), model.absolute_times);
    let want = |sort: Order, view: &str, times| (sort, view.to_owned(), times);
    let first = configured(Sort::Age.into(), "Ended", true);
    let mut model = start(&SavedState::default(), first.clone());
    assert_eq!(shown(&model), want(Sort::Age.into(), "Ended", true));
    // Nothing was chosen: a changed configuration is the start.
    let other = configured(Sort::Risk.into(), "Mine", false);
    assert_eq!(shown(&start(&model.state(), other.clone())), want(Sort::Risk.into(), "Mine", false));
    keys(&mut model, "fst");
    let chosen = shown(&model);
    assert_eq!(chosen, want(Sort::Risk.into(), "Open", false));
    let state = model.state();
    assert_eq!(shown(&start(&state, first.clone())), chosen);
    // Each by itself: what is configured anew wins, the others stay as they were chosen.
    let by_number = configured(Sort::Number.into(), "Ended", true);
    assert_eq!(shown(&start(&state, by_number)), want(Sort::Number.into(), "Open", false));
    let mine_first = configured(Sort::Age.into(), "Mine", true);
    assert_eq!(shown(&start(&state, mine_first)), want(Sort::Age.into(), "Mine", false));
    let back = start(&start(&state, other).state(), first);
    assert_eq!(shown(&back), want(Sort::Age.into(), "Ended", true), "an older choice does not come back");
}
