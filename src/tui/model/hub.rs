//! What is done on GitHub from this dashboard, and what GitHub said of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::{
    hub::{ChecksTold, Gate, HubNews, Order, Outcome, QueueTold},
    ids::PrKey,
    pull_request::PullRequest,
};

/// Actions of a session that are remembered.
const REMEMBERED: usize = 500;

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
    /// What has happened on GitHub, and is not in the database yet.
    sent: BTreeMap<PrKey, Sent>,
}

/// An action of this session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    pub order: Order,
    /// It is on its way, or was.
    pub is_sent: bool,
    /// The last that is known of it, and since when.
    pub outcome: Option<(DateTime<Utc>, Outcome)>,
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
        let new = orders.iter().map(|order| Activity { order: order.clone(), is_sent: false, outcome: None });
        self.activity.extend(new);
        let too_many = self.activity.len().saturating_sub(REMEMBERED);
        self.activity.drain(..too_many);
        // What GitHub said before is no more what it will say.
        for order in orders {
            self.gates.remove(&order.target.key);
        }
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

    /// Takes in news; `row` tells when a row was last written.
    pub fn take(&mut self, news: HubNews, now: DateTime<Utc>, row: impl Fn(PrKey) -> Option<DateTime<Utc>>) {
        match news {
            HubNews::Gate(key, gate) => {
                self.off = None;
                self.gates.insert(key, gate);
            }
            HubNews::Checks(key, checks) => {
                self.checks.insert(key, checks);
            }
            HubNews::Queue(key, queue) => {
                self.queues.insert(key, queue);
            }
            HubNews::Sending(id) => {
                if let Some(one) = self.find(id) {
                    one.is_sent = true;
                }
            }
            HubNews::Outcome(id, outcome) => {
                let has_happened = outcome.has_happened();
                let Some(one) = self.find(id) else { return };
                one.outcome = Some((now, outcome));
                let key = one.order.target.key;
                if has_happened {
                    self.sent.insert(key, Sent { at: now, row: row(key) });
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
