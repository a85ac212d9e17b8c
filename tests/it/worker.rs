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
    insight::worker::{Awaited, Worker, WorkerOptions},
    store::insights::InsightStore,
};
use serde_json::json;
use uuid::Uuid;

#[expect(clippy::disallowed_methods, reason = "rows are dated by the servers' clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

pub(crate) fn key(number: i32) -> PrKey {
    PrKey::new(RepoId::new(Uuid::from_u128(1)), PrNumber::new(number))
}

/// `acme/api` with so many open pull requests, each with a stale insight of high risk.
pub(crate) async fn team(store: &Store, count: i32) {
    store.acme_api().await;
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

/// What a worker says of the one request that another one has, or is just taking.
const TAKEN: [&str; 2] = [
    "flowlens: 1 request is left: made by another worker, or by one that is gone\n",
    "flowlens: 1 request is left: next for another worker, or just asked for\n",
];

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
                // Who ends first may leave the other one at work, or in the middle of taking its last request.
                let is_said = answer.stderr.is_empty() || TAKEN.contains(&answer.stderr.as_str());
                assert!(answer.status.success() && is_said, "{answer}");
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

/// `acme/api` with so many open pull requests of one small file, and no insight.
async fn heads(store: &Store, count: u32) {
    let repo = store.literal(&Id(1));
    let numbers =
        format!("WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count})");
    let id = match store {
        Store::Postgres(_) => "gen_random_uuid()",
        Store::Sqlite(_) => "randomblob(16)",
    };
    let files = json!([file("src/a.rs", "modified", &lines(3))]);
    store
        .execute(&format!(
            "INSERT INTO repositories (id, github_id, name, full_name, owner) VALUES ({repo}, 1, 'api', 'acme/api', 'acme');
             INSERT INTO pull_requests (id, repo_id, pr_number, title, commit_sha, state, files_changed)
             {numbers} SELECT {id}, {repo}, n, 'Fix it', 'c' || n, 'open', '{files}' FROM n"
        ))
        .await;
}

#[tokio::test]
async fn a_worker_goes_on_while_it_finds_heads() {
    let [server, embedded] = Store::both("worker_heads").await;
    heads(&embedded, 450).await;
    let answer = on(&embedded, &["worker", "--once"]);
    assert!(answer.status.success() && answer.stderr.is_empty(), "{answer}");
    assert_eq!(answer.stdout.lines().filter(|line| line.ends_with(": low")).count(), 450, "{answer}");
    assert_eq!(embedded.count("insights", "true").await, 450);
    // It does not wait until it looks again: that is an hour later here.
    heads(&server, 450).await;
    let hour = std::time::Duration::from_hours(1);
    let options = WorkerOptions {
        name: "w".to_owned(),
        lease: hour,
        only_by: None,
        awaited: Awaited::default(),
        poll: Some(hour),
        scan: Some(hour),
        pace: std::time::Duration::ZERO,
    };
    let (_wake, woken) = tokio::sync::mpsc::channel(1);
    let mut worker = Worker::new(InsightStore::new(server.database()), options, None, woken, |_| {});
    assert_eq!(worker.drain().await, Ok(450));
    assert_eq!(server.count("insights", "true").await, 450);
}

#[tokio::test]
async fn what_a_worker_leaves_is_told() {
    for store in Store::both("worker_left").await {
        team(&store, 3).await;
        let mut queue = InsightStore::new(store.database());
        let keys: Vec<PrKey> = (1..=3).map(key).collect();
        queue.enqueue(&keys, Some("ann")).await.expect("queued");
        let held = queue.claim("another", std::time::Duration::from_hours(1), None).await.expect("asked");
        assert!(held.is_some());
        let later = match &store {
            Store::Postgres(_) => "now() + interval '1 hour'",
            Store::Sqlite(_) => "(unixepoch() + 3600) * 1000000",
        };
        store
            .execute(&format!("UPDATE insight_requests SET next_attempt_at = {later} WHERE pr_number = 2"))
            .await;
        let answer = on(&store, &["worker", "--once"]);
        assert_eq!(answer.stdout, "acme/api#3: medium\n", "{answer}");
        for says in [
            "1 request is left: to be tried again later",
            "1 request is left: made by another worker, or by one that is gone",
        ] {
            assert!(answer.stderr.contains(says), "{answer}");
        }
        store.execute("DELETE FROM insight_requests").await;
        on(&store, &["worker", "--once"]);
        let answer = on(&store, &["worker", "--once"]);
        assert!(answer.stderr.contains("nothing waits, and no head is without an insight"), "{answer}");
    }
}

#[tokio::test]
async fn what_another_worker_takes_at_this_moment_is_not_for_later() {
    let [server, embedded] = Store::both("worker_taken").await;
    let hour = std::time::Duration::from_hours(1);
    team(&server, 1).await;
    InsightStore::new(server.database()).enqueue(&[key(1)], None).await.expect("queued");
    // Another worker's claim before its COMMIT.
    let Store::Postgres(db) = &server else { panic!("a server") };
    let claim = db.holding("SELECT id FROM insight_requests FOR UPDATE").await;
    let answer = on(&server, &["worker", "--once"]);
    assert_eq!((answer.stdout.as_str(), answer.stderr.as_str()), ("", TAKEN[1]), "{answer}");
    drop(claim);
    // While one is made, another one of the same pull request is not begun.
    team(&embedded, 1).await;
    let mut queue = InsightStore::new(embedded.database());
    for _ in 0..2 {
        queue.enqueue(&[key(1)], None).await.expect("queued");
        queue.claim("another", hour, None).await.expect("asked");
    }
    let answer = on(&embedded, &["worker", "--once"]);
    assert_eq!((answer.stdout.as_str(), answer.stderr), ("", TAKEN.concat()));
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
