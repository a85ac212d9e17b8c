//! Which buckets of the inbox have something to do, and which of them a lane is at.

use std::{
    array,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::domain::delivery::BUCKETS;

/// What is known of a bucket.
#[derive(Clone, Copy, Default)]
struct Bucket {
    /// There may be a delivery to claim.
    wanted: bool,
    /// A lane is at it: two would only wait for each other's repository.
    taken: bool,
}

/// All buckets, and whoever waits for one.
pub(in crate::serve) struct Buckets {
    all: Mutex<[Bucket; BUCKETS as usize]>,
    changed: Notify,
}

impl Buckets {
    pub(in crate::serve) fn new() -> Self {
        Self { all: Mutex::new(array::from_fn(|_| Bucket::default())), changed: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, [Bucket; BUCKETS as usize]> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There is something to do in a bucket.
    pub(in crate::serve) fn mark(&self, bucket: u8) {
        if let Some(bucket) = self.lock().get_mut(usize::from(bucket)) {
            bucket.wanted = true;
        }
        self.changed.notify_waiters();
    }

    /// Takes the next bucket after this one in which there is something to do, if there is any that is free.
    pub(super) fn try_take(&self, after: u8) -> Option<u8> {
        let mut all = self.lock();
        let next = (1..=BUCKETS).map(|step| (after + step) % BUCKETS).find(|bucket| {
            let Bucket { wanted, taken } = all[usize::from(*bucket)];
            wanted && !taken
        })?;
        all[usize::from(next)] = Bucket { wanted: false, taken: true };
        Some(next)
    }

    /// The same; waits for it.
    pub(super) async fn take(&self, after: u8) -> u8 {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            if let Some(bucket) = self.try_take(after) {
                return bucket;
            }
            changed.await;
        }
    }

    /// A lane is done with a bucket; there may be more in it.
    pub(super) fn leave(&self, bucket: u8, is_more: bool) {
        if let Some(bucket) = self.lock().get_mut(usize::from(bucket)) {
            bucket.taken = false;
            bucket.wanted |= is_more;
        }
        self.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_bucket_has_one_lane_and_all_have_their_turn() {
        let buckets = Buckets::new();
        let nothing =
            async |buckets: &Buckets| timeout(Duration::from_secs(1), buckets.take(0)).await.is_err();
        assert!(nothing(&buckets).await);
        for bucket in [1, 3, 3, 0] {
            buckets.mark(bucket);
        }
        assert_eq!(buckets.take(1).await, 3);
        buckets.mark(3);
        assert_eq!((buckets.take(3).await, buckets.take(0).await), (0, 1));
        assert!(nothing(&buckets).await, "somebody is at 3");
        buckets.leave(3, false);
        assert_eq!(buckets.take(3).await, 3, "it was marked meanwhile");
        buckets.leave(3, true);
        buckets.leave(0, false);
        assert_eq!((buckets.try_take(7), buckets.try_take(7)), (Some(3), None));
    }

    #[tokio::test]
    async fn who_waits_is_woken() {
        let buckets = Buckets::new();
        let mark = async {
            tokio::task::yield_now().await;
            buckets.mark(5);
        };
        assert_eq!(tokio::join!(buckets.take(0), mark).0, 5);
    }
}
