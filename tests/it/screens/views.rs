//! The tabs of the views, and the filters that narrow them.

use flowlens::tui::state_file::{SavedState, SavedView};

use super::*;

#[test]
fn ended_ones_are_over() {
    at("ended", &[(140, 40)], "6");
}

#[test]
fn what_is_shown_can_be_saved() {
    at("save_view", &SIZES, "/risk:high<enter>vRisky");
    at("save_view_refused", MIDDLE, "vmine<enter>");
}

/// A view has its columns, in its order.
#[test]
fn columns_of_a_views_own() {
    let columns = ["next", "author", "title", "risk"].map(str::to_owned).to_vec();
    let views = vec![SavedView {
        name: "Owners".to_owned(),
        columns,
        key: Some(7),
        sort: "age".to_owned(),
        group: "none".to_owned(),
        ..SavedView::default()
    }];
    for (columns, lines) in [(140, 40), (80, 24), (40, 12)] {
        let state = SavedState { views: views.clone(), ..SavedState::default() };
        let mut model = board::with(Setup { state, ..board::setup(columns, lines) });
        keys(&mut model, "7");
        snap(format!("columns_{columns}x{lines}"), draw(&model));
    }
}

/// The header counts what a rule told, and the log has it.
#[test]
fn what_was_told_is_in_the_log() {
    for (columns, lines) in SIZES {
        let mut model = board::model(columns, lines);
        keys(&mut model, "N<enter><esc>");
        for (number, title) in
            [(600, "Merge queue"), (601, "Answer 429 with Retry-After, and count the tries of each")]
        {
            let mine = pull(1, number, title, "ana", -1).stages(["passed", "failed", "", ""]);
            board::change(&mut model, vec![mine]);
            pass(&mut model, 10);
        }
        snap(format!("told_{columns}x{lines}"), draw(&model));
        keys(&mut model, ":log<enter>");
        snap(format!("told_log_{columns}x{lines}"), draw(&model));
    }
}

/// The shown one, its neighbours, and what changed since the reader looked.
#[test]
fn tabs_fit_every_width() {
    for (columns, lines) in [(80, 24), (60, 20), (40, 12)] {
        let mut model = board::model(columns, lines);
        board::change(
            &mut model,
            vec![pull(1, 419, "Renamed", "bo", 390), pull(1, 417, "So is this", "eve", 30)],
        );
        keys(&mut model, "4");
        snap(format!("tabs_{columns}x{lines}"), draw(&model));
    }
}

#[test]
fn filters() {
    at("typing", &SIZES, "/risk:hi");
    at("typing_error", &SIZES, "/rsk:high");
    at("typing_error_long", &SIZES, "/is:sideways");
    at("typing_cut", &SIZES, &format!("/{}", "x".repeat(201)));
    at("palette_cut", MIDDLE, &format!(":{}", "x".repeat(201)));
    at(
        "typing_in_the_middle",
        MIDDLE,
        "/risk:high 認証 is:open<left><left><left><left><left><left><left><left><left>",
    );
    let long = "author:ana reviewer:bo 認証トークンの更新 repo:acme/api base:main";
    at("typing_long", &SIZES, &format!("/{long}"));
    at("typing_long_start", &[(40, 12)], &format!("/{long}<home><right>"));
    at("palette_in_the_middle", &[(40, 12)], ":refresh the whole board at once<left><left><left><left>");
    at("filtered", MIDDLE, "/is:failing<enter>");
    at("filtered_long", &SIZES, ":yesterday<enter>");
    at("completing", &SIZES, "/owner:<tab><tab>");
    at("nothing_matches", &SIZES, "/nothing-like-that<enter>");
    at("marked", MIDDLE, "<space>j<space>");
    at("columns_picked", &SIZES, "CjjjjjKK");
    at("be_told", &SIZES, "2Njj<space>");
    at("be_told_off", MIDDLE, "2N");
    at("by_waiting", &[(60, 20), (80, 24)], "sj");
    at("by_changed", MIDDLE, "ss");
}
