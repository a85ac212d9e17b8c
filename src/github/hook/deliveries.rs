//! What a webhook has delivered, and could not: GitHub remembers three days of it.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::{Error, Hook, Hooks, Lack};

/// What is older can not be sent again.
const MEMORY: TimeDelta = TimeDelta::days(3);
/// Pages of a hundred that are read.
const MOST_PAGES: usize = 50;
const UNAUTHORISED: u16 = 401;

/// One try to deliver something.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Delivery {
    pub id: i64,
    /// The same in each try.
    guid: String,
    delivered_at: DateTime<Utc>,
    /// What the receiver answered; 0 or nothing: no answer.
    #[serde(default)]
    status_code: Option<u16>,
}

impl Delivery {
    fn code(&self) -> u16 {
        self.status_code.unwrap_or(0)
    }

    fn is_taken(&self) -> bool {
        matches!(self.code(), 200..=299)
    }
}

/// The tries of the last three days, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Deliveries {
    tries: Vec<Delivery>,
    /// GitHub's clock.
    now: Option<DateTime<Utc>>,
    /// There are more, older ones.
    pub is_cut: bool,
}

impl Deliveries {
    /// How many deliveries were answered by each code in their last try; 0: no answer.
    pub fn codes(&self) -> BTreeMap<u16, usize> {
        let mut codes = BTreeMap::new();
        for delivery in self.last() {
            *codes.entry(delivery.code()).or_default() += 1;
        }
        codes
    }

    /// Those whose last try failed, the oldest first.
    pub fn failed(&self) -> Vec<&Delivery> {
        let mut failed: Vec<&Delivery> = self.last().filter(|delivery| !delivery.is_taken()).collect();
        failed.reverse();
        failed
    }

    /// The newest try: when, by which clock, and its code.
    pub fn newest(&self) -> Option<(DateTime<Utc>, DateTime<Utc>, u16)> {
        let newest = self.tries.first()?;
        Some((newest.delivered_at, self.now.unwrap_or(newest.delivered_at), newest.code()))
    }

    /// What the answers tell of the webhook.
    pub fn lack(&self) -> Option<Lack> {
        self.newest().filter(|(_, _, code)| *code == UNAUTHORISED).map(|_| Lack::OtherSecret)
    }

    /// The last try of each delivery.
    fn last(&self) -> impl Iterator<Item = &Delivery> {
        let mut seen = HashSet::new();
        self.tries.iter().filter(move |delivery| seen.insert(delivery.guid.as_str()))
    }
}

impl Hooks<'_> {
    /// What a webhook delivered within GitHub's memory.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn deliveries(&self, hook: &Hook) -> Result<Deliveries, Error> {
        let mut told = Deliveries::default();
        let mut next = Some(self.paged(&[&hook.id.to_string(), "deliveries"]));
        for _ in 0..MOST_PAGES {
            let Some(address) = next.take() else { break };
            let page = self.client.page::<Vec<Delivery>>(&address, &self.what).await?;
            told.now = told.now.or(page.at).or(page.content.first().map(|newest| newest.delivered_at));
            let since = told.now.map(|now| now - MEMORY);
            let count = page.content.len();
            let kept = page.content.into_iter().filter(|delivery| Some(delivery.delivered_at) >= since);
            let before = told.tries.len();
            told.tries.extend(kept);
            // The newest come first: behind an old one there are none but old ones.
            next = page.next.filter(|_| told.tries.len() - before == count);
        }
        told.is_cut = next.is_some();
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(id: i64, guid: &str, code: Option<u16>) -> Delivery {
        let delivered_at = DateTime::UNIX_EPOCH + TimeDelta::seconds(id);
        Delivery { id, guid: guid.to_owned(), delivered_at, status_code: code }
    }

    #[test]
    fn the_last_try_of_a_delivery_counts() {
        let tries = vec![
            tried(6, "c", None),
            tried(5, "a", Some(202)),
            tried(4, "b", Some(503)),
            tried(3, "c", Some(202)),
            tried(2, "b", Some(502)),
            tried(1, "a", Some(502)),
        ];
        let told = Deliveries { tries, ..Deliveries::default() };
        assert_eq!(told.failed().iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [4, 6]);
        assert_eq!(told.codes(), BTreeMap::from([(0, 1), (202, 1), (503, 1)]));
        assert_eq!(told.lack(), None);
        let told = Deliveries { tries: vec![tried(1, "a", Some(401))], ..Deliveries::default() };
        assert_eq!(told.lack(), Some(Lack::OtherSecret));
        assert_eq!(Deliveries::default().newest(), None);
    }
}
