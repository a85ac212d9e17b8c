//! A server may say the same in other ways: with nothing where there is null, with words and fields of tomorrow, in other
//! pages, and over another wire.

use flowlens::domain::hub::{Act, ActKind, MergeMethod, Outcome, RunState, Verdict};
use serde_json::{Value, json};

use super::{
    Trial,
    cases::{all, ci, pull},
    done, world,
};
use crate::github::fake::{
    dialect::{Dialect, Wire},
    faults::What,
    world::{Asked, World},
};

#[tokio::test]
async fn each_action_is_done_in_each_of_them() {
    for wire in [Wire::Chunked, Wire::Old, Wire::Small] {
        each(|world| world.dialect = Dialect { date: false, limits: false, wire, ..Dialect::default() })
            .await;
    }
    each(|world| world.dialect = Dialect { page: Some(2), ..Dialect::default() }).await;
}

/// GraphQL may leave out nothing that is asked for, but REST leaves out what its description does not require.
#[tokio::test]
async fn each_action_is_done_where_there_is_less_or_more_to_read() {
    each(|world| {
        world.twist(usize::MAX, |asked| !asked.is_graphql, without_nulls);
        world.twist(usize::MAX, |_| true, with_more);
    })
    .await;
}

async fn each(speak: impl Fn(&mut World)) {
    for case in all() {
        let mut world = world();
        (case.given)(&mut world);
        speak(&mut world);
        let mut trial = Trial::start(world);
        let order = trial.order(1, case.act).await;
        assert_eq!(trial.outcome(&order).await, done(case.said), "{:?}", case.kind);
        assert!((case.is_done)(&trial.fake.world()), "{:?}", case.kind);
        assert_eq!(trial.writes(), (1, vec![true]), "{:?}", case.kind);
    }
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn with_more(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(with_more);
            fields.insert("aNewField".to_owned(), json!({"id": 1, "nodes": [null]}));
        }
        Value::Array(items) => items.iter_mut().for_each(with_more),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Of one workflow the newest run counts, on whichever page it is; and what a page has no room for is looked for.
#[tokio::test]
async fn small_pages_are_not_all_there_is() {
    let mut world = world();
    for _ in 0..5 {
        ci(&mut world, Some("FAILURE"));
    }
    world.dialect = Dialect { page: Some(2), blank: true, ..Dialect::default() };
    let mut trial = Trial::start(world);
    let gate = trial.gate(1).await;
    assert!(gate.has_more_picks);
    let world = trial.fake.world();
    let suites = &world.repositories[0].commits[&pull(&world).head].suites;
    let (run, ..) = suites.last().and_then(|suite| suite.workflow.clone()).expect("a run");
    let runs: Vec<_> = gate.runs.iter().map(|run| (run.run.id, &run.state)).collect();
    assert_eq!(runs, [(run, &RunState::Failed)]);
}

#[tokio::test]
async fn lists_that_are_null_are_no_lists() {
    let mut world = world();
    world.twist(
        usize::MAX,
        |asked| asked.what == "Gate",
        |answer| {
            let repository = &mut answer["data"]["repository"];
            for list in ["labels", "assignableUsers"] {
                repository[list] = json!({"pageInfo": null, "nodes": null});
            }
            for list in ["labels", "assignees", "reviewRequests", "files"] {
                repository["pullRequest"][list] = Value::Null;
            }
            repository["pullRequest"]["statusCheckRollup"] = json!({"contexts": {"nodes": [null]}});
        },
    );
    let mut trial = Trial::start(world);
    let gate = trial.gate(1).await;
    assert!(gate.labels.is_empty() && gate.people.is_empty() && gate.failing.is_empty());
    assert_eq!(gate.verdict(ActKind::Merge), Verdict::Allowed);
}

#[tokio::test]
async fn a_word_of_tomorrow_is_no_leave() {
    let pull = |field: &'static str, word: &'static str| {
        move |answer: &mut Value| answer["data"]["repository"]["pullRequest"][field] = json!(word)
    };
    let said = async |change: Box<dyn FnMut(&mut Value) + Send>, kind| {
        let mut world = world();
        ci(&mut world, Some("FAILURE"));
        world.twist(usize::MAX, |asked| asked.what == "Gate" || asked.what.contains("/runs?"), change);
        Trial::start(world).gate(1).await.verdict(kind)
    };
    let not = |why: &str| Verdict::Not(why.to_owned());
    assert_eq!(
        said(Box::new(pull("mergeStateStatus", "SHINY")), ActKind::Merge).await,
        not("GitHub calls its state SHINY")
    );
    let state = said(Box::new(pull("state", "FROZEN")), ActKind::Reopen).await;
    assert_eq!(state, not("it is open"));
    let run = Box::new(|answer: &mut Value| {
        if answer["workflow_runs"].is_array() {
            answer["workflow_runs"][0]["conclusion"] = json!("sunk");
        }
    });
    assert_eq!(said(run, ActKind::RerunFailed).await, not("no run of this commit has failed"));
}

/// What GitHub does not tell is no sign that something is gone.
#[tokio::test]
async fn what_is_not_told_is_not_taken_for_done() {
    let mut world = world();
    world.change(0, 1, |pull| pull.auto_merge = Some(super::start()));
    world.fault(1, |asked| asked.is_write, What::Shut);
    world.twist(
        9,
        |asked: &Asked| asked.what == "Readback",
        |answer| {
            answer["data"]["node"]["autoMergeRequest"] = Value::Null;
            let error = json!({"type": "FORBIDDEN", "path": ["node", "autoMergeRequest"], "message": "no"});
            answer["errors"] = json!([error]);
        },
    );
    let mut trial = Trial::start(world);
    let order = trial.order(1, |_| Act::AutoMergeOff).await;
    let outcomes = trial.outcome(&order).await;
    assert!(matches!(outcomes[..], [Outcome::Unknown { .. }, Outcome::Unseen { .. }]), "{outcomes:?}");
}

/// A merge is done where GitHub says so, and nowhere else.
#[tokio::test]
async fn an_answer_to_a_merge_says_whether_it_is_merged() {
    for (body, is_refused) in [
        (json!({"sha": null, "merged": false, "message": "Base branch was modified"}), true),
        (json!({"message": "Accepted"}), false),
        (json!({}), false),
    ] {
        let mut world = world();
        let answer = What::Answer(200, "Content-Type: application/json\r\n".to_owned(), body.to_string());
        world.fault(1, |asked| asked.is_write, answer);
        let mut trial = Trial::start(world);
        let order = trial.order(1, |_| Act::Merge { method: MergeMethod::Squash }).await;
        let outcomes = trial.outcome(&order).await;
        match outcomes.as_slice() {
            [Outcome::Refused(said)] if is_refused => assert_eq!(said, "Base branch was modified"),
            [Outcome::Unknown { .. }, Outcome::Unseen { .. }] if !is_refused => {}
            _ => panic!("{body}: {outcomes:?}"),
        }
        assert_eq!(trial.writes(), (1, vec![]));
    }
}
