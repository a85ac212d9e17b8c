//! Going from view to view: each keeps its place, and its tab the number in it.

use flowlens::domain::attention::Sort;
use flowlens::domain::filter::Filter;
use flowlens::domain::view::{Column, Grouping, View};
use flowlens::tui::action::Action;
use flowlens::tui::model::{Configured, Model, Setup};
use flowlens::tui::msg::{Msg, Pointer};
use flowlens::tui::overlay::Overlay;
use flowlens::tui::state_file::{Choice, SavedPlace, SavedState, SavedView};
use flowlens::tui::update::update;

use super::{line, notice, numbers, selected, send};
use crate::support::board::{self, change, key, keys, pass, pull, remove};

/// Before, keys, after.
pub(super) const ACTIONS: &[(Action, &str, &str, &str)] = &[
    (Action::SaveView, "", "v", "overlay save "),
    (Action::SaveView, "4v", "Red<enter>", "overlay , view Red, !save"),
    (Action::SaveView, "v", "mine<enter>", "overlay save mine"),
    (Action::View(1), "2", "1", "rows 29, view Open"),
    (Action::View(1), "", "1", ""),
    (Action::View(2), "", "2", "rows 7, view Mine"),
    (Action::View(3), "", "3", "rows 0, selected none, view To review"),
    (Action::View(4), "", "4", "rows 2, view Failing"),
    (Action::View(5), "", "5", "rows 2, view High risk"),
    (Action::View(6), "", "6", "rows 2, selected #9, view Ended, !detail #9"),
    (Action::View(7), "", "7", ""),
    (Action::View(8), "", "8", ""),
    (Action::View(9), "", "9", ""),
    (Action::View(2), "?", "2", ""),
    (Action::View(2), "/", "2", "filter 2, rows 5, typing 2"),
];

/// The tabs as they are drawn: `1 Open 29 | 2 Mine 7`.
fn tabs(model: &Model) -> String {
    let tabs = model.shown_tabs(usize::from(model.size.0));
    tabs.iter().map(|tab| format!("{}{} {}", tab.key, tab.name, tab.count)).collect::<Vec<_>>().join(" | ")
}

fn shown(model: &Model) -> &str {
    &model.views.view().name
}

#[test]
fn views_go_round_in_both_directions() {
    let mut model = board::model(140, 30);
    let mut seen = Vec::new();
    for _ in 0..6 {
        keys(&mut model, "f");
        seen.push(format!("{} {}", shown(&model), model.list.rows.len()));
    }
    assert_eq!(seen, ["Mine 7", "To review 0", "Failing 2", "High risk 2", "Ended 2", "Open 29"]);
    for name in seen.iter().rev().skip(1) {
        keys(&mut model, "F");
        assert_eq!(format!("{} {}", shown(&model), model.list.rows.len()), *name);
    }
    keys(&mut model, "9");
    assert_eq!((shown(&model), notice(&model)), ("Mine", "No view has the key 9"));
}

#[test]
fn the_tabs_count_what_is_in_their_views() {
    let mut model = board::with(Setup { me: None, ..board::setup(140, 30) });
    let rest = "4 Failing 2 | 5 High risk 2 | 6 Ended 2";
    assert_eq!(
        tabs(&model),
        format!("1 Open 29 | 2 Mine – | 3 To review – | {rest}"),
        "who I am is not known"
    );
    keys(&mut model, "f");
    assert_eq!((model.list.rows.len(), model.list.selected), (0, None));
    send(&mut model, Msg::Me("ANA".to_owned()));
    assert_eq!(tabs(&model), format!("1 Open 29 | 2 Mine 7 | 3 To review 0 | {rest}"));
    assert_eq!(model.list.rows.len(), 7);
    // Neither a repository nor a typed filter changes them: they are about their views.
    keys(&mut model, "1pj/oauth<enter>");
    assert_eq!(model.list.rows.len(), 1);
    assert_eq!(tabs(&model), format!("1 Open 29 | 2 Mine 7 | 3 To review 0 | {rest}"));
    // While the rows hold still, the counts are of this moment.
    change(&mut model, vec![pull(1, 600, "New", "ana", 0)]);
    remove(&mut model, &[key(1, 418)]);
    assert!(tabs(&model).starts_with("1 Open 29 | 2 Mine 8 |"), "{}", tabs(&model));
}

#[test]
fn a_build_of_another_head_and_the_clock_count_too() {
    let view = |text: &str, key| View {
        name: text.to_owned(),
        text: text.to_owned(),
        filter: Filter::parse(text).expect("a filter"),
        key: Some(key),
        ..View::default()
    };
    let views = vec![view("is:waiting", 1), view("age:>2h", 2)];
    let configured = Configured { view: views[0].name.clone(), views, ..Configured::default() };
    let mut model = Model::new(Setup { configured, me: Some("bo".to_owned()), ..board::setup(140, 30) });
    for event in board::start().into_iter().filter(|event| !format!("{event:?}").starts_with("Pulls")) {
        board::tell(&mut model, event);
    }
    let mut fresh = pull(1, 1, "Fresh", "ana", 1)
        .stages(["passed", "pending", "running", "pending"])
        .with(|p| p.reviewers = Some(serde_json::json!(["bo"])))
        .done();
    fresh.head_at = Some(model.now);
    let tell = |model: &mut Model, changed| {
        board::tell(model, flowlens::domain::board::FeedEvent::Pulls { changed, gone: vec![] })
    };
    tell(&mut model, vec![fresh]);
    assert_eq!(tabs(&model), "1 is:waiting 1 | 2 age:>2h 0");
    // Heads of its repository are built, so that its own build is waited for; until nobody expects it any more.
    change(&mut model, vec![pull(1, 2, "Built", "ana", 3).stages(["passed", "passed", "passed", "pending"])]);
    assert_eq!(tabs(&model), "1 is:waiting 0 | 2 age:>2h 1");
    pass(&mut model, 16 * 60);
    assert_eq!(tabs(&model), "1 is:waiting 1 | 2 age:>2h 1");
    pass(&mut model, 45 * 60);
    assert_eq!(tabs(&model), "1 is:waiting 1 | 2 age:>2h 2");
    remove(&mut model, &[key(1, 1)]);
    assert_eq!(tabs(&model), "1 is:waiting 0 | 2 age:>2h 1");
}

#[test]
fn each_view_keeps_its_place_its_order_and_its_filter() {
    let mut model = board::model(140, 24);
    keys(&mut model, "Gkk");
    let (open, at) = (selected(&model), line(&model));
    keys(&mut model, "2jjsss/acme<enter>");
    let (mine, rows) = (model.list.selected.expect("one"), numbers(&model));
    assert_eq!((model.list.sort, model.list.filter_text.as_str()), (Sort::Age.into(), "acme"));
    keys(&mut model, "1");
    assert_eq!((selected(&model), line(&model)), (open, at), "as it was left");
    assert_eq!((model.list.sort, model.list.filter_text.as_str()), (Sort::Attention.into(), ""));
    keys(&mut model, "2");
    assert_eq!((model.list.selected, numbers(&model)), (Some(mine), rows));
    assert_eq!((model.list.sort, model.list.filter_text.as_str()), (Sort::Age.into(), "acme"));
    // What went meanwhile is followed by the first row.
    keys(&mut model, "1");
    remove(&mut model, &[mine]);
    keys(&mut model, "2");
    assert_eq!(model.list.selected, model.list.rows.first().copied());

    // And so does the next run.
    keys(&mut model, "1<ctrl-f>2j");
    pass(&mut model, 2);
    let state = model.state();
    assert_eq!(state.view_choice, Choice::of("Mine".to_owned(), "Open".to_owned()));
    let mut next = board::with(Setup { state: state.clone(), ..board::setup(140, 24) });
    assert_eq!((shown(&next), selected(&next)), ("Mine", selected(&model)));
    assert_eq!((next.list.sort, next.list.filter_text.as_str()), (Sort::Age.into(), "acme"));
    assert_eq!(next.state(), state, "what is remembered again");
    keys(&mut next, "1");
    assert_eq!((selected(&next), next.list.sort), (open, Sort::Attention.into()));
}

#[test]
fn a_click_on_a_tab_chooses_it_also_while_a_filter_is_typed() {
    for (columns, lines) in [(160, 48), (100, 30), (80, 24), (60, 20), (40, 12)] {
        let mut model = board::model(columns, lines);
        keys(&mut model, "/acme");
        for _ in 0..12 {
            let tabs = model.shown_tabs(usize::from(columns));
            let own = tabs.iter().position(|tab| tab.at == model.views.shown()).expect("its own");
            let other = tabs.get(own + 1).or(tabs.first()).expect("a neighbour");
            let x = u16::try_from(other.x + other.cells() - 1).expect("small");
            let before = model.views.shown();
            update(&mut model, Msg::Mouse(Pointer::Click(x + 1, 1)));
            assert_eq!(model.views.shown(), before, "beside it");
            update(&mut model, Msg::Mouse(Pointer::Click(x, 1)));
            assert_eq!((model.views.shown(), model.input.is_some()), (other.at, false), "{columns}x{lines}");
        }
        keys(&mut model, "1");
        assert_eq!(model.list.filter_text, "acme");
    }
}

#[test]
fn a_filter_of_the_command_line_is_held_against_all_in_a_view_of_its_own() {
    let filter = Some(("!zzz".to_owned(), Filter::parse("!zzz").expect("a filter")));
    let state = SavedState {
        view_choice: Choice::of("Failing".to_owned(), "Open".to_owned()),
        filter: "remembered".to_owned(),
        ..SavedState::default()
    };
    let mut model = board::with(Setup { state: state.clone(), filter, ..board::setup(140, 30) });
    assert_eq!((shown(&model), model.set_name()), ("All", "All"));
    assert!(tabs(&model).ends_with("6 Ended 2 | All 31"), "{}", tabs(&model));
    let all = numbers(&model);
    assert!(all.len() == 31 && all.contains(&8), "the ended ones, too: {all:?}");
    assert_eq!(model.state(), state, "nothing of it is remembered");
    keys(&mut model, "f");
    assert_eq!((shown(&model), model.list.filter_text.as_str()), ("Open", ""));
    keys(&mut model, "F");
    assert_eq!((numbers(&model), model.list.filter_text.as_str()), (all, "!zzz"));
    keys(&mut model, "/<ctrl-u>x<enter>4");
    assert_eq!(model.list.filter_text, "remembered");
    let places = model.state().places;
    assert_eq!(model.state(), SavedState { filters: vec!["x".to_owned()], places, ..state });
}

#[test]
fn a_typed_filter_that_names_a_state_is_not_held_back_by_the_view() {
    let mut model = board::model(140, 30);
    keys(&mut model, "/is:merged<enter>");
    assert_eq!((model.set_name(), numbers(&model)), ("All", vec![8]));
    keys(&mut model, "2/is:merged<enter>");
    assert_eq!((model.set_name(), numbers(&model)), ("Mine", vec![]));
    keys(&mut model, "6/is:merged<enter>");
    assert_eq!((model.set_name(), numbers(&model)), ("All", vec![8]));
}

/// What a former version remembered is taken over.
#[test]
fn a_state_file_of_a_former_version_is_read() {
    let set = |chosen: &str, configured: &str| {
        let old = format!(
            r#"{{"selected": ["{}", 415], "filter": "number", "sort_choice": {{"chosen": "age", "configured": "attention"}},
                "quick_choice": {{"chosen": "{chosen}", "configured": "{configured}"}}}}"#,
            board::repo(1).uuid()
        );
        let state: SavedState = serde_json::from_str(&old).expect("a state");
        board::with(Setup { state, ..board::setup(140, 30) })
    };
    for (chosen, configured, view) in [
        ("merged", "open", "Ended"),
        ("waiting on me", "open", "To review"),
        ("failing", "open", "Failing"),
        ("all", "open", "Open"),
        ("failing", "mine", "Open"),
    ] {
        let model = set(chosen, configured);
        assert_eq!(shown(&model), view, "{chosen}");
        // Its place was in that set.
        let is_there = configured == "open";
        assert_eq!(
            (model.list.sort == Sort::Age.into(), model.list.filter_text == "number"),
            (is_there, is_there)
        );
    }
}

#[test]
fn saved_views_come_back_and_unreadable_ones_are_kept() {
    let saved = |name: &str, filter: &str, key| SavedView {
        name: name.to_owned(),
        filter: filter.to_owned(),
        sort: "age".to_owned(),
        group: "author".to_owned(),
        columns: vec!["title".to_owned(), "age".to_owned()],
        key,
    };
    let views = vec![
        saved("Ours", "repo:acme", Some(8)),
        saved("Late", "age:>1d", Some(3)),
        saved("mine", "is:draft", Some(9)),
        saved("Of tomorrow", "is:unheard-of", None),
    ];
    let places =
        vec![SavedPlace { view: "Ours".to_owned(), filter: "api".to_owned(), ..SavedPlace::default() }];
    let state = SavedState { views: views.clone(), places, ..SavedState::default() };
    let mut model = board::with(Setup { state, ..board::setup(140, 30) });
    let tabs = tabs(&model);
    assert!(tabs.starts_with("1 Open 29 | 2 Mine 7 |"), "what is configured wins: {tabs}");
    assert!(tabs.contains("| 7 Late ") && tabs.contains("| 8 Ours "), "{tabs}");
    keys(&mut model, "8");
    assert_eq!(
        (shown(&model), model.list.sort, model.list.filter_text.as_str()),
        ("Ours", Sort::Age.into(), "api")
    );
    let kept: Vec<String> = model.state().views.into_iter().map(|view| view.name).collect();
    assert_eq!(kept, ["Late", "Ours", "Of tomorrow"]);
    assert_eq!(model.state().views.last(), views.last());
}

#[test]
fn what_is_shown_is_saved_as_a_view() {
    let mut model = board::model(140, 30);
    keys(&mut model, "pj<esc>j/age:>1d<enter>sv");
    let (rows, at) = (numbers(&model), selected(&model));
    keys(&mut model, "Old ones<enter>");
    assert_eq!(notice(&model), "Saved as the view Old ones, with the key 7");
    let view = model.views.view().clone();
    assert_eq!((view.name.as_str(), view.text.as_str()), ("Old ones", "is:open repo:acme/api age:>1d"));
    assert_eq!((numbers(&model), selected(&model)), (rows.clone(), at), "the same rows, the same cursor");
    assert_eq!((model.list.filter_text.as_str(), model.list.sort), ("", Sort::Waiting.into()));
    assert!(tabs(&model).ends_with(&format!("7 Old ones {}", rows.len())), "{}", tabs(&model));
    // The view in which it began is as wide as before.
    keys(&mut model, "1");
    assert_eq!(model.list.filter_text, "");
    // Again: it is another one of that name now, with the same key.
    keys(&mut model, "7/!zzz<enter>v<enter>");
    assert_eq!(model.views.view().text, "is:open repo:acme/api age:>1d !zzz");
    assert_eq!(model.views.view().key, Some(7));
    // The next run has it.
    let state = model.state();
    let mut next = board::with(Setup { state: state.clone(), ..board::setup(140, 30) });
    assert_eq!((shown(&next), selected(&next)), ("Old ones", at));
    keys(&mut next, ":forget-view<enter>");
    assert_eq!(shown(&next), "Ended");
    assert_eq!(next.state().views, []);
    assert!(!tabs(&next).contains("Old ones"), "{}", tabs(&next));
    // Its name is one's own, and not too long.
    for (typed, says) in
        [("", "wants a name"), ("OPEN", "of the configuration"), (&"x".repeat(41), "1 to 40 cells")]
    {
        keys(&mut next, &format!("v<ctrl-u>{typed}<enter>"));
        let Some(Overlay::SaveView(save)) = &next.overlay else { panic!("{typed}: it is closed") };
        assert!(save.error.as_ref().is_some_and(|error| error.contains(says)), "{:?}", save.error);
        keys(&mut next, "<esc>");
    }
    assert_eq!(next.state().views, []);
}

#[test]
fn a_typed_state_is_saved_instead_of_the_views_own() {
    let mut model = board::model(140, 30);
    keys(&mut model, "2/is:merged<enter>vMerged<enter>");
    assert_eq!(model.views.view().text, "is:mine is:merged");
}

/// A view that was saved takes the changes with it: the one in which they were made is as it was.
#[test]
fn a_saved_view_leaves_the_view_in_which_it_began_as_it_was() {
    let mut model = board::model(140, 30);
    keys(&mut model, "CJ<enter>s<ctrl-g>/oauth<enter>vOurs<enter>");
    let chosen = model.list.columns.clone();
    assert_eq!((shown(&model), model.list.sort), ("Ours", Sort::Waiting.into()));
    assert_eq!((chosen[0], model.views.view().columns.as_slice()), (Column::Title, chosen.as_slice()));
    keys(&mut model, "1");
    let list = &model.list;
    assert_eq!((list.sort, list.grouping, list.columns.len()), (Sort::Attention.into(), Grouping::None, 0));
    assert_eq!(list.filter_text, "");
}

#[test]
fn columns_are_chosen_for_a_view_and_remembered_with_it() {
    let mut model = board::model(140, 30);
    // To the next action, before the author, and the author away.
    keys(&mut model, "CjjjjjKKj<space>");
    assert_eq!(model.list.columns[3..5], [Column::Next, Column::Stages], "at once");
    keys(&mut model, "<esc>");
    assert!(model.list.columns.is_empty(), "as before");
    keys(&mut model, "CjjjjjKK<enter>2");
    assert!(model.list.columns.is_empty(), "of that view alone");
    let state = model.state();
    let mut next = board::with(Setup { state, ..board::setup(140, 30) });
    keys(&mut next, "1");
    assert_eq!(next.list.columns[3..5], [Column::Next, Column::Author]);
}

#[test]
fn a_forgotten_view_leaves_its_neighbour() {
    let mut model = board::model(140, 30);
    for name in ["one", "two", "three"] {
        keys(&mut model, &format!("1s/{name}<enter>v{name}<enter>"));
    }
    for (key, left) in [("8", "three"), (":forget-view<enter>", "one"), ("", "Ended")] {
        keys(&mut model, key);
        keys(&mut model, if key.starts_with(':') { "" } else { ":forget-view<enter>" });
        assert_eq!(shown(&model), left);
    }
}
