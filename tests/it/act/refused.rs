//! What GitHub refuses, and what the rules do.

use flowlens::domain::hub::{Act, ActKind, HubNews, MergeMethod, Outcome, Verdict};

use super::{Trial, cases::all, cases::ci, done, not_sent, refused, world};
use crate::github::fake::{
    faults::{Fault, What},
    world::World,
};

const SQUASH: Act = Act::Merge { method: MergeMethod::Squash };

fn verdict(why: &str) -> Verdict {
    Verdict::Not(why.to_owned())
}

/// The parts of paths, and the mutations, that the cases use.
fn forbid_all(world: &mut World) {
    let rest = ["merge", "rerun", "rerun-failed-jobs", "cancel", "approve"];
    let mutations = [
        "addPullRequestReview",
        "addComment",
        "requestReviews",
        "enablePullRequestAutoMerge",
        "disablePullRequestAutoMerge",
        "enqueuePullRequest",
        "dequeuePullRequest",
        "updatePullRequestBranch",
        "markPullRequestReadyForReview",
        "convertPullRequestToDraft",
        "closePullRequest",
        "reopenPullRequest",
        "addLabelsToLabelable",
        "removeLabelsFromLabelable",
        "addAssigneesToAssignable",
        "removeAssigneesFromAssignable",
    ];
    let all = rest.into_iter().chain(mutations).map(str::to_owned);
    world.repositories[0].rules.forbidden = all.collect();
}

#[tokio::test]
async fn a_right_that_is_missing_is_said_in_githubs_words_and_not_tried_again() {
    for case in all() {
        let mut world = world();
        (case.given)(&mut world);
        forbid_all(&mut world);
        world.rename(0, "Acme/API");
        let mut trial = Trial::start(world);
        let order = trial.order(1, case.act).await;
        let outcomes = trial.outcome(&order).await;
        let [Outcome::Refused(said)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
        assert!(
            said.starts_with("ana does not have the correct permissions to execute `")
                || said == "Resource not accessible by personal access token",
            "{said}"
        );
        // From now on the menu says so, and nothing is sent.
        assert_eq!(trial.gate(1).await.verdict(case.kind), verdict(said), "{:?}", case.kind);
        assert_eq!(trial.outcome(&order).await, not_sent(said), "{:?}", case.kind);
        assert_eq!(trial.writes(), (1, vec![false]), "{:?}", case.kind);
    }
}

/// A run that cannot be run again says nothing of the token.
#[tokio::test]
async fn a_403_of_a_run_is_no_missing_right() {
    let mut world = world();
    ci(&mut world, Some("FAILURE"));
    let said = "Unable to retry this workflow run because it was created over a month ago";
    let old =
        Fault::answer(403, "Content-Type: application/json\r\n", &format!("{{\"message\": \"{said}\"}}"));
    world.fault(1, |asked| asked.is_write, old);
    let mut trial = Trial::start(world);
    let order = trial.order(1, |gate| Act::RerunFailed(gate.runs[0].run.clone())).await;
    assert_eq!(trial.outcome(&order).await, refused(said));
    assert_eq!(trial.gate(1).await.verdict(ActKind::RerunFailed), Verdict::Allowed);
    assert_eq!(trial.outcome(&order).await, done("the failed jobs of CI run again"));
}

#[tokio::test]
async fn a_protected_branch_and_a_conflict_are_said_before() {
    for (state, decision, permission, why) in [
        ("BLOCKED", Some("REVIEW_REQUIRED"), "WRITE", "GitHub holds it back: a review is missing"),
        ("BLOCKED", None, "WRITE", "GitHub holds it back: something that is required is missing"),
        // GitHub would let an administrator past the rules.
        ("BLOCKED", Some("CHANGES_REQUESTED"), "ADMIN", "GitHub holds it back: changes are requested"),
        ("DIRTY", None, "ADMIN", "it conflicts with its base"),
        ("BEHIND", None, "ADMIN", "its branch is behind its base: update it"),
        ("UNKNOWN", None, "ADMIN", "GitHub is still working out whether it can be merged: look again"),
        ("CLEAN", None, "TRIAGE", "it needs the right to write to the repository"),
        ("CLEAN", None, "READ", "it needs the right to write to the repository"),
    ] {
        let mut trial = Trial::start(world());
        let order = trial.order(1, |_| SQUASH).await;
        {
            let mut world = trial.fake.world();
            world.repositories[0].rules.permission = permission;
            world.change(0, 1, |pull| (pull.merge_state, pull.acts.decision) = (state, decision));
        }
        assert_eq!(trial.gate(1).await.verdict(ActKind::Merge), verdict(why));
        // It was confirmed before that.
        assert_eq!(trial.outcome(&order).await, refused(why));
        assert_eq!(trial.writes(), (0, vec![]));
    }
}

#[tokio::test]
async fn a_protected_branch_and_a_conflict_are_refused_by_github_in_the_last_moment() {
    for (state, why) in [
        (
            "BLOCKED",
            "Repository rule violations found At least 1 approving review is required by reviewers with write access.",
        ),
        ("DIRTY", "Pull Request is not mergeable"),
    ] {
        let mut world = world();
        let change = move |world: &mut World| world.change(0, 1, |pull| pull.merge_state = state);
        world.fault(1, |asked| asked.is_write, What::Before(Box::new(change)));
        let mut trial = Trial::start(world);
        let order = trial.order(1, |_| SQUASH).await;
        let outcomes = trial.outcome(&order).await;
        let [Outcome::Refused(said)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
        assert_eq!(said.split_whitespace().collect::<Vec<_>>().join(" "), why);
        assert_eq!(trial.writes(), (1, vec![false]));
    }
}

#[tokio::test]
async fn what_the_question_did_not_warn_of_is_asked_anew() {
    let mut trial = Trial::start(world());
    let order = trial.order(1, |_| SQUASH).await;
    {
        let mut world = trial.fake.world();
        ci(&mut world, Some("FAILURE"));
        world.change(0, 1, |pull| pull.merge_state = "UNSTABLE");
    }
    let warning = "checks that are not required have failed: test";
    assert_eq!(trial.outcome(&order).await, refused(&format!("since the question this is so: {warning}")));
    assert_eq!(trial.writes(), (0, vec![]));
    let warned = trial.order(1, |_| SQUASH).await;
    assert_eq!(warned.warning.as_deref(), Some(warning));
    assert_eq!(trial.outcome(&warned).await, done("merged as 0000000 (squash)"));
}

#[tokio::test]
async fn a_way_to_merge_that_is_allowed_no_more_is_not_sent() {
    let mut trial = Trial::start(world());
    let order = trial.order(1, |_| SQUASH).await;
    trial.fake.world().repositories[0].rules.methods = vec!["MERGE"];
    let why = "the repository does not allow squash any more";
    assert_eq!(trial.outcome(&order).await, refused(why));
    assert_eq!(trial.writes(), (0, vec![]));
}

#[tokio::test]
async fn another_pull_request_in_its_place_is_left_alone() {
    let mut trial = Trial::start(world());
    let order = trial.order(1, |_| Act::Close).await;
    let other = flowlens::domain::hub::Order { node: "PR_of_old".to_owned(), ..order };
    let why = refused("another pull request stands in its place by now");
    assert_eq!(trial.outcome(&other).await, why);
    assert_eq!(trial.writes(), (0, vec![]));
}

#[tokio::test]
async fn a_repository_that_was_renamed_is_acted_on_by_its_new_name() {
    let mut trial = Trial::start(world());
    let order = trial.order(1, |_| SQUASH).await;
    trial.fake.world().rename(0, "acme/app");
    assert_eq!(trial.outcome(&order).await, done("merged as 0000000 (squash)"));
    assert_eq!(trial.writes(), (1, vec![true]));
}

#[tokio::test]
async fn limits_stop_what_is_behind() {
    for fault in [
        Fault::secondary(30),
        Fault::answer(
            403,
            "Content-Type: application/json\r\nX-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 0\r\n",
            r#"{"message": "API rate limit exceeded for user ID 1."}"#,
        ),
    ] {
        let mut world = world();
        world.fault(1, |asked| asked.is_write, fault);
        let mut trial = Trial::start(world);
        let first = trial.order(1, |_| Act::Comment { body: "x".to_owned() }).await;
        let second = trial.order(2, |_| Act::Comment { body: "x".to_owned() }).await;
        let outcomes = trial.outcomes(&[first, second]).await;
        assert!(
            matches!(&outcomes[0][..], [Outcome::Refused(why)] if why.ends_with("nothing was done")),
            "{outcomes:?}"
        );
        assert!(matches!(&outcomes[1][..], [Outcome::NotSent(_)]), "{outcomes:?}");
        assert_eq!(trial.writes(), (1, vec![]));
    }
}

#[tokio::test]
async fn a_hand_that_only_reads_sends_no_write() {
    for case in all() {
        let mut world = world();
        (case.given)(&mut world);
        let mut free = Trial::start(world);
        let order = free.order(1, case.act).await;
        let mut world = super::world();
        (case.given)(&mut world);
        let why = "this dashboard was started with --readonly";
        let options = flowlens::github::act::HandOptions {
            no_actions: Some(why.to_owned()),
            time: super::time(),
            patience: None,
        };
        let mut trial = Trial::with(world, options);
        let gate = trial.gate(1).await;
        assert!(ActKind::ALL.iter().all(|kind| gate.verdict(*kind) == verdict(why)));
        assert_eq!(trial.outcome(&order).await, not_sent(why), "{:?}", case.kind);
        assert_eq!(trial.writes(), (0, vec![]));
    }
}

#[tokio::test]
async fn without_a_connection_nothing_is_sent() {
    let mut trial = Trial::start(world());
    let order = trial.order(1, |_| SQUASH).await;
    trial.fake.world().token.valid = false;
    let outcomes = trial.outcome(&order).await;
    assert!(matches!(&outcomes[..], [Outcome::NotSent(why)] if why.contains(" does not accept the token")));
    trial.asks.send(flowlens::domain::hub::HubAsk::Gate(trial.target(1))).expect("a hand");
    let news = trial.next().await;
    assert!(matches!(news, HubNews::Gate(_, Err(_))), "{news:?}");
}
