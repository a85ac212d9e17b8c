//! Whatever happens in whatever order: the rules of the queue hold.

use std::{collections::HashMap, time::Duration};

use flowlens::store::insights::{Claim, End, Finished, InsightStore};
use proptest::{collection::vec, prelude::*};

use super::{LEASE, again, claim, expire, fill, insight, insights, keys, move_head, of};
use crate::support::rows::{Lite, Store};

#[derive(Clone, Debug)]
enum Step {
    Ask(i32),
    Cancel(i32),
    Claim,
    ClaimFor(&'static str),
    /// The leases of all end.
    Expire,
    MoveHead(i32),
    /// One of the claims so far, whatever has become of it.
    Renew(prop::sample::Index),
    Finish(prop::sample::Index),
    Fail(prop::sample::Index, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let number = 1..=3_i32;
    prop_oneof![
        4 => number.clone().prop_map(Step::Ask),
        1 => number.clone().prop_map(Step::Cancel),
        5 => Just(Step::Claim),
        1 => Just(Step::ClaimFor("bo")),
        2 => Just(Step::Expire),
        1 => number.prop_map(Step::MoveHead),
        1 => any::<prop::sample::Index>().prop_map(Step::Renew),
        3 => any::<prop::sample::Index>().prop_map(Step::Finish),
        2 => (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(n, again)| Step::Fail(n, again)),
    ]
}

struct Run {
    store: Store,
    queue: InsightStore,
    claims: Vec<Claim>,
    /// Insights that each claim brought forth.
    saved: HashMap<usize, usize>,
    moves: usize,
}

impl Run {
    async fn go(&mut self, n: usize, step: &Step) {
        let queue = &mut self.queue;
        match step {
            Step::Ask(number) => {
                let by = if n.is_multiple_of(2) { "ana" } else { "bo" };
                let told = queue.enqueue(&keys([*number]), Some(by)).await.expect("asked");
                assert_eq!(told.queued.len() + told.joined.len(), 1);
            }
            Step::Cancel(number) => {
                assert!(queue.cancel(&keys([*number])).await.expect("taken back") <= 1);
            }
            Step::Claim => self.claims.extend(claim(queue, &format!("w{}", n % 2)).await),
            Step::ClaimFor(by) => {
                let claimed = queue.claim("w0", LEASE, of(by)).await.expect("asked");
                assert!(claimed.iter().all(|claimed| claimed.requested_by.as_deref() == Some(*by)));
                self.claims.extend(claimed);
            }
            Step::Expire => expire(&self.store).await,
            Step::MoveHead(number) => {
                self.moves += 1;
                move_head(&self.store, *number, &format!("d{}", self.moves)).await;
            }
            Step::Renew(_) | Step::Finish(_) | Step::Fail(..) if self.claims.is_empty() => {}
            Step::Renew(at) => {
                let claimed = at.get(&self.claims);
                let ours = queue.renew(claimed, LEASE).await.expect("asked");
                assert_eq!(ours, self.is_running(at.index(self.claims.len())).await);
            }
            Step::Finish(at) => {
                let at = at.index(self.claims.len());
                let ours = self.is_running(at).await;
                let finished = self.queue.finish(&self.claims[at], &insight("c01")).await.expect("asked");
                assert_eq!(finished != Finished::Lost, ours);
                *self.saved.entry(at).or_default() += usize::from(ours);
            }
            Step::Fail(at, repeat) => {
                let at = at.index(self.claims.len());
                let ours = self.is_running(at).await;
                let end = if *repeat { again(Duration::ZERO) } else { End::Failed };
                let became = self.queue.fail(&self.claims[at], "no", end).await.expect("asked");
                assert_eq!(became.is_some(), ours);
            }
        }
    }

    /// Whether a claim is the last one of its request, which runs.
    async fn is_running(&self, at: usize) -> bool {
        let claim = &self.claims[at];
        let id = self.store.literal(&crate::support::rows::Cell::Id(claim.request.uuid().as_u128()));
        let sql = format!(
            "SELECT count(*) FROM insight_requests WHERE id = {id} AND state = 'running' AND attempts = {}",
            claim.attempt
        );
        self.store.number(&sql).await == 1
    }

    async fn check(&self) {
        let doubled =
            "SELECT count(*) FROM (SELECT 1 FROM insight_requests WHERE state IN ('queued', 'running')
                       GROUP BY repo_id, pr_number, state HAVING count(*) > 1)";
        assert_eq!(self.store.number(doubled).await, 0, "two of a kind");
        assert!(self.saved.values().all(|count| *count <= 1), "two insights of one claim");
        let saved = i64::try_from(self.saved.values().sum::<usize>()).expect("few");
        assert_eq!(insights(&self.store).await, saved);
        let done = "SELECT count(DISTINCT insight_id) FROM insight_requests WHERE state = 'done'";
        assert_eq!(self.store.number(done).await, saved);
        let open = "SELECT count(*) FROM insight_requests WHERE
                    (state IN ('queued', 'running')) <> (finished_at IS NULL)
                    OR (state = 'running' AND (lease_until IS NULL OR claimed_by IS NULL OR attempts > 20))
                    OR (state = 'done') <> (insight_id IS NOT NULL)";
        assert_eq!(self.store.number(open).await, 0, "a row that contradicts itself");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_two_of_a_kind_and_no_two_insights_of_one_claim(steps in vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let store = Store::Sqlite(Lite::new().await);
            fill(&store, 3).await;
            let queue = InsightStore::new(store.database());
            let mut run = Run { store, queue, claims: Vec::new(), saved: HashMap::new(), moves: 0 };
            for (n, step) in steps.iter().enumerate() {
                run.go(n, step).await;
                run.check().await;
            }
        });
    }
}
