//! Writes without an answer: GitHub is asked what has happened, and nothing is sent again.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use chrono::TimeDelta;
use flowlens::{
    domain::hub::{Act, Gate, MergeMethod, Outcome, UpdateMethod, Verdict},
    github::act::HandOptions,
};

use serde_json::json;

use super::{
    NOW, Trial,
    cases::{all, ci},
    done, not_sent, start, world,
};
use crate::github::fake::{
    faults::What,
    world::{Asked, Review, World},
};

const UNSEEN: &str = "what became of the last one is not known: look at it first";
const SQUASH: Act = Act::Merge { method: MergeMethod::Squash };

fn until() -> Outcome {
    Outcome::Unknown { until: start() + TimeDelta::seconds(30) }
}

#[tokio::test]
async fn what_has_happened_is_found_out() {
    for lost in [None, Some(502), Some(504)] {
        for case in all() {
            let mut world = world();
            (case.given)(&mut world);
            world.fault(1, |asked| asked.is_write, What::Lost(lost));
            let mut trial = Trial::start(world);
            let order = trial.order(1, case.act).await;
            let settled = Outcome::Settled(case.seen.to_owned());
            assert_eq!(trial.outcome(&order).await, [until(), settled], "{:?} {lost:?}", case.kind);
            assert!((case.is_done)(&trial.fake.world()), "{:?}", case.kind);
            assert_eq!(trial.writes(), (1, vec![true]), "{:?}", case.kind);
        }
    }
}

#[tokio::test]
async fn what_has_not_happened_is_not_tried_again() {
    for case in all() {
        let mut world = world();
        (case.given)(&mut world);
        world.fault(1, |asked| asked.is_write, What::Cut);
        let mut trial = Trial::start(world);
        let order = trial.order(1, case.act).await;
        let by = start() + TimeDelta::seconds(30);
        assert_eq!(trial.outcome(&order).await, [until(), Outcome::Unseen { by }], "{:?}", case.kind);
        assert!(!(case.is_done)(&trial.fake.world()), "{:?}", case.kind);
        // The user looks first, and is warned.
        assert_eq!(trial.outcome(&order).await, not_sent(UNSEEN), "{:?}", case.kind);
        assert_eq!(trial.writes(), (1, vec![]), "{:?}", case.kind);
        let again = trial.order(1, case.act).await;
        let warning = again.warning.clone().expect("a warning");
        assert!(
            warning.starts_with("one was sent before, and nothing of it was seen on GitHub"),
            "{warning}"
        );
        assert_eq!(trial.outcome(&again).await, done(case.said), "{:?}", case.kind);
        assert_eq!(trial.writes(), (2, vec![true]), "{:?}", case.kind);
    }
}

/// Whoever does not know of one sends no other by its side.
#[tokio::test]
async fn actions_with_one_aim_wait_for_each_other() {
    let mut world = world();
    ci(&mut world, Some("FAILURE"));
    world.fault(1, |asked| asked.is_write, What::Cut);
    let mut trial = Trial::start(world);
    let all = |gate: &Gate| Act::RerunAll(gate.runs[0].run.clone());
    let others =
        [trial.order(1, all).await, trial.order(1, |gate| Act::RerunDebug(gate.runs[0].run.clone())).await];
    let lost = trial.order(1, |gate| Act::RerunFailed(gate.runs[0].run.clone())).await;
    assert!(matches!(trial.outcome(&lost).await[..], [_, Outcome::Unseen { .. }]));
    for other in &others {
        assert_eq!(trial.outcome(other).await, not_sent(UNSEEN), "{:?}", other.act);
    }
    // What has another aim goes on.
    let words = trial.order(1, |_| Act::Comment { body: "Why?".to_owned() }).await;
    assert_eq!(words.warning, None);
    let again = trial.order(1, all).await;
    assert!(again.warning.as_ref().is_some_and(|told| told.starts_with("one was sent before")), "{again:?}");
    assert_eq!(trial.outcome(&again).await, done("CI runs again"));
    assert_eq!(trial.writes(), (2, vec![true]));
}

#[tokio::test]
async fn a_merge_and_an_auto_merge_wait_for_each_other() {
    let mut world = world();
    world.change(0, 1, |pull| pull.merge_state = "BLOCKED");
    world.fault(1, |asked| asked.is_write, What::Cut);
    let mut trial = Trial::start(world);
    let auto = trial.order(1, |_| Act::AutoMergeOn { method: MergeMethod::Squash }).await;
    trial.fake.world().change(0, 1, |pull| pull.merge_state = "CLEAN");
    let lost = trial.order(1, |_| SQUASH).await;
    assert!(matches!(trial.outcome(&lost).await[..], [_, Outcome::Unseen { .. }]));
    trial.fake.world().change(0, 1, |pull| pull.merge_state = "BLOCKED");
    assert_eq!(trial.outcome(&auto).await, not_sent(UNSEEN));
    assert_eq!(trial.writes(), (1, vec![]));
}

/// Into the queue and a merge have one aim; out of it is another one.
#[tokio::test]
async fn a_place_in_the_queue_that_nobody_knows_of_bars_a_merge() {
    let mut world = world();
    world.fault(1, |asked| asked.is_write, What::Cut);
    let mut trial = Trial::start(world);
    let merge = trial.order(1, |_| SQUASH).await;
    trial.fake.world().repositories[0].rules.queue = true;
    let lost = trial.order(1, |_| Act::Enqueue).await;
    assert!(matches!(trial.outcome(&lost).await[..], [_, Outcome::Unseen { .. }]));
    trial.fake.world().repositories[0].rules.queue = false;
    for order in [&merge, &lost] {
        assert_eq!(trial.outcome(order).await, not_sent(UNSEEN), "{:?}", order.act);
    }
    // It was put there after all.
    {
        let mut world = trial.fake.world();
        world.repositories[0].rules.queue = true;
        world.change(0, 1, |pull| pull.queue = Some(1));
    }
    let out = trial.order(1, |_| Act::Dequeue).await;
    assert_eq!(out.warning, None);
    assert_eq!(trial.outcome(&out).await, done("out of the merge queue"));
    assert_eq!(trial.writes(), (2, vec![true]));
}

/// By force, after a cancel that had no effect.
#[tokio::test]
async fn a_forced_cancel_is_found_out_or_not_tried_again() {
    for (fault, is_cancelled) in [(What::Lost(None), true), (What::Cut, false)] {
        let mut world = world();
        ci(&mut world, None);
        world.repositories[0].rules.is_stubborn = true;
        let mut trial = Trial::start(world);
        let run = |gate: &Gate| gate.runs[0].run.clone();
        let cancel = trial.order(1, |gate| Act::CancelRun(run(gate))).await;
        assert_eq!(trial.outcome(&cancel).await, done("CI is being cancelled"));
        let force = trial.order(1, |gate| Act::ForceCancel(run(gate))).await;
        trial.fake.world().fault(1, |asked| asked.is_write, fault);
        let found = trial.outcome(&force).await;
        if is_cancelled {
            assert!(
                matches!(&found[..], [_, Outcome::Settled(how)] if how == "it is cancelled"),
                "{found:?}"
            );
        } else {
            assert!(matches!(&found[..], [_, Outcome::Unseen { .. }]), "{found:?}");
            // Neither of both is sent before the user has looked.
            for order in [&force, &cancel] {
                assert_eq!(trial.outcome(order).await, not_sent(UNSEEN), "{:?}", order.act);
            }
        }
        assert_eq!(trial.writes(), (2, vec![true; 1 + usize::from(is_cancelled)]));
    }
}

/// The reader has approved a commit, so many seconds ago.
fn approve(world: &mut World, commit: &str, ago: i64) {
    let review = Review {
        id: world.id(),
        author: Some("ana".to_owned()),
        state: "APPROVED",
        at: start() - TimeDelta::seconds(ago),
        updated_at: start(),
        commit: commit.to_owned(),
    };
    world.change(0, 1, |pull| pull.reviews.push(review));
}

/// What somebody else has done, or was so before, is not taken for the deed.
#[tokio::test]
async fn other_peoples_deeds_are_told_from_ours() {
    for (act, change) in [
        (
            Act::Comment { body: "Why?".to_owned() },
            (|world| {
                let comment = |author: &str, body: &str, ago: i64| crate::github::fake::act::rules::Comment {
                    author: author.to_owned(),
                    at: start() - TimeDelta::seconds(ago),
                    body: body.to_owned(),
                };
                let comments =
                    [comment("ben", "Why?", 0), comment("ana", "Why not?", 0), comment("ana", "Why?", 60)];
                world.change(0, 1, |pull| pull.acts.comments.extend(comments));
            }) as fn(&mut World),
        ),
        (Act::Approve { body: String::new() }, |world| {
            let head = world.repositories[0].pulls[&1].head.clone();
            approve(world, &head, 60);
        }),
        (Act::Approve { body: String::new() }, |world| approve(world, "0ld", 0)),
        (Act::AutoMergeOn { method: MergeMethod::Squash }, |world| {
            world.change(0, 1, |pull| {
                (pull.auto_merge, pull.acts.auto_merge_by) = (Some(start()), Some("ben".to_owned()));
            });
        }),
    ] {
        let mut world = world();
        world.change(0, 1, |pull| pull.merge_state = "BLOCKED");
        world.fault(1, |asked| asked.is_write, What::Before(Box::new(change)));
        world.fault(1, |asked| asked.is_write, What::Cut);
        let mut trial = Trial::start(world);
        let order = trial.order(1, |_| act.clone()).await;
        let outcomes = trial.outcome(&order).await;
        assert!(matches!(outcomes[..], [_, Outcome::Unseen { .. }]), "{act:?} {outcomes:?}");
    }
}

/// What has happened since is so by GitHub's clock, not by this machine's.
#[tokio::test]
async fn a_clock_that_is_wrong_hides_no_deed() {
    let mut world = world();
    world.fault(1, |asked| asked.is_write, What::Lost(None));
    let mut trial = Trial::start(world);
    NOW.set(start() + TimeDelta::hours(1));
    let order = trial.order(1, |_| Act::Comment { body: "Why?".to_owned() }).await;
    let outcomes = trial.outcome(&order).await;
    assert!(
        matches!(&outcomes[..], [_, Outcome::Settled(how)] if how == "the comment is there"),
        "{outcomes:?}"
    );
}

/// A server may tell more than what it was asked for.
#[tokio::test]
async fn an_old_comment_is_not_the_new_one() {
    let mut world = world();
    world.fault(1, |asked| asked.is_write, What::Cut);
    world.twist(
        usize::MAX,
        |asked: &Asked| asked.what == "Readback",
        |answer| {
            let at = start() - TimeDelta::hours(1);
            let old = json!({"viewerDidAuthor": true, "body": "Why?", "createdAt": at});
            answer["data"]["node"]["timelineItems"]["nodes"] = json!([old]);
        },
    );
    let mut trial = Trial::start(world);
    let order = trial.order(1, |_| Act::Comment { body: "Why?".to_owned() }).await;
    assert!(matches!(trial.outcome(&order).await[..], [_, Outcome::Unseen { .. }]));
}

/// Who looks at one has not looked at another.
#[tokio::test]
async fn each_pull_request_is_looked_at_for_itself() {
    let mut world = world();
    world.fault(2, |asked| asked.is_write, What::Cut);
    let mut trial = Trial::start(world);
    let orders = [trial.order(1, |_| Act::Close).await, trial.order(2, |_| Act::Close).await];
    for order in &orders {
        assert!(matches!(trial.outcome(order).await[..], [_, Outcome::Unseen { .. }]));
    }
    trial.gate(1).await;
    assert_eq!(trial.outcome(&orders[1]).await, not_sent(UNSEEN));
    let asked_anew = trial.outcome(&orders[0]).await;
    assert!(
        matches!(&asked_anew[..], [Outcome::Refused(why)] if why.starts_with("since the question")),
        "{asked_anew:?}"
    );
    assert_eq!(trial.writes(), (2, vec![]));
}

/// GitHub does it only after nobody waits for the answer any more.
#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_unknown() {
    let mut world = world();
    let release = Arc::new(AtomicBool::new(false));
    world.fault(1, |asked| asked.is_write, What::Hold(Arc::clone(&release)));
    let patience = Some(Duration::from_secs(1));
    let mut trial = Trial::with(world, HandOptions { no_actions: None, time: super::time(), patience });
    let order = trial.order(1, |_| SQUASH).await;
    let outcomes = trial.outcome(&order).await;
    assert!(matches!(outcomes[..], [Outcome::Unknown { .. }, Outcome::Unseen { .. }]), "{outcomes:?}");
    release.store(true, std::sync::atomic::Ordering::SeqCst);
    let merged = crate::support::eventually(crate::support::PATIENCE, || {
        (trial.fake.world().repositories[0].pulls[&1].state == "MERGED").then_some(())
    });
    assert!(merged.is_some(), "it was sent");
    // Whoever looks sees it.
    assert_eq!(trial.gate(1).await.verdict(order.act.kind()), Verdict::Not("it is merged".to_owned()));
    assert_eq!(trial.writes(), (1, vec![true]));
}

/// Somebody's commit on top of what was shown is no update from its base.
#[tokio::test]
async fn a_push_is_no_update() {
    let mut world = world();
    world.change(0, 1, |pull| pull.merge_state = "BEHIND");
    let push = |world: &mut World| {
        let old = world.repositories[0].pulls[&1].head.clone();
        let new = world.push(0, 1);
        world.repositories[0].commits.get_mut(&new).expect("a commit").parents = vec![old];
    };
    world.fault(1, |asked| asked.is_write, What::Before(Box::new(push)));
    world.fault(1, |asked| asked.is_write, What::Cut);
    let mut trial = Trial::start(world);
    let order = trial.order(1, |_| Act::UpdateBranch { method: UpdateMethod::Merge }).await;
    let outcomes = trial.outcome(&order).await;
    assert!(matches!(outcomes[..], [_, Outcome::Unseen { .. }]), "{outcomes:?}");
}
