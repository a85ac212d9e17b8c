//! What a client remembers.

use std::{collections::HashMap, sync::MutexGuard};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::{
    Budget, ClientNotice, Query, Resource, Wait,
    error::Error,
    limits::{Limits, Quota},
    told,
};
use crate::{domain::text::clean, http::client::Answer};

/// From how large a difference of clocks on it is told.
const SKEW: TimeDelta = TimeDelta::minutes(5);
/// How long before its end a token's end is told.
const SOON: TimeDelta = TimeDelta::days(3);

#[derive(Debug, Default)]
pub(super) struct State {
    budget: Budget,
    /// Nothing is left to the user's other tools.
    takes_all: bool,
    /// Points, and requests of REST, since the client was made.
    pub(super) spent: (u32, u32),
    /// GitHub's clock less ours.
    skew: TimeDelta,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) expires: Option<DateTime<Utc>>,
    notices: Vec<ClientNotice>,
    /// What was told once is not told again.
    told: Vec<ClientNotice>,
    /// Queries without the fields that were refused.
    shorter: HashMap<&'static str, String>,
}

impl State {
    pub(super) fn new(budget: Budget, takes_all: bool) -> Self {
        Self { budget, takes_all, ..Self::default() }
    }

    pub(super) fn limits(&self) -> MutexGuard<'_, Limits> {
        self.budget.limits()
    }

    /// GitHub's time, by our clock and what is known of the difference.
    pub(super) fn theirs(&self, ours: DateTime<Utc>) -> DateTime<Utc> {
        ours + self.skew
    }

    /// A time of GitHub's, by our clock.
    pub(super) fn ours(&self, wait: Wait) -> Wait {
        Wait { until: wait.until - self.skew, ..wait }
    }

    pub(super) fn check(&self, resource: Resource, now: DateTime<Utc>) -> Result<(), Error> {
        let (limits, now) = (self.limits(), self.theirs(now));
        let checked =
            if self.takes_all { limits.check_all(resource, 1, now) } else { limits.check(resource, 1, now) };
        checked.map_err(|wait| Error::Wait(self.ours(wait)))
    }

    /// Takes in what the headers of any answer say.
    pub(super) fn hear(
        &mut self,
        answer: &Answer,
        resource: Resource,
        date: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) {
        if let Some(date) = date {
            // The time on the way is no difference of clocks.
            self.skew =
                Some(date - now).filter(|skew| skew.abs() >= TimeDelta::seconds(5)).unwrap_or_default();
            if self.skew.abs() >= SKEW {
                self.notice(ClientNotice::ClockSkew(-self.skew.num_minutes()));
            }
        }
        let theirs = self.theirs(now);
        let price = (resource == Resource::Graphql).then(|| price(&answer.body)).flatten();
        // A query says by itself what it cost; what has not changed costs nothing.
        let cost = price.as_ref().and_then(|price| price.cost).unwrap_or(u32::from(answer.status != 304));
        let told = told(answer).or_else(|| price.and_then(Price::told));
        self.limits().note(resource, told, cost, theirs);
        let spent = match resource {
            Resource::Graphql => &mut self.spent.0,
            Resource::Rest => &mut self.spent.1,
        };
        *spent = spent.saturating_add(cost);
        if let Some(scopes) = answer.header("x-oauth-scopes") {
            let scopes = scopes.split(',').map(|scope| clean(scope.trim())).filter(|scope| !scope.is_empty());
            self.scopes = Some(scopes.collect());
        }
        if let Some(expires) = answer.header("github-authentication-token-expiration").and_then(expiry) {
            self.expires = Some(expires);
            if expires > theirs && expires - theirs < SOON {
                self.notice(ClientNotice::ExpiresSoon(expires));
            }
        }
        if answer.header("x-github-sso").is_some_and(|sso| sso.starts_with("partial-results")) {
            self.notice(ClientNotice::PartialForSingleSignOn);
        }
    }

    pub(super) fn notice(&mut self, notice: ClientNotice) {
        // A clock that is wrong is so by another minute each time.
        let is_same = |old: &ClientNotice| match (old, &notice) {
            (ClientNotice::ClockSkew(_), ClientNotice::ClockSkew(_)) => true,
            (old, new) => old == new,
        };
        if !self.told.iter().any(is_same) {
            self.told.push(notice.clone());
            self.notices.push(notice);
        }
    }

    pub(super) fn take_notices(&mut self) -> Vec<ClientNotice> {
        std::mem::take(&mut self.notices)
    }

    pub(super) fn text(&self, query: Query) -> String {
        self.shorter.get(query.name()).cloned().unwrap_or_else(|| query.text())
    }

    pub(super) fn remember(&mut self, query: Query, shorter: String) {
        self.shorter.insert(query.name(), shorter);
    }
}

fn price(body: &[u8]) -> Option<Price> {
    serde_json::from_slice::<Priced>(body).ok()?.data?.rate_limit
}

/// The part of an answer that says what it cost.
#[derive(Deserialize)]
struct Priced {
    data: Option<Data>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    rate_limit: Option<Price>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Price {
    cost: Option<u32>,
    limit: Option<u32>,
    remaining: Option<u32>,
    reset_at: Option<DateTime<Utc>>,
}

impl Price {
    /// What headers say as well, where they do.
    fn told(self) -> Option<Quota> {
        Some(Quota { limit: self.limit?, remaining: self.remaining?, resets: self.reset_at? })
    }
}

/// `2026-12-01 12:00:00 UTC`, or with an offset.
fn expiry(text: &str) -> Option<DateTime<Utc>> {
    let utc = text.strip_suffix(" UTC").map(|text| format!("{text} +0000"));
    let time = DateTime::parse_from_str(utc.as_deref().unwrap_or(text), "%Y-%m-%d %H:%M:%S %z").ok()?;
    Some(time.with_timezone(&Utc))
}
