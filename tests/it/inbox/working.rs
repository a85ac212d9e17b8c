//! Deliveries are kept, claimed, and come to their end.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{claim, entry, expire, id, ids, in_state, keep, new, of};
use crate::support::rows::Store;
use bytes::Bytes;
use flowlens::{
    domain::delivery::{BUCKETS, DeliveryId, DeliveryState},
    store::inbox::{End, Inbox, MAX_ATTEMPTS, NewDelivery},
};
use tokio::{sync::Barrier, task::JoinSet};

/// Again, at once, and the attempt counts.
fn again(error: &str) -> End {
    End::Again { error: error.to_owned(), pause: Duration::ZERO }
}

#[tokio::test]
async fn a_delivery_is_kept_once_whatever_comes_again() {
    for store in Store::both("inbox_put").await {
        let mut inbox = Inbox::new(store.database());
        assert_eq!(inbox.usable().await, Ok(()));
        let odd = NewDelivery {
            event: "a\0b".into(),
            action: Some("opened".into()),
            repository_id: Some(i64::MAX),
            payload: Bytes::from_static(b"{\"a\":\"\\u0000\"}\0\xff"),
            ..new(2)
        };
        assert_eq!(inbox.put(&[new(1), odd.clone(), new(1)]).await, Ok(vec![true, true, false]));
        let changed = NewDelivery { event: "other".into(), payload: Bytes::new(), ..new(1) };
        assert_eq!(inbox.put(&[new(3), changed, odd.clone()]).await, Ok(vec![true, false, false]));
        assert_eq!(inbox.put(&[]).await, Ok(Vec::new()));
        assert_eq!(store.count("webhook_deliveries", "state = 'pending' AND attempts = 0").await, 3);
        assert_eq!(inbox.payload(id(1)).await, Ok(Some(new(1).payload.to_vec())));
        assert_eq!(inbox.payload(id(2)).await, Ok(Some(odd.payload.to_vec())));
        assert_eq!(inbox.payload(id(4)).await, Ok(None));
        let kept = entry(&mut inbox, 2).await;
        assert_eq!((&*kept.event, kept.action.as_deref()), ("a\u{fffd}b", Some("opened")));
        assert_eq!((kept.repository_id, kept.size), (Some(i64::MAX), 16));
    }
}

#[tokio::test]
async fn a_claim_takes_the_oldest_of_its_bucket_for_a_time() {
    for store in Store::both("inbox_claim").await {
        let mut inbox = Inbox::new(store.database());
        keep(&mut inbox, [new(3), of(1, 8), of(2, 3), of(4, 11)]).await;
        let claimed = claim(&mut inbox, "ana").await;
        assert_eq!(ids(&claimed), [id(3), id(1)], "in the order in which they came");
        assert_eq!(inbox.waiting().await, Ok(vec![3]));
        assert_eq!((claimed[0].attempt, &claimed[0].payload), (1, &new(3).payload.to_vec()));
        assert!(claim(&mut inbox, "bo").await.is_empty(), "it is ana's");
        let third = inbox.claim("bo", 3, super::LEASE).await.expect("asked");
        assert_eq!(ids(&third), [id(2), id(4)]);

        // What is not known to be claimed comes back, and is no further attempt.
        let claimed = claim(&mut inbox, "ana").await;
        assert_eq!((ids(&claimed), claimed[0].attempt), (vec![id(3), id(1)], 1));
        expire(&store).await;
        assert_eq!(inbox.renew("bo", &[id(2), id(3)], super::LEASE).await, Ok(1), "nobody has taken it");
        assert_eq!(inbox.renew("ana", &[id(1)], super::LEASE).await, Ok(1));
        assert_eq!(ids(&claim(&mut inbox, "bo").await), [id(3)]);
        let late = [(id(3), End::Done), (id(1), End::Done)];
        assert_eq!(inbox.settle("ana", &late).await, Ok(1), "one of them is bo's by now");
        assert_eq!(inbox.settle("bo", &late).await, Ok(1));
        assert_eq!(inbox.settle("bo", &late).await, Ok(0));
    }
}

#[tokio::test]
async fn each_end_is_kept_with_its_reason() {
    for store in Store::both("inbox_ends").await {
        let mut inbox = Inbox::new(store.database());
        keep(&mut inbox, (1..=6).map(new)).await;
        claim(&mut inbox, "ana").await;
        let later = End::Again { error: "no".into(), pause: super::LEASE };
        let ended = [
            (id(1), End::Done),
            (id(2), End::Ignored("nobody asks".into())),
            (id(3), End::Dead(format!("bad\0{}", "x".repeat(900)))),
            (id(4), later),
            (id(5), again("out")),
        ];
        assert_eq!(inbox.settle("ana", &ended).await, Ok(5));
        let word = async |inbox: &mut Inbox, n| {
            let entry = entry(inbox, n).await;
            (entry.state, entry.attempts, entry.error.map(|error| error.chars().take(5).collect::<String>()))
        };
        assert_eq!(word(&mut inbox, 1).await, (DeliveryState::Done, 1, None));
        assert_eq!(word(&mut inbox, 2).await, (DeliveryState::Ignored, 1, Some("nobod".into())));
        assert_eq!(word(&mut inbox, 3).await, (DeliveryState::Dead, 1, Some("bad\u{fffd}x".into())));
        assert_eq!(word(&mut inbox, 4).await, (DeliveryState::Pending, 1, Some("no".into())));
        assert_eq!(word(&mut inbox, 5).await, (DeliveryState::Pending, 1, Some("out".into())));
        let waits = entry(&mut inbox, 4).await;
        assert!(waits.next_attempt_at > Some(waits.received_at) && waits.claimed_by.is_none());
        assert!(entry(&mut inbox, 1).await.processed_at.is_some());
        assert_eq!(ids(&claim(&mut inbox, "bo").await), [id(5)], "4 is not yet tried again, 6 is ana's");
        assert_eq!(in_state(&mut inbox, DeliveryState::Pending).await, [4, 5, 6].map(id).into());
    }
}

#[tokio::test]
async fn what_fails_too_often_or_ends_its_processors_is_dead() {
    for store in Store::both("inbox_dead").await {
        let mut inbox = Inbox::new(store.database());
        keep(&mut inbox, [new(1), new(2), new(3)]).await;
        // The first claim takes all three. From then on the one that failed is alone.
        assert_eq!(claim(&mut inbox, "ana").await.len(), 3);
        inbox.settle("ana", &[(id(1), again("no 1"))]).await.expect("settled");
        for attempt in 2..=MAX_ATTEMPTS {
            let claimed = claim(&mut inbox, "ana").await;
            assert_eq!((ids(&claimed), claimed[0].attempt), (vec![id(1)], attempt));
            let ended = [(id(1), again(&format!("no {attempt}")))];
            assert_eq!(inbox.settle("ana", &ended).await, Ok(1));
        }
        let dead = entry(&mut inbox, 1).await;
        assert_eq!(dead.state, DeliveryState::Dead);
        assert_eq!(dead.error.as_deref(), Some("gave up after 8 attempts: no 8"));

        // And each of the others once their processors were lost twice.
        for attempt in 2..=MAX_ATTEMPTS {
            expire(&store).await;
            let claimed = claim(&mut inbox, &format!("w{attempt}")).await;
            let expected = if attempt == 2 { vec![id(2), id(3)] } else { vec![id(2)] };
            assert_eq!((ids(&claimed), claimed[0].attempt), (expected, attempt));
        }
        expire(&store).await;
        assert_eq!(ids(&claim(&mut inbox, "w9").await), [id(3)], "the one that kills is gone");
        let dead = entry(&mut inbox, 2).await;
        assert_eq!(dead.error.as_deref(), Some("gave up after 8 attempts: its processor stopped answering"));
        assert!(dead.claimed_by.is_none() && dead.lease_until.is_none() && dead.processed_at.is_some());
    }
}

#[tokio::test]
async fn those_of_a_lost_processor_are_tried_a_few_at_a_time_and_its_own_claims_come_back_at_once() {
    for store in Store::both("inbox_lost").await {
        let mut inbox = Inbox::new(store.database());
        inbox.put(&(0..20).map(new).collect::<Vec<_>>()).await.expect("kept");
        assert_eq!(claim(&mut inbox, "ana").await.len(), 20);
        assert_eq!(claim(&mut inbox, "ana").await.len(), 20, "the database was away in between");
        let mut taken = Vec::new();
        expire(&store).await;
        for few in [8, 8, 4] {
            let claimed = claim(&mut inbox, "bo").await;
            assert_eq!(claimed.len(), few);
            let done: Vec<_> = claimed.iter().map(|delivery| (delivery.id, End::Done)).collect();
            inbox.settle("bo", &done).await.expect("settled");
            taken.extend(ids(&claimed));
        }
        assert_eq!(taken, (0..20).map(id).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_claim_of_large_payloads_is_small() {
    for store in Store::both("inbox_heavy").await {
        let mut inbox = Inbox::new(store.database());
        let large = |n| NewDelivery { payload: Bytes::from(vec![b' '; 5 << 20]), ..new(n) };
        keep(&mut inbox, [large(1), large(2), new(3)]).await;
        assert_eq!(ids(&claim(&mut inbox, "ana").await), [id(1)]);
        assert_eq!(ids(&claim(&mut inbox, "bo").await), [id(2), id(3)]);
        // And of small ones, too.
        inbox.put(&(10..200).map(new).collect::<Vec<_>>()).await.expect("kept");
        assert_eq!(claim(&mut inbox, "cy").await.len(), 64);
    }
}

#[tokio::test]
async fn of_many_that_claim_at_once_each_delivery_has_one() {
    const CLAIMERS: usize = 6;
    for store in Store::both("inbox_race").await {
        let mut inbox = Inbox::new(store.database());
        let all: Vec<NewDelivery> = (0..400).map(|n| of(n, i64::try_from(n % 3).expect("small"))).collect();
        inbox.put(&all).await.expect("kept");
        let start = Arc::new(Barrier::new(CLAIMERS));
        let mut claimers = JoinSet::new();
        for n in 0..CLAIMERS {
            let (start, mut inbox) = (Arc::clone(&start), Inbox::new(store.database()));
            claimers.spawn(async move {
                let (by, mut mine) = (format!("w{n}"), Vec::new());
                start.wait().await;
                for bucket in (0..BUCKETS).cycle().take(24) {
                    let claimed = ids(&inbox.claim(&by, bucket, super::LEASE).await.expect("asked"));
                    let ended: Vec<(DeliveryId, End)> = claimed.iter().map(|id| (*id, End::Done)).collect();
                    assert_eq!(inbox.settle(&by, &ended).await, Ok(claimed.len()));
                    mine.extend(claimed);
                }
                mine
            });
        }
        let mut taken: BTreeMap<DeliveryId, usize> = BTreeMap::new();
        for id in claimers.join_all().await.into_iter().flatten() {
            *taken.entry(id).or_default() += 1;
        }
        assert_eq!(taken.len(), 400);
        assert!(taken.values().all(|count| *count == 1), "{taken:?}");
        assert_eq!(store.count("webhook_deliveries", "state = 'done' AND attempts = 1").await, 400);
    }
}

#[tokio::test]
async fn of_many_that_keep_the_same_at_once_one_is_the_first() {
    for store in Store::both("inbox_same").await {
        let start = Arc::new(Barrier::new(4));
        let mut keepers = JoinSet::new();
        for n in 0..4 {
            let (start, mut inbox) = (Arc::clone(&start), Inbox::new(store.database()));
            keepers.spawn(async move {
                // Each in another order.
                let mut all: Vec<NewDelivery> = (0..50).map(new).collect();
                all.rotate_left(n * 12);
                start.wait().await;
                inbox.put(&all).await.expect("kept").into_iter().filter(|is_new| *is_new).count()
            });
        }
        let news: usize = keepers.join_all().await.into_iter().sum();
        assert_eq!((news, store.count("webhook_deliveries", "TRUE").await), (50, 50));
    }
}
