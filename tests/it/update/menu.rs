//! The menu of actions: where its cursor begins, and which lines it has.

use flowlens::{
    domain::{
        hub::{Gate, MergeState, QueuePlace, RunState, Viewer, Waits},
        pr_state::PrState,
    },
    tui::model::Model,
};

use super::{after, text};
use crate::support::board::{self, answer, gate, keys, workflow_run};

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
