//! The menu of actions: where its cursor begins, and which lines it has.

use flowlens::{
    domain::{
        hub::{Gate, HubAsk, MergeState, QueuePlace, RunState, Viewer, Waits},
        pr_state::PrState,
    },
    tui::{
        effect::{Effect, ServiceCall},
        model::Model,
    },
};

use super::{after, look, text};
use crate::support::board::{self, answer, change, gate, key, keys, pull, workflow_run};

/// The menu on #421, with this answer of GitHub's.
fn menu(gate: Gate) -> Model {
    let mut model = board::model(140, 40);
    keys(&mut model, "a");
    answer(&mut model, 421, gate);
    model
}

/// Green, and not approved.
fn green() -> Gate {
    Gate {
        runs: vec![workflow_run(11, "CI", RunState::Passed)],
        merge_state: MergeState::Blocked,
        reviews: Some("REVIEW_REQUIRED".to_owned()),
        ..gate()
    }
}

#[test]
fn the_cursor_begins_on_what_is_likely_wanted() {
    let viewer = |change: fn(&mut Viewer)| {
        let mut viewer = gate().viewer;
        change(&mut viewer);
        viewer
    };
    let approved = viewer(|viewer| viewer.has_approved = true);
    let mine = viewer(|viewer| viewer.is_author = true);
    let ready = Gate { merge_state: MergeState::Clean, reviews: Some("APPROVED".to_owned()), ..green() };
    let waits = workflow_run(14, "Deploy", RunState::Unfinished(Waits::Approval));
    for (gate, asks) in [
        (gate(), "Rerun failed jobs"),
        (Gate { runs: vec![waits], ..green() }, "Let the waiting run start"),
        (green(), "Approve"),
        (Gate { reviews: None, merge_state: MergeState::Clean, ..green() }, "Approve"),
        (Gate { viewer: approved.clone(), ..green() }, "Turn auto-merge on"),
        (Gate { viewer: approved, reviews: None, ..ready.clone() }, "Merge"),
        (ready.clone(), "Merge"),
        (Gate { queue: QueuePlace::Outside, ..ready.clone() }, "Put into the merge queue"),
        (Gate { merge_state: MergeState::Behind, ..ready.clone() }, "Update the branch"),
        (Gate { viewer: mine.clone(), state: PrState::Draft, ..green() }, "Mark as ready for review"),
        (Gate { viewer: mine, reviews: None, ..ready }, "Merge"),
        (Gate { state: PrState::Closed, ..gate() }, "Reopen"),
    ] {
        assert_eq!(
            after(&mut menu(gate), "<enter>"),
            format!("overlay act ask {asks}: acme/api#421?"),
            "the line of the cursor"
        );
    }
    // Nothing is sent without words: they are written.
    let conflict = Gate { merge_state: MergeState::Dirty, reviews: Some("APPROVED".to_owned()), ..green() };
    assert_eq!(after(&mut menu(conflict), "<enter>"), "overlay act words ");
}

fn asked(effects: &[Effect]) -> Vec<i32> {
    let asked = effects.iter().filter_map(|effect| match effect {
        Effect::Service(ServiceCall::Hub(HubAsk::Gate(target))) => Some(target.number),
        _ => None,
    });
    asked.collect()
}

/// What happens behind it is asked about, and shown; the cursor stays on its action.
#[test]
fn the_menu_follows_what_ends_behind_it() {
    let again = |state| {
        let mut run = workflow_run(11, "CI", state);
        run.run.attempt = 2;
        Gate { runs: vec![run], ..green() }
    };
    let mut model = menu(again(RunState::Unfinished(Waits::Running)));
    assert_eq!(look(&model)["overlay"], "act menu a");
    assert!(text(&model).contains("it runs again now"), "{}", text(&model));
    keys(&mut model, "<up>");
    assert_eq!(look(&model)["overlay"], "act menu x");
    let row = |number, title: &str| vec![pull(1, number, title, "ana", 1)];
    assert!(asked(&change(&mut model, row(419, "Another one"))).is_empty(), "it is none of the menu's");
    assert_eq!(asked(&change(&mut model, row(421, "Its run has ended"))), [421]);
    assert!(text(&model).contains("it runs again now"), "until GitHub has said otherwise");
    // The likely line is another one by now.
    answer(&mut model, 421, again(RunState::Failed));
    assert_eq!(look(&model)["overlay"], "act menu x");
    assert!(!text(&model).contains("it runs again now"), "{}", text(&model));
    assert!(text(&model).contains("no run of this commit is at work"), "{}", text(&model));
    assert_eq!(after(&mut model, "f"), "overlay act ask Rerun failed jobs: acme/api#421?");
    // A question is not asked anew.
    assert!(asked(&change(&mut model, row(421, "Something else"))).is_empty());
    keys(&mut model, "<esc>");
    assert!(asked(&change(&mut model, row(421, "And again"))).is_empty(), "no menu is open");
}

#[test]
fn where_nothing_has_failed_the_menu_says_what_its_runs_do() {
    for (attempts, says) in [
        (vec![], "no run of this commit has failed"),
        (vec![1], "it still runs: rerun when it ends"),
        (vec![1, 2], "it runs again now"),
    ] {
        let run = |attempt: &i64| {
            let mut run = workflow_run(10 + attempt, "CI", RunState::Unfinished(Waits::Queued));
            run.run.attempt = *attempt;
            run
        };
        let model = menu(Gate { runs: attempts.iter().map(run).collect(), ..green() });
        assert!(text(&model).contains(&format!("Rerun failed jobs           {says}")), "{}", text(&model));
    }
}

/// Of several, a reason says whose it is.
#[test]
fn reasons_of_several_are_told_by_name() {
    let both = |one: Gate, other: Gate, pressed: &str| {
        let mut model = board::model(140, 40);
        keys(&mut model, "<space><space>a");
        answer(&mut model, 421, one);
        let head = model.board.pull(key(1, 419)).and_then(|pr| pr.head.clone()).expect("a head");
        answer(&mut model, 419, Gate { head, ..other });
        keys(&mut model, pressed);
        text(&model)
    };
    let (merged, draft) = (
        Gate { state: PrState::Merged, ..gate() },
        Gate { state: PrState::Draft, merge_state: MergeState::Draft, ..gate() },
    );
    let shown = both(merged.clone(), draft.clone(), "m");
    assert!(
        shown.contains("m  Merge                       api#421: it is merged; api#419: it is a draft"),
        "{shown}"
    );
    let shown = both(merged.clone(), merged.clone(), "m");
    assert!(shown.contains("m  Merge                       each: it is merged"), "{shown}");
    // What one of them may: whose it is not stands below the line.
    let shown = both(merged, gate(), "G");
    assert!(shown.contains("m  Merge                       1 of 2"), "{shown}");
}

/// The lines of the menu, by their keys.
fn lines(model: &Model) -> String {
    let line = regex::Regex::new("│[ ▌] (.)  [A-Z]").expect("an expression");
    line.captures_iter(&text(model)).map(|found| found[1].to_owned()).collect()
}

#[test]
fn what_is_merged_or_closed_has_only_what_can_be_done() {
    for (state, want) in [(PrState::Merged, "fFDxclso"), (PrState::Closed, "fFDxcClso")] {
        let mut model = menu(Gate { state, ..gate() });
        assert_eq!(lines(&model), want);
        // Whoever asks for more is told why not.
        keys(&mut model, "a");
        assert!(lines(&model).contains('a'), "{}", lines(&model));
    }
    assert_eq!(lines(&menu(gate())), "fFDxarcvmMeudClso");
}

/// A draft is made ready, and what is ready becomes a draft: the other one is no line, allowed or not.
#[test]
fn of_two_choices_the_one_that_fits_has_the_line() {
    let mut viewer = gate().viewer;
    viewer.can_update = false;
    for (state, want) in [(PrState::Open, "Turn into a draft"), (PrState::Draft, "Mark as ready for review")]
    {
        let mut model = menu(Gate { state, viewer: viewer.clone(), ..gate() });
        keys(&mut model, "d");
        assert!(text(&model).contains(&format!("d  {want}")), "{}", text(&model));
    }
}

/// Nobody is asked about what GitHub would refuse.
#[test]
fn a_branch_in_conflict_is_not_updated() {
    let model = menu(Gate { merge_state: MergeState::Dirty, ..gate() });
    let shown = text(&model);
    assert!(shown.contains("u  Update the branch           it conflicts with its base"), "{shown}");
}
