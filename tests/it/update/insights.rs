//! Asking for new insights: what each key and each reply changes. No terminal, no clock.

use chrono::TimeDelta;
use flowlens::domain::board::FeedEvent;
use flowlens::domain::ids::PrKey;
use flowlens::domain::request::{Asked, Request};
use flowlens::domain::source::Cause;
use flowlens::tui::effect::{Effect, ServiceCall};
use flowlens::tui::model::{Model, Progress, Standing};
use flowlens::tui::msg::Msg;
use flowlens::tui::overlay::{Confirm, Overlay, Reaction};

use super::{notice, send};
use crate::support::board::{
    self, change, key, keys, local, noon, pass, poll_at, pull, remove, request, tell,
};

fn queued(queued: usize, joined: usize, absent: usize) -> Msg {
    Msg::Asked(Ok(Asked::Queued { queued, joined, absent, unknown: vec![] }))
}

fn told(model: &mut Model, requests: Vec<Request>) {
    tell(model, FeedEvent::Requests(requests));
}

/// What the row of a pull request says: `asked`, or a request's state.
fn standing(model: &Model, number: i32) -> String {
    match model.standing(key(1, number)) {
        None => String::new(),
        Some(Standing::Asked) => "asked".to_owned(),
        Some(Standing::Of(request)) => request.state.to_string(),
    }
}

fn asked(effects: &[Effect]) -> Vec<PrKey> {
    let of = |effect: &Effect| {
        if let Effect::Service(ServiceCall::Ask(keys)) = effect { keys.clone() } else { vec![] }
    };
    effects.iter().flat_map(of).collect()
}

/// A good poll.
fn poll(model: &mut Model) {
    let now = model.now;
    tell(model, FeedEvent::Polled(poll_at(now, now)));
}

#[test]
fn what_was_asked_for_shows_at_once_and_then_what_the_feed_tells() {
    let mut model = board::model(140, 30);
    let selected = model.list.selected;
    assert_eq!(asked(&keys(&mut model, "i")), [key(1, 421)]);
    assert_eq!((standing(&model, 421).as_str(), notice(&model)), ("asked", ""));
    assert_eq!(asked(&keys(&mut model, "i")), []);
    assert_eq!(notice(&model), "Already queued");
    send(&mut model, queued(1, 0, 0));
    assert_eq!((standing(&model, 421).as_str(), notice(&model)), ("asked", "Already queued"));
    for (seconds, state) in (1..).zip(["queued", "running", "done"]) {
        let updated_at = Some(noon() + TimeDelta::seconds(seconds));
        told(&mut model, vec![Request { updated_at, ..request(1, 421, state) }]);
        assert_eq!(standing(&model, 421), if state == "done" { "" } else { state });
    }
    assert_eq!(model.list.selected, selected);
    assert_eq!(notice(&model), "Already queued", "one alone ends without a word");
}

#[test]
fn one_alone_that_fails_says_why() {
    let mut model = board::model(140, 30);
    keys(&mut model, "i");
    send(&mut model, queued(1, 0, 0));
    told(&mut model, vec![request(1, 421, "running")]);
    told(&mut model, vec![Request { updated_at: Some(noon()), ..request(1, 421, "failed") }]);
    assert_eq!(notice(&model), "No insight: the changed files are not stored");
    assert_eq!(model.notice.map(|notice| notice.is_error()), Some(true));
    // Made here, one alone needs no word of how it is made: it is made in no time.
    for reply in [Asked::Here(1), Asked::Local(1)] {
        let mut model = board::model(140, 30);
        keys(&mut model, "i");
        send(&mut model, Msg::Asked(Ok(reply)));
        assert_eq!(notice(&model), "");
    }
}

#[test]
fn what_somebody_else_asked_for_is_joined() {
    let mut model = board::model(140, 30);
    told(&mut model, vec![request(1, 421, "queued"), request(2, 419, "running")]);
    assert_eq!(keys(&mut model, "i"), [Effect::Service(ServiceCall::Join(vec![key(1, 421)]))]);
    // One that runs has a second, whose turn comes when the first one's worker is gone, too.
    assert_eq!(asked(&keys(&mut model, "ji")), [key(1, 419)]);
    keys(&mut model, "<esc>/repo:acme/api<enter>");
    // A question is no answer: nobody joins before the yes.
    assert_eq!(keys(&mut model, "I"), []);
    assert_eq!(keys(&mut model, "<esc>"), []);
    assert!(model.overlay.is_none());
    let ask = Effect::Service(ServiceCall::Ask(vec![key(1, 418), key(1, 415), key(1, 417)]));
    let join = Effect::Service(ServiceCall::Join(vec![key(1, 419)]));
    assert_eq!(keys(&mut model, "Iy"), [ask, join]);
}

#[test]
fn a_pull_request_whose_files_are_not_known_is_refused_at_once() {
    let mut model = board::model(140, 30);
    keys(&mut model, "<space><space>i");
    let reply = |queued, unknown: &[i32]| {
        let unknown = unknown.iter().map(|number| key(1, *number)).collect();
        Msg::Asked(Ok(Asked::Queued { queued, joined: 0, absent: 0, unknown }))
    };
    send(&mut model, reply(1, &[421]));
    assert_eq!(notice(&model), "1 request queued; 1 left out, for the files are not known");
    assert_eq!([standing(&model, 421), standing(&model, 419)], ["", "asked"]);
    for (numbers, says) in [
        (&[421][..], "No insight: the files of this pull request are not known"),
        (&[421, 419], "No insights: the files of these 2 are not known"),
    ] {
        let mut model = board::model(140, 30);
        keys(&mut model, "<space><space>i");
        send(&mut model, reply(0, numbers));
        assert_eq!((notice(&model), standing(&model, 421)), (says, String::new()));
        assert_eq!(model.notice.map(|notice| notice.is_error()), Some(true));
    }
}

#[test]
fn one_that_is_queued_is_joined_and_one_that_runs_has_a_second() {
    let mut model = board::model(140, 30);
    told(&mut model, vec![request(1, 421, "queued"), request(1, 419, "queued")]);
    assert_eq!(asked(&keys(&mut model, "i")), []);
    assert_eq!(notice(&model), "Already queued");
    assert_eq!(asked(&keys(&mut model, "<space><space>i")), []);
    assert_eq!(notice(&model), "All 2 are already queued");
    let mut running = request(1, 421, "running");
    running.updated_at = Some(noon());
    told(&mut model, vec![running.clone()]);
    assert_eq!(asked(&keys(&mut model, "i")), [key(1, 421)], "of the two marked ones");
    assert_eq!(standing(&model, 421), "asked");
    // The one that runs ends: that is not yet what was asked for.
    let done = Request { updated_at: Some(noon() + TimeDelta::seconds(1)), ..request(1, 421, "done") };
    told(&mut model, vec![done]);
    assert_eq!(standing(&model, 421), "asked");
    let second = Request { requested_at: Some(noon()), ..request(2, 421, "queued") };
    told(&mut model, vec![second]);
    assert_eq!(standing(&model, 421), "queued");
}

#[test]
fn replies_are_told_plainly() {
    for (msg, says) in [
        (queued(3, 1, 0), "3 requests queued; 1 was queued already"),
        (queued(0, 2, 1), "0 requests queued; 2 were queued already; 1 is gone"),
        (queued(0, 0, 2), "0 requests queued; 2 are gone"),
        (Msg::Asked(Ok(Asked::Here(2))), "Making 2 insights here: this database has no queue"),
        (
            Msg::Asked(Ok(Asked::Local(2))),
            "Making 2 insights here: the login may only read, nothing is stored",
        ),
        (Msg::Asked(Err("no answer in time".into())), "Nothing was asked for: no answer in time"),
        (Msg::Cancelled(Ok(0)), "Nothing was queued any more"),
        (Msg::Cancelled(Ok(1)), "1 request taken back"),
        (Msg::Cancelled(Ok(7)), "7 requests taken back"),
        (Msg::Cancelled(Err("permission denied".into())), "Nothing was taken back: permission denied"),
    ] {
        let mut model = board::model(140, 30);
        let is_error = matches!(&msg, Msg::Asked(Err(_)) | Msg::Cancelled(Err(_)));
        send(&mut model, msg);
        assert_eq!(notice(&model), says);
        assert_eq!(model.notice.map(|notice| notice.is_error()), Some(is_error), "{says}");
    }
}

#[test]
fn an_error_takes_back_what_was_shown_and_no_more() {
    let mut model = board::model(140, 30);
    keys(&mut model, "iji");
    assert_eq!([standing(&model, 421), standing(&model, 419)], ["asked", "asked"]);
    send(&mut model, Msg::Asked(Err("no answer in time".into())));
    assert_eq!([standing(&model, 421), standing(&model, 419)], ["", "asked"], "replies come in order");
    send(&mut model, queued(1, 0, 0));
    // The feed tells nothing: after two polls nobody waits any longer.
    poll(&mut model);
    assert_eq!(standing(&model, 419), "asked");
    poll(&mut model);
    assert_eq!(standing(&model, 419), "");
    assert_eq!(model.asking.progress(&model.requests), None);
}

#[test]
fn without_a_database_nothing_is_asked_for() {
    let mut model = board::model(140, 30);
    told(&mut model, vec![request(1, 421, "queued")]);
    keys(&mut model, "jI");
    tell(&mut model, board::outage(Cause::Refused, 60));
    for (pressed, so) in
        [("<enter>", "asked for"), ("i", "asked for"), ("I", "asked for"), ("kx", "taken back")]
    {
        let effects = keys(&mut model, pressed);
        assert!(
            effects.iter().all(|effect| matches!(effect, Effect::Service(ServiceCall::Detail(..)))),
            "{pressed}: {effects:?}"
        );
        assert_eq!(notice(&model), format!("The database does not answer: nothing was {so}"), "{pressed}");
        assert!(model.overlay.is_none());
        pass(&mut model, 10);
    }
    let mut model = Model::new(board::setup(140, 30));
    assert_eq!(keys(&mut model, "iIx"), []);
}

#[test]
fn many_are_asked_for_after_a_question() {
    let mut model = board::model(140, 30);
    keys(&mut model, "<space><space><space><space><space><space>");
    let marked = model.list.marked.clone();
    assert_eq!(marked.len(), 6);
    // A slip of the hand is no answer.
    assert_eq!(keys(&mut model, "iijIdx "), []);
    assert!(
        matches!(&model.overlay, Some(Overlay::Confirm(Confirm { yes: Reaction::Ask(wanted), .. })) if wanted.keys.len() == 6)
    );
    assert_eq!(keys(&mut model, "n"), []);
    assert!(model.overlay.is_none());
    assert_eq!(model.list.marked, marked, "no: nothing has changed");
    // What is gone, or queued by somebody else, when the answer comes, is left out.
    keys(&mut model, "i");
    told(&mut model, vec![request(1, 421, "queued")]);
    remove(&mut model, &[key(1, 418)]);
    assert_eq!(asked(&keys(&mut model, "y")).len(), 4);
    assert!(model.list.marked.is_empty() && model.overlay.is_none());
}

#[test]
fn stale_and_missing_ones_are_counted_without_those_already_asked_for() {
    let mut model = board::model(140, 30);
    keys(&mut model, "/repo:acme/api<enter>");
    let what = |model: &Model| match &model.overlay {
        Some(Overlay::Confirm(confirm)) => confirm.what.clone(),
        _ => String::new(),
    };
    keys(&mut model, "I");
    assert_eq!(what(&model), "4 pull requests: 1 stale, 3 without an insight");
    keys(&mut model, "<esc>");
    told(&mut model, vec![request(1, 418, "queued"), request(2, 419, "running"), request(3, 417, "failed")]);
    keys(&mut model, "I");
    assert_eq!(what(&model), "2 pull requests without an insight");
    let effects = keys(&mut model, "<enter>");
    assert_eq!(asked(&effects), [key(1, 415), key(1, 417)]);
    keys(&mut model, "I");
    assert_eq!(
        (what(&model).as_str(), notice(&model)),
        ("", "All 4 that are stale or missing are already asked for")
    );
    keys(&mut model, "<esc>/oauth<enter>I");
    assert_eq!((what(&model).as_str(), notice(&model)), ("", "No insight that is shown is stale or missing"));
}

#[test]
fn what_is_queued_can_be_taken_back() {
    let mut model = board::model(140, 30);
    told(&mut model, vec![request(1, 421, "queued"), request(2, 419, "running"), request(3, 418, "queued")]);
    assert_eq!(keys(&mut model, "x"), [Effect::Service(ServiceCall::Cancel(vec![key(1, 421)]))]);
    let effects = keys(&mut model, "<space><space><space>x");
    assert_eq!(effects.last(), Some(&Effect::Service(ServiceCall::Cancel(vec![key(1, 418), key(1, 421)]))));
    assert_eq!(notice(&model), "Taking back 2 requests …");
    keys(&mut model, "<esc>gj");
    assert_eq!(keys(&mut model, "x"), [], "a worker has begun");
    assert_eq!(notice(&model), "It is being made: too late to take it back");
}

#[test]
fn what_was_marked_and_asked_for_can_be_taken_back_though_it_is_marked_no_more() {
    let mut model = board::model(140, 30);
    keys(&mut model, "<space><space>i");
    assert!(model.list.marked.is_empty());
    told(&mut model, vec![request(1, 421, "queued"), request(2, 419, "queued")]);
    keys(&mut model, "G");
    assert_eq!(keys(&mut model, "x"), [Effect::Service(ServiceCall::Cancel(vec![key(1, 419), key(1, 421)]))]);
}

#[test]
fn several_are_counted_until_all_have_ended() {
    let mut model = board::model(140, 30);
    let progress = |model: &Model| model.asking.progress(&model.requests);
    assert_eq!(progress(&model), None);
    keys(&mut model, "i");
    assert_eq!(progress(&model), None, "one alone is told by its row");
    keys(&mut model, "j<space>ji");
    assert_eq!(progress(&model).map(|progress| progress.total), Some(2));
    // Somebody else's, and what ended before, do not count.
    let old = Request { requested_at: Some(noon() - TimeDelta::hours(1)), ..request(9, 420, "failed") };
    told(&mut model, vec![old]);
    assert_eq!(asked(&keys(&mut model, "/bump<enter>i")), [key(1, 420)]);
    told(&mut model, vec![request(1, 421, "running"), request(2, 419, "failed"), request(3, 420, "queued")]);
    let want = Progress { total: 3, running: 1, made: 0, failed: 1, other: 0 };
    assert_eq!(progress(&model), Some(want));
    let later = Some(noon());
    told(&mut model, vec![Request { updated_at: later, ..request(1, 421, "done") }]);
    assert_eq!(progress(&model).map(Progress::ended), Some(2));
    told(&mut model, vec![Request { updated_at: later, ..request(3, 420, "cancelled") }]);
    assert_eq!((progress(&model), notice(&model)), (None, "1 insight made, 1 failed, 1 taken back"));
    // The next ones are counted anew, and gone ones not at all.
    keys(&mut model, "<esc>g<space><space>i");
    assert_eq!(progress(&model).map(|progress| progress.total), Some(2));
    remove(&mut model, &[key(1, 421), key(1, 419)]);
    assert_eq!(progress(&model), None);
    send(&mut model, queued(0, 0, 2));
    assert_eq!(notice(&model), "0 requests queued; 2 are gone");
    told(&mut model, vec![request(30, 421, "queued")]);
    keys(&mut model, "ixI");
}

#[test]
fn seconds_go_by_only_while_a_running_request_is_shown() {
    let mut model = board::model(140, 30);
    let quiet = model.deadline();
    told(&mut model, vec![request(2, 421, "queued"), request(1, 419, "running")]);
    assert_eq!(model.deadline(), quiet, "another one runs");
    let begun = Some(noon() - TimeDelta::milliseconds(4_250));
    told(
        &mut model,
        vec![Request { started_at: begun, updated_at: Some(noon()), ..request(2, 421, "running") }],
    );
    assert_eq!(model.deadline(), noon() + TimeDelta::milliseconds(750), "the next whole second");
    pass(&mut model, 1);
    assert_eq!(model.deadline(), noon() + TimeDelta::milliseconds(1_750));
    keys(&mut model, "z");
    assert_eq!(model.deadline(), quiet, "the list alone");
    keys(&mut model, "z");
    let done = Request { updated_at: Some(noon() + TimeDelta::seconds(1)), ..request(2, 421, "done") };
    told(&mut model, vec![done]);
    assert_eq!(model.deadline(), quiet);
}

#[test]
fn a_failure_is_told_until_there_is_a_newer_insight() {
    let mut model = board::model(140, 30);
    let long_ago = Some(noon() - TimeDelta::hours(2));
    told(&mut model, vec![Request { finished_at: long_ago, ..request(1, 421, "failed") }]);
    assert_eq!(standing(&model, 421), "");
    told(&mut model, vec![Request { updated_at: Some(noon()), ..request(1, 421, "dead") }]);
    assert_eq!(standing(&model, 421), "dead");
    told(&mut model, vec![Request { finished_at: None, updated_at: None, ..request(1, 417, "failed") }]);
    assert_eq!(standing(&model, 417), "failed", "it has no insight at all");
}

#[test]
fn what_is_stored_nowhere_is_kept_until_something_newer_is_stored() {
    let mut model = board::model(140, 30);
    let shown = |model: &Model| model.insight().map(|insight| insight.id);
    let stored = shown(&model);
    send(&mut model, Msg::Local(key(9, 1), local()));
    assert_eq!(shown(&model), stored, "a pull request that is gone");
    keys(&mut model, "i");
    send(&mut model, Msg::Requests(vec![request(1, 421, "running")]));
    assert_eq!(standing(&model, 421), "running");
    send(&mut model, Msg::Local(key(1, 421), local()));
    send(&mut model, Msg::Requests(vec![Request { updated_at: Some(noon()), ..request(1, 421, "done") }]));
    assert_eq!((standing(&model, 421), shown(&model)), (String::new(), Some(local().insight.id)));
    assert_eq!(model.findings(), Some(&local().details));
    let pr = |title: &str| pull(1, 421, title, "ana", 49).insight("high", Some(true));
    change(&mut model, vec![pr("Renamed: its insight is older")]);
    assert_eq!(shown(&model), Some(local().insight.id));
    let mut older = local();
    older.insight.created_at = Some(noon() - TimeDelta::days(3));
    change(&mut model, vec![pr("Again")]);
    send(&mut model, Msg::Local(key(1, 421), older));
    assert_eq!(shown(&model), Some(local().insight.id), "the board knows a later one than this");
    remove(&mut model, &[key(1, 421)]);
    change(&mut model, vec![pr("Back")]);
    assert!(model.asking.local(key(1, 421)).is_none());
    // No more than a board's worth.
    for number in 1..=100 {
        change(&mut model, vec![pull(1, number, "Many", "bo", 1)]);
        send(&mut model, Msg::Local(key(1, number), local()));
    }
    let kept = (1..=100).filter(|number| model.asking.local(key(1, *number)).is_some()).count();
    assert_eq!((kept, model.asking.local(key(1, 100)).is_some()), (64, true));
}
