//! Facts written through both stores: the same rows in any order, from any number of writers, and no write twice.

use crate::{
    conformance::{Told, agree_but, feeds},
    facts::lives::{at, check, fact, pull, review},
    feed::options,
    support::rows::Store,
};
use flowlens::{
    domain::{files::Files, ids::PrKey},
    facts::fact::{Fact, FilesSeen, RepositoryRef, RepositorySeen, What},
    store::{
        board::{
            detail::DetailReader,
            feed::{FeedCommand, FeedOptions},
        },
        write::Writer,
    },
};
use tokio::task::JoinSet;

/// All that can be read of both stores, compared.
async fn same(stores: &[Store; 2]) -> Told {
    let wide = FeedOptions { window: std::time::Duration::from_hours(24 * 3650), ..options() };
    let told = agree_but(&mut feeds(stores, &wide).await, FeedCommand::Refresh, |pull| {
        // Each engine's own clock.
        pull.updated_at = None;
    })
    .await;
    let mut readers = stores.each_ref().map(|store| DetailReader::new(store.database()));
    for (key, pull) in &told.pulls {
        let mut answers = Vec::new();
        for reader in &mut readers {
            let detail = reader.detail(*key, pull.head.as_ref()).await.expect("read");
            answers.push((detail, reader.files(*key).await.expect("read")));
        }
        assert_eq!(answers[0], answers[1]);
    }
    told
}

#[tokio::test]
async fn six_writers_at_once_lose_nothing() {
    let stores = Store::both("write_crowd").await;
    let mut facts = Vec::new();
    for n in 0..60_i64 {
        facts.push(review(n, n, ["bo", "cy", "di"][usize::try_from(n % 3).expect("small")], "approved"));
        facts.push(fact(n, What::Check(check("c1", n % 7, "test", n, "success"))));
        let mut seen = pull("c1");
        seen.title = format!("Title {n}");
        facts.push(fact(n, What::PullRequest(Box::new(seen))));
        let other = RepositoryRef { github_id: 2 + n % 3, full_name: format!("acme/r{}", n % 5) };
        facts.push(Fact { repository: other, at: at(n), what: What::PullRequest(Box::new(pull("d1"))) });
    }
    for store in &stores {
        let mut crowd = JoinSet::new();
        for n in 0..6 {
            let mut writer = Writer::new(store.database());
            let mut facts = facts.clone();
            facts.rotate_left(n * 37);
            crowd.spawn(async move {
                for batch in facts.chunks(3) {
                    writer.apply(batch).await.expect("written");
                }
            });
        }
        crowd.join_all().await;
        let again = Writer::new(store.database()).apply(&facts).await.expect("written");
        assert_eq!(again.rows, 0);
    }
    let told = same(&stores).await;
    assert_eq!(told.repositories.len(), 4);
    let one = told.pulls.values().find(|pull| &*pull.title == "Title 59").expect("the newest title");
    let mut reader = DetailReader::new(stores[1].database());
    let detail = reader.detail(one.key, one.head.as_ref()).await.expect("read");
    // The job without a suite is one with the check runs of its name.
    assert_eq!((detail.checks.len(), detail.reviews.len()), (6, 3));
}

#[tokio::test]
async fn versions_grow_with_real_changes_only_and_a_check_is_news_of_its_run() {
    let stores = Store::both("write_versions").await;
    let mut live = feeds(&stores, &options()).await;
    for (store, live) in stores.iter().zip(&mut live) {
        let mut writer = Writer::new(store.database());
        let first = [
            fact(0, What::Repository(RepositorySeen::default())),
            fact(0, What::PullRequest(Box::new(pull("c1")))),
            fact(1, What::Check(check("c1", 1, "a", 1, "failure"))),
        ];
        let applied = writer.apply(&first).await.expect("written");
        assert_eq!(applied.rows, 4, "repository, pull request, run, check");
        live.until("it", |live| live.board.len() == 1).await;
        let key: PrKey = applied.pulls[0];
        let run = |live: &crate::feed::Live| live.board.pull(key).and_then(|pull| pull.updated_at);
        let before = run(live).expect("on the board");
        assert_eq!(writer.apply(&first).await.expect("written").rows, 0);
        // Another failure changes no stage.
        let second = fact(2, What::Check(check("c1", 1, "b", 2, "failure")));
        assert_eq!(writer.apply(&[second]).await.expect("written").rows, 2);
        live.until("a new version", |live| run(live).is_some_and(|at| at > before)).await;
        // A real change is to be processed anew, a repetition is not.
        store
            .execute(
                "UPDATE pull_requests SET processed = TRUE; CREATE TABLE marks (mark INT CHECK (mark = 0))",
            )
            .await;
        let files = FilesSeen {
            number: 1,
            head_sha: "c1".into(),
            base_branch: None,
            files: serde_json::json!([{"filename": "a.rs"}]).into(),
        };
        let third = fact(3, What::Files(files));
        let mark = "INSERT INTO marks SELECT count(*) FROM pull_requests WHERE processed";
        writer.apply(std::slice::from_ref(&third)).await.expect("written");
        store.execute(mark).await;
        store.execute("UPDATE pull_requests SET processed = TRUE").await;
        assert_eq!(writer.apply(&[third]).await.expect("written").rows, 0);
        store.execute("INSERT INTO marks SELECT count(*) - 1 FROM pull_requests WHERE processed").await;
        let mut reader = DetailReader::new(store.database());
        assert!(matches!(reader.files(key).await.expect("read"), Files::Known(list) if list.len() == 1));
    }
    same(&stores).await;
}

#[tokio::test]
async fn text_that_no_engine_can_hold_is_replaced_once() {
    let stores = Store::both("write_nul").await;
    let mut seen = pull("c1");
    seen.title = "a\0b".into();
    seen.labels = vec!["\0".into(), "x'\"".into()];
    let files = FilesSeen {
        number: 1,
        head_sha: "c1".into(),
        base_branch: None,
        files: serde_json::json!([{"filename": "n\0l", "patch": "\u{1f980}"}]).into(),
    };
    let facts = [fact(0, What::PullRequest(Box::new(seen))), fact(0, What::Files(files))];
    for store in &stores {
        let mut writer = Writer::new(store.database());
        writer.apply(&facts).await.expect("written");
        assert_eq!(writer.apply(&facts).await.expect("written").rows, 0);
    }
    let told = same(&stores).await;
    assert_eq!(told.pulls.len(), 1);
}

/// How many pull requests are so, in both engines' words for JSON.
async fn stored(store: &Store, column: &str, json: &serde_json::Value) -> i64 {
    let same = match store {
        Store::Postgres(_) => format!("{column} = '{json}'::jsonb"),
        Store::Sqlite(_) => format!("json({column}) = json('{json}')"),
    };
    store.count("pull_requests", &same).await
}

#[tokio::test]
async fn what_another_service_stored_as_objects_is_read_and_kept_until_it_changes() {
    for store in &Store::both("write_objects").await {
        let mut seen = pull("c1");
        seen.labels = vec!["bug".into(), "ui".into()];
        seen.assignees = vec!["ana".into()];
        seen.reviewers = vec!["bo".into(), "core".into()];
        let facts = |seconds, seen: &flowlens::facts::fact::PullRequestSeen| {
            [fact(seconds, What::PullRequest(Box::new(seen.clone())))]
        };
        let mut writer = Writer::new(store.database());
        writer.apply(&facts(0, &seen)).await.expect("written");
        let labels = serde_json::json!([{"name": "bug", "color": "d73a4a"}, {"name": "ui", "color": "fff"}]);
        let assignees = serde_json::json!([{"login": "ana", "id": 7}]);
        let reviewers = serde_json::json!([{"login": "bo", "id": 9}, {"slug": "core", "privacy": "closed"}]);
        store
            .execute(&format!(
                "UPDATE pull_requests SET labels = '{labels}', assignees = '{assignees}', reviewers = '{reviewers}',
                 state = 'OPEN', mergeable_state = 'DIRTY'"
            ))
            .await;
        let url = store.url();
        let env = [("FLOWLENS_DATABASE_URL", url.as_str())];
        for (filter, found) in [
            ("label:bug", true),
            ("label:ui", true),
            ("label:docs", false),
            ("stage:approval=running", true),
            ("is:conflict", true),
            ("is:failing", true),
            ("stage:merge=failed", true),
        ] {
            let answer = crate::support::cli::run(&["status", "--json", "--filter", filter], &env);
            assert_eq!(answer.stdout.contains("\"number\": 1"), found, "{filter}: {answer}");
        }
        // Something else is written: a place in the queue, the files, another title.
        let queued = fact(
            1,
            What::MergeQueue(flowlens::facts::fact::MergeQueueSeen {
                number: 1,
                position: Some(2),
                updated_at: None,
            }),
        );
        let files = FilesSeen {
            number: 1,
            head_sha: "c1".into(),
            base_branch: None,
            files: serde_json::json!([{"filename": "a"}]).into(),
        };
        writer.apply(&[queued, fact(1, What::Files(files))]).await.expect("written");
        seen.title = "Another".into();
        writer.apply(&facts(2, &seen)).await.expect("written");
        assert_eq!(store.count("pull_requests", "title = 'Another' AND queue_position = 2").await, 1);
        for (column, json) in [("labels", &labels), ("assignees", &assignees), ("reviewers", &reviewers)] {
            assert_eq!(stored(store, column, json).await, 1, "{column}");
        }
        // What changes is written in our form, and the others stay.
        seen.labels = vec!["bug".into()];
        writer.apply(&facts(3, &seen)).await.expect("written");
        assert_eq!(stored(store, "labels", &serde_json::json!(["bug"])).await, 1);
        assert_eq!(stored(store, "reviewers", &reviewers).await, 1);
    }
}

#[tokio::test]
async fn githubs_words_in_capitals_mean_the_same_to_the_reducer() {
    for store in &Store::both("write_capitals").await {
        let mut writer = Writer::new(store.database());
        for (state, mergeable, stages) in [
            ("OPEN", "DIRTY", "status_pr = 'passed' AND status_merge = 'failed'"),
            ("OPEN", "CONFLICTING", "status_pr = 'passed' AND status_merge = 'failed'"),
            ("OPEN", "CLEAN", "status_pr = 'passed' AND status_merge = 'pending'"),
            ("CLOSED", "DIRTY", "status_pr = 'closed' AND status_merge = 'closed'"),
            ("MERGED", "UNKNOWN", "status_pr = 'merged' AND status_merge = 'merged'"),
        ] {
            store.execute("DELETE FROM repositories").await;
            writer.apply(&[fact(0, What::PullRequest(Box::new(pull("c1"))))]).await.expect("written");
            let set = format!("UPDATE pull_requests SET state = '{state}', mergeable_state = '{mergeable}'");
            store.execute(&set).await;
            writer.apply(&[review(1, 1, "bo", "commented")]).await.expect("written");
            assert_eq!(store.count("pipeline_runs", stages).await, 1, "{state} {mergeable}");
        }
    }
}
