//! One scenario on both engines: what the feed and the detail reader tell must be the same to the letter.

mod scenario;

use std::collections::BTreeMap;

use crate::{
    feed::{Live, key, options},
    support::rows::{
        Cell::{self, Id, Int, Null, Text, Time},
        Store,
    },
};
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use flowlens::{
    domain::{
        check::{Check, Detail},
        files::Files,
        ids::{PrKey, RepoId, Sha},
        pull_request::PullRequest,
        repository::{Counts, Repository},
        source::Engine,
        usual::Timed,
    },
    store::board::{
        detail::DetailReader,
        feed::{FeedCommand, FeedOptions},
    },
};

#[expect(clippy::disallowed_methods, reason = "rows are dated around the servers' clock")]
fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

fn ago(minutes: i64) -> DateTime<Utc> {
    now() - TimeDelta::minutes(minutes)
}

/// All that a board holds, in an order.
#[derive(Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) repositories: Vec<(Repository, Counts)>,
    pub(crate) pulls: BTreeMap<PrKey, PullRequest>,
    limited: Option<bool>,
}

fn told(live: &Live) -> Told {
    let mut repositories: Vec<Repository> = live.board.repositories().into_iter().cloned().collect();
    repositories.sort_by_key(|repository| repository.id);
    let counts = |id: RepoId| live.board.counts(id);
    Told {
        repositories: repositories.into_iter().map(|r| (r.clone(), counts(r.id))).collect(),
        pulls: live.board.pulls().map(|pull| (pull.key, pull.clone())).collect(),
        limited: live.limited,
    }
}

/// Feeds over both stores, loaded.
pub(crate) async fn feeds(stores: &[Store; 2], options: &FeedOptions) -> [Live; 2] {
    let mut feeds = stores.each_ref().map(|store| Live::with(store.database(), options.clone()));
    for live in &mut feeds {
        live.until("the first load", |live| !live.polls.is_empty()).await;
    }
    feeds
}

/// Polls both, and compares.
async fn agree(feeds: &mut [Live; 2], command: FeedCommand) -> Told {
    agree_but(feeds, command, |_| {}).await
}

/// The same, but for what `level` makes alike.
pub(crate) async fn agree_but(
    feeds: &mut [Live; 2],
    command: FeedCommand,
    level: impl Fn(&mut PullRequest),
) -> Told {
    for live in feeds.iter_mut() {
        live.forget();
        live.command(command).await;
        live.until("the poll that was asked for", |live| live.polls.iter().any(|poll| poll.asked)).await;
    }
    let [postgres, sqlite] = feeds.each_ref().map(|live| {
        let mut told = told(live);
        told.pulls.values_mut().for_each(&level);
        told
    });
    assert_eq!(postgres.repositories, sqlite.repositories);
    assert_eq!(postgres.limited, sqlite.limited);
    assert!(
        postgres.pulls.keys().eq(sqlite.pulls.keys()),
        "{:?}\n{:?}",
        postgres.pulls.keys(),
        sqlite.pulls.keys()
    );
    for (one, other) in postgres.pulls.values().zip(sqlite.pulls.values()) {
        assert_eq!(one, other);
    }
    sqlite
}

async fn filled(name: &str) -> [Store; 2] {
    let stores = Store::both(name).await;
    let base = now();
    for store in &stores {
        scenario::fill(store, &|minutes| base - TimeDelta::minutes(minutes)).await;
    }
    stores
}

#[tokio::test]
async fn the_board_is_the_same_from_the_first_load_through_changes() {
    let stores = filled("same_board").await;
    let mut feeds = feeds(&stores, &options()).await;
    assert_eq!(feeds[1].sources[0].engine, Engine::Sqlite);
    let first = agree(&mut feeds, FeedCommand::Refresh).await;
    assert_eq!(first.pulls.len(), 6, "five in scope and a run");
    assert_eq!(first.limited, Some(false));
    let insight = first.pulls[&key(1, 2)].insight.as_ref().expect("an insight");
    assert_eq!(insight.id.uuid().as_u128(), 34);
    assert_eq!(*first.pulls[&key(1, 1)].failed_checks, ["b test".into()]);

    // Changes that a tick shows: of each table, a new row, one that leaves the scope.
    let at = now();
    for store in &stores {
        store.update("pull_requests", 1, 1, &[("title", Text("new title")), ("updated_at", Time(at))]).await;
        store
            .update("pipeline_runs", 2, 9, &[("status_build", Text("running")), ("updated_at", Time(at))])
            .await;
        store
            .insert(
                "insights",
                &[&[
                    ("id", Id(35)),
                    ("repo_id", Id(2)),
                    ("pr_number", Int(3)),
                    ("risk_level", Text("low")),
                    ("created_at", Time(at)),
                ]],
            )
            .await;
        store
            .insert(
                "pull_requests",
                &[&[
                    ("id", Id(17)),
                    ("repo_id", Id(2)),
                    ("pr_number", Int(7)),
                    ("title", Text("brand-new")),
                    ("state", Text("open")),
                    ("created_at", Null),
                    ("updated_at", Time(at)),
                ]],
            )
            .await;
        store
            .execute(&format!(
                "UPDATE repositories SET full_name = 'acme/site', updated_at = {} WHERE github_id = 2",
                store.literal(&Time(at))
            ))
            .await;
    }
    let second = agree(&mut feeds, FeedCommand::Refresh).await;
    assert_eq!(&*second.pulls[&key(1, 1)].title, "new title");
    assert_eq!(second.pulls.len(), 7);
    assert!(second.repositories.iter().any(|(r, _)| r.full_name == "acme/site"));

    // And what only a sweep or a complete read finds: a deletion, a change without a new version, a cascade.
    for store in &stores {
        store.execute("DELETE FROM pull_requests WHERE pr_number = 3").await;
        store.update("pull_requests", 1, 2, &[("author", Text("unversioned"))]).await;
    }
    let third = agree(&mut feeds, FeedCommand::Reread).await;
    assert!(!third.pulls.contains_key(&key(2, 3)));
    assert_eq!(third.pulls[&key(1, 2)].author.as_deref(), Some("unversioned"));
    for store in &stores {
        store.execute("DELETE FROM repositories WHERE github_id = 2").await;
    }
    let last = agree(&mut feeds, FeedCommand::Reread).await;
    assert_eq!((last.repositories.len(), last.pulls.len()), (1, 3));
}

/// As services write that stamp whole seconds: both writes have the same version.
#[tokio::test]
async fn a_second_write_within_a_second_is_told() {
    for store in &filled("same_second").await {
        let mut live = Live::with(store.database(), options());
        live.polls(1).await;
        for title in ["one", "two", "three", "four", "five", "six"] {
            let second = match store {
                Store::Postgres(_) => "date_trunc('second', now())",
                Store::Sqlite(_) => "unixepoch() * 1000000",
            };
            let set = format!("title = '{title}', updated_at = {second}");
            store.execute(&format!("UPDATE pull_requests SET {set} WHERE pr_number = 1")).await;
            live.until(title, |live| live.board.pull(key(1, 1)).is_some_and(|pull| &*pull.title == title))
                .await;
        }
        // A row that is read again for it is not told again.
        live.forget();
        live.polls(3).await;
        assert!(live.told.iter().all(|told| *told == "polled"), "{:?}", live.told);
    }
}

#[tokio::test]
async fn limits_and_repositories_narrow_both_alike() {
    let stores = filled("same_scope").await;
    for limit in 1..=6 {
        let narrow = FeedOptions { limit, ..options() };
        let told = agree(&mut feeds(&stores, &narrow).await, FeedCommand::Reread).await;
        assert_eq!((told.pulls.len(), told.limited), (limit, Some(limit < 6)), "{limit}");
    }
    for only in ["ACME/web", "acme/api", "acme/none"] {
        let narrow = FeedOptions { only: vec![only.to_owned()], ..options() };
        let told = agree(&mut feeds(&stores, &narrow).await, FeedCommand::Reread).await;
        let expected = match only {
            "acme/none" => (0, 0),
            _ => (1, 3),
        };
        assert_eq!((told.repositories.len(), told.pulls.len()), expected, "{only}");
    }
    let none = FeedOptions { window: std::time::Duration::from_mins(100), ..options() };
    let told = agree(&mut feeds(&stores, &none).await, FeedCommand::Reread).await;
    assert_eq!(told.pulls.len(), 5, "the merged one is out of the window");
}

#[tokio::test]
async fn pages_and_floods_are_read_whole() {
    let stores = Store::both("same_pages").await;
    let at = ago(60);
    for (store, series) in stores.iter().zip([
        "generate_series(1, 2500) AS n(n)",
        "(WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2500) SELECT n FROM n) AS n",
    ]) {
        let (repo, time) = (store.literal(&Id(1)), store.literal(&Time(at)));
        let id = match store {
            Store::Postgres(_) => "gen_random_uuid()",
            Store::Sqlite(_) => "randomblob(16)",
        };
        store
            .execute(&format!(
                "INSERT INTO repositories (id, github_id, name, full_name, owner) VALUES ({repo}, 1, 'api', 'acme/api', 'acme');
                 INSERT INTO pull_requests (id, repo_id, pr_number, title, state, created_at, updated_at)
                 SELECT {id}, {repo}, n, 'Title ' || n, CASE WHEN n % 5 = 0 THEN 'merged' ELSE 'open' END, NULL, {time} FROM {series};"
            ))
            .await;
    }
    let mut feeds = feeds(&stores, &options()).await;
    let told = agree(&mut feeds, FeedCommand::Reread).await;
    assert_eq!(told.pulls.len(), 2500);
    // More than a probe shows at once.
    let at = now();
    for store in &stores {
        let time = store.literal(&Time(at));
        store.execute(&format!("UPDATE pull_requests SET title = 'flood', updated_at = {time}")).await;
    }
    let told = agree(&mut feeds, FeedCommand::Refresh).await;
    assert!(told.pulls.values().all(|pull| &*pull.title == "flood"));
}

#[tokio::test]
async fn details_are_the_same() {
    let stores = filled("same_detail").await;
    let mut answers = Vec::new();
    for store in &stores {
        let mut reader = DetailReader::new(store.database());
        let detail = reader.detail(key(1, 1), Sha::parse("abc1234").as_ref()).await.expect("read");
        let nothing = reader.detail(key(2, 3), None).await.expect("read");
        assert!(nothing.checks.is_empty() && nothing.reviews.is_empty() && nothing.history.is_empty());
        let mut files = Vec::new();
        for number in [1, 2, 99] {
            let known = match reader.files(key(1, number)).await.expect("read") {
                Files::Known(list) => list.len(),
                Files::Unknown(_) => 0,
            };
            files.push(known);
        }
        answers.push((detail, nothing, files));
    }
    assert_eq!(answers[0], answers[1]);
    let (detail, other, files) = &answers[1];
    let told = |detail: &Detail| -> Vec<_> {
        detail.insights.iter().map(|past| (past.id.uuid().as_u128(), past.details.is_some())).collect()
    };
    assert_eq!(told(detail), [(32, false), (31, false)]);
    assert_eq!(told(other), [(37, false), (36, true)]);
    assert_eq!(other.insights[1].details.as_ref().and_then(|details| details.effort), Some(3));
    assert_eq!(detail.failing_check().map(Check::name), Some("b test"));
    assert_eq!((detail.checks.len(), detail.reviews.len(), detail.history.len()), (3, 2, 2));
    let said: Vec<_> = detail.said.iter().map(|review| (&*review.reviewer, review.dismissed)).collect();
    assert_eq!(said, [("cy", true), ("bo", false), ("bo", false), ("di", false)]);
    assert_eq!(detail.said[1].sha, Sha::parse("abc1234"));
    let check = detail.checks.iter().find(|check| check.name() == "b test").expect("there");
    assert_eq!((check.run, check.attempt, check.workflow_name.as_deref()), (Some(9), Some(2), Some("CI")));
    assert_eq!(check.waited(now()), Some(TimeDelta::minutes(5)));
    assert_eq!(check.took(now()), Some(TimeDelta::minutes(10)));
    assert_eq!(files, &[1, 0, 0]);
}

/// The usual times come from the successes of the commits that are named, within the window, by workflow and name.
#[tokio::test]
async fn usual_times_are_the_same() {
    let stores = filled("same_usual").await;
    let base = now();
    let mut answers = Vec::new();
    for store in &stores {
        let ended = |minutes: i64, seconds: i64, changes: &[(&'static str, Cell)]| {
            let (end, sha) = (base - TimeDelta::minutes(minutes), format!("c{minutes}"));
            let mut row = vec![
                ("repo_id", Id(1)),
                ("head_sha", Text(Box::leak(sha.into_boxed_str()))),
                ("app", Text("github-actions")),
                ("suite_id", Int(minutes)),
                ("name", Text("test")),
                ("workflow_id", Int(7)),
                ("status", Text("completed")),
                ("conclusion", Text("SUCCESS")),
                ("started_at", Time(end - TimeDelta::seconds(seconds))),
                ("completed_at", Time(end)),
            ];
            for (column, value) in changes {
                row.iter_mut().filter(|(name, _)| name == column).for_each(|(_, old)| *old = value.clone());
            }
            row
        };
        let mut rows: Vec<Vec<(&str, Cell)>> = (1..=9).map(|n| ended(n, 60 + n, &[])).collect();
        // Another workflow's of the same name; too few of them.
        rows.extend((10..13).map(|n| ended(n, 900, &[("workflow_id", Int(8))])));
        // Without a workflow, of another app.
        rows.extend((1..=5).map(|n| ended(n, 30 * n, &[("app", Text("buildkite")), ("workflow_id", Null)])));
        // None of these counts.
        let rest = [
            ended(20, 5_000, &[("conclusion", Text("failure"))]),
            ended(21, 5_000, &[("conclusion", Null)]),
            ended(22, -3, &[]),
            ended(60 * 24 * 15, 5_000, &[]),
            ended(23, 5_000, &[("repo_id", Id(2))]),
            ended(99, 5_000, &[]),
        ];
        rows.extend(rest);
        let rows: Vec<&[(&str, Cell)]> = rows.iter().map(Vec::as_slice).collect();
        store.insert("checks", &rows).await;
        let named = (1..=23).chain([60 * 24 * 15]).filter_map(|n| Sha::parse(&format!("c{n}")));
        let commits: Vec<Sha> = named.collect();
        let mut reader = DetailReader::new(store.database());
        let repo = key(1, 1).repo;
        let times = reader.usual(repo, &commits, base - TimeDelta::days(14)).await.expect("read");
        let none = reader.usual(repo, &[], base - TimeDelta::days(14)).await.expect("read");
        assert!(none.is_empty());
        answers.push(times);
    }
    assert_eq!(answers[0], answers[1]);
    let timed = |app: &str, workflow| Timed { app: app.to_owned(), workflow, name: "test".to_owned() };
    let told = |app, workflow| {
        answers[1]
            .get(&timed(app, workflow))
            .map(|usual| (usual.half.num_seconds(), usual.most.num_seconds(), usual.samples))
    };
    assert_eq!(told("github-actions", Some(7)), Some((65, 69, 9)));
    assert_eq!(told("github-actions", Some(8)), None, "too few");
    assert_eq!(told("buildkite", None), Some((90, 150, 5)));
    assert_eq!(answers[1].len(), 2);
}
