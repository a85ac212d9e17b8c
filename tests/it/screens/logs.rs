//! The log of a job.

use flowlens::{
    domain::{
        check::CheckOutcome,
        hub::HubNews,
        log::{Job, LogNews, Withheld},
    },
    tui::{model::Model, msg::Msg, theme::Theme, update::update},
};

use super::{draw, draw_with, snap};
use crate::support::board::{
    self, answer, check_of, gate, job, keys, log_ask, open_log, tell_check, tell_log,
};

fn tell(model: &mut Model, news: LogNews) {
    update(model, Msg::Hub(HubNews::Log(log_ask(), news)));
}

/// A log after some keys.
fn at(name: &str, sizes: &[(u16, u16)], pressed: &str) {
    for (columns, lines) in sizes {
        let mut model = board::model(*columns, *lines);
        open_log(&mut model);
        tell_log(&mut model);
        keys(&mut model, pressed);
        snap(format!("{name}_{columns}x{lines}"), draw(&model));
    }
}

#[test]
fn it_opens_at_the_first_error() {
    at("log", &[(160, 48), (100, 30), (80, 24), (40, 12)], "");
}

#[test]
fn it_folds_and_tells_its_times() {
    at("log_folded", &[(100, 30)], "Z");
    at("log_open", &[(80, 24)], "ZZgjjt");
    at("log_search", &[(80, 24), (40, 12)], "/SESSION");
    at("log_wrapped", &[(80, 24)], "w");
    at("log_cut", &[(40, 12)], "w");
}

#[test]
fn a_newer_attempt_stands_above_it() {
    for (columns, lines) in [(100, 30), (60, 20), (40, 12)] {
        let mut model = board::model(columns, lines);
        open_log(&mut model);
        tell_log(&mut model);
        tell_check(&mut model, check_of(23, 3, CheckOutcome::Running));
        snap(format!("log_newer_{columns}x{lines}"), draw(&model));
    }
}

#[test]
fn the_menu_of_actions_stands_over_it() {
    for (columns, lines) in [(100, 30), (60, 20)] {
        let mut model = board::model(columns, lines);
        open_log(&mut model);
        tell_log(&mut model);
        keys(&mut model, "a");
        answer(&mut model, 421, gate());
        snap(format!("log_menu_{columns}x{lines}"), draw(&model));
        keys(&mut model, "fy");
        snap(format!("log_acts_{columns}x{lines}"), draw(&model));
    }
}

#[test]
fn it_works_without_colours_and_in_ascii() {
    let mut model = board::model(80, 24);
    open_log(&mut model);
    tell_log(&mut model);
    snap("log_ascii_80x24", draw_with(&model, Theme { color: false, ascii: true, wide_glyphs: false }));
}

#[test]
fn it_says_why_there_is_nothing() {
    let mut model = board::model(80, 24);
    open_log(&mut model);
    snap("log_asking_80x24", draw(&model));
    tell(&mut model, LogNews::Job(Box::new(job())));
    tell(&mut model, LogNews::Reading(12_300_000));
    snap("log_reading_80x24", draw(&model));
    let running = Job { status: "in_progress".to_owned(), conclusion: None, completed_at: None, ..job() };
    tell(&mut model, LogNews::Job(Box::new(running)));
    tell(&mut model, LogNews::Withheld(Withheld::Running));
    snap("log_running_80x24", draw(&model));
    let mut model = board::model(40, 12);
    open_log(&mut model);
    tell(
        &mut model,
        LogNews::Withheld(Withheld::Forbidden("Must have admin rights to Repository.".to_owned())),
    );
    snap("log_forbidden_40x12", draw(&model));
}
