//! Time: notices, ages, and when the loop wakes.

use chrono::TimeDelta;
use flowlens::domain::board::{FeedEvent, Poll};
use flowlens::domain::source::Cause;
use flowlens::tui::model::{Model, Setup};
use flowlens::tui::msg::Msg;

use super::{notice, send};
use crate::support::board::{self, noon, pass, poll_at, tell};

#[test]
fn notices_expire() {
    let mut model = board::model(140, 30);
    send(&mut model, Msg::Done(Ok("done".to_owned())));
    assert_eq!(model.deadline(), noon() + TimeDelta::seconds(6));
    pass(&mut model, 5);
    assert_eq!(notice(&model), "done");
    pass(&mut model, 1);
    assert_eq!(notice(&model), "");
    send(&mut model, Msg::Done(Err("failed".to_owned())));
    assert!(model.notice.is_some_and(|notice| notice.is_error()));
    let warned = Model::new(Setup { warnings: vec!["careful".to_owned()], ..board::setup(140, 30) });
    assert_eq!(notice(&warned), "careful");
    let warnings = ["first", "second", "third"].map(str::to_owned).to_vec();
    let warned = Model::new(Setup { warnings, ..board::setup(140, 30) });
    assert_eq!(notice(&warned), "first; and 2 more: flowlens config check");
}

#[test]
fn a_poll_that_was_asked_for_answers() {
    let mut model = board::model(140, 30);
    for (changed, says) in [(0, "nothing new"), (1, "1 pull request changed"), (7, "7 pull requests changed")]
    {
        tell(&mut model, FeedEvent::Polled(Poll { changed, asked: true, ..poll_at(noon(), noon()) }));
        assert!(notice(&model).starts_with("Checked ") && notice(&model).ends_with(says));
    }
    pass(&mut model, 10);
    tell(&mut model, FeedEvent::Polled(Poll { changed: 3, ..poll_at(noon(), noon()) }));
    assert_eq!(notice(&model), "", "others come without a word");
}

#[test]
fn nothing_wakes_the_loop_but_the_minute_and_a_failure() {
    let mut model = board::model(140, 30);
    assert_eq!(model.deadline(), noon() + TimeDelta::seconds(60));
    pass(&mut model, 42);
    assert_eq!(model.deadline(), noon() + TimeDelta::seconds(60));
    let minute = model.minute;
    let now = model.now;
    tell(&mut model, FeedEvent::Polled(poll_at(now, now)));
    assert_eq!((model.minute, model.deadline()), (minute, noon() + TimeDelta::seconds(60)));
    tell(&mut model, board::outage(Cause::Refused, 60));
    for _ in 0..3 {
        assert_eq!(model.deadline(), model.now + TimeDelta::seconds(1), "the countdown");
        pass(&mut model, 1);
    }
    let now = model.now;
    tell(&mut model, FeedEvent::Polled(poll_at(now, now)));
    pass(&mut model, 10);
    assert_eq!(model.deadline(), noon() + TimeDelta::seconds(60));
    pass(&mut model, 20);
    assert_eq!(model.deadline(), noon() + TimeDelta::seconds(120));
}

#[test]
fn ages_follow_the_servers_clock_and_never_flicker() {
    for skew in [-3600, -20, 0, 20, 3600] {
        let mut model = Model::new(board::setup(140, 30));
        let server = noon() + TimeDelta::seconds(skew);
        for event in board::start() {
            tell(&mut model, event);
        }
        tell(&mut model, FeedEvent::Polled(poll_at(server, noon())));
        assert_eq!(model.server_now(), server, "{skew}");
        assert!((server - model.minute).abs() <= TimeDelta::seconds(60), "{skew}");
        pass(&mut model, 120);
        assert_eq!(model.minute.timestamp(), (server.timestamp() + 120).div_euclid(60) * 60, "{skew}");
        let wait = model.deadline() - model.now;
        assert!(wait > TimeDelta::zero() && wait <= TimeDelta::seconds(60), "{skew}: {wait}");
    }
    let mut model = board::model(140, 30);
    pass(&mut model, 60);
    let minute = model.minute;
    let now = model.now;
    tell(&mut model, FeedEvent::Polled(poll_at(now - TimeDelta::milliseconds(3), now)));
    assert_eq!(model.minute, minute, "a clock that is off by milliseconds turns no minute back");
}
