//! When GitHub's word is asked for: seldom, and soon after rows have changed.

use std::time::Duration;

use tokio::time::Instant;

/// Where nothing was ever delivered, and no sync reads anything, it is asked so many times less often while no row changes.
const UNUSED: u32 = 10;

/// When it is asked next.
#[derive(Debug)]
pub(super) struct Turn {
    /// Where rows have changed since.
    earliest: Instant,
    latest: Instant,
    has_news: bool,
}

impl Turn {
    pub(super) fn now() -> Self {
        let now = Instant::now();
        Self { earliest: now, latest: now, has_news: false }
    }

    pub(super) fn after(pause: Duration, is_used: bool) -> Self {
        let now = Instant::now();
        let factor = if is_used { 1 } else { UNUSED };
        Self { earliest: now + pause, latest: now + pause * factor, has_news: false }
    }

    /// Somebody does tell something.
    pub(super) fn within(&mut self, pause: Duration) {
        self.latest = self.latest.min(Instant::now() + pause);
    }

    /// Rows have changed, or come where there were none: a first delivery may have told them.
    pub(super) fn stir(&mut self, are_first: bool) {
        self.has_news = true;
        if are_first {
            self.earliest = Instant::now();
        }
    }

    pub(super) fn is_here(&self) -> bool {
        Instant::now() >= if self.has_news { self.earliest } else { self.latest }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn where_nothing_is_told_it_is_asked_seldom_until_rows_change() {
        let pause = Duration::from_secs(30);
        let waits = async |turn: &Turn| {
            let began = Instant::now();
            while !turn.is_here() {
                advance(Duration::from_secs(1)).await;
            }
            began.elapsed().as_secs()
        };
        assert_eq!(waits(&Turn::now()).await, 0);
        for (is_used, quiet) in [(true, 30), (false, 300)] {
            assert_eq!(waits(&Turn::after(pause, is_used)).await, quiet);
            let mut turn = Turn::after(pause, is_used);
            advance(Duration::from_secs(9)).await;
            turn.stir(false);
            assert_eq!(waits(&turn).await, 21, "a change, soon after it was asked");
            let mut turn = Turn::after(pause, is_used);
            turn.stir(true);
            assert_eq!(waits(&turn).await, 0, "the first rows");
        }
        let mut turn = Turn::after(pause, false);
        turn.within(pause);
        assert_eq!(waits(&turn).await, 30, "a sync tells something");
        let mut turn = Turn::after(pause, false);
        advance(pause).await;
        turn.stir(false);
        assert_eq!(waits(&turn).await, 0, "a change, long after it was asked");
    }
}
