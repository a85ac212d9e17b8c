//! Rows that are dated long before every lower bound: only a comparison of all keys finds them, and it comes at once
//! where nobody may wait for it.

#![expect(clippy::disallowed_methods, reason = "rows are dated in the past")]

use std::time::Duration;

use super::{Live, connector, options, pulls, repo, seeded};
use crate::support::{
    proxy::Proxy,
    rows::{Cell, Store},
};
use chrono::{TimeDelta, Utc};
use flowlens::{
    domain::{insight::Risk, source::Cause},
    store::{
        board::feed::{FeedCommand, FeedOptions},
        engine::{connect::Connector, options::Target},
    },
};

/// No tick comes by itself.
fn asleep() -> FeedOptions {
    FeedOptions { interval: Duration::from_hours(1), ..options() }
}

impl Live {
    /// So many polls, each asked for.
    async fn ticks(&mut self, count: usize) {
        for _ in 0..count {
            self.command(FeedCommand::Refresh).await;
            self.polls(1).await;
        }
    }
}

#[tokio::test]
async fn the_first_rows_of_an_empty_database_are_there_within_two_ticks() {
    for store in Store::both("feed_past").await {
        let old = Cell::Time(Utc::now() - TimeDelta::days(400));
        let mut live = Live::with(store.database(), asleep());
        live.polls(1).await;
        assert!(live.board.is_empty());
        let mut awake = Live::with(store.database(), options());
        awake.polls(1).await;
        let github = |n: i64| ("github_id", Cell::Int(n));
        store
            .insert(
                "repositories",
                &[&[
                    ("id", Cell::Id(1)),
                    github(1),
                    ("name", Cell::Text("api")),
                    ("full_name", Cell::Text("acme/api")),
                    ("owner", Cell::Text("acme")),
                    ("updated_at", old.clone()),
                ]],
            )
            .await;
        live.ticks(2).await;
        assert_eq!(live.board.full_name(repo(1)), "acme/api");
        let pull = |number| {
            [
                ("id", Cell::Id(u128::try_from(number).expect("positive"))),
                ("repo_id", Cell::Id(1)),
                ("pr_number", Cell::Int(number)),
                ("title", Cell::Text("Old")),
                ("state", Cell::Text("open")),
                ("updated_at", old.clone()),
            ]
        };
        store.insert("pull_requests", &[&pull(1)]).await;
        live.ticks(2).await;
        assert_eq!(live.numbers(), [1]);
        awake.until("the first", |awake| awake.numbers() == [1]).await;
        // Whoever writes them is not done yet. The database is spared between two comparisons.
        store.insert("pull_requests", &[&pull(2), &pull(3)]).await;
        awake.until("the next ones", |live| live.numbers() == [1, 2, 3]).await;
        live.command(FeedCommand::Reread).await;
        live.polls(1).await;
        store
            .insert(
                "pipeline_runs",
                &[&[
                    ("id", Cell::Id(1)),
                    ("repo_id", Cell::Id(1)),
                    ("pr_number", Cell::Int(2)),
                    ("status_build", Cell::Text("failed")),
                    ("updated_at", old.clone()),
                ]],
            )
            .await;
        live.ticks(2).await;
        assert!(live.pull(1, 2).is_failing(), "the first run of all");
        store
            .insert(
                "insights",
                &[&[
                    ("id", Cell::Id(1)),
                    ("repo_id", Cell::Id(1)),
                    ("pr_number", Cell::Int(3)),
                    ("risk_level", Cell::Text("high")),
                    ("created_at", old.clone()),
                ]],
            )
            .await;
        live.ticks(2).await;
        let risk = live.pull(1, 3).insight.as_ref().and_then(|insight| insight.risk.clone());
        assert_eq!(risk, Some(Risk::High), "the first insight of all");
        assert!(live.outages.is_empty(), "{:?}", live.outages);
    }
}

#[tokio::test]
async fn what_answers_after_an_outage_is_compared_before_it_is_live() {
    let db = seeded("feed_behind", 1..=3).await;
    let proxy = Proxy::before(&db.url());
    // The same address may be another server behind it, or an older state of the same.
    let again = Connector::new(Target::parse(&proxy.url(&db.url()), &[]).expect("an address"));
    let direct = db.url();
    let node = direct.rsplit('@').next().and_then(|end| end.split('/').next()).expect("host:port");
    let another = connector(&[&proxy.url(&db.url()), node]);
    // Another node steps in without a word.
    for (title, nodes, outage) in [("Again", again, true), ("Another", another, false)] {
        let mut live = Live::with(nodes, asleep());
        live.polls(1).await;
        proxy.cut();
        db.execute(&format!(
            "UPDATE pull_requests SET title = '{title}', updated_at = now() - interval '2 days' WHERE pr_number = 2;
             DELETE FROM pull_requests WHERE pr_number = 3; {}",
            pulls(4..=4)
        ))
        .await;
        live.command(FeedCommand::Refresh).await;
        if outage {
            live.fails(Cause::Lost).await;
            proxy.pass();
            live.forget();
            live.command(FeedCommand::Refresh).await;
        }
        live.polls(1).await;
        assert_eq!(live.title(2), Some(title), "the first good poll");
        assert_eq!(live.numbers(), [1, 2, 4]);
        proxy.pass();
        db.execute(&format!("DELETE FROM pull_requests WHERE pr_number = 4; {}", pulls(3..=3))).await;
    }
}
