//! Details read on demand, and the way through the insight pane.

use flowlens::domain::board::FeedEvent;
use flowlens::domain::source::Cause;
use flowlens::tui::action::Action;
use flowlens::tui::effect::{Effect, ServiceCall};
use flowlens::tui::geometry::Pane;
use flowlens::tui::model::Model;
use flowlens::tui::msg::Msg;
use flowlens::tui::overlay::Overlay;
use flowlens::tui::update::update;

use super::{after, effect, notice, selected, send, text};
use crate::support::board::{self, change, key, keys, noon, poll_at, pull, tell};

#[test]
fn the_insight_is_read_by_its_places_and_its_lines() {
    for (size, steps) in [
        ((160, 48), "j 1.0, j 2.0, j 3.0, j 4.0, j 4.1, k 3.1, <pagedown> 3.7, G 4.7, g 0.0"),
        (
            (120, 36),
            "j 1.0, j 2.0, j 3.0, j 4.1, j 4.2, <pagedown> 4.11, <pagedown> 4.11, k 3.7, <pageup> 3.0, k 2.0",
        ),
        ((80, 24), "j 1.0, j 2.1, j 3.2, j 4.3, j 4.4, j 4.5, G 4.10, <pageup> 4.4, g 0.0"),
        ((40, 16), "j 1.0, j 2.1, j 3.3, j 4.5, <ctrl-d> 4.15, G 4.17, <pageup> 4.7"),
    ] {
        let mut model = board::model(size.0, size.1);
        keys(&mut model, if (80..120).contains(&size.0) { "<tab>l" } else { "ll" });
        assert_eq!((model.focus, model.reading().cursor), (Pane::Insight, 0));
        let mut seen = Vec::new();
        for step in steps.split(", ") {
            let pressed = step.split(' ').next().expect("a key");
            assert_eq!(keys(&mut model, pressed), [], "the selection stays");
            let reading = model.reading();
            seen.push(format!("{pressed} {}.{}", reading.cursor, reading.top));
        }
        assert_eq!(seen.join(", "), steps, "{size:?}");
        assert_eq!(selected(&model), 421);
    }
    // Another pull request, another insight: from the top.
    let mut model = board::model(120, 36);
    keys(&mut model, "lljj");
    let before = model.reading();
    send(&mut model, Msg::Detail(key(1, 420), Ok(board::detail())));
    assert_eq!(model.reading(), before, "another one's details");
    keys(&mut model, "<esc>j");
    assert_eq!((model.reading().cursor, model.reading().top), (0, 0));
    keys(&mut model, "k");
    assert_eq!(model.reading(), before, "until the next one is read, it is not lost");
    let newer = |draft: board::Draft| draft.insight_of(78, "low");
    change(&mut model, vec![newer(pull(1, 421, "x", "ana", 49))]);
    assert_eq!((model.reading().cursor, model.findings()), (0, None), "its details are of the one before");
    // Nothing to move in: nothing happens.
    assert_eq!(after(&mut model, "lljG<pagedown>k"), "focus Insight");
    let mut empty = Model::new(board::setup(120, 36));
    assert_eq!(after(&mut empty, "lljGk<enter>"), "focus Insight, tab Insight");
}

#[test]
fn details_of_another_pull_request_do_not_show_here() {
    let mut model = board::model(140, 30);
    keys(&mut model, "j");
    send(&mut model, Msg::Detail(key(1, 421), Err("late".to_owned())));
    assert!(model.details.get(key(1, 419)).is_none());
    // What changed is asked for again where the cursor is, and forgotten elsewhere.
    send(&mut model, Msg::Detail(key(1, 419), Ok(board::detail())));
    let effects =
        change(&mut model, vec![pull(1, 419, "Changed", "bo", 400), pull(1, 421, "Too", "ana", 49)]);
    assert_eq!(effects.iter().map(effect).collect::<Vec<_>>(), ["!detail #419"]);
    assert!(model.details.get(key(1, 419)).is_some() && model.details.get(key(1, 421)).is_none());
    for n in 0..40 {
        send(&mut model, Msg::Detail(key(9, n), Ok(board::detail())));
    }
    assert!((0..40).filter(|n| model.details.get(key(9, *n)).is_some()).count() <= 16);
}

#[test]
fn details_that_failed_with_the_database_come_back_with_it() {
    let mut model = board::model(140, 30);
    send(&mut model, Msg::Detail(key(1, 421), Err("connection lost".to_owned())));
    tell(&mut model, board::outage(Cause::Lost, 2));
    let effects = tell(&mut model, FeedEvent::Polled(poll_at(noon(), noon())));
    assert_eq!(effects.iter().map(effect).collect::<Vec<_>>(), ["!detail #421"]);
    assert_eq!(notice(&model), "The database answers again");
}

#[test]
fn a_late_answer_about_an_older_head_is_dropped() {
    let mut model = board::model(140, 30);
    let head = model.selected().and_then(|pr| pr.head.clone());
    let older = flowlens::domain::ids::Sha::parse("0ld0ld0");
    let shown = |model: &Model| model.detail().and_then(|detail| detail.head.clone());
    assert_eq!((head.is_some(), shown(&model)), (true, None));
    let of = |sha: &Option<flowlens::domain::ids::Sha>| {
        Msg::Detail(key(1, 421), Ok(flowlens::domain::check::Detail { head: sha.clone(), ..board::detail() }))
    };
    send(&mut model, of(&older));
    assert_eq!(shown(&model), None);
    send(&mut model, of(&head));
    send(&mut model, of(&older));
    assert_eq!(shown(&model), head);

    // Of the files, too; they are asked for anew.
    let files = |model: &Model| match &model.overlay {
        Some(Overlay::Files(view)) => view.files.clone(),
        _ => None,
    };
    let asked = update(&mut model, Msg::Action(Action::Details));
    let anew = vec![Effect::Service(ServiceCall::Files(key(1, 421), head.clone()))];
    assert_eq!(asked, anew);
    assert_eq!(update(&mut model, Msg::Files(key(1, 421), older, Ok(board::files()))), anew);
    assert_eq!(files(&model), None);
    assert_eq!(update(&mut model, Msg::Files(key(1, 421), head, Ok(board::files()))), []);
    assert_eq!(files(&model), Some(Ok(board::files())));
}

/// The wait is told where there is no room for all of what is to be done.
#[test]
fn the_next_action_is_cut_before_its_wait() {
    let mut model = board::model(40, 12);
    model.list.selected = Some(key(1, 419));
    keys(&mut model, "l");
    assert!(text(&model).contains("@bo to rebase: it con…, for 16d"), "{}", text(&model));
}

/// It may have been a draft until an hour ago.
#[test]
fn a_pull_request_was_opened_when_it_was_made() {
    let mut model = board::model(80, 24);
    change(&mut model, vec![pull(1, 600, "Ready", "ana", 10).stages(["passed", "failed", "", ""])]);
    keys(&mut model, "r");
    model.list.selected = Some(key(1, 600));
    assert!(text(&model).contains(" opened 10h          failed 9h "), "{}", text(&model));
}
