//! The rules that tell the reader, which pull requests are in the filter of each, and what they have told.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    domain::{
        ids::PrKey,
        notify::{Alert, Rule},
    },
    tui::overlay::RuleLine,
};

/// What was told that is remembered.
const REMEMBERED: usize = 500;

/// The rules, each with its state.
#[derive(Clone, Debug, Default)]
pub struct Notify {
    all: Vec<Watch>,
    /// The oldest first.
    alerts: Vec<Alert>,
}

/// A rule, and what it has seen.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Watch {
    pub(in crate::tui) rule: Rule,
    is_on: bool,
    /// The config file has it.
    is_kept: bool,
    /// The pull requests that are in its filter: only one that comes in is told of.
    inside: foldhash::HashSet<PrKey>,
    /// When it told, in the last minute.
    told: Vec<DateTime<Utc>>,
}

impl Notify {
    pub fn new(rules: Vec<Rule>) -> Self {
        Self { all: rules.into_iter().map(Watch::new).collect(), alerts: Vec::new() }
    }

    /// How each of them stands.
    pub fn lines(&self) -> Vec<RuleLine> {
        let line = |Watch { rule, is_on, is_kept, .. }: &Watch| RuleLine {
            rule: rule.clone(),
            is_on: *is_on,
            is_kept: *is_kept,
        };
        self.all.iter().map(line).collect()
    }

    /// Turns a rule on or off; a new one has seen nothing yet.
    pub(in crate::tui) fn turn(&mut self, rule: Rule, is_on: bool) {
        let known = self.all.iter_mut().find(|watch| watch.rule.name == rule.name);
        match known {
            Some(watch) => watch.is_on = is_on,
            None => self.all.push(Watch { is_on, is_kept: false, ..Watch::new(rule) }),
        }
    }

    /// The rule of this name tells no more; none but the config file's is there any longer.
    pub(in crate::tui) fn end(&mut self, name: &str) {
        self.all.retain(|watch| watch.is_kept || watch.rule.name != name);
        for watch in self.all.iter_mut().filter(|watch| watch.rule.name == name) {
            watch.is_on = false;
        }
    }

    /// The rules that tell, as they are written.
    pub fn telling(&self) -> impl Iterator<Item = &Rule> {
        self.all.iter().filter(|watch| watch.is_on).map(|watch| &watch.rule)
    }

    /// Whether a rule of this name tells.
    pub(in crate::tui) fn is_on(&self, name: &str) -> bool {
        self.all.iter().any(|watch| watch.is_on && watch.rule.name == name)
    }

    /// Whether the config file has a rule of this name.
    pub(in crate::tui) fn is_kept(&self, name: &str) -> bool {
        self.all.iter().any(|watch| watch.is_kept && watch.rule.name == name)
    }

    /// The config file gets the rule of this name.
    pub(in crate::tui) fn keep(&mut self, name: &str) {
        for watch in self.all.iter_mut().filter(|watch| watch.rule.name == name) {
            watch.is_kept = true;
        }
    }

    /// The rules that tell.
    pub(in crate::tui) fn on(&mut self) -> impl Iterator<Item = &mut Watch> {
        self.all.iter_mut().filter(|watch| watch.is_on)
    }

    /// These were told.
    pub(in crate::tui) fn note(&mut self, alerts: Vec<Alert>) {
        self.alerts.extend(alerts);
        let too_many = self.alerts.len().saturating_sub(REMEMBERED);
        self.alerts.drain(..too_many);
    }

    pub fn alerts(&self) -> &[Alert] {
        &self.alerts
    }

    /// How much was told that the reader has not looked at since.
    pub fn fired(&self) -> usize {
        self.alerts.iter().filter(|alert| !alert.is_seen).count()
    }

    /// The reader looks at what was told of these.
    pub(in crate::tui) fn look(&mut self, is_of: impl Fn(PrKey) -> bool) {
        for alert in self.alerts.iter_mut().filter(|alert| !alert.is_seen && is_of(alert.key)) {
            alert.is_seen = true;
        }
    }

    /// These are deleted, or out of view.
    pub(in crate::tui) fn forget(&mut self, keys: &[PrKey]) {
        for watch in &mut self.all {
            watch.inside.retain(|key| !keys.contains(key));
        }
    }
}

impl Watch {
    fn new(rule: Rule) -> Self {
        Self { rule, is_on: true, is_kept: true, inside: foldhash::HashSet::default(), told: Vec::new() }
    }

    /// Notes whether a pull request is in the filter; returns whether it has come in.
    pub(in crate::tui) fn enters(&mut self, key: PrKey, is_in: bool) -> bool {
        if is_in {
            return self.inside.insert(key);
        }
        self.inside.remove(&key);
        false
    }

    /// Whether it may tell once more now; then it is taken to have told.
    pub(in crate::tui) fn may_tell(&mut self, now: DateTime<Utc>) -> bool {
        // A clock that was set back does not silence it.
        self.told.retain(|at| (now - *at).abs() < TimeDelta::minutes(1));
        let may = self.told.len() < self.rule.per_minute;
        if may {
            self.told.push(now);
        }
        may
    }
}
