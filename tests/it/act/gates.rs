//! What is said of a pull request before anything is done.

use flowlens::domain::{
    hub::{
        ActKind, HubAsk, HubNews, MergeMethod, Permission, Picks, QueuePlace, QueueTold, RunState, Verdict,
        Waits,
    },
    pr_state::PrState,
};

use serde_json::json;

use super::{Trial, cases::ci, world};
use crate::github::fake::world::{Asked, Pull, Review, World, file};

#[tokio::test]
async fn a_gate_tells_what_the_menu_needs() {
    let mut world = world();
    ci(&mut world, Some("FAILURE"));
    let head = world.repositories[0].pulls[&1].head.clone();
    let deploy = world.add_suite(0, &head, "Deploy");
    world.check(0, &head, deploy, "stage", None);
    // It holds the merge back: there is nothing to warn of.
    world.check(0, &head, 0, "lint", Some("FAILURE"));
    world.repositories[0].rules.required.insert("lint".to_owned());
    world.repositories[0].rules.methods = vec!["MERGE", "SQUASH"];
    world.change(0, 1, |pull| {
        pull.labels = vec!["bug".to_owned()];
        pull.assignees = vec!["cleo".to_owned()];
        pull.requests = vec!["ana".to_owned(), "@acme/backend".to_owned()];
        pull.merge_state = "UNSTABLE";
    });
    let mut trial = Trial::start(world);
    let gate = trial.gate(1).await;
    assert_eq!(
        (gate.title.as_str(), gate.state, gate.head.as_str()),
        ("Renew the tokens", PrState::Open, head.as_str())
    );
    assert_eq!(gate.methods, [MergeMethod::Squash, MergeMethod::Merge], "the usual one first");
    assert_eq!((gate.viewer.login.as_str(), gate.viewer.permission), ("ana", Some(Permission::Write)));
    let names =
        |picks: &[flowlens::domain::hub::Pick]| picks.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    assert_eq!(
        (names(&gate.labels), names(&gate.labelled)),
        (vec!["bug".into(), "docs".into()], vec!["bug".to_owned()])
    );
    assert_eq!((names(&gate.people).len(), names(&gate.assigned)), (3, vec!["cleo".to_owned()]));
    assert_eq!(gate.reviewers, ["ana", "acme/backend"]);
    assert_eq!(names(&gate.teams), ["acme/backend"]);
    let runs: Vec<_> =
        gate.runs.iter().map(|one| (one.run.name.as_str(), one.run.attempt, &one.state)).collect();
    assert_eq!(runs, [("CI", 1, &RunState::Failed), ("Deploy", 1, &RunState::Unfinished(Waits::Running))]);
    assert_eq!(gate.failing, ["test"]);
    assert_eq!(gate.queue, QueuePlace::None);
    // A question for reading: nothing was written, and a point and two requests were spent.
    assert_eq!(trial.writes(), (0, vec![]));
    let costs: Vec<(bool, u32)> =
        trial.fake.world().log.iter().map(|asked| (asked.is_graphql, asked.cost)).collect();
    assert_eq!(costs, [(true, 1), (false, 1), (false, 1)]);
}

/// More than a gate tells is found by a text; who types on is asked about the last one.
#[tokio::test]
async fn what_may_be_picked_is_found_by_a_text() {
    let mut world = world();
    let rules = &mut world.repositories[0].rules;
    rules.people = (0..150).map(|n| format!("dev{n:03}")).collect();
    rules.labels.push("dev-only".to_owned());
    let mut trial = Trial::start(world);
    let gate = trial.gate(1).await;
    assert_eq!((gate.people.len(), gate.has_more_picks), (100, true));
    for text in ["d", "dev14"] {
        trial.asks.send(HubAsk::Picks(vec![trial.target(1)], text.to_owned())).expect("a hand");
    }
    let mut found = Vec::new();
    while !found.iter().any(|people: &Vec<String>| people.len() == 10) {
        match trial.next().await {
            HubNews::Picks(_, Ok(Picks { people, labels })) => {
                assert!(labels.len() <= 1, "{labels:?}");
                found.push(people.into_iter().map(|one| one.name).collect());
            }
            other => panic!("{other:?}"),
        }
    }
    let last: Vec<String> = (140..150).map(|n| format!("dev{n}")).collect();
    assert_eq!(found.last(), Some(&last));
}

/// What is said of an action after a change of the world.
async fn said(change: impl FnOnce(&mut World), kind: ActKind) -> Verdict {
    let mut world = world();
    change(&mut world);
    Trial::start(world).gate(1).await.verdict(kind)
}

/// The reader has approved a commit.
fn approve(world: &mut World, commit: fn(&Pull) -> String) {
    let (id, at) = (world.id(), super::start());
    world.change(0, 1, |pull| {
        let (author, commit) = (Some("ana".to_owned()), commit(pull));
        pull.reviews.push(Review { id, author, state: "APPROVED", at, updated_at: at, commit });
    });
}

#[tokio::test]
async fn what_may_not_be_done_is_told_with_its_reason() {
    type Change = fn(&mut World);
    let of = |change: Change, kind, why: &'static str| (change, kind, why);
    for (change, kind, why) in [
        of(
            |world| world.repositories[0].is_archived = true,
            ActKind::Comment,
            "the repository is archived or locked",
        ),
        of(
            |world| world.change(0, 1, |pull| pull.author = Some("ana".to_owned())),
            ActKind::Approve,
            "it is your own pull request",
        ),
        of(|world| world.change(0, 1, |pull| pull.state = "MERGED"), ActKind::Close, "it is merged"),
        of(|world| world.change(0, 1, |pull| pull.is_draft = true), ActKind::Merge, "it is a draft"),
        of(
            |world| world.repositories[0].rules.queue = true,
            ActKind::Merge,
            "the branch has a merge queue: put it there",
        ),
        // It reads CLEAN in the queue, too.
        of(
            |world| {
                world.repositories[0].rules.queue = true;
                world.change(0, 1, |pull| pull.queue = Some(2));
            },
            ActKind::Enqueue,
            "it is in the merge queue",
        ),
        of(
            |world| {
                world.repositories[0].rules.queue = true;
                world.change(0, 1, |pull| pull.merge_state = "BLOCKED");
            },
            ActKind::Enqueue,
            "GitHub holds it back: something that is required is missing",
        ),
        of(
            |world| approve(world, |pull| pull.head.clone()),
            ActKind::Approve,
            "you have approved this commit",
        ),
        of(|_| {}, ActKind::AutoMergeOn, "nothing is waited for: merge it"),
        of(
            |world| world.repositories[0].rules.auto_merge = false,
            ActKind::AutoMergeOn,
            "the repository does not allow it",
        ),
        of(
            |world| world.repositories[0].rules.permission = "READ",
            ActKind::Assign,
            "it needs the role Triage in the repository",
        ),
        of(|_| {}, ActKind::RerunFailed, "no run of this commit has failed"),
        of(|world| ci(world, None), ActKind::RerunAll, "no run of this commit has ended"),
        of(|world| ci(world, Some("FAILURE")), ActKind::CancelRun, "no run of this commit is at work"),
        of(|_| {}, ActKind::UpdateBranch, "it is up to date, or GitHub does not let you"),
        of(
            |world| {
                world.change(0, 1, |pull| {
                    pull.merge_state = "BLOCKED";
                    pull.files.push(file(".github/workflows/ci.yml"));
                });
            },
            ActKind::Merge,
            "GitHub holds it back: it changes workflow files, and the token lacks the scope workflow",
        ),
    ] {
        assert_eq!(said(change, kind).await, Verdict::Not(why.to_owned()), "{kind:?}");
    }
    let older = |world: &mut World| approve(world, |_| "0ld".to_owned());
    assert_eq!(said(older, ActKind::Approve).await, Verdict::Allowed, "an approval of another commit");
    let theirs = |world: &mut World| {
        world.repositories[0].rules.queue = true;
        world.change(0, 1, |pull| (pull.queue, pull.acts.queued_by) = (Some(1), Some("ben".to_owned())));
    };
    assert_eq!(said(theirs, ActKind::Dequeue).await, Verdict::Warned("ben has put it there".to_owned()));
}

/// An older server, or a token without rights: what is not told is not offered.
#[tokio::test]
async fn what_github_does_not_tell_is_not_guessed() {
    let mut world = world();
    for field in [
        "PullRequest.isMergeQueueEnabled",
        "PullRequest.mergeStateStatus",
        "PullRequest.viewerCanUpdateBranch",
    ] {
        world.lacks.insert(field.to_owned());
    }
    let runs: fn(&Asked) -> bool = |asked| asked.what.contains("/actions/runs");
    let teams: fn(&Asked) -> bool = |asked| asked.what.ends_with("/teams?per_page=100");
    let body = r#"{"message": "Resource not accessible by personal access token"}"#;
    for refused in [runs, teams] {
        world.fault(9, refused, crate::github::fake::faults::Fault::answer(403, "", body));
    }
    let mut trial = Trial::start(world);
    let gate = trial.gate(1).await;
    for kind in [ActKind::Merge, ActKind::Enqueue, ActKind::UpdateBranch, ActKind::RerunAll] {
        assert!(!gate.verdict(kind).is_allowed(), "{kind:?}");
    }
    assert_eq!(gate.verdict(ActKind::Approve), Verdict::Allowed);
    // People may be asked, if teams may not.
    assert_eq!((gate.teams.len(), gate.people.len()), (0, 3));
    assert_eq!(gate.verdict(ActKind::AskReview), Verdict::Allowed);
}

#[tokio::test]
async fn a_queue_tells_who_is_ahead_and_why_one_fell_out() {
    let mut world = world();
    world.repositories[0].rules.queue = true;
    for (number, place) in [(1, 3), (2, 1), (3, 2)] {
        world.change(0, number, |pull| {
            (pull.queue, pull.acts.queued_by) = (Some(place), Some("ana".to_owned()));
        });
    }
    let mut trial = Trial::start(world);
    let queue = |trial: &Trial| trial.asks.send(HubAsk::Queue(trial.target(1))).expect("a hand");
    queue(&trial);
    let HubNews::Queue(_, Ok(QueueTold::In { position, ahead, length, by, .. })) = trial.next().await else {
        panic!("it is in")
    };
    let ahead: Vec<i32> = ahead.iter().map(|one| one.number).collect();
    assert_eq!((position, ahead, length, by.as_deref()), (3, vec![2, 3], 3, Some("ana")));
    {
        let mut world = trial.fake.world();
        ci(&mut world, Some("FAILURE"));
        world.change(0, 1, |pull| {
            (pull.queue, pull.acts.left_queue) = (None, Some((super::start(), "failed_checks")));
        });
    }
    queue(&trial);
    let HubNews::Queue(_, Ok(QueueTold::Out { reason, failing, .. })) = trial.next().await else {
        panic!("it is out")
    };
    assert_eq!((reason.as_deref(), failing), (Some("failed_checks"), vec!["test".to_owned()]));
    // An entry is removed on success, too.
    trial.fake.world().change(0, 1, |pull| (pull.state, pull.merged_at) = ("MERGED", Some(super::start())));
    queue(&trial);
    assert!(matches!(trial.next().await, HubNews::Queue(_, Ok(QueueTold::Never))));
}

/// GitHub works out whether something can be merged because it was asked.
#[tokio::test]
async fn what_is_being_worked_out_is_asked_for_once_more() {
    let unknown = |times| {
        let mut world = world();
        let is_gate = |asked: &Asked| asked.what == "Gate";
        world.twist(times, is_gate, |answer| {
            answer["data"]["repository"]["pullRequest"]["mergeStateStatus"] = json!("UNKNOWN");
        });
        Trial::start(world)
    };
    assert_eq!(unknown(1).gate(1).await.verdict(ActKind::Merge), Verdict::Allowed);
    let mut trial = unknown(9);
    let why = "GitHub is still working out whether it can be merged: look again";
    assert_eq!(trial.gate(1).await.verdict(ActKind::Merge), Verdict::Not(why.to_owned()));
    let gates = |trial: &Trial| trial.fake.world().log.iter().filter(|asked| asked.what == "Gate").count();
    assert_eq!(gates(&trial), 2);
    // Of one that is merged nothing is worked out.
    trial.fake.world().change(0, 1, |pull| pull.state = "MERGED");
    trial.gate(1).await;
    assert_eq!(gates(&trial), 3);
}
