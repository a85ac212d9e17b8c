//! The queue of requests for insights, on both engines.

mod asking;
mod plans;
mod properties;
mod rights;
mod scans;
mod working;

use std::{fmt::Write as _, time::Duration};

use crate::{
    feed::key,
    support::rows::{
        Cell::{Id, Time},
        Store,
    },
};
use flowlens::{
    domain::{
        ids::{PrKey, Sha},
        new_insight::NewInsight,
        request::{Request, RequestState},
    },
    store::insights::{Claim, End, InsightStore, Only, ScanCursor},
};
use sqlx::types::chrono::DateTime;

/// Longer than any test.
const LEASE: Duration = Duration::from_mins(10);

/// Both engines, each with `acme/api` and its open pull requests 1 … `count`, number 1 the oldest; the head of number
/// `n` is `c0n`.
async fn filled(name: &str, count: u32) -> [Store; 2] {
    let stores = Store::both(name).await;
    for store in &stores {
        fill(store, count).await;
    }
    stores
}

async fn fill(store: &Store, count: u32) {
    let repo = store.literal(&Id(1));
    let mut sql = format!(
        "INSERT INTO repositories (id, github_id, name, full_name, owner) VALUES ({repo}, 1, 'api', 'acme/api', 'acme');"
    );
    for n in 1..=count {
        let (id, at) = (store.literal(&Id(1000 + u128::from(n))), store.literal(&at(n)));
        write!(
            sql,
            "INSERT INTO pull_requests (id, repo_id, pr_number, title, state, commit_sha, created_at, updated_at, files_changed)
             VALUES ({id}, {repo}, {n}, 'Title {n}', 'open', 'c0{n}', {at}, {at}, '[]');"
        )
        .expect("a string");
    }
    store.execute(&sql).await;
}

/// Minutes after an old time.
fn at(minutes: u32) -> crate::support::rows::Cell {
    Time(DateTime::from_timestamp(1_700_000_000 + i64::from(minutes) * 60, 0).expect("a time"))
}

fn keys(numbers: impl IntoIterator<Item = i32>) -> Vec<PrKey> {
    numbers.into_iter().map(|number| key(1, number)).collect()
}

fn sha(text: &str) -> Option<Sha> {
    Sha::parse(text)
}

/// An insight of this commit.
fn insight(commit: &str) -> NewInsight {
    NewInsight {
        sha: sha(commit),
        risk_level: "medium".to_owned(),
        score: Some(0.25),
        summary: "A summary".into(),
        recommendation: "Look twice".into(),
        details: serde_json::json!({"source": "rules"}),
        requested_by: Some("ana".into()),
    }
}

/// Those that somebody asked for.
#[expect(clippy::unnecessary_wraps, reason = "as a claim takes it")]
const fn of(by: &str) -> Option<Only<'_>> {
    Some(Only { by, awaited: &[] })
}

/// Again after a pause, and the attempt counts.
const fn again(pause: Duration) -> End {
    End::Again { pause, counts: true }
}

async fn claim(queue: &mut InsightStore, worker: &str) -> Option<Claim> {
    queue.claim(worker, LEASE, None).await.expect("asked")
}

/// The newest request of one pull request.
async fn latest(queue: &mut InsightStore, number: i32) -> Request {
    let all = queue.latest(&keys([number])).await.expect("read");
    let [one] = &all[..] else { panic!("{all:?}") };
    one.clone()
}

/// What a scan from the beginning finds.
async fn scan(queue: &mut InsightStore, limit: usize) -> Vec<PrKey> {
    queue.scan(ScanCursor::default(), limit).await.expect("read").keys
}

async fn state(queue: &mut InsightStore, number: i32) -> RequestState {
    latest(queue, number).await.state
}

/// The leases of all claims are over, just now.
async fn expire(store: &Store) {
    let past = match store {
        Store::Postgres(_) => "clock_timestamp() - interval '1 microsecond'",
        Store::Sqlite(_) => "CAST(unixepoch('subsec') * 1000000 AS INTEGER) - 1",
    };
    store.execute(&format!("UPDATE insight_requests SET lease_until = {past} WHERE state = 'running'")).await;
}

async fn move_head(store: &Store, number: i32, commit: &str) {
    store
        .execute(&format!("UPDATE pull_requests SET commit_sha = '{commit}' WHERE pr_number = {number}"))
        .await;
}

async fn insights(store: &Store) -> i64 {
    store.number("SELECT count(*) FROM insights").await
}
