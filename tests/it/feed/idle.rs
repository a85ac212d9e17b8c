//! While nothing happens and nobody looks, the database is asked less often.

use std::time::Duration;

use super::{Live, options, seeded};
use flowlens::store::board::feed::{FeedCommand, FeedOptions};

#[tokio::test]
async fn the_tick_is_stretched_until_a_key_or_a_change() {
    let db = seeded("feed_rest", 1..=3).await;
    let idle = FeedOptions { idle: Some(Duration::from_millis(200)), ..options() };
    let mut live = Live::loaded(&db.select_only_login().await, idle).await;
    for change in [false, true] {
        for tick in [100, 300] {
            let tick = Some(Duration::from_millis(tick));
            live.until("a longer tick", |live| live.resting == tick).await;
        }
        if change {
            db.execute("UPDATE pull_requests SET title = 'New', updated_at = now() WHERE pr_number = 1")
                .await;
        } else {
            live.command(FeedCommand::Stir).await;
        }
        live.until("the usual tick", |live| live.resting.is_none()).await;
    }
    live.until("the change", |live| live.title(1) == Some("New")).await;
}

#[tokio::test]
async fn by_itself_a_feed_never_rests() {
    let db = seeded("feed_restless", 1..=3).await;
    let mut live = Live::loaded(&db.url(), options()).await;
    live.polls(30).await;
    assert!(!live.told.contains(&"resting"), "{:?}", live.told);
}
