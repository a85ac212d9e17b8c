//! How GitHub's word comes in: asked seldom, for it takes round trips of its own.

use tokio::time::Instant;

use super::{
    super::read::Reader,
    state::{Feed, REST, Stop},
    turn::Turn,
};
use crate::domain::board::FeedEvent;

impl Feed {
    /// Tells what is new of it. It is no reason to lose what was read.
    pub(super) async fn tell_ingest(&mut self, reader: &mut Reader) -> Result<(), Stop> {
        let started = Instant::now();
        self.tell_synced(reader).await?;
        let told = reader.ingest().await;
        let pause = self.options.ingest.max(started.elapsed() * REST);
        let told = match told {
            Ok(told) => told.unwrap_or_default(),
            Err(error) => {
                self.forgo(reader, &error, "how deliveries of webhooks stand");
                self.next_ingest = Turn::after(pause, true);
                return Ok(());
            }
        };
        self.next_ingest = Turn::after(pause, told.newest.is_some() || !self.synced.is_empty());
        if told == self.ingest {
            return Ok(());
        }
        self.ingest = told;
        self.emit(FeedEvent::Ingest(told)).await
    }
}
