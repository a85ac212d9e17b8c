//! `flowlens worker`: the program itself, on both engines.

use std::collections::BTreeMap;

use crate::{
    insight::{file, lines},
    support::{
        cli::{self, Answer},
        rows::{
            Cell::{Flag, Id, Int, Null, Text, Time},
            Store,
        },
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use flowlens::{
    domain::{
        ids::{PrKey, PrNumber, RepoId},
        request::RequestState,
    },
    store::insights::InsightStore,
};
use serde_json::json;
use uuid::Uuid;

#[expect(clippy::disallowed_methods, reason = "rows are dated by the servers' clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn key(number: i32) -> PrKey {
    PrKey::new(RepoId::new(Uuid::from_u128(1)), PrNumber::new(number))
}

/// `acme/api` with so many open pull requests, each with a stale insight of high risk.
pub(crate) async fn team(store: &Store, count: i32) {
    let repository = [
        ("id", Id(1)),
        ("github_id", Int(1)),
        ("name", Text("api")),
        ("full_name", Text("acme/api")),
        ("owner", Text("acme")),
    ];
    store.insert("repositories", &[&repository]).await;
    let files: &'static str = Box::leak(
        json!([
            file("src/auth/session.rs", "modified", &lines(30)),
            file("Cargo.toml", "modified", &["+x = 1"])
        ])
        .to_string()
        .into_boxed_str(),
    );
    for n in 1..=count {
        let pull = [
            ("id", Id(1_000 + u128::from(n.unsigned_abs()))),
            ("repo_id", Id(1)),
            ("pr_number", Int(n.into())),
            ("title", Text("Fix the refresh")),
            ("author", Text("ann")),
            ("commit_sha", Text("2222222222222222222222222222222222222222")),
            ("state", Text("open")),
            ("files_changed", crate::support::rows::Cell::Json(files)),
        ];
        store.insert("pull_requests", &[&pull]).await;
        let insight = [
            ("id", Id(2_000 + u128::from(n.unsigned_abs()))),
            ("repo_id", Id(1)),
            ("pr_number", Int(n.into())),
            ("commit_sha", Text("1111111111111111111111111111111111111111")),
            ("risk_level", Text("high")),
            ("summary", Text("The old one")),
            ("processed", Flag(true)),
            ("score", Null),
            ("created_at", Time(now() - TimeDelta::hours(1))),
        ];
        store.insert("insights", &[&insight]).await;
    }
}

/// Runs the program on a store.
pub(crate) fn on(store: &Store, args: &[&str]) -> Answer {
    cli::run(args, &[("FLOWLENS_DATABASE_URL", &store.url())])
}

#[tokio::test]
async fn two_workers_make_forty_insights_and_none_twice() {
    for store in Store::both("worker_forty").await {
        team(&store, 40).await;
        let mut queue = InsightStore::new(store.database());
        let keys: Vec<PrKey> = (1..=40).map(key).collect();
        assert_eq!(queue.enqueue(&keys, Some("ann")).await.expect("queued").queued.len(), 40);
        let lines = std::thread::scope(|scope| {
            let workers = [(); 2].map(|()| scope.spawn(|| on(&store, &["worker", "--once"])));
            workers.map(|worker| {
                let answer = worker.join().expect("a worker");
                // Who ends first may leave the other one at work.
                let said = answer.stderr.is_empty() || answer.stderr.contains("left: made by another worker");
                assert!(answer.status.success() && said, "{answer}");
                answer.stdout
            })
        });
        let mut told: BTreeMap<String, usize> = BTreeMap::new();
        for line in lines.iter().flat_map(|text| text.lines()) {
            *told.entry(line.to_owned()).or_default() += 1;
        }
        assert_eq!(told.len(), 40, "{told:#?}");
        assert!(
            told.iter().all(|(line, times)| *times == 1
                && line.starts_with("acme/api#")
                && line.ends_with(": medium"))
        );
        for request in queue.latest(&keys).await.expect("requests") {
            assert_eq!((&request.state, request.attempts), (&RequestState::Done, 1));
        }
        // The old ones stay as they were; each new one is of the head, and nobody has processed it.
        let old = "summary = 'The old one' AND processed AND commit_sha LIKE '1%'";
        let new = "summary LIKE 'Medium-sized fix: +30 %' AND NOT processed AND commit_sha LIKE '2%' AND risk_level = 'medium'";
        for (what, rows) in [(old, 40), (new, 40), ("true", 80)] {
            assert_eq!(store.count("insights", what).await, rows, "{what}");
        }
        let per_pull =
            "pr_number IN (SELECT pr_number FROM insights GROUP BY pr_number HAVING count(*) <> 2)";
        assert_eq!(store.count("insights", per_pull).await, 0);
    }
}

#[tokio::test]
async fn heads_without_an_insight_are_found() {
    for store in Store::both("worker_scan").await {
        team(&store, 3).await;
        let answer = on(&store, &["worker", "--once"]);
        let mut lines: Vec<&str> = answer.stdout.lines().collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            ["3 new heads are queued", "acme/api#1: medium", "acme/api#2: medium", "acme/api#3: medium"]
        );
        assert_eq!(on(&store, &["worker", "--once"]).stdout, "");
    }
}

#[tokio::test]
async fn the_log_names_the_request_that_failed() {
    for store in Store::both("worker_log").await {
        team(&store, 1).await;
        let mut queue = InsightStore::new(store.database());
        queue.enqueue(&[key(1)], Some("ann")).await.expect("queued");
        store.execute("DELETE FROM pull_requests").await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("worker.log");
        let answer = on(&store, &["worker", "--once", "--log-file", path.to_str().expect("a path")]);
        assert!(answer.stdout.starts_with("#1: failed"), "{answer}");
        let log = std::fs::read_to_string(path).expect("a log");
        let id = &queue.latest(&[key(1)]).await.expect("requests")[0].id.uuid();
        let failed = log.lines().find(|line| line.contains("a request failed")).expect("a line");
        let fields = format!("why=the pull request is no longer stored in request{{id={id} pull=#1}}");
        assert!(failed.ends_with(&fields), "{log}");
    }
}

#[tokio::test]
async fn a_stored_pull_request_is_assessed_by_its_name() {
    for store in Store::both("insight_stored").await {
        team(&store, 1).await;
        let answer = on(&store, &["insight", "ACME/api#1", "--json"]);
        let document: serde_json::Value = serde_json::from_str(&answer.stdout).expect("JSON");
        assert_eq!(document["pull_request"], "acme/api#1");
        assert_eq!(document["risk"], "medium");
        for address in [
            "https://github.com/acme/api/pull/1",
            "https://github.com/ACME/api/pull/1/files#diff-0a",
            "https://github.com/acme/api/pull/1?notification_referrer_id=x",
            "https://git.acme.example/acme/api/pull/1/commits/abc",
            "https://api.github.com/repos/acme/api/pulls/1",
        ] {
            assert_eq!(on(&store, &["insight", address, "--json"]).stdout, answer.stdout, "{address}");
        }
        let answer = on(&store, &["insight", "acme/api#2"]);
        assert_eq!(answer.status.code(), Some(2), "{answer}");
        assert!(answer.stderr.contains("acme/api#2 is not in "), "{answer}");
        assert_eq!(store.count("insights", "true").await, 1, "nothing is stored");
    }
}
