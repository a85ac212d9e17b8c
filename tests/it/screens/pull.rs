//! A pull request's own screen.

use flowlens::domain::{
    check::Detail,
    hub::{CheckTold, ChecksTold, HubNews, QueueTold, Queued},
    ids::Sha,
};
use flowlens::tui::model::Model;
use flowlens::tui::{msg::Msg, theme::Theme, update::update};

use super::{draw, draw_with, snap};
use crate::support::board::{self, change, key, keys, pull, remove};

const SIZES: [(u16, u16); 5] = [(160, 48), (100, 30), (80, 24), (60, 20), (40, 12)];

/// The screen of `acme/api#421` after some keys; its files have come.
fn at((columns, lines): (u16, u16), pressed: &str) -> Model {
    let mut model = board::model(columns, lines);
    update(&mut model, Msg::Detail(key(1, 421), Ok(board::room())));
    keys(&mut model, "<enter>");
    update(&mut model, Msg::Usual(board::repo(1), Ok(board::usual())));
    for event in board::events(pressed) {
        board::press(&mut model, &event);
        update(&mut model, Msg::Files(key(1, 421), None, Ok(board::files())));
    }
    model
}

fn each(name: &str, sizes: &[(u16, u16)], pressed: &str) {
    for size in sizes {
        snap(format!("pull_{name}_{}x{}", size.0, size.1), draw(&at(*size, pressed)));
    }
}

#[test]
fn a_pull_requests_tabs() {
    each("checks", &SIZES, "");
    each("files", &SIZES, "2");
    each("reviews", &SIZES, "3");
    each("insight", &SIZES, "4j");
}

#[test]
fn a_pull_requests_checks() {
    each("checks_running", &[(160, 48), (80, 24)], "jjjj");
    each("checks_end", &[(100, 30), (40, 12)], "G");
    let mut model = at((80, 24), "");
    let ascii = Theme { color: true, ascii: true, wide_glyphs: false };
    snap("pull_checks_ascii_80x24", draw_with(&model, ascii));
    update(&mut model, Msg::Detail(key(1, 421), Ok(Detail::default())));
    snap("pull_checks_none_80x24", draw(&model));
    update(&mut model, Msg::Detail(key(1, 421), Err("no answer in time: checks".to_owned())));
    snap("pull_checks_failed_80x24", draw(&model));
    let mut model = at((80, 24), "");
    update(&mut model, Msg::Usual(board::repo(1), Err("no answer in time: usual times".to_owned())));
    keys(&mut model, "]");
    snap("pull_checks_reading_80x24", draw(&model));
}

#[test]
fn a_pull_request_that_changes_under_the_reader() {
    let mut model = at((80, 24), "2");
    let pushed = pull(1, 421, "Another title", "ana", 49).with(|p| p.commit_sha = Some("fff0421".to_owned()));
    change(&mut model, vec![pushed]);
    snap("pull_files_older_80x24", draw(&model));
    remove(&mut model, &[key(1, 421)]);
    snap("pull_gone_80x24", draw(&model));
    let mut model = at((80, 24), "2/value_4");
    snap("pull_files_search_80x24", draw(&model));
    keys(&mut model, "<esc><esc>");
    snap("pull_left_80x24", draw(&model));
}

/// What GitHub alone tells: which checks are required, and the merge queue.
#[test]
fn a_pull_request_as_github_tells_more_of_it() {
    let mut model = at((80, 24), "");
    let run = model.check().and_then(|check| check.run);
    let told = CheckTold {
        id: run,
        name: "e2e (chromium)".to_owned(),
        workflow: Some("Acceptance".to_owned()),
        run: Some(7),
        is_required: true,
        title: None,
        annotations: 3,
        url: None,
    };
    let told =
        ChecksTold { head: Sha::parse("abc0421def").expect("a commit"), checks: vec![told], has_more: false };
    update(&mut model, Msg::Hub(HubNews::Checks(key(1, 421), Ok(told))));
    snap("pull_checks_required_80x24", draw(&model));
    let one = |number, author: &str| Queued {
        number,
        title: "A title".to_owned(),
        author: Some(author.to_owned()),
    };
    let queue = QueueTold::In {
        position: 3,
        state: "AWAITING_CHECKS".to_owned(),
        seconds: Some(745),
        by: None,
        at: None,
        ahead: vec![one(410, "bo"), one(412, "cy")],
        length: 5,
    };
    for (columns, lines, pressed) in [(100, 30, ":#416<enter>"), (80, 24, ":#416<enter><enter>3")] {
        let mut model = board::model(columns, lines);
        keys(&mut model, pressed);
        update(&mut model, Msg::Detail(key(1, 416), Ok(Detail::default())));
        update(&mut model, Msg::Hub(HubNews::Queue(key(1, 416), Ok(queue.clone()))));
        snap(format!("pull_queue_{columns}x{lines}"), draw(&model));
    }
}
