//! Each action, when all goes well, and when the head moves.

use std::collections::BTreeSet;

use flowlens::domain::{
    hub::{Act, ActKind, Gate, Order, Outcome, Pick},
    ids::Sha,
};
use serde_json::{Value, json};

use super::{
    Trial,
    cases::{all, ci, suite},
    done, refused, world,
};
use crate::github::fake::{faults::What, world::World};

#[tokio::test]
async fn each_action_is_one_write() {
    let mut kinds = BTreeSet::from([ActKind::ForceCancel]);
    for case in all() {
        let mut world = world();
        (case.given)(&mut world);
        let mut trial = Trial::start(world);
        let order = trial.order(1, case.act).await;
        assert_eq!(order.act.kind(), case.kind);
        assert_eq!(trial.outcome(&order).await, done(case.said), "{:?}", case.kind);
        assert!((case.is_done)(&trial.fake.world()), "{:?}", case.kind);
        assert_eq!(trial.writes(), (1, vec![true]), "{:?}", case.kind);
        is_exact(&trial, &order);
        kinds.insert(case.kind);
    }
    assert_eq!(kinds, BTreeSet::from(ActKind::ALL), "an action without a case");
}

/// The request names all that its question did: GitHub's own choices are others.
fn is_exact(trial: &Trial, order: &Order) {
    let (head, world) = (order.target.head.as_str(), trial.fake.world());
    let sent = world.write_requests().remove(0);
    let run_with = |deed: &str, body: Value| {
        let id = order.act.run().expect("a run").id;
        (format!("/api/v3/repos/acme/api/actions/runs/{id}/{deed}"), body)
    };
    let run = |deed: &str| run_with(deed, Value::Null);
    let mutation = |name: &str, variables: Value| {
        let mut all = json!({"id": order.node, "mark": order.id});
        let more = variables.as_object().expect("variables").clone();
        all.as_object_mut().expect("variables").extend(more);
        (name.to_owned(), all)
    };
    let ids = |picks: &[Pick]| picks.iter().map(|pick| pick.id.clone()).collect::<Vec<_>>();
    let review = |event: &str, body: Option<&str>| {
        mutation("Review", json!({"head": head, "event": event, "body": body}))
    };
    let want = match &order.act {
        Act::RerunFailed(_) => run("rerun-failed-jobs"),
        Act::RerunDebug(_) => run_with("rerun-failed-jobs", json!({"enable_debug_logging": true})),
        Act::RerunAll(_) => run("rerun"),
        Act::CancelRun(_) => run("cancel"),
        Act::ForceCancel(_) => run("force-cancel"),
        Act::ApproveRun(_) => run("approve"),
        Act::Approve { .. } => review("APPROVE", None),
        Act::RequestChanges { body } => review("REQUEST_CHANGES", Some(body)),
        Act::Comment { body } => mutation("Comment", json!({"body": body})),
        Act::AskReview { people, teams } => {
            mutation("RequestReviews", json!({"users": ids(people), "teams": ids(teams)}))
        }
        Act::Merge { method } => (
            "/api/v3/repos/acme/api/pulls/1/merge".to_owned(),
            json!({"sha": head, "merge_method": method.word()}),
        ),
        Act::AutoMergeOn { method } => {
            mutation("AutoMergeOn", json!({"head": head, "method": method.name()}))
        }
        Act::AutoMergeOff => mutation("AutoMergeOff", json!({})),
        Act::Enqueue => mutation("Enqueue", json!({"head": head})),
        Act::Dequeue => mutation("Dequeue", json!({})),
        Act::UpdateBranch { method } => {
            mutation("UpdateBranch", json!({"head": head, "method": method.name()}))
        }
        Act::Ready => mutation("Ready", json!({})),
        Act::Draft => mutation("Draft", json!({})),
        Act::Close => mutation("Close", json!({})),
        Act::Reopen => mutation("Reopen", json!({})),
        Act::Labels { add, remove } => match remove.as_slice() {
            [] => mutation("LabelsAdd", json!({"labels": ids(add)})),
            remove => mutation("LabelsRemove", json!({"labels": ids(remove)})),
        },
        Act::Assign { add, remove } => match remove.as_slice() {
            [] => mutation("AssigneesAdd", json!({"users": ids(add)})),
            remove => mutation("AssigneesRemove", json!({"users": ids(remove)})),
        },
    };
    assert_eq!((sent.what.clone(), sent.variables.clone()), want);
}

#[tokio::test]
async fn a_head_that_has_moved_is_not_acted_on() {
    for case in all() {
        let mut world = world();
        (case.given)(&mut world);
        let mut trial = Trial::start(world);
        let order = trial.order(1, case.act).await;
        let head = trial.fake.world().push(0, 1);
        let outcome = trial.outcome(&order).await;
        if case.kind.is_pinned() {
            let now = Sha::parse(&head).expect("a head");
            assert_eq!(outcome, [Outcome::Moved { now }], "{:?}", case.kind);
            assert_eq!(trial.writes(), (0, vec![]), "{:?}", case.kind);
        } else {
            assert_eq!(outcome, done(case.said), "{:?}", case.kind);
            assert_eq!(trial.writes(), (1, vec![true]), "{:?}", case.kind);
        }
    }
}

/// The head moves behind the last look: GitHub compares.
#[tokio::test]
async fn a_head_that_moves_in_the_last_moment_is_refused_by_github() {
    for case in all() {
        if !matches!(
            case.kind,
            ActKind::Merge | ActKind::AutoMergeOn | ActKind::Enqueue | ActKind::UpdateBranch
        ) {
            continue;
        }
        let mut world = world();
        (case.given)(&mut world);
        let moves = What::Before(Box::new(|world| drop(world.push(0, 1))));
        world.fault(1, |asked| asked.is_write, moves);
        let mut trial = Trial::start(world);
        let order = trial.order(1, case.act).await;
        let outcome = trial.outcome(&order).await;
        let now = Sha::parse(&trial.fake.world().repositories[0].pulls[&1].head).expect("a head");
        assert_eq!(outcome, [Outcome::Moved { now }], "{:?}", case.kind);
        assert_eq!(trial.writes(), (1, vec![false]), "{:?}", case.kind);
    }
}

#[tokio::test]
async fn a_run_that_was_started_again_is_left_alone() {
    let mut world = world();
    ci(&mut world, Some("FAILURE"));
    let mut trial = Trial::start(world);
    let rerun = |gate: &Gate| Act::RerunFailed(gate.runs[0].run.clone());
    let order = trial.order(1, rerun).await;
    for (attempt, status, conclusion, why) in [
        (1, "IN_PROGRESS", None, "the run is not over"),
        (2, "COMPLETED", Some("FAILURE"), "it was started again meanwhile: attempt 2"),
        (1, "COMPLETED", Some("SUCCESS"), "nothing in it has failed"),
    ] {
        let head = order.target.head.as_str();
        let change = |world: &mut World| {
            let suite = &mut world.repositories[0].commits.get_mut(head).expect("a commit").suites[0];
            (suite.attempt, suite.status, suite.conclusion) = (attempt, status, conclusion);
        };
        change(&mut trial.fake.world());
        assert_eq!(trial.outcome(&order).await, refused(why));
    }
    assert_eq!(trial.writes(), (0, vec![]));
}

#[tokio::test]
async fn a_cancel_is_forced_only_after_a_plain_one() {
    let mut world = world();
    world.repositories[0].rules.is_stubborn = true;
    ci(&mut world, None);
    let mut trial = Trial::start(world);
    let cancel = trial.order(1, |gate| Act::CancelRun(gate.runs[0].run.clone())).await;
    let force = |cancel: &Order| {
        let act = Act::ForceCancel(cancel.act.run().expect("a run").clone());
        Order { id: uuid::Uuid::new_v4(), act, ..cancel.clone() }
    };
    let too_early = trial.outcome(&force(&cancel)).await;
    assert_eq!(too_early, super::not_sent("only after a cancel that had no effect"));
    assert!(!trial.gate(1).await.verdict(ActKind::ForceCancel).is_allowed());
    assert_eq!(trial.outcome(&cancel).await, done("CI is being cancelled"));
    let force = trial.order(1, |gate| Act::ForceCancel(gate.runs[0].run.clone())).await;
    assert_eq!(trial.outcome(&force).await, done("CI is being cancelled"));
    assert_eq!(suite(&trial.fake.world()).conclusion, Some("CANCELLED"));
    assert_eq!(trial.writes(), (2, vec![true, true]));
}
