//! How old GitHub's word is, as the feed tells it, and which rows come with the first read of their repository.

use std::time::Duration;

use chrono::TimeDelta;
use flowlens::{
    domain::{
        ids::RepoId,
        sync::{ReaderTrouble, Trouble},
    },
    facts::fact::{Fact, RepositorySeen, What},
    store::{
        board::feed::{FeedCommand, FeedOptions},
        sync::{Kept, SyncStore},
        write::Writer,
    },
};

use super::{Live, options};
use crate::{
    facts::lives::{fact, pull},
    support::rows::Store,
};

const MINUTE: Duration = Duration::from_mins(1);

fn aged(age: Duration) -> Kept {
    Kept { age: Some(age), trouble: None }
}

fn looking() -> FeedOptions {
    FeedOptions { ingest: Duration::from_millis(1), ..options() }
}

async fn write(store: &Store, facts: &[Fact]) {
    Writer::new(store.database()).apply(facts).await.expect("written");
}

/// A repository without pull requests, and its sync.
async fn begun(store: &Store) -> (SyncStore, RepoId) {
    write(store, &[fact(0, What::Repository(RepositorySeen::default()))]).await;
    let mut sync = SyncStore::new(store.database());
    let repo = sync.repository(1).await.expect("asked").expect("stored");
    (sync, repo)
}

/// A pull request of it.
async fn open(store: &Store, number: i32) {
    let mut seen = pull(&format!("c{number}"));
    seen.number = number;
    write(store, &[fact(1, What::PullRequest(Box::new(seen)))]).await;
}

#[tokio::test]
async fn the_age_is_that_of_the_last_pass_by_the_servers_clock() {
    for store in Store::both("feed_synced").await {
        let (mut sync, repo) = begun(&store).await;
        open(&store, 1).await;
        let mut live = Live::with(store.database(), looking());
        live.polls(3).await;
        assert!(live.synced.is_empty(), "nobody syncs it");
        let lease = sync.lease(repo, "me", MINUTE).await.expect("asked").expect("taken");
        live.until("the lease", |live| live.synced.iter().any(|one| one.is_held)).await;
        assert_eq!(live.synced[0].at, None);
        assert_eq!(sync.renew(&lease, MINUTE, &aged(3 * MINUTE)).await, Ok(true));
        let age = |live: &Live| {
            let at = live.synced.first()?.at?;
            Some(live.polls.last()?.server_now - at)
        };
        live.until("the age", |live| age(live).is_some()).await;
        let found = age(&live).expect("an age");
        assert!(found >= TimeDelta::minutes(3) - TimeDelta::seconds(1), "{found}");
        // Whoever knows no age leaves the known one alone.
        assert_eq!(sync.renew(&lease, MINUTE, &Kept::default()).await, Ok(true));
        assert_eq!(sync.release(&lease, &Kept::default()).await, Ok(true));
        live.until("nobody at work", |live| live.synced.iter().all(|one| !one.is_held)).await;
        assert!(live.synced[0].at.is_some());
        live.forget();
        live.polls(5).await;
        assert!(!live.told.contains(&"synced"), "nothing is new: {:?}", live.told);
        assert!(live.outages.is_empty(), "{:?}", live.outages);
    }
}

#[tokio::test]
async fn why_whoever_reads_has_nothing_new_is_told_beside_the_age() {
    for store in Store::both("feed_trouble").await {
        let (mut sync, repo) = begun(&store).await;
        open(&store, 1).await;
        let mut live = Live::with(store.database(), looking());
        let lease = sync.lease(repo, "me", MINUTE).await.expect("asked").expect("taken");
        let down = Trouble::Outage("GitHub is down (503)\u{1b}[31m\0".to_owned());
        let kept = |trouble| Kept { age: None, trouble };
        assert_eq!(sync.renew(&lease, MINUTE, &kept(Some((down, MINUTE)))).await, Ok(true));
        live.until("a trouble", |live| live.synced.iter().any(|one| one.trouble.is_some())).await;
        let ReaderTrouble { why, until } = live.synced[0].trouble.clone().expect("a trouble");
        let Trouble::Outage(how) = why else { panic!("{why:?}") };
        assert!(how.starts_with("GitHub is down (503)") && !how.contains(['\u{1b}', '\0']), "{how:?}");
        let left = until - live.polls.last().expect("a poll").server_now;
        assert!((0..=60).contains(&left.num_seconds()), "{left}");
        // It is over.
        assert_eq!(sync.renew(&lease, MINUTE, &kept(None)).await, Ok(true));
        live.until("none", |live| live.synced.iter().all(|one| one.trouble.is_none())).await;
        // Whoever takes the lease next knows nothing better.
        let refused = Trouble::Failed { brief: "no".to_owned(), told: "no; mend it".to_owned() };
        let last = kept(Some((refused.clone(), Duration::ZERO)));
        assert_eq!(sync.release(&lease, &last).await, Ok(true));
        sync.lease(repo, "another", MINUTE).await.expect("asked").expect("taken");
        let is_told = |live: &Live| {
            live.synced.iter().any(|one| one.trouble.as_ref().is_some_and(|it| it.why == refused))
        };
        live.until("why it has ended", is_told).await;
        let held = sync.holding(repo).await.expect("asked").expect("held");
        assert_eq!(held.trouble.map(|trouble| trouble.why), Some(refused));
        // Anybody could have written there.
        for text in ["", "x", "1 {", "1 \"limits\"", "99999999999999999999 \"limit\""] {
            store.execute(&format!("UPDATE sync_state SET etag = '{text}' WHERE resource = 'lease'")).await;
            live.forget();
            live.until("nothing", |live| live.synced.iter().all(|one| one.trouble.is_none())).await;
        }
        assert!(live.outages.is_empty(), "{:?}", live.outages);
    }
}

#[tokio::test]
async fn the_rows_of_a_first_read_are_told_apart_from_news() {
    for store in Store::both("feed_first_read").await {
        let (mut sync, repo) = begun(&store).await;
        let mut live = Live::with(store.database(), options());
        live.polls(3).await;
        let is_first = |live: &Live| live.synced.iter().any(|one| one.is_first);
        let lease = sync.lease(repo, "me", MINUTE).await.expect("asked").expect("taken");
        for number in 1..=2 {
            open(&store, number).await;
            live.until("a row", |live| live.board.len() == usize::try_from(number).expect("few")).await;
            assert!(is_first(&live), "#{number}: {:?}", live.synced);
        }
        assert_eq!(sync.release(&lease, &aged(Duration::ZERO)).await, Ok(true));
        open(&store, 3).await;
        live.until("a row", |live| live.board.len() == 3).await;
        assert!(!is_first(&live), "{:?}", live.synced);
        let place = |name| live.told.iter().rposition(|told| *told == name).expect("told");
        assert!(place("synced") < place("pulls"), "{:?}", live.told);
    }
}

/// A small repository is read between two ticks.
#[tokio::test]
async fn a_first_read_that_has_ended_before_its_rows_are_seen_is_one_all_the_same() {
    for store in Store::both("feed_first_quick").await {
        let mut live = Live::with(store.database(), FeedOptions { interval: MINUTE, ..options() });
        live.polls(1).await;
        let (mut sync, repo) = begun(&store).await;
        let lease = sync.lease(repo, "me", MINUTE).await.expect("asked").expect("taken");
        open(&store, 1).await;
        assert_eq!(sync.release(&lease, &aged(Duration::ZERO)).await, Ok(true));
        live.command(FeedCommand::Refresh).await;
        live.until("a row", |live| live.board.len() == 1).await;
        assert!(live.synced[0].is_first, "{:?}", live.synced);
        open(&store, 2).await;
        live.command(FeedCommand::Refresh).await;
        live.until("another", |live| live.board.len() == 2).await;
        assert!(!live.synced[0].is_first, "{:?}", live.synced);
    }
}

/// Webhooks write without a lease: all that they tell is news.
#[tokio::test]
async fn without_a_sync_no_row_is_a_first_read() {
    for store in Store::both("feed_no_sync").await {
        let mut live = Live::with(store.database(), options());
        live.polls(1).await;
        begun(&store).await;
        open(&store, 1).await;
        live.until("a row", |live| live.board.len() == 1).await;
        assert!(live.synced.is_empty(), "{:?}", live.synced);
    }
}
