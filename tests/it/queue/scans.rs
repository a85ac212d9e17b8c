//! The scan for heads without an insight finds what its rule says, page by page, whatever is stored.

use flowlens::{
    domain::ids::{PrKey, PrNumber, RepoId},
    store::insights::{InsightStore, ScanCursor},
};
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::at;
use crate::support::rows::{
    Cell::{self, Id, Int, Null, Text},
    Store,
};

/// More than two pages.
const COUNT: u32 = 1_300;

/// The rule, in plain words of SQL: an open pull request with a head and files, no insight of the head that names a
/// level, no open request, and no request about the head that is the last word on it.
const RULE: &str = "
    SELECT p.repo_id, p.pr_number FROM pull_requests p
    WHERE COALESCE(lower(p.state), 'open') NOT IN ('closed', 'merged') AND p.commit_sha <> '' AND p.files_changed IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM insights i WHERE i.repo_id = p.repo_id AND i.pr_number = p.pr_number
                      AND lower(i.commit_sha) = lower(p.commit_sha) AND COALESCE(i.risk_level, '') <> '')
      AND NOT EXISTS (SELECT 1 FROM insight_requests q WHERE q.repo_id = p.repo_id AND q.pr_number = p.pr_number
                      AND q.state IN ('queued', 'running'))
      AND NOT EXISTS (SELECT 1 FROM insight_requests q WHERE q.repo_id = p.repo_id AND q.pr_number = p.pr_number
                      AND lower(q.commit_sha) = lower(p.commit_sha)
                      AND (q.state NOT IN ('done', 'failed')
                           OR (q.state = 'failed' AND COALESCE(q.finished_at >= p.updated_at, TRUE)
                               AND NOT EXISTS (SELECT 1 FROM pipeline_runs h WHERE h.repo_id = p.repo_id
                                               AND h.pr_number = p.pr_number AND h.updated_at > q.finished_at))
                           OR (q.state = 'done' AND NOT EXISTS (SELECT 1 FROM insights i WHERE i.id = q.insight_id
                                                                AND COALESCE(i.risk_level, '') = ''))))";

/// One of these, as a dice that always falls the same.
fn pick<T: Clone>(n: u32, salt: u32, of: &[T]) -> T {
    let mixed = (n * 31 + salt).wrapping_mul(2_654_435_761) >> 8;
    of[usize::try_from(mixed).expect("fits") % of.len()].clone()
}

/// Pull requests, runs, insights and requests in all their states, many of them at one instant.
async fn fill(store: &Store) {
    let timeless = if matches!(store, Store::Postgres(_)) { Null } else { at(7) };
    let repositories: Vec<_> = (1..=3)
        .map(|n: i64| {
            let name = ["a/a", "a/b", "a/c"][usize::try_from(n - 1).expect("small")];
            [
                ("id", Id(u128::from(n.unsigned_abs()))),
                ("github_id", Int(n)),
                ("name", Text("n")),
                ("full_name", Text(name)),
                ("owner", Text("a")),
            ]
        })
        .collect();
    store.insert("repositories", &repositories.iter().map(|row| &row[..]).collect::<Vec<_>>()).await;
    let (mut pulls, mut runs, mut insights, mut requests) = (vec![], vec![], vec![], vec![]);
    for n in 0..COUNT {
        let (repo, number) = (Id(u128::from(1 + n % 3)), Int(i64::from(n / 3)));
        let heads = [Text("aa1"), Text("AA1"), Text("bb2")];
        let times = [at(1), at(5), at(5), at(5), at(9), timeless.clone()];
        let key = || [("repo_id", repo.clone()), ("pr_number", number.clone())];
        let row = |of: u128, cells: Vec<(&'static str, Cell)>| -> Vec<(&'static str, Cell)> {
            std::iter::once(("id", Id(of + u128::from(n)))).chain(key()).chain(cells).collect()
        };
        let head = pick(n, 1, &[Text("aa1"), Text("aa1"), Text("aa1"), Text("bb2"), Text(""), Null]);
        let state =
            pick(n, 2, &[Text("open"), Text("open"), Text("OPEN"), Null, Text("closed"), Text("Merged")]);
        let files = pick(n, 3, &[Cell::Json("[]"), Cell::Json("[]"), Cell::Json("[]"), Null]);
        pulls.push(row(
            10_000,
            vec![
                ("title", Text("T")),
                ("commit_sha", head),
                ("state", state),
                ("files_changed", files),
                ("updated_at", pick(n, 4, &times)),
            ],
        ));
        if pick(n, 5, &[true, true, false]) {
            runs.push(row(20_000, vec![("updated_at", pick(n, 6, &[at(1), at(5), at(9)]))]));
        }
        for twice in 0..pick(n, 7, &[0, 0, 1, 2]) {
            insights.push(row(
                30_000 + 10_000 * twice,
                vec![
                    ("commit_sha", pick(n, 8, &heads)),
                    ("risk_level", pick(n, 9, &[Text("low"), Text(""), Null])),
                ],
            ));
        }
        for twice in 0..pick(n, 10, &[0, 1, 1, 2]) {
            let state = if twice == 0 {
                pick(
                    n,
                    11,
                    &["queued", "running", "done", "done", "failed", "failed", "failed", "dead", "cancelled"],
                )
            } else {
                pick(n, 12, &["done", "failed"])
            };
            requests.push(row(
                60_000 + 10_000 * twice,
                vec![
                    ("state", Text(state)),
                    ("commit_sha", pick(n, 13, &heads)),
                    ("finished_at", pick(n, 14, &[at(1), at(5), at(9), Null])),
                    ("insight_id", pick(n, 15, &[Null, Id(30_000 + u128::from(n))])),
                ],
            ));
        }
    }
    for (table, rows) in [
        ("pull_requests", &pulls),
        ("pipeline_runs", &runs),
        ("insights", &insights),
        ("insight_requests", &requests),
    ] {
        store.insert(table, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>()).await;
    }
}

async fn by_rule(store: &Store) -> Vec<PrKey> {
    let key = |repo: Uuid, number: i32| PrKey::new(RepoId::new(repo), PrNumber::new(number));
    match store {
        Store::Postgres(db) => {
            let rows = sqlx::query(RULE).fetch_all(&mut db.admin().await).await.expect("read");
            rows.iter().map(|row| key(row.get(0), row.get(1))).collect()
        }
        Store::Sqlite(lite) => {
            let rows =
                sqlx::query(AssertSqlSafe(RULE)).fetch_all(&mut lite.connect().await).await.expect("read");
            rows.iter().map(|row| key(row.get(0), row.get(1))).collect()
        }
    }
}

#[tokio::test]
async fn a_scan_finds_what_its_rule_says_whatever_is_stored() {
    for store in &Store::both("queue_rule").await {
        fill(store).await;
        let mut queue = InsightStore::new(store.database());
        let all = queue.scan(ScanCursor::default(), usize::MAX).await.expect("read");
        assert_eq!(all.next, None);
        let sorted = |mut keys: Vec<PrKey>| {
            keys.sort();
            keys
        };
        let rule = sorted(by_rule(store).await);
        assert!(rule.len() > 100 && rule.len() < 1_000, "{}", rule.len());
        assert_eq!(sorted(all.keys.clone()), rule);

        // Some at a time they are the same, and each comes once.
        let (mut some, mut next) = (Vec::new(), Some(ScanCursor::default()));
        while let Some(place) = next {
            let heads = queue.scan(place, 37).await.expect("read");
            assert!(heads.keys.len() == 37 || heads.next.is_none());
            some.extend(heads.keys);
            next = heads.next;
        }
        assert_eq!(some, all.keys);
    }
}
