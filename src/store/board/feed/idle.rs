//! How often to look while nothing happens and nobody looks.

use std::time::Duration;

use tokio::time::Instant;

/// What a tick is stretched by, in tenths, after one and after two idle spans: 2 s become 5 s, and 15 s.
const STRETCHED: [u32; 2] = [25, 75];

/// Since when neither a row has changed nor a key was pressed.
#[derive(Debug)]
pub(super) struct Idle {
    since: Instant,
    /// The idle span; `None` never rests.
    span: Option<Duration>,
}

impl Idle {
    pub(super) fn new(span: Option<Duration>) -> Self {
        Self { since: Instant::now(), span }
    }

    /// A key was pressed, or a row has changed.
    pub(super) fn stir(&mut self) {
        self.since = Instant::now();
    }

    /// The tick for now, where it is stretched.
    pub(super) fn stretched(&self, interval: Duration) -> Option<Duration> {
        let idle = self.since.elapsed();
        let span = self.span.filter(|span| idle >= *span)?;
        let step = usize::from(idle >= span * 2);
        Some(interval * STRETCHED[step] / 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_tick_stretches_in_two_steps_and_is_back_at_once() {
        let (tick, span) = (Duration::from_secs(2), Duration::from_mins(10));
        let mut idle = Idle::new(Some(span));
        for (minutes, expected) in
            [(0, None), (9, None), (1, Some(5)), (9, Some(5)), (1, Some(15)), (600, Some(15))]
        {
            tokio::time::advance(Duration::from_mins(minutes)).await;
            assert_eq!(idle.stretched(tick), expected.map(Duration::from_secs), "{minutes} minutes later");
        }
        idle.stir();
        assert_eq!(idle.stretched(tick), None);
        tokio::time::advance(span).await;
        assert_eq!(
            (idle.stretched(tick), Idle::new(None).stretched(tick)),
            (Some(Duration::from_secs(5)), None)
        );
        let never = Idle::new(None);
        tokio::time::advance(span * 9).await;
        assert_eq!(never.stretched(tick), None);
    }
}
