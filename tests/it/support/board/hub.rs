//! What GitHub says of a pull request before something is done with it.

use std::collections::BTreeMap;

use flowlens::domain::hub::{
    Gate, HubNews, MergeMethod, MergeState, Permission, Pick, QueuePlace, Run, RunRef, RunState, Viewer,
    Waits,
};
use flowlens::domain::ids::Sha;
use flowlens::domain::pr_state::PrState;
use flowlens::tui::effect::Effect;
use flowlens::tui::model::Model;
use flowlens::tui::msg::Msg;
use flowlens::tui::update::update;

use super::key;

pub(crate) fn run(id: i64, name: &str, state: RunState) -> Run {
    Run { run: RunRef { id, attempt: 1, name: name.to_owned() }, state, is_cancelled_here: false }
}

fn picks(names: &[&str]) -> Vec<Pick> {
    names.iter().map(|name| Pick { id: format!("id-{name}"), name: (*name).to_owned() }).collect()
}

/// An open pull request of somebody else's, that ana may merge; two of its runs have failed, one is at work.
pub(crate) fn gate() -> Gate {
    Gate {
        node: "PR_node".to_owned(),
        title: "Add OAuth refresh to the session layer".to_owned(),
        head: Sha::parse("abc0421def").expect("a commit"),
        state: PrState::Open,
        base: "main".to_owned(),
        merge_state: MergeState::Clean,
        reviews: Some("APPROVED".to_owned()),
        failing: vec![],
        methods: vec![MergeMethod::Squash, MergeMethod::Merge],
        queue: QueuePlace::None,
        auto_merge: None,
        viewer: Viewer {
            login: "ana".to_owned(),
            permission: Some(Permission::Write),
            is_author: false,
            has_approved: false,
            can_update: true,
            can_close: true,
            can_reopen: true,
            can_label: true,
            can_update_branch: true,
            can_enable_auto_merge: true,
            can_disable_auto_merge: true,
        },
        is_frozen: false,
        has_auto_merge: true,
        is_locked: false,
        lacks_workflow_scope: false,
        runs: vec![
            run(11, "CI", RunState::Failed),
            run(12, "Lint", RunState::Failed),
            run(13, "Docs", RunState::Unfinished(Waits::Running)),
        ],
        labels: picks(&["bug", "good first issue", "wip"]),
        labelled: picks(&["wip"]),
        people: picks(&["ana", "bo", "cy"]),
        teams: picks(&["acme/backend"]),
        assigned: picks(&["bo"]),
        has_more_picks: false,
        reviewers: vec!["cy".to_owned()],
        locks: BTreeMap::new(),
        unseen: BTreeMap::new(),
    }
}

/// GitHub answers about a pull request of `acme/api`.
pub(crate) fn answer(model: &mut Model, number: i32, gate: Gate) -> Vec<Effect> {
    hear(model, HubNews::Gate(key(1, number), Ok(Box::new(gate))))
}

pub(crate) fn hear(model: &mut Model, news: HubNews) -> Vec<Effect> {
    update(model, Msg::Hub(news))
}
