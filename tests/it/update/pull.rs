//! A pull request's own screen: its keys, and what it makes of what comes meanwhile.

use chrono::TimeDelta;
use flowlens::domain::{
    board::FeedEvent,
    check::{CheckOutcome, Detail},
    hub::{ChecksTold, HubAsk, HubNews, QueueTold},
    ids::Sha,
    pipeline::HistoryEntry,
    source::Cause,
    usual::UsualTimes,
};
use flowlens::tui::action::Action;
use flowlens::tui::effect::{Effect, ServiceCall};
use flowlens::tui::model::{Model, PullTab, Setup};
use flowlens::tui::msg::{Msg, Pointer, Turn};
use flowlens::tui::screen::Screen;

use super::{after, notice, send};
use crate::support::board::{self, change, key, keys, noon, pass, poll_at, pull, remove, tell};

/// Before, keys, after.
pub(super) const ACTIONS: &[(Action, &str, &str, &str)] = &[
    (Action::Back, "<enter>", "<esc>", "details 10, pull , repos shown true"),
    (Action::PullTab(1), "<enter>2", "1", "pull #421 Checks at lint"),
    (Action::PullTab(2), "<enter>", "2", "pull #421 Files at lint, !files #421"),
    (Action::PullTab(2), "<enter>21", "2", "pull #421 Files at lint"),
    (Action::PullTab(3), "<enter>", "3", "pull #421 Reviews at lint"),
    (Action::PullTab(4), "<enter>", "4", "pull #421 Insight at lint"),
    (Action::NextPane, "<enter>", "<tab>", "pull #421 Files at lint, !files #421"),
    (Action::PrevPane, "<enter>", "<backtab>", "pull #421 Insight at lint"),
    (Action::Right, "<enter>", "<right>", "pull #421 Files at lint, !files #421"),
    (Action::Left, "<enter>2", "<left>", "pull #421 Checks at lint"),
    (Action::Down, "<enter>", "j", "pull #421 Checks at test (ubuntu)"),
    (Action::Bottom, "<enter>", "G", "pull #421 Checks at test (ubuntu)"),
    (Action::Top, "<enter>", "g", "pull #421 Checks at build"),
    (Action::Following, "<enter>", "]", "pull #419 Checks at no check, selected #419, !detail #419"),
    (Action::Preceding, "<enter>]", "[", "pull #421 Checks at lint, selected #421"),
    (Action::Following, "G<enter>", "]", ""),
    (Action::Preceding, "<enter>", "[", ""),
    (Action::NextPull, "<enter>", "<ctrl-n>", "pull #419 Checks at no check, selected #419, !detail #419"),
    (Action::CheckLog, "<enter>", "l", "!open https://ci.example/run/1"),
    (Action::CheckLog, "<enter>3", "l", "pull #421 Insight at lint"),
    (Action::Enter, "<enter>", "<enter>", "!open https://ci.example/run/1"),
    (Action::Enter, "<enter>4", "<enter>", "pull #421 Files at lint, !files #421"),
    (Action::Details, "<enter>", "d", "pull #421 Files at lint, !files #421"),
    (Action::Down, "<enter>4", "j", "reading 1.0"),
    (Action::Filter, "<enter>", "/", ""),
    (Action::View(2), "<enter>", "5", ""),
    (Action::Sort, "<enter>", "s", ""),
    (
        Action::Sort,
        "<enter>",
        ":by wai<enter>",
        "details 10, pull , repos shown true, selected #123456, sort waiting, !detail #123456",
    ),
    (Action::Mark, "<enter>", "<space>", ""),
    // The marked ones cannot be seen from here.
    (Action::Regenerate, "<space><space>g<enter>", "i", "!ask #421"),
    (Action::CancelRequests, "<enter>i", "x", "!cancel #421"),
    (Action::CopyNumber, "<space><space>g<enter>", "y", "!copy acme/api#421"),
    (Action::OpenPullRequest, "<enter>", "o", "!open https://ci.example/run/1"),
    (Action::OpenPullRequest, "<enter>3", "o", "!open https://github.com/acme/api/pull/421"),
    (Action::OpenCheck, "<enter>3", "O", "!open https://ci.example/run/1"),
    (Action::Refresh, "<enter>", "r", "!detail #421, !refresh"),
    (Action::Palette, "<enter>", ":#418<enter>", "pull #418 Checks at no check, selected #418, !detail #418"),
    (Action::Snooze, "<space><space>g<enter>n", "<enter>", "overlay , rows 28, selected #419, !save"),
    (Action::Quit, "<enter>", "q", "!quit"),
];

/// What the screen shows: `#421 Checks at lint`.
pub(super) fn look(model: &Model) -> String {
    model.pull_tab().map_or_else(String::new, |tab| {
        let number = model.pull.key.map_or(0, |key| key.number.get());
        let check = model.check().map_or("no check", |check| check.name());
        format!("#{number} {} at {check}", tab.name())
    })
}

fn tab(model: &Model) -> Option<PullTab> {
    model.pull_tab()
}

fn check(model: &Model) -> &str {
    model.check().map_or("", |check| check.name())
}

#[test]
fn it_opens_on_the_checks_of_a_failed_build_else_where_the_reader_was_last() {
    let mut model = board::model(140, 30);
    keys(&mut model, "<enter>3<esc>j<enter>");
    assert_eq!((tab(&model), model.pull.key), (Some(PullTab::Reviews), Some(key(1, 419))));
    keys(&mut model, "[");
    assert_eq!(tab(&model), Some(PullTab::Reviews), "who reads reviews goes on reading them");
    keys(&mut model, "<esc><enter>");
    assert_eq!((tab(&model), model.pull.key), (Some(PullTab::Checks), Some(key(1, 421))));
    let mut empty = Model::new(board::setup(140, 30));
    assert_eq!(after(&mut empty, "<enter>"), "");
    assert_eq!(notice(&empty), "No pull request is selected");
}

#[test]
fn the_screen_stays_on_its_pull_request_whatever_becomes_of_the_list() {
    let mut model = board::model(140, 30);
    keys(&mut model, "4<enter>");
    assert_eq!(model.pull.key, Some(key(1, 421)));
    // It leaves the view of failing ones, and nobody has touched a key for long.
    pass(&mut model, 600);
    change(&mut model, vec![pull(1, 421, "Green by now", "ana", 49).stages(["passed", "passed", "", ""])]);
    pass(&mut model, 600);
    change(&mut model, vec![pull(1, 420, "Another", "bo", 49)]);
    assert_eq!((model.screen, model.pull.key), (Screen::Pull, Some(key(1, 421))));
    assert_eq!(model.selected().map(|pr| &*pr.title), Some("Green by now"));
    assert!(!model.list.rows.contains(&key(1, 421)), "it has left the list");
    let shown = after(&mut model, "y");
    assert_eq!(shown, "!copy acme/api#421", "keys act on what is shown");
    // From where it was the list goes on.
    keys(&mut model, "]");
    assert!(model.list.rows.contains(&model.pull.key.expect("shown")));
    // Deleted: said, and no other takes its place.
    let gone = model.pull.key.expect("shown");
    remove(&mut model, &[gone]);
    assert_eq!((model.pull.key, model.selected().is_none()), (Some(gone), true));
    assert_eq!(keys(&mut model, "jkoyid<enter>"), []);
    keys(&mut model, "<esc>");
    assert_eq!(model.screen, Screen::Board);
}

/// Other checks come and go, and end: the cursor stays on its check, and that on its line.
#[test]
fn the_cursor_stays_on_its_check() {
    let mut model = board::model(100, 24);
    send(&mut model, Msg::Detail(key(1, 421), Ok(board::room())));
    keys(&mut model, "<enter>");
    assert_eq!(check(&model), "e2e (chromium)", "the first failed one");
    let line = |model: &Model| {
        let lines = flowlens::tui::model::check_lines(model.checks());
        let at = model.pull.check.as_ref().and_then(|id| flowlens::tui::model::line_of(&lines, id));
        at.expect("a line") - model.pull.top
    };
    keys(&mut model, "jjjj");
    let (name, at) = (check(&model).to_owned(), line(&model));
    let mut more: Detail = board::room();
    more.checks.retain(|check| !check.name().starts_with("e2e"));
    more.checks.iter_mut().for_each(|check| check.outcome = CheckOutcome::Passed);
    send(&mut model, Msg::Detail(key(1, 421), Ok(more.clone())));
    assert_eq!(
        (check(&model), line(&model)),
        (name.as_str(), at - 2),
        "all fits: there is no line to scroll to"
    );
    send(&mut model, Msg::Detail(key(1, 421), Ok(board::room())));
    assert_eq!((check(&model), line(&model)), (name.as_str(), at - 2), "it stays on that line");
    // Gone itself: its neighbour below takes the cursor.
    let below = {
        let lines = flowlens::tui::model::check_lines(model.checks());
        let at = flowlens::tui::model::line_of(&lines, model.pull.check.as_ref().expect("chosen"));
        match lines[at.expect("a line") + 1] {
            flowlens::tui::model::CheckLine::Check(check) => check.name().to_owned(),
            flowlens::tui::model::CheckLine::Group(name) => panic!("{name} begins there"),
        }
    };
    more.checks.retain(|check| check.name() != name);
    send(&mut model, Msg::Detail(key(1, 421), Ok(more)));
    assert_eq!(check(&model), below);
    // A failed read takes nothing away for good.
    send(&mut model, Msg::Detail(key(1, 421), Err("no answer".to_owned())));
    send(&mut model, Msg::Detail(key(1, 421), Ok(board::room())));
    assert_eq!(check(&model), below);
}

/// What runs is read again with the polls, but not with each of them; what stands still is not.
#[test]
fn checks_under_way_are_read_again() {
    let read = |model: &mut Model| {
        let poll = poll_at(model.now, model.now);
        tell(model, FeedEvent::Polled(poll))
            .iter()
            .filter(|effect| matches!(effect, Effect::Service(ServiceCall::Detail(..))))
            .count()
    };
    let mut model = board::model(140, 30);
    send(&mut model, Msg::Detail(key(1, 421), Ok(board::room())));
    assert_eq!(read(&mut model), 0, "nobody looks at them");
    keys(&mut model, "<enter>");
    pass(&mut model, 6);
    assert_eq!(read(&mut model), 1);
    pass(&mut model, 2);
    assert_eq!(read(&mut model), 0, "just asked");
    pass(&mut model, 4);
    assert_eq!(read(&mut model), 1);
    let mut ended = board::room();
    ended.checks.iter_mut().for_each(|check| check.outcome = CheckOutcome::Passed);
    send(&mut model, Msg::Detail(key(1, 421), Ok(ended)));
    pass(&mut model, 60);
    assert_eq!(read(&mut model), 0, "nothing runs");
}

/// The loop wakes once a second while seconds show, and else as without the screen.
#[test]
fn seconds_are_counted_only_where_they_show() {
    let wakes = |model: &Model| model.deadline() - model.now <= TimeDelta::seconds(1);
    let mut model = board::model(140, 30);
    send(&mut model, Msg::Detail(key(1, 421), Ok(board::room())));
    assert!(!wakes(&model), "on the board");
    keys(&mut model, "<enter>");
    assert!(wakes(&model));
    let second = model.pull.second;
    pass(&mut model, 3);
    assert_eq!(model.pull.second - second, TimeDelta::seconds(3));
    let now = model.now;
    tell(&mut model, FeedEvent::Polled(poll_at(now - TimeDelta::milliseconds(900), now)));
    pass(&mut model, 0);
    assert_eq!(model.pull.second - second, TimeDelta::seconds(3), "a clock that wavers moves nothing back");
    keys(&mut model, "3");
    assert!(!wakes(&model), "another tab");
    keys(&mut model, "1");
    assert!(wakes(&model));
    tell(&mut model, board::outage(Cause::Lost, 50));
    assert!(!model.counts_seconds(), "nobody knows whether it still runs");
    tell(&mut model, FeedEvent::Polled(poll_at(now, now)));
    let mut ended = board::room();
    ended.checks.iter_mut().for_each(|check| check.outcome = CheckOutcome::Passed);
    send(&mut model, Msg::Detail(key(1, 421), Ok(ended)));
    assert!(!model.counts_seconds(), "nothing runs");
}

#[test]
fn usual_times_are_asked_for_once_in_a_while_by_the_heads_of_the_repository() {
    let asked = |effects: &[Effect]| {
        let commits = |effect: &Effect| match effect {
            Effect::Service(ServiceCall::Usual(repo, commits, since)) => {
                Some((*repo, commits.clone(), *since))
            }
            _ => None,
        };
        effects.iter().find_map(commits)
    };
    let mut model = board::model(140, 30);
    let effects = keys(&mut model, "<enter>");
    let (repo, commits, since) = asked(&effects).expect("asked");
    assert_eq!((repo, commits.len(), since), (board::repo(1), 7, noon() - TimeDelta::days(14)));
    assert!(commits.contains(&Sha::parse("abc0421def").expect("a commit")));
    assert_eq!(asked(&keys(&mut model, "2")), None);
    assert_eq!(asked(&keys(&mut model, "1")), None, "known");
    send(&mut model, Msg::Usual(board::repo(1), Err("no answer".to_owned())));
    assert_eq!(model.no_usual(), Some("no answer"));
    pass(&mut model, 601);
    assert!(asked(&keys(&mut model, "21")).is_some());
    send(&mut model, Msg::Usual(board::repo(1), Ok(UsualTimes::new())));
    assert_eq!(model.no_usual(), None);
}

/// Files of an older head are said to be; they change when the reader wants.
#[test]
fn files_are_those_of_the_head_that_was_asked_about() {
    let mut model = board::model(140, 30);
    keys(&mut model, "<enter>2");
    send(&mut model, Msg::Files(key(1, 421), Sha::parse("abc0421def"), Ok(board::files())));
    keys(&mut model, "j");
    let pushed = pull(1, 421, "Pushed", "ana", 49).with(|p| p.commit_sha = Some("fff0421".to_owned()));
    change(&mut model, vec![pushed]);
    assert_eq!(model.pull.files.as_ref().map(|files| files.cursor), Some(1), "the reader reads on");
    assert_eq!(after(&mut model, "r"), "!detail #421, !files #421, !refresh");
    assert_eq!(model.pull.files_of, Sha::parse("fff0421"));
    // An answer about the head before is asked anew.
    let late = Msg::Files(key(1, 421), Sha::parse("abc0421def"), Ok(board::files()));
    assert!(matches!(send(&mut model, late)[..], [Effect::Service(ServiceCall::Files(..))]));
    send(&mut model, Msg::Files(key(1, 421), Sha::parse("fff0421"), Ok(board::files())));
    assert_eq!(after(&mut model, "/value_4"), "", "a search takes all letters");
    assert!(model.shown_files().is_some());
    keys(&mut model, "<enter><esc>");
    assert_eq!(model.screen, Screen::Pull, "the search ends first");
    keys(&mut model, "}}");
    keys(&mut model, "<esc>");
    assert_eq!(model.screen, Screen::Board);
}

#[test]
fn the_mouse_chooses_tabs_and_checks() {
    let mut model = board::model(100, 30);
    send(&mut model, Msg::Detail(key(1, 421), Ok(board::room())));
    keys(&mut model, "<enter>");
    let before = check(&model).to_owned();
    send(&mut model, Msg::Mouse(Pointer::Click(6, 10)));
    assert_ne!(check(&model), before);
    let top = check(&model).to_owned();
    send(&mut model, Msg::Mouse(Pointer::Wheel(6, 10, Turn::Down)));
    assert_ne!(check(&model), top);
    send(&mut model, Msg::Mouse(Pointer::Drag(6, 10)));
    for (at, wanted) in model.pull_tabs().iter().map(|tab| (tab.x, tab.tab)).collect::<Vec<_>>() {
        send(&mut model, Msg::Mouse(Pointer::Click(u16::try_from(at).expect("small"), 7)));
        assert_eq!(tab(&model), Some(wanted));
    }
}

#[test]
fn what_is_told_of_other_rows_leaves_the_cursor_among_the_checks_alone() {
    let mut model = board::model(140, 30);
    send(&mut model, Msg::Detail(key(1, 421), Ok(board::room())));
    keys(&mut model, "<enter>G");
    let last = check(&model).to_owned();
    keys(&mut model, "<esc>j");
    send(&mut model, Msg::Detail(key(1, 419), Ok(board::detail())));
    keys(&mut model, "k<enter>");
    assert_eq!((model.pull.key, check(&model)), (Some(key(1, 421)), last.as_str()));
    // Its own checks may have changed meanwhile: then the cursor begins anew, where the check has gone.
    keys(&mut model, "<esc>j");
    send(&mut model, Msg::Detail(key(1, 421), Ok(board::detail())));
    keys(&mut model, "k<enter>");
    assert!(model.check().is_some());
}

/// GitHub is asked only where there is a token: once for each head, and again and again about a queue.
#[test]
fn github_is_asked_for_what_the_database_does_not_hold() {
    let asked = |effects: &[Effect]| -> Vec<&'static str> {
        let word = |effect: &Effect| match effect {
            Effect::Service(ServiceCall::Hub(HubAsk::Checks(_))) => Some("checks"),
            Effect::Service(ServiceCall::Hub(HubAsk::Queue(_))) => Some("queue"),
            _ => None,
        };
        effects.iter().filter_map(word).collect()
    };
    let poll = |model: &mut Model| {
        let now = model.now;
        tell(model, FeedEvent::Polled(poll_at(now, now)))
    };
    let mut model = board::model(140, 30);
    assert_eq!(asked(&keys(&mut model, "<enter>")), [""; 0], "no token is known");
    let mut model = board::with(Setup { has_token: true, ..board::setup(140, 30) });
    assert_eq!(asked(&keys(&mut model, "<enter>")), ["checks"]);
    assert_eq!(asked(&keys(&mut model, "3<esc><enter>r")), [""; 0], "it is being asked");
    // Where no answer came it is asked again, but not at once.
    send(&mut model, Msg::Hub(HubNews::Checks(key(1, 421), Err("GitHub is down (502)".into()))));
    assert_eq!(asked(&poll(&mut model)), [""; 0]);
    pass(&mut model, 31);
    assert_eq!(asked(&poll(&mut model)), ["checks"]);
    let told =
        ChecksTold { head: Sha::parse("abc0421def").expect("a commit"), checks: vec![], has_more: false };
    send(&mut model, Msg::Hub(HubNews::Checks(key(1, 421), Ok(told))));
    pass(&mut model, 31);
    assert_eq!(asked(&poll(&mut model)), [""; 0], "it was answered");
    let pushed = pull(1, 421, "Pushed", "ana", 49).with(|p| p.commit_sha = Some("fff0421".to_owned()));
    change(&mut model, vec![pushed.stages(["passed", "failed", "", ""])]);
    assert_eq!(asked(&poll(&mut model)), ["checks"], "another head");
    keys(&mut model, ":#416<enter>");
    assert_eq!(asked(&send(&mut model, Msg::Detail(key(1, 416), Ok(Detail::default())))), [""; 0]);
    let mut model = board::with(Setup { has_token: true, ..board::setup(140, 30) });
    keys(&mut model, ":#416<enter>");
    assert_eq!(asked(&send(&mut model, Msg::Detail(key(1, 416), Ok(Detail::default())))), ["queue"]);
    assert_eq!(asked(&poll(&mut model)), [""; 0]);
    pass(&mut model, 31);
    assert_eq!(asked(&poll(&mut model)), ["queue"]);
    // It left: why is asked once.
    change(&mut model, vec![pull(1, 416, "Fell out", "dan", 20)]);
    let left = HistoryEntry { field: "queue".into(), value: "left".into(), at: None, by: None };
    let detail = Detail { history: vec![left], ..Detail::default() };
    pass(&mut model, 31);
    assert_eq!(asked(&send(&mut model, Msg::Detail(key(1, 416), Ok(detail)))), ["queue"]);
    let out = QueueTold::Out { at: noon(), by: None, reason: Some("CI_FAILURE".into()), failing: vec![] };
    send(&mut model, Msg::Hub(HubNews::Queue(key(1, 416), Ok(out))));
    pass(&mut model, 31);
    assert_eq!(asked(&poll(&mut model)), [""; 0]);
    let pr = model.selected().expect("selected");
    assert_eq!(model.queue_told(pr).as_deref(), Some("it left 1m ago: ci failure"));
    // Without a token after all: nobody has asked, so nobody is told.
    keys(&mut model, "<esc>");
    model.notice = None;
    assert_eq!(asked(&keys(&mut model, "<enter>1")), ["checks"]);
    send(&mut model, Msg::Hub(HubNews::Off("no token".to_owned())));
    assert_eq!((notice(&model), model.hub.off.as_deref()), ("", Some("no token")));
    keys(&mut model, "]");
    assert_eq!(asked(&keys(&mut model, "<enter>")), [""; 0]);
}
