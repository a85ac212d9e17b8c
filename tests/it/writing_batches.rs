//! One batch of many facts: read by the page, whole in its rows, and no scan of a whole table.

use crate::{
    facts::{
        lives::{at, check, fact, pull, review},
        memory::Memory,
    },
    feed::plans::fill,
    stored::{assert_same, reduced},
    support::{proxy::Proxy, rows::Store},
};
use flowlens::{
    facts::fact::{Fact, FilesSeen, RepositoryRef, What},
    store::{
        engine::{connect::Connector, options::Target},
        write::Writer,
    },
};

/// The facts of so many pull requests, of which each two share a head.
fn many(count: i32) -> Vec<Fact> {
    let mut facts = Vec::new();
    for number in 1..=count {
        let head = format!("head-{}", number / 2);
        let mut seen = pull(&head);
        seen.number = number;
        facts.push(fact(0, What::PullRequest(Box::new(seen))));
        let id = i64::from(number);
        facts.push(fact(id, What::Check(check(&head, id % 2, "test", id, "success"))));
        let mut fact = review(id, id, "bo", "approved");
        if let What::Review(seen) = &mut fact.what {
            seen.number = number;
        }
        facts.push(fact);
    }
    facts
}

fn files(number: i32, seconds: i64, name: &str) -> Fact {
    let files = serde_json::json!([{ "filename": name }]);
    fact(
        seconds,
        What::Files(FilesSeen {
            number,
            head_sha: format!("head-{}", number / 2),
            base_branch: None,
            files: files.into(),
        }),
    )
}

#[tokio::test]
async fn a_batch_of_many_pages_gives_the_reducers_rows() {
    for store in Store::both("batch_pages").await {
        let mut writer = Writer::new(store.database());
        let mut facts = many(450);
        facts.extend((1..=450).step_by(7).map(|number| files(number, 1, "a.rs")));
        // A commit that no pull request has.
        facts.push(fact(1, What::Check(check("elsewhere", 1, "test", 1, "failure"))));
        let (first, second) = facts.split_at(facts.len() / 2);
        for facts in [second, first, &facts] {
            writer.apply(facts).await.expect("written");
        }
        assert_same("pages", &store.lines().await, &reduced(&Memory::of(&facts)));
        assert_eq!(writer.apply(&facts).await.expect("written").rows, 0);
    }
}

#[tokio::test]
async fn a_list_of_files_stays_with_facts_that_name_none_and_changes_with_those_that_do() {
    for store in Store::both("batch_files").await {
        let mut writer = Writer::new(store.database());
        let mut facts = many(3);
        facts.extend([files(1, 1, "a.rs"), files(2, 1, "b.rs")]);
        writer.apply(&facts).await.expect("written");
        let mut seen = pull("head-0");
        seen.title = "Another".into();
        let more = [fact(5, What::PullRequest(Box::new(seen))), files(2, 5, "c.rs"), files(3, 5, "d.rs")];
        writer.apply(&more).await.expect("written");
        facts.extend(more);
        assert_same("files", &store.lines().await, &reduced(&Memory::of(&facts)));
        // The same list of a later time is no change of the pull request.
        store.execute("UPDATE pull_requests SET processed = TRUE").await;
        writer.apply(&[files(2, 9, "c.rs"), files(2, 1, "b.rs")]).await.expect("written");
        assert_eq!(store.count("pull_requests", "NOT processed").await, 0);
    }
}

#[tokio::test]
async fn a_check_is_news_of_each_run_of_its_commit_whatever_else_is_in_the_batch() {
    for store in Store::both("batch_news").await {
        let mut writer = Writer::new(store.database());
        // The pull requests 2 and 3 share their head.
        writer.apply(&many(5)).await.expect("written");
        let version = async |number: i32| {
            let version = match &store {
                Store::Postgres(_) => "(extract(epoch FROM updated_at) * 1000000)::bigint",
                Store::Sqlite(_) => "updated_at",
            };
            store.number(&format!("SELECT {version} FROM pipeline_runs WHERE pr_number = {number}")).await
        };
        let before = [version(1).await, version(2).await, version(3).await];
        let mut seen = pull("head-0");
        seen.title = "Another".into();
        let facts = [
            fact(9, What::PullRequest(Box::new(seen))),
            // One more that passes changes no stage.
            fact(9, What::Check(check("head-1", 7, "lint", 99, "success"))),
        ];
        let applied = writer.apply(&facts).await.expect("written");
        assert_eq!(applied.pulls.len(), 3);
        assert!(version(2).await > before[1] && version(3).await > before[2]);
        assert!(version(1).await > before[0], "its picture is in its history");
        assert_eq!(writer.apply(&facts).await.expect("written").rows, 0);
    }
}

#[tokio::test]
async fn reading_costs_a_few_round_trips_a_page_not_some_a_pull_request() {
    let [store, _] = Store::both("batch_trips").await;
    let proxy = Proxy::before(&store.url());
    let target = Target::parse(&proxy.url(&store.url()), &[]).expect("an address");
    let mut writer = Writer::new(Connector::new(target));
    let facts = many(400);
    writer.apply(&facts).await.expect("written");
    let before = proxy.round_trips();
    assert_eq!(writer.apply(&facts).await.expect("written").rows, 0);
    let trips = proxy.round_trips() - before;
    assert!(trips <= 40, "{trips} round trips");
}

#[tokio::test]
async fn nothing_scans_a_whole_table() {
    let [store, _] = Store::both("batch_plans").await;
    let Store::Postgres(db) = &store else { unreachable!() };
    fill(db, 100_000).await;
    db.execute(
        "INSERT INTO checks (repo_id, head_sha, app, name, github_id, attempt, status, conclusion)
             SELECT repo_id, commit_sha, 'github-actions', 'test', 1, 1, 'completed', 'success' FROM pull_requests;
         INSERT INTO reviews (repo_id, pr_number, review_id, reviewer, state, submitted_at)
             SELECT repo_id, pr_number, pr_number, 'bo', 'approved', updated_at FROM pull_requests",
    )
    .await;
    db.execute("VACUUM ANALYZE").await;
    let tables = "('pull_requests', 'pipeline_runs', 'checks', 'reviews')";
    let scans = async |what: &str| {
        let sum = format!("SELECT COALESCE(sum({what}), 0)::bigint FROM pg_stat_user_tables");
        store.number(&format!("{sum} WHERE relname IN {tables}")).await
    };
    store.until_alone().await;
    let (before, by_index) = (scans("seq_scan").await, scans("idx_scan").await);

    let mut writer = Writer::new(store.database());
    let repository = RepositoryRef { github_id: 1, full_name: "acme/r1".into() };
    // So often that the server goes over to plans for any values.
    for round in 0..3 {
        let facts = many(600).into_iter().map(|fact| Fact {
            repository: repository.clone(),
            at: at(round * 1000),
            ..fact
        });
        writer.apply(&facts.collect::<Vec<_>>()).await.expect("written");
    }

    drop(writer);
    store.until_alone().await;
    assert!(scans("idx_scan").await > by_index);
    assert_eq!(scans("seq_scan").await, before);
}
