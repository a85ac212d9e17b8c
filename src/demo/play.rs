//! Plays the simulation in real time.

use std::{str::FromStr, time::Duration};

use chrono::{DateTime, Utc};

use super::Simulation;
use crate::github::facts::Fact;

/// How many times faster than the team's own pace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed(f64);

impl Speed {
    /// The slowest and the fastest.
    pub const RANGE: (f64, f64) = (0.01, 1_000.0);

    fn divide(self, pause: Duration) -> Duration {
        pause.div_f64(self.0)
    }
}

impl Default for Speed {
    fn default() -> Self {
        Self(1.0)
    }
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (low, high) = Self::RANGE;
        match text.parse() {
            Ok(speed) if (low..=high).contains(&speed) => Ok(Self(speed)),
            Ok(_) | Err(_) => Err(format!("expected a number from {low} to {high}")),
        }
    }
}

/// Hands over the history at once, then one event after another, until `apply` fails. Ends no earlier: whoever calls
/// drops it.
///
/// # Errors
/// Those of `apply`.
pub async fn play<E>(
    mut simulation: Simulation,
    speed: Speed,
    clock: impl Fn() -> DateTime<Utc>,
    mut apply: impl AsyncFnMut(Vec<Fact>) -> Result<(), E>,
) -> Result<(), E> {
    apply(simulation.history()).await?;
    loop {
        let (pause, facts) = simulation.next_event(clock());
        apply(facts).await?;
        tokio::time::sleep(speed.divide(pause)).await;
    }
}
