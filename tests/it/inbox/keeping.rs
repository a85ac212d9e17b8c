//! The inbox is looked at; what came to an end is processed again, or forgotten.

use std::time::Duration;

use super::{claim, entry, id, in_state, keep, listed, new, of};
use crate::support::rows::Store;
use bytes::Bytes;
use flowlens::{
    domain::{
        delivery::{DeliveryId, DeliveryState},
        source::Cause,
    },
    store::inbox::{Counts, End, Filter, Inbox, NewDelivery, Old, PageStart},
};

const DAY: Duration = Duration::from_hours(24);

/// 1 and 2 are done, 3 is ignored, 4 is dead, 5 is pending; 1 and 5 are of acme/api, 2 is three days old.
async fn filled(store: &Store) -> Inbox {
    let repo = store.literal(&crate::support::rows::Cell::Id(1));
    store
        .execute(&format!(
            "INSERT INTO repositories (id, github_id, name, full_name, owner) VALUES ({repo}, 8, 'api', 'acme/api', 'acme')"
        ))
        .await;
    let mut inbox = Inbox::new(store.database());
    let status = NewDelivery { event: "status".into(), ..new(3) };
    keep(&mut inbox, [of(1, 8), new(2), status, new(4)]).await;
    claim(&mut inbox, "ana").await;
    let ended = [
        (id(1), End::Done),
        (id(2), End::Done),
        (id(3), End::Ignored("no".into())),
        (id(4), End::Dead("no".into())),
    ];
    assert_eq!(inbox.settle("ana", &ended).await, Ok(4));
    keep(&mut inbox, [of(5, 8)]).await;
    let (past, two) = match store {
        Store::Postgres(_) => ("received_at - interval '3 days'", "'00000000-0000-0000-0000-000000000002'"),
        Store::Sqlite(_) => ("received_at - 3 * 86400000000", "x'00000000000000000000000000000002'"),
    };
    store
        .execute(&format!("UPDATE webhook_deliveries SET received_at = {past} WHERE delivery_id = {two}"))
        .await;
    inbox
}

async fn numbers(inbox: &mut Inbox, filter: Filter) -> Vec<DeliveryId> {
    listed(inbox, &filter).await.iter().map(|entry| entry.id).collect()
}

#[tokio::test]
async fn a_list_is_filtered_and_paged() {
    for store in Store::both("inbox_list").await {
        let mut inbox = filled(&store).await;
        let all = || Filter::default();
        for (filter, expected) in [
            (all(), vec![5, 4, 3, 1, 2]),
            (Filter { states: vec![DeliveryState::Dead, DeliveryState::Ignored], ..all() }, vec![4, 3]),
            (Filter { states: vec![DeliveryState::Other("'; --".into())], ..all() }, vec![]),
            (Filter { events: vec!["status".into(), "star".into()], ..all() }, vec![3]),
            (Filter { repository: Some("ACME/api".into()), ..all() }, vec![5, 1]),
            (Filter { ids: vec![id(2), id(5), id(9)], ..all() }, vec![5, 2]),
            (Filter { older: Some(DAY), ..all() }, vec![2]),
            (Filter { newer: Some(DAY), states: vec![DeliveryState::Done], ..all() }, vec![1]),
            (Filter { newer: Some(Duration::MAX), older: Some(Duration::MAX), ..all() }, vec![]),
        ] {
            let expected: Vec<DeliveryId> = expected.into_iter().map(id).collect();
            assert_eq!(numbers(&mut inbox, filter.clone()).await, expected, "{filter:?}");
        }
        let (mut place, mut pages) = (None, Vec::new());
        loop {
            let page = inbox.list(&all(), place, 2).await.expect("read");
            let Some(last) = page.last() else { break };
            place = Some(PageStart::from(last));
            pages.push(page.iter().map(|entry| entry.id).collect::<Vec<_>>());
        }
        assert_eq!(pages, [vec![id(5), id(4)], vec![id(3), id(1)], vec![id(2)]]);
        let five = entry(&mut inbox, 5).await;
        assert_eq!((five.repository.as_deref(), five.size), (Some("acme/api"), 7));
    }
}

#[tokio::test]
async fn the_counts_tell_the_backlog_and_the_newest() {
    for store in Store::both("inbox_counts").await {
        let empty = Inbox::new(store.database()).counts().await.expect("read");
        assert_eq!(Counts { now: None, ..empty }, Counts::default());
        let mut inbox = filled(&store).await;
        let five = entry(&mut inbox, 5).await.received_at;
        let counts = inbox.counts().await.expect("read");
        assert_eq!((counts.pending, counts.dead), (1, 1));
        assert_eq!((counts.oldest_pending, counts.newest), (Some(five), Some(five)));
        assert!(counts.now > Some(five));
        claim(&mut inbox, "ana").await;
        inbox.settle("ana", &[(id(5), End::Done)]).await.expect("settled");
        // One that is old ends last, and is not the newest for that.
        let two = Filter { ids: vec![id(2)], ..Filter::default() };
        assert_eq!(inbox.retry(&two, 10).await, Ok(1));
        claim(&mut inbox, "ana").await;
        inbox.settle("ana", &[(id(2), End::Done)]).await.expect("settled");
        let counts = inbox.counts().await.expect("read");
        assert_eq!((counts.pending, counts.oldest_pending, counts.newest), (0, None, Some(five)));
    }
}

#[tokio::test]
async fn what_ended_is_tried_again_from_the_beginning() {
    for store in Store::both("inbox_retry").await {
        let mut inbox = filled(&store).await;
        let dead = Filter { states: vec![DeliveryState::Dead], ..Filter::default() };
        assert_eq!(inbox.retry(&dead, 10).await, Ok(1));
        assert_eq!(inbox.retry(&dead, 10).await, Ok(0));
        let four = entry(&mut inbox, 4).await;
        assert_eq!((four.state, four.attempts, four.error), (DeliveryState::Pending, 0, None));
        assert_eq!(inbox.retry(&Filter::default(), 2).await, Ok(2), "no more than that");
        assert_eq!(in_state(&mut inbox, DeliveryState::Pending).await, [1, 2, 4, 5].map(id).into());
    }
}

#[tokio::test]
async fn only_what_ended_is_forgotten() {
    for store in Store::both("inbox_purge").await {
        let mut inbox = filled(&store).await;
        let old = Filter { older: Some(DAY), ..Filter::default() };
        assert_eq!(inbox.purge(&old, 10).await, Ok(1));
        let api = Filter { repository: Some("acme/api".into()), ..Filter::default() };
        assert_eq!(inbox.purge(&api, 10).await, Ok(1));
        assert_eq!(inbox.purge(&Filter::default(), 1).await, Ok(1), "the oldest, no more than that");
        assert_eq!(numbers(&mut inbox, Filter::default()).await, [id(5), id(4)]);
        assert_eq!(inbox.purge(&Filter::default(), 10).await, Ok(1));
        assert_eq!(numbers(&mut inbox, Filter::default()).await, [id(5)], "it is pending");
    }
}

#[tokio::test]
async fn the_oldest_go_where_the_newer_ones_take_all_the_room() {
    for store in Store::both("inbox_shrink").await {
        let mut inbox = Inbox::new(store.database());
        let of_size = |n, size| NewDelivery { payload: Bytes::from(vec![b' '; size]), ..new(n) };
        keep(&mut inbox, [of_size(1, 10)]).await;
        keep(&mut inbox, (2..=5).map(|n| of_size(n, 100))).await;
        claim(&mut inbox, "ana").await;
        let ended: Vec<_> = (2..=5).map(|n| (id(n), End::Done)).collect();
        inbox.settle("ana", &ended).await.expect("settled");
        assert_eq!(inbox.beyond(400).await, Ok(None));
        let last = inbox.beyond(250).await.expect("read").expect("a delivery");
        assert_eq!(inbox.expire(Old::From(last), 1).await, Ok(1));
        assert_eq!(inbox.expire(Old::From(last), 10).await, Ok(1));
        assert_eq!(numbers(&mut inbox, Filter::default()).await, [id(5), id(4), id(1)]);
        let last = inbox.beyond(0).await.expect("read").expect("a delivery");
        assert_eq!(inbox.expire(Old::From(last), 10).await, Ok(2));
        assert_eq!(numbers(&mut inbox, Filter::default()).await, [id(1)], "it is pending");
    }
}

#[tokio::test]
async fn a_database_without_an_inbox_says_what_makes_it() {
    let database = crate::support::pg::database("inbox_seed").await;
    database.seed_schema().await;
    let store = Store::Postgres(database);
    let error = Inbox::new(store.database()).usable().await.expect_err("no table");
    assert_eq!(error.cause, Cause::Schema);
    assert!(error.message.ends_with("there is no table webhook_deliveries: flowlens db migrate makes it"));

    let [Store::Postgres(database), _] = Store::both("inbox_reader").await else { panic!("both") };
    let url = database.select_only_login().await;
    let target = flowlens::store::engine::options::Target::parse(&url, &[]).expect("an address");
    let reader = flowlens::store::engine::connect::Connector::new(target);
    let error = Inbox::new(reader).usable().await.expect_err("no right");
    assert_eq!(error.cause, Cause::Privilege);
    assert!(error.message.contains("GRANT SELECT, INSERT, UPDATE, DELETE ON public.webhook_deliveries"));
}
