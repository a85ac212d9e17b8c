//! Plays the simulation in real time.

use chrono::{DateTime, Utc};

use super::Simulation;
use crate::github::facts::Fact;

/// Hands over the history at once, then one event after another at `speed` times the team's own pace, until `apply`
/// fails. Ends no earlier: whoever calls drops it.
///
/// # Errors
/// Those of `apply`.
pub async fn play<E>(
    mut simulation: Simulation,
    speed: f64,
    clock: impl Fn() -> DateTime<Utc>,
    mut apply: impl AsyncFnMut(Vec<Fact>) -> Result<(), E>,
) -> Result<(), E> {
    apply(simulation.history()).await?;
    loop {
        let (pause, facts) = simulation.next_event(clock());
        apply(facts).await?;
        tokio::time::sleep(pause.div_f64(speed)).await;
    }
}
