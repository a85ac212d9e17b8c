//! Answers to a write that are none, or no good ones, for each action: GitHub's own and those of whoever is in between.
//! None of them is followed by another write.

use chrono::TimeDelta;
use flowlens::domain::hub::{ActKind, Outcome};
use serde_json::{Value, json};

use super::{
    NOW, Trial,
    cases::{Case, of_commits, of_runs, of_state, of_talk},
    world,
};
use crate::github::fake::faults::{Fault, What};

const JSON: &str = "Content-Type: application/json\r\n";

/// What is told in the end.
#[derive(Clone, Copy, Debug)]
enum Told {
    /// A refusal that says this.
    Refused(&'static str),
    /// GitHub was asked what has happened, and shows nothing.
    Unseen,
}

use Told::{Refused, Unseen};

fn answer(status: u16, headers: &str, body: &str) -> What {
    Fault::answer(status, &format!("{JSON}{headers}"), body)
}

fn page(status: u16) -> What {
    Fault::answer(status, "Content-Type: text/html\r\n", "<html>Log in</html>")
}

/// By either interface.
fn anyhow() -> Vec<(What, Told)> {
    let limits = "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1800000600\r\n";
    vec![
        (What::Shut, Unseen),
        (What::Cut, Unseen),
        (page(200), Unseen),
        (page(202), Unseen),
        (page(403), Unseen),
        (page(502), Unseen),
        (answer(500, "", r#"{"message": "Server Error"}"#), Unseen),
        (answer(503, "Retry-After: 1\r\n", r#"{"message": "Service unavailable"}"#), Unseen),
        (answer(200, "", "{\"da"), Unseen),
        (answer(303, "Location: /\r\n", ""), Unseen),
        (answer(304, "", ""), Unseen),
        (answer(301, "Location: /api/v3/x\r\n", "{}"), Refused("another name by now")),
        (answer(307, "Location: https://login.test/\r\n", ""), Refused("leads to another host, login.test")),
        (answer(400, "", r#"{"message": "Problems parsing JSON"}"#), Refused("Problems parsing JSON")),
        (answer(401, "", r#"{"message": "Bad credentials"}"#), Refused("does not accept the token")),
        (answer(404, "", r#"{"message": "Not Found"}"#), Refused("GitHub does not find it")),
        (
            answer(
                422,
                "",
                r#"{"message": "Validation Failed", "errors": ["No \u001b[2J", {"message": "not this"}]}"#,
            ),
            Refused("Validation Failed: No [2J: not this"),
        ),
        // It is offered again once the token is let in there.
        (
            answer(
                403,
                "X-GitHub-SSO: required; url=https://github.test/orgs/acme/sso\r\n",
                r#"{"message": "Resource protected by organization SAML enforcement."}"#,
            ),
            Refused("single sign-on"),
        ),
        (Fault::secondary(30), Refused("GitHub asks to go slower; nothing was done")),
        (answer(429, "", "{}"), Refused("GitHub asks to go slower; nothing was done")),
        (
            answer(403, limits, r#"{"message": "API rate limit exceeded"}"#),
            Refused("hourly limit is reached"),
        ),
    ]
}

fn by_rest() -> Vec<(What, Told)> {
    vec![
        (
            answer(405, "", r#"{"message": "Pull Request is not mergeable"}"#),
            Refused("Pull Request is not mergeable"),
        ),
        (answer(409, "", r#"{"message": "Head branch was modified"}"#), Refused("Head branch was modified")),
    ]
}

/// An error without data.
fn error(error: &Value) -> What {
    answer(200, "", &json!({"errors": [error]}).to_string())
}

/// An error, and nothing of the deed.
fn null(error: &Value) -> What {
    answer(200, "", &json!({"data": {"x": null}, "errors": [error]}).to_string())
}

fn by_graphql() -> Vec<(What, Told)> {
    let typed = |kind: &str| error(&json!({"type": kind, "message": "It is so.", "path": ["x"]}));
    let scopes = "Your token has not been granted the required scopes to execute this query. The 'x' field requires one of the following scopes: ['workflow'], but your token has only been granted the: ['repo'] scopes.";
    let undefined = json!({"message": "Field 'x' doesn't exist", "path": ["mutation Close", "y", "x"],
        "extensions": {"code": "undefinedField", "typeName": "Y", "fieldName": "x"}});
    let value = json!({"message": "Variable $method was provided invalid value", "extensions": {"value": "X", "problems": []}});
    vec![
        (typed("UNPROCESSABLE"), Refused("It is so.")),
        (typed("NOT_FOUND"), Refused("It is so.")),
        (typed("A_NEW_WORD"), Refused("It is so.")),
        (typed("RATE_LIMITED"), Refused("hourly limit is reached")),
        (typed("RATE_LIMIT"), Refused("hourly limit is reached")),
        (typed("INTERNAL"), Unseen),
        (typed("SERVICE_UNAVAILABLE"), Unseen),
        (
            error(
                &json!({"message": "Something went wrong while executing your query. Please include `A:B`."}),
            ),
            Unseen,
        ),
        (error(&json!({"message": "It is so.", "path": ["x"]})), Unseen),
        (null(&json!({"message": "It is so.", "path": ["x"]})), Refused("It is so.")),
        (null(&json!({"message": "Something went wrong while executing your query."})), Unseen),
        (error(&json!({"type": "FORBIDDEN", "message": "It is so.", "path": ["x", "y"]})), Unseen),
        (error(&undefined), Refused("Field 'x' doesn't exist")),
        (error(&value), Refused("Variable $method was provided invalid value")),
        (answer(200, "", r#"{"data": {"x": null}}"#), Unseen),
        (answer(200, "", r#"{"message": "It is so."}"#), Unseen),
        (
            error(
                &json!({"type": "FORBIDDEN", "extensions": {"saml_failure": true}, "message": "SAML enforcement"}),
            ),
            Refused("single sign-on"),
        ),
        // It is not offered again after this one.
        (
            error(&json!({"type": "INSUFFICIENT_SCOPES", "message": scopes})),
            Refused("lacks the scope workflow"),
        ),
    ]
}

async fn each(cases: Vec<Case>) {
    for case in cases {
        let mut world = world();
        (case.given)(&mut world);
        let mut trial = Trial::start(world);
        let is_rest = case.kind.is_of_run() || case.kind == ActKind::Merge;
        let own = if is_rest { by_rest() } else { by_graphql() };
        for (n, (fault, told)) in anyhow().into_iter().chain(own).enumerate() {
            let place = format!("{:?}, answer {n}, {told:?}", case.kind);
            trial.fake.world().fault(1, |asked| asked.is_write, fault);
            let order = trial.order(1, case.act).await;
            let outcomes = trial.outcome(&order).await;
            match (told, outcomes.as_slice()) {
                (Refused(says), [Outcome::Refused(said)]) => assert!(said.contains(says), "{place}: {said}"),
                (Unseen, [Outcome::Unknown { .. }, Outcome::Unseen { .. }]) => {}
                _ => panic!("{place}: {outcomes:?}"),
            }
            assert_eq!(trial.writes(), (n + 1, vec![]), "{place}");
            assert!(!(case.is_done)(&trial.fake.world()), "{place}");
            // Limits are over then.
            NOW.set(NOW.get() + TimeDelta::hours(2));
            trial.fake.world().pass(TimeDelta::hours(2));
        }
    }
}

#[tokio::test]
async fn a_run_is_acted_on_once_whatever_is_answered() {
    each(of_runs()).await;
}

#[tokio::test]
async fn a_commit_is_acted_on_once_whatever_is_answered() {
    each(of_commits()).await;
}

#[tokio::test]
async fn something_is_said_once_whatever_is_answered() {
    each(of_talk()).await;
}

#[tokio::test]
async fn a_state_is_changed_once_whatever_is_answered() {
    each(of_state()).await;
}
