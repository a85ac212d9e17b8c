//! What is done on GitHub from this dashboard, and what GitHub said of it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{ChecksTold, Gate, HubNews, Order, Outcome, QueueTold};
use crate::domain::{ids::PrKey, pull_request::PullRequest};

/// Actions of a session that are remembered.
const REMEMBERED: usize = 500;
/// The database was not told of it in all this time: nobody waits any longer.
const FORGOTTEN: TimeDelta = TimeDelta::minutes(10);

#[derive(Debug, Default)]
pub struct Hub {
    /// Why nothing can be asked or done.
    pub off: Option<String>,
    /// What GitHub said of those that were asked about, or why it did not.
    gates: BTreeMap<PrKey, Result<Box<Gate>, String>>,
    checks: BTreeMap<PrKey, Result<ChecksTold, String>>,
    queues: BTreeMap<PrKey, Result<QueueTold, String>>,
    /// All actions of this session, the oldest first.
    activity: Vec<Activity>,
    /// What was done on this machine, the oldest first.
    locals: Vec<LocalAct>,
    /// What has happened on GitHub, and is not in the database yet.
    sent: BTreeMap<PrKey, Sent>,
    /// Words that were written for them, and are not sent.
    drafts: BTreeMap<PrKey, String>,
    /// Looks at GitHub that follow an action, by repository and number.
    looks: Vec<(String, i32)>,
    /// All orders and local acts so far, also those that are forgotten.
    count: u64,
}

/// An action of this session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    pub order: Order,
    /// It is on its way, or was.
    pub is_sent: bool,
    /// When its row was last written before it was sent.
    pub row: Option<DateTime<Utc>>,
    /// The last that is known of it, and since when.
    pub outcome: Option<(DateTime<Utc>, Outcome)>,
}

/// Something done on this machine: a checkout, a command of the user's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalAct {
    pub id: u64,
    pub at: DateTime<Utc>,
    /// In words, with the pull request's name.
    pub what: String,
    /// How it ended, and when.
    pub end: Option<(DateTime<Utc>, Result<String, String>)>,
}

#[derive(Debug)]
struct Sent {
    at: DateTime<Utc>,
    /// When its row was last written until then.
    row: Option<DateTime<Utc>>,
}

impl Hub {
    /// These are given to the service now.
    pub fn begin(&mut self, orders: &[Order]) {
        let new = orders.iter().map(|order| Activity {
            order: order.clone(),
            is_sent: false,
            row: None,
            outcome: None,
        });
        self.activity.extend(new);
        let too_many = self.activity.len().saturating_sub(REMEMBERED);
        self.activity.drain(..too_many);
        self.count += u64::try_from(orders.len()).unwrap_or_default();
        // What GitHub said before is no more what it will say.
        for order in orders {
            self.gates.remove(&order.target.key);
        }
    }

    /// Something begins on this machine; its number.
    pub fn begin_local(&mut self, at: DateTime<Utc>, what: String) -> u64 {
        self.count += 1;
        self.locals.push(LocalAct { id: self.count, at, what, end: None });
        let too_many = self.locals.len().saturating_sub(REMEMBERED);
        self.locals.drain(..too_many);
        self.count
    }

    pub fn end_local(&mut self, id: u64, at: DateTime<Utc>, end: Result<String, String>) {
        if let Some(one) = self.locals.iter_mut().rev().find(|one| one.id == id) {
            one.end = Some((at, end));
        }
    }

    pub fn locals(&self) -> &[LocalAct] {
        &self.locals
    }

    pub fn draft(&self, key: PrKey) -> Option<&str> {
        self.drafts.get(&key).map(String::as_str)
    }

    /// Keeps words for the next time, or forgets them.
    pub fn keep_draft(&mut self, key: PrKey, text: &str) {
        if text.trim().is_empty() {
            self.drafts.remove(&key);
        } else if self.draft(key) != Some(text) {
            self.drafts.insert(key, text.to_owned());
        }
    }

    /// The number of the next order: no two of a session have the same.
    pub const fn next(&self) -> u64 {
        self.count
    }

    /// Asks anew: what was said before does not count.
    pub fn forget_gate(&mut self, key: PrKey) {
        self.gates.remove(&key);
    }

    pub fn gate(&self, key: PrKey) -> Option<&Result<Box<Gate>, String>> {
        self.gates.get(&key)
    }

    pub fn checks(&self, key: PrKey) -> Option<&Result<ChecksTold, String>> {
        self.checks.get(&key)
    }

    pub fn queue(&self, key: PrKey) -> Option<&Result<QueueTold, String>> {
        self.queues.get(&key)
    }

    pub fn activity(&self) -> &[Activity] {
        &self.activity
    }

    pub fn activity_of(&self, order: Uuid) -> Option<&Activity> {
        self.activity.iter().rev().find(|one| one.order.id == order)
    }

    /// When something was done with it that the database does not show yet.
    pub fn sent_at(&self, pr: &PullRequest) -> Option<DateTime<Utc>> {
        let sent = self.sent.get(&pr.key)?;
        (sent.row == pr.updated_at).then_some(sent.at)
    }

    /// GitHub is looked at after an action.
    pub fn look(&mut self, repository: String, number: i32) {
        self.looks.push((repository, number));
    }

    /// Whether an answer is to such a look.
    pub fn takes_look(&mut self, repository: &str, number: i32) -> bool {
        let at = self.looks.iter().position(|(name, of)| name == repository && *of == number);
        at.map(|at| self.looks.remove(at)).is_some()
    }

    /// Rows were read: what they show by now is waited for no longer.
    pub fn settle(&mut self, now: DateTime<Utc>, row: impl Fn(PrKey) -> Option<DateTime<Utc>>) {
        self.sent.retain(|key, sent| sent.row == row(*key) && now - sent.at < FORGOTTEN);
    }

    /// The next whole second of what was sent within the last minute: it is told in seconds.
    pub fn next_second(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = |sent: &Sent| {
            let seconds = (now - sent.at).num_seconds();
            (0..60).contains(&seconds).then(|| sent.at + TimeDelta::seconds(seconds + 1))
        };
        self.sent.values().filter_map(next).min()
    }

    /// Orders that are not at their end.
    pub fn under_way(&self) -> usize {
        let is_open = |one: &&Activity| one.outcome.as_ref().is_none_or(|(_, outcome)| !outcome.is_final());
        self.activity.iter().filter(is_open).count()
    }

    /// Takes in news; `row` tells when a row was last written.
    pub fn take(&mut self, news: HubNews, now: DateTime<Utc>, row: impl Fn(PrKey) -> Option<DateTime<Utc>>) {
        match news {
            HubNews::Gate(key, gate) => {
                self.off = None;
                self.gates.insert(key, gate);
            }
            HubNews::Picks(repository, found) => {
                let Ok(found) = found else { return };
                let of_it = self.gates.iter_mut().filter(|(key, _)| key.repo == repository);
                of_it.filter_map(|(_, gate)| gate.as_mut().ok()).for_each(|gate| gate.add(&found));
            }
            HubNews::Checks(key, checks) => {
                self.checks.insert(key, checks);
            }
            HubNews::Queue(key, queue) => {
                self.queues.insert(key, queue);
            }
            HubNews::Sending(id) => {
                if let Some(one) = self.find(id) {
                    (one.is_sent, one.row) = (true, row(one.order.target.key));
                }
            }
            HubNews::Outcome(id, outcome) => {
                let has_happened = outcome.has_happened();
                let Some(one) = self.find(id) else { return };
                one.outcome = Some((now, outcome));
                let key = one.order.target.key;
                // It may show what has happened before this is told.
                let row = if one.is_sent { one.row } else { row(key) };
                let said = one.order.act.body().map(str::to_owned);
                if has_happened {
                    // Other words may have been written meanwhile.
                    if self.draft(key).map(str::trim) == said.as_deref() {
                        self.drafts.remove(&key);
                    }
                    self.sent.insert(key, Sent { at: now, row });
                }
            }
            // The overlay that shows it keeps it.
            HubNews::Log(..) => {}
            HubNews::Off(why) => self.off = Some(why),
        }
    }

    fn find(&mut self, id: Uuid) -> Option<&mut Activity> {
        self.activity.iter_mut().rev().find(|one| one.order.id == id)
    }
}
