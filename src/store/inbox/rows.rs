//! What the inbox's statements return.

use chrono::{DateTime, Utc};

use super::{Counts, Delivery, Ending, Entry};
use crate::{
    domain::{
        delivery::{BUCKETS, DeliveryId, DeliveryState},
        text::{clean, clean_opt},
    },
    store::engine::cells::{Cells, Decoded, some},
};

impl Decoded for DeliveryId {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self::new(some(c.uuid()?)?))
    }
}

/// A delivery that may be claimed.
pub(super) struct Candidate {
    pub(super) id: DeliveryId,
    pub(super) attempts: i32,
    pub(super) size: usize,
    pub(super) error: Option<String>,
    /// Whoever asks has claimed it already.
    pub(super) is_ours: bool,
}

impl Decoded for Candidate {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: DeliveryId::decode(c)?,
            attempts: c.int()?.unwrap_or_default(),
            size: number(c)?,
            error: c.text()?,
            is_ours: c.flag()?.unwrap_or_default(),
        })
    }
}

impl Decoded for Delivery {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: DeliveryId::decode(c)?,
            event: c.text()?.unwrap_or_default(),
            attempt: c.int()?.unwrap_or_default(),
            received_at: some(c.time()?)?,
            payload: c.bytes()?.unwrap_or_default(),
        })
    }
}

/// One that came to an end, and the bytes of its payload.
pub(super) struct Ended {
    pub(super) ending: Ending,
    pub(super) size: u64,
}

impl Decoded for Ended {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let ending = Ending { at: some(c.time()?)?, id: DeliveryId::decode(c)? };
        Ok(Self { ending, size: number(c)? as u64 })
    }
}

pub(super) struct Content(pub(super) Vec<u8>);

impl Decoded for Content {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self(c.bytes()?.unwrap_or_default()))
    }
}

/// The places of the cells that are true.
pub(super) struct Flags(pub(super) Vec<u8>);

impl Decoded for Flags {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        let mut places = Vec::new();
        for place in 0..BUCKETS {
            if c.flag()?.unwrap_or_default() {
                places.push(place);
            }
        }
        Ok(Self(places))
    }
}

impl Decoded for Entry {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: DeliveryId::decode(c)?,
            event: clean(&c.text()?.unwrap_or_default()).into(),
            action: clean_opt(c.text()?.as_deref()),
            repository_id: c.big()?,
            repository: clean_opt(c.text()?.as_deref()),
            state: DeliveryState::parse(&c.text()?.unwrap_or_default()),
            attempts: c.int()?.unwrap_or_default(),
            error: clean_opt(c.text()?.as_deref()),
            claimed_by: clean_opt(c.text()?.as_deref()),
            lease_until: c.time()?,
            next_attempt_at: c.time()?,
            received_at: some(c.time()?)?,
            processed_at: c.time()?,
            size: number(c)? as u64,
        })
    }
}

impl Decoded for Counts {
    fn decode(c: &mut impl Cells) -> Result<Self, sqlx::Error> {
        Ok(Self {
            pending: number(c)?,
            dead: number(c)?,
            oldest_pending: c.time()?,
            newest: newest(c)?,
            now: c.time()?,
        })
    }
}

/// The latest of the times that the statement returns side by side.
fn newest(c: &mut impl Cells) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let mut newest = None;
    for _ in 0..DeliveryState::ALL.len() {
        newest = newest.max(c.time()?);
    }
    Ok(newest)
}

fn number(c: &mut impl Cells) -> Result<usize, sqlx::Error> {
    Ok(c.big()?.and_then(|number| usize::try_from(number).ok()).unwrap_or_default())
}
