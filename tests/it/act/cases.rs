//! Every action, with a world in which it may be done.

use flowlens::domain::hub::{Act, ActKind, Gate, MergeMethod, Pick, UpdateMethod};

use super::start;
use crate::github::fake::world::{Pull, Suite, World};

pub(super) struct Case {
    pub(super) kind: ActKind,
    /// Changes the world so that it may be done.
    pub(super) given: fn(&mut World),
    pub(super) act: fn(&Gate) -> Act,
    /// Whether it has happened.
    pub(super) is_done: fn(&World) -> bool,
    pub(super) said: &'static str,
    /// What is found out of it where the answer was lost.
    pub(super) seen: &'static str,
}

pub(super) fn pull(world: &World) -> &Pull {
    &world.repositories[0].pulls[&1]
}

pub(super) fn suite(world: &World) -> &Suite {
    &world.repositories[0].commits[&pull(world).head].suites[0]
}

/// The workflow CI with this job.
pub(super) fn ci(world: &mut World, conclusion: Option<&'static str>) {
    let head = pull(world).head.clone();
    let suite = world.add_suite(0, &head, "CI");
    world.check(0, &head, suite, "test", conclusion);
}

fn label(gate: &Gate, name: &str) -> Vec<Pick> {
    gate.labels.iter().filter(|pick| pick.name == name).cloned().collect()
}

fn person(gate: &Gate, name: &str) -> Vec<Pick> {
    gate.people.iter().filter(|pick| pick.name == name).cloned().collect()
}

fn case(
    kind: ActKind,
    given: fn(&mut World),
    act: fn(&Gate) -> Act,
    is_done: fn(&World) -> bool,
    (said, seen): (&'static str, &'static str),
) -> Case {
    Case { kind, given, act, is_done, said, seen }
}

pub(super) fn all() -> Vec<Case> {
    [of_runs(), of_commits(), of_talk(), of_state()].into_iter().flatten().collect()
}

pub(super) fn of_runs() -> Vec<Case> {
    let cancelled = |world: &World| suite(world).conclusion == Some("CANCELLED");
    vec![
        case(
            ActKind::RerunFailed,
            |world| ci(world, Some("FAILURE")),
            |gate| Act::RerunFailed(gate.runs[0].run.clone()),
            |world| suite(world).attempt == 2,
            ("the failed jobs of CI run again", "it runs again"),
        ),
        case(
            ActKind::RerunDebug,
            |world| ci(world, Some("FAILURE")),
            |gate| Act::RerunDebug(gate.runs[0].run.clone()),
            |world| suite(world).attempt == 2 && suite(world).is_debugged,
            ("the failed jobs of CI run again, with debug logging", "it runs again"),
        ),
        case(
            ActKind::RerunAll,
            |world| ci(world, Some("SUCCESS")),
            |gate| Act::RerunAll(gate.runs[0].run.clone()),
            |world| suite(world).attempt == 2,
            ("CI runs again", "it runs again"),
        ),
        case(
            ActKind::CancelRun,
            |world| ci(world, None),
            |gate| Act::CancelRun(gate.runs[0].run.clone()),
            cancelled,
            ("CI is being cancelled", "it is cancelled"),
        ),
        case(
            ActKind::ApproveRun,
            |world| ci(world, Some("ACTION_REQUIRED")),
            |gate| Act::ApproveRun(gate.runs[0].run.clone()),
            |world| suite(world).status == "QUEUED",
            ("CI may start", "it waits no more"),
        ),
    ]
}

pub(super) fn of_commits() -> Vec<Case> {
    vec![
        case(
            ActKind::Merge,
            |_| {},
            |_| Act::Merge { method: MergeMethod::Squash },
            |world| pull(world).state == "MERGED",
            ("merged as 0000000 (squash)", "it is merged by ana"),
        ),
        case(
            ActKind::AutoMergeOn,
            |world| world.change(0, 1, |pull| pull.merge_state = "BLOCKED"),
            |_| Act::AutoMergeOn { method: MergeMethod::Rebase },
            |world| pull(world).auto_merge.is_some(),
            ("auto-merge is on (rebase)", "auto-merge is on"),
        ),
        case(
            ActKind::Enqueue,
            |world| world.repositories[0].rules.queue = true,
            |_| Act::Enqueue,
            |world| pull(world).queue == Some(1),
            ("in the merge queue, at place 1", "it is in the merge queue"),
        ),
        case(
            ActKind::UpdateBranch,
            |world| world.change(0, 1, |pull| pull.merge_state = "BEHIND"),
            |_| Act::UpdateBranch { method: UpdateMethod::Merge },
            |world| pull(world).merge_state == "BLOCKED",
            ("its branch is being updated", "its branch is updated"),
        ),
        case(
            ActKind::UpdateBranch,
            |world| world.change(0, 1, |pull| pull.merge_state = "BEHIND"),
            |_| Act::UpdateBranch { method: UpdateMethod::Rebase },
            |world| !pull(world).acts.forced.is_empty(),
            ("its branch is being updated", "its branch is updated"),
        ),
        case(
            ActKind::Approve,
            |_| {},
            |_| Act::Approve { body: String::new() },
            |world| pull(world).reviews.last().is_some_and(|review| review.state == "APPROVED"),
            ("approved", "it is approved"),
        ),
        case(
            ActKind::RequestChanges,
            |_| {},
            |_| Act::RequestChanges { body: "No.".to_owned() },
            |world| pull(world).reviews.last().is_some_and(|review| review.state == "CHANGES_REQUESTED"),
            ("changes are requested", "changes are requested"),
        ),
    ]
}

pub(super) fn of_talk() -> Vec<Case> {
    vec![
        case(
            ActKind::Comment,
            |_| {},
            |_| Act::Comment { body: "Why?\nI \u{202e}wonder. $(id)".to_owned() },
            |world| pull(world).acts.comments.iter().any(|one| one.body.starts_with("Why?\n")),
            ("commented", "the comment is there"),
        ),
        case(
            ActKind::AskReview,
            |world| world.change(0, 1, |pull| pull.requests = vec!["ana".to_owned(), "@acme/api".to_owned()]),
            |gate| Act::AskReview { people: person(gate, "cleo"), teams: gate.teams.clone() },
            // Those that were asked before still are.
            |world| pull(world).requests == ["ana", "@acme/api", "cleo", "@acme/backend"],
            ("a review is asked of cleo, acme/backend", "the review is asked for"),
        ),
        case(
            ActKind::Labels,
            |_| {},
            |gate| Act::Labels { add: label(gate, "bug"), remove: vec![] },
            |world| pull(world).labels == ["bug"],
            ("bug added", "its labels are so"),
        ),
        case(
            ActKind::Labels,
            |world| world.change(0, 1, |pull| pull.labels = vec!["bug".to_owned(), "docs".to_owned()]),
            |gate| Act::Labels { add: vec![], remove: label(gate, "bug") },
            |world| pull(world).labels == ["docs"],
            ("bug removed", "its labels are so"),
        ),
        case(
            ActKind::Assign,
            |_| {},
            |gate| Act::Assign { add: person(gate, "cleo"), remove: vec![] },
            |world| pull(world).assignees == ["cleo"],
            ("cleo added", "its assignees are so"),
        ),
        case(
            ActKind::Assign,
            |world| world.change(0, 1, |pull| pull.assignees = vec!["cleo".to_owned()]),
            |gate| Act::Assign { add: vec![], remove: gate.assigned.clone() },
            |world| pull(world).assignees.is_empty(),
            ("cleo removed", "its assignees are so"),
        ),
    ]
}

pub(super) fn of_state() -> Vec<Case> {
    vec![
        case(
            ActKind::AutoMergeOff,
            |world| world.change(0, 1, |pull| pull.auto_merge = Some(start())),
            |_| Act::AutoMergeOff,
            |world| pull(world).auto_merge.is_none(),
            ("auto-merge is off", "auto-merge is off"),
        ),
        case(
            ActKind::Dequeue,
            |world| {
                world.repositories[0].rules.queue = true;
                world.change(0, 1, |pull| pull.queue = Some(1));
            },
            |_| Act::Dequeue,
            |world| pull(world).queue.is_none(),
            ("out of the merge queue", "it is out of the merge queue"),
        ),
        case(
            ActKind::Ready,
            |world| world.change(0, 1, |pull| pull.is_draft = true),
            |_| Act::Ready,
            |world| !pull(world).is_draft,
            ("ready for review", "it is ready for review"),
        ),
        case(
            ActKind::Draft,
            |_| {},
            |_| Act::Draft,
            |world| pull(world).is_draft,
            ("a draft now", "it is a draft"),
        ),
        case(
            ActKind::Close,
            |_| {},
            |_| Act::Close,
            |world| pull(world).state == "CLOSED",
            ("closed", "it is closed"),
        ),
        case(
            ActKind::Reopen,
            |world| world.change(0, 1, |pull| pull.state = "CLOSED"),
            |_| Act::Reopen,
            |world| pull(world).state == "OPEN",
            ("open again", "it is open"),
        ),
    ]
}
