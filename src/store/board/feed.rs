//! The feed: one task, one connection, and what a tick costs. It reads and tells; it never writes.
//!
//! A tick is one round trip while nothing changes: a probe that returns the server's clock and the versions of the
//! rows written since the server's clock at the last good poll less ten seconds (the overlap). Only what is new
//! among them is read, and only what has new content is told. Every [`FeedOptions::sweep`] all keys and versions
//! are compared, which finds deletions, rows dated in the future and transactions that committed later than the
//! overlap, and so does a comparison as soon as a table that was empty has rows, or another server or file answers;
//! every [`FeedOptions::ingest`] the inbox of webhooks is looked at, and how old GitHub's word is, each in a round trip of
//! its own;
//! every [`FeedOptions::reread`] the schema is looked at and all rows are read, which finds writers that
//! do not touch `updated_at`.

mod connection;
mod idle;
mod ingest;
mod options;
mod poll;
mod requests;
mod state;
mod sweep;
mod synced;
mod tell;
mod turn;
mod walk;

use std::time::Duration;

use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

pub use self::options::{FeedCommand, FeedOptions};
use self::state::{Busy, Feed, REST, Stop};
use super::sql::Statements;
use crate::{
    backoff::random_fraction,
    domain::board::FeedEvent,
    store::engine::{database::Database, discovery::Schema},
};

/// Between two looks after what this program has written: its worker may write often.
const LOOKS: Duration = Duration::from_millis(100);

/// The statements that a poll of this schema may run, by name: so that their plans can be looked at.
#[must_use]
pub fn statements(schema: &Schema) -> Vec<(&'static str, String)> {
    Statements::compose(schema).named()
}

/// Polls until the receiver of the events or the sender of the commands is dropped.
pub async fn run(
    database: impl Into<Database>,
    options: FeedOptions,
    events: mpsc::Sender<FeedEvent>,
    mut commands: mpsc::Receiver<FeedCommand>,
) {
    let mut feed = Feed::new(database.into(), options, events);
    let mut asked: Option<FeedCommand> = None;
    let mut failures = 0;
    loop {
        let (pause, rest) = match feed.go_on(asked).await {
            Ok(Busy { probe, reads }) => {
                failures = 0;
                feed.timeouts = feed.timeouts.saturating_sub(1);
                let Ok(tick) = feed.tick_for_now().await else { return };
                let pause = jitter(tick.max(probe * REST), random_fraction());
                (pause, LOOKS.max((probe + reads) * REST))
            }
            Err(Stop::Closed) => return,
            Err(Stop::Failed(error)) => {
                let pause = feed.pause_after(&error, failures);
                failures += 1;
                if feed.fail(error, pause).await.is_err() {
                    return;
                }
                (pause, pause)
            }
        };
        asked = match next(pause, rest, &mut commands, &mut feed).await {
            Ok(asked) => asked,
            Err(Gone) => return,
        };
    }
}

/// The sender of the commands is.
struct Gone;

/// What is asked for, at the end of the pause at the latest: by the user at once, by those who have written something
/// not before the database has had its rest. A rest of the feed itself ends as soon as somebody is there.
async fn next(
    pause: Duration,
    rest: Duration,
    commands: &mut mpsc::Receiver<FeedCommand>,
    feed: &mut Feed,
) -> Result<Option<FeedCommand>, Gone> {
    let now = Instant::now();
    let mut asked = None;
    loop {
        let until = now + if asked.is_some() { rest.min(pause) } else { pause };
        let mut command = match timeout_at(until, commands.recv()).await {
            Ok(Some(command)) => Some(command),
            Ok(None) => return Err(Gone),
            Err(_elapsed) => return Ok(asked),
        };
        // One poll answers all that was asked meanwhile.
        while let Some(told) = command {
            feed.idle.stir();
            asked = asked.max(Some(told).filter(|told| *told > FeedCommand::Stir));
            command = commands.try_recv().ok();
        }
        if asked > Some(FeedCommand::Look) || feed.resting.is_some() {
            return Ok(asked);
        }
    }
}

/// ±20 %.
fn jitter(pause: Duration, fraction: f64) -> Duration {
    pause.mul_f64(0.8 + 0.4 * fraction)
}
