//! Bodies: of bounded size, within bounded time, and of bounded memory for all that are read at once.

use std::{sync::Arc, time::Duration};

use axum::body::{Body, BodyDataStream, HttpBody as _};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};
use url::form_urlencoded;

use super::refusal::{LIMIT, Refusal};

/// GitHub waits ten seconds for an answer.
const TIME: Duration = Duration::from_secs(8);
/// More bytes make a body large. Of those only one is held at a time: until it is stored, it is there three times.
const LARGE: usize = 1024 * 1024;
/// Bytes of all others that are held at once.
const HELD: usize = 64 * 1024 * 1024;
/// Bytes of a permit.
const UNIT: usize = 1024;
/// Room is made for so many bytes at least, unless the body is known to be shorter.
const FIRST: usize = 16 * 1024;

/// A body, which counts as held as long as its permits live.
pub(super) struct Held {
    pub(super) bytes: Bytes,
    pub(super) permits: Permits,
}

#[derive(Default)]
pub(super) struct Permits {
    few: Option<OwnedSemaphorePermit>,
    large: Option<OwnedSemaphorePermit>,
}

/// The room for bodies. Those that are large wait for each other, and nobody else for them.
#[derive(Clone)]
pub(super) struct Room {
    few: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

impl Room {
    pub(super) fn new() -> Self {
        Self { few: Arc::new(Semaphore::new(HELD / UNIT)), large: Arc::new(Semaphore::new(1)) }
    }

    /// Reads a body. There is never room for more than twice of what has come.
    pub(super) async fn read(&self, body: Body) -> Result<Held, Refusal> {
        let deadline = Instant::now() + TIME;
        let announced = body.size_hint().exact().and_then(|size| usize::try_from(size).ok());
        let mut stream = body.into_data_stream();
        let mut bytes = Vec::new();
        let mut permits = Permits::default();
        while let Some(chunk) =
            timeout_at(deadline, stream.next()).await.map_err(|_elapsed| Refusal::TooSlow)?
        {
            let chunk = chunk.map_err(|_broken| Refusal::BrokenOff)?;
            let size = bytes.len() + chunk.len();
            if size.max(announced.unwrap_or_default()) > LIMIT {
                drop((bytes, permits));
                // Who sends on is not listening: it would take the end of the connection for the answer.
                drain(stream, deadline).await;
                return Err(Refusal::TooLarge);
            }
            if size > bytes.capacity() {
                let capacity = (2 * size).max(FIRST).min(announced.unwrap_or(LIMIT)).max(size);
                let held = timeout_at(deadline, self.hold(&mut permits, capacity)).await;
                held.unwrap_or(Err(Refusal::Busy))?;
                bytes.reserve_exact(capacity - bytes.len());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Held { bytes: bytes.into(), permits })
    }

    async fn hold(&self, permits: &mut Permits, size: usize) -> Result<(), Refusal> {
        if size > LARGE {
            if permits.large.is_none() {
                permits.large = Arc::clone(&self.large).acquire_owned().await.ok();
            }
            return Ok(());
        }
        let held = permits.few.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = u32::try_from(size.div_ceil(UNIT).saturating_sub(held)).unwrap_or(u32::MAX);
        let new = Arc::clone(&self.few).try_acquire_many_owned(more).map_err(|_none_left| Refusal::Busy)?;
        match &mut permits.few {
            Some(few) => few.merge(new),
            none => *none = Some(new),
        }
        Ok(())
    }
}

/// Reads on and keeps nothing, for a while.
pub(super) async fn discard(body: Body) {
    drain(body.into_data_stream(), Instant::now() + TIME).await;
}

async fn drain(mut stream: BodyDataStream, deadline: Instant) {
    let mut seen = 0;
    while let Ok(Some(Ok(chunk))) = timeout_at(deadline, stream.next()).await {
        seen += chunk.len();
        if seen > 4 * LIMIT {
            return;
        }
    }
}

/// The payload in a form.
pub(super) fn payload(form: &[u8]) -> Option<Bytes> {
    let (_, payload) = form_urlencoded::parse(form).find(|(name, _)| name == "payload")?;
    Some(Bytes::from(payload.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_holds_the_payload() {
        let found = payload(b"a=1&payload=%7B%22a+b%22%3A%22%C3%A9%22%7D&payload=2");
        assert_eq!(found.as_deref(), Some("{\"a b\":\"é\"}".as_bytes()));
        assert_eq!(payload(b"{\"payload\":1}"), None);
        assert_eq!(payload(b""), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_held_counts_until_it_is_dropped() {
        let room = Room { few: Arc::new(Semaphore::new(3)), ..Room::new() };
        let read = async |size| room.read(Body::from(vec![b' '; size])).await;
        let two = read(2 * UNIT).await.unwrap_or_else(|_| panic!("room"));
        assert_eq!(two.bytes.len(), 2 * UNIT);
        assert_eq!(read(UNIT + 1).await.err(), Some(Refusal::Busy));
        assert!(read(UNIT).await.is_ok(), "what was refused holds nothing");
        let large = read(LARGE + 1).await.unwrap_or_else(|_| panic!("room"));
        assert_eq!(read(LARGE + 1).await.err(), Some(Refusal::Busy), "there is one, and it stays");
        drop((two, large));
        assert!(read(3 * UNIT).await.is_ok());
        assert!(read(LIMIT).await.is_ok());
        assert_eq!(read(LIMIT + 1).await.err(), Some(Refusal::TooLarge));
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_one_waits_for_another_and_a_small_one_for_none() {
        let room = Room::new();
        let read = async |size| room.read(Body::from(vec![b' '; size])).await;
        let large = read(LIMIT).await.unwrap_or_else(|_| panic!("room"));
        let others = async {
            assert!(read(UNIT).await.is_ok());
            drop(large);
        };
        assert!(tokio::join!(read(LIMIT), others).0.is_ok());
    }
}
