//! Requests for insights: a probe tells whether any was written, and only then are they read.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    super::{decode::Probe, read::Reader},
    state::{Feed, ShownRequests, Stop},
};
use crate::domain::{board::FeedEvent, request::Request};

/// How far back the first read looks for requests that have ended.
const RECENT: TimeDelta = TimeDelta::minutes(10);

impl Feed {
    /// Tells the requests that are new or changed since; all that are open or recent, if there is no `since`: read at each
    /// step of a worker, a long queue would cost more than the board.
    pub(super) async fn tell_requests(
        &mut self,
        reader: &mut Reader,
        probe: &Probe,
        since: Option<DateTime<Utc>>,
    ) -> Result<(), Stop> {
        let news = probe.requests.1 > 0 && probe.requests != self.requests.shown;
        if since.is_some() && !news {
            return Ok(());
        }
        let mut requests = reader.requests(since.unwrap_or(probe.now - RECENT), since.is_none()).await?;
        let version = |request: &Request| (request.id, request.updated_at);
        let versions = requests.iter().map(version).collect();
        requests.retain(|request| {
            self.is_mine(&request.key) && !self.requests.versions.contains(&version(request))
        });
        self.requests = ShownRequests { shown: probe.requests, versions };
        // One that is both open and newly written was read twice.
        requests.sort_by_key(|request| (request.requested_at, request.id));
        requests.dedup();
        if requests.is_empty() { Ok(()) } else { self.emit(FeedEvent::Requests(requests)).await }
    }
}
