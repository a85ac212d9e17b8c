//! A GitHub for the demo: it answers what the reader asks and does, by the rules of the real one, and the team's pull
//! requests change by it. What takes a while, such as a rerun, is due some seconds later.

mod answers;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    ME, Simulation,
    pull::{Pull, Step},
};
use crate::{
    domain::{
        hub::{Act, ActKind, Order, Outcome, Pick, RunRef, Target, Verdict},
        ids::Sha,
    },
    facts::fact::{CheckConclusion, Fact, PullState},
};

/// Something that is going to happen to a pull request.
#[derive(Clone, Debug)]
pub(super) struct Due {
    at: DateTime<Utc>,
    repo: usize,
    number: i32,
    what: Next,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Running checks begin.
    Start,
    /// They pass: those of this suite, or all.
    Pass(Option<i64>),
    /// It is merged if it may be: from the queue, or by itself.
    Merge,
}

/// How long reruns take, and a place in the merge queue; seconds.
const RUN: i64 = 6;
const QUEUE: i64 = 5;

impl Simulation {
    /// When something is due that the reader has set off.
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        self.due.iter().map(|due| due.at).min()
    }

    /// What has become due by now.
    pub fn due(&mut self, now: DateTime<Utc>) -> Vec<Fact> {
        let now = super::whole_seconds(now);
        let (ripe, rest) = std::mem::take(&mut self.due).into_iter().partition(|due| due.at <= now);
        self.due = rest;
        let ripe: Vec<Due> = ripe;
        ripe.into_iter().flat_map(|due| self.ripen(&due, now)).collect()
    }

    fn ripen(&mut self, due: &Due, now: DateTime<Utc>) -> Vec<Fact> {
        let Some(place) = self.place(due.repo, due.number) else { return Vec::new() };
        match due.what {
            Next::Start => {
                self.later(place, now, RUN, Next::Pass(None));
                self.step(place, Step::Start, now)
            }
            Next::Pass(suite) => {
                let pull = &mut self.open[place];
                let mut facts = pull.end_running(now, suite, &CheckConclusion::Success);
                facts.push(pull.seen(now));
                if self.open[place].auto_merge {
                    self.later(place, now, 2, Next::Merge);
                }
                facts
            }
            Next::Merge => {
                let pull = &self.open[place];
                let is_ready = pull.is_green() && pull.is_approved() && !pull.conflict;
                let (queue, is_automatic) = (pull.queue, pull.auto_merge);
                if queue.is_some_and(|queue| queue > 1) {
                    self.later(place, now, QUEUE, Next::Merge);
                } else if is_ready && (queue.is_some() || is_automatic) {
                    return self.step(place, Step::Merge, now);
                }
                Vec::new()
            }
        }
    }

    /// Does what is ordered, if GitHub would.
    pub fn obey(&mut self, order: &Order, now: DateTime<Utc>) -> (Outcome, Vec<Fact>) {
        let gate = match self.gate(&order.target) {
            Ok(gate) => gate,
            Err(why) => return (Outcome::NotSent(why), Vec::new()),
        };
        let kind = order.act.kind();
        if kind.is_pinned() && gate.head != order.target.head {
            return (Outcome::Moved { now: gate.head }, Vec::new());
        }
        if let Verdict::Not(why) = gate.verdict(kind) {
            return (Outcome::Refused(why), Vec::new());
        }
        let now = super::whole_seconds(now);
        if kind == ActKind::Reopen {
            return self.reopen(order, now);
        }
        let Some(place) = self.find(&order.target) else {
            return (Outcome::Refused("it is not open".to_owned()), Vec::new());
        };
        self.open[place].is_held = true;
        self.does(place, &order.act, now)
    }

    pub(super) fn does(&mut self, place: usize, act: &Act, now: DateTime<Utc>) -> (Outcome, Vec<Fact>) {
        let refused = |why: &str| (Outcome::Refused(why.to_owned()), Vec::new());
        let facts = match act {
            Act::RerunFailed(run) | Act::RerunDebug(run) | Act::RerunAll(run)
                if self.is_at_work(place, run) =>
            {
                return refused("This workflow is already running");
            }
            Act::CancelRun(run) | Act::ForceCancel(run) if !self.is_at_work(place, run) => {
                return refused("Cannot cancel a workflow run that is completed.");
            }
            Act::RerunFailed(run) | Act::RerunDebug(run) => self.rerun(place, run.id, true, now),
            Act::RerunAll(run) => self.rerun(place, run.id, false, now),
            Act::CancelRun(run) | Act::ForceCancel(run) => {
                let at = self.moment(place, now);
                self.open[place].end_running(at, Some(run.id), &CheckConclusion::Cancelled)
            }
            Act::ApproveRun(_) => return refused("no run waits for it"),
            Act::Approve { .. } => self.review(place, true, now),
            Act::RequestChanges { .. } => self.review(place, false, now),
            Act::Comment { .. } => {
                let at = self.moment(place, now);
                vec![self.open[place].comment_of(ME, at, &mut self.ids)]
            }
            Act::AskReview { people, .. } => {
                let asked = people.iter().filter_map(|pick| super::team::login(&pick.name));
                let asked: Vec<&'static str> = asked.collect();
                self.changed(place, now, |pull| {
                    pull.requested.extend(asked);
                    pull.requested.sort_unstable();
                    pull.requested.dedup();
                })
            }
            Act::Merge { .. } => self.step(place, Step::Merge, now),
            Act::AutoMergeOn { .. } => {
                self.later(place, now, 2, Next::Merge);
                self.step(place, Step::AutoMerge, now)
            }
            Act::AutoMergeOff => self.changed(place, now, |pull| pull.auto_merge = false),
            Act::Enqueue => {
                let repo = self.open[place].repo;
                let ahead = self.open.iter().filter(|pull| pull.repo == repo && pull.queue.is_some()).count();
                self.later(place, now, QUEUE, Next::Merge);
                self.step(place, Step::Queue(i32::try_from(ahead + 1).unwrap_or(1)), now)
            }
            Act::Dequeue => {
                let mut facts = self.changed(place, now, |pull| pull.queue = None);
                facts.push(self.open[place].queued(self.open[place].last));
                facts
            }
            Act::UpdateBranch { .. } if self.open[place].conflict => {
                return refused("merge conflict between base and head");
            }
            Act::UpdateBranch { .. } => {
                self.later(place, now, 1, Next::Start);
                self.step(place, Step::Rebase(false), now)
            }
            Act::Ready => self.step(place, Step::Ready, now),
            Act::Draft => self.changed(place, now, |pull| pull.state = PullState::Draft),
            Act::Close => self.step(place, Step::Close, now),
            // It was found among the open ones.
            Act::Reopen => return refused("it is open"),
            Act::Labels { add, remove } => {
                self.changed(place, now, |pull| picked(&mut pull.topic.labels, add, remove))
            }
            Act::Assign { add, remove } => {
                self.changed(place, now, |pull| picked(&mut pull.assigned, add, remove))
            }
        };
        (Outcome::Done(act.done()), facts)
    }

    /// A time for the next fact of a pull request: two never share a second.
    fn moment(&mut self, place: usize, now: DateTime<Utc>) -> DateTime<Utc> {
        let pull = &mut self.open[place];
        pull.last = now.max(pull.last + TimeDelta::seconds(1));
        pull.last
    }

    fn changed(&mut self, place: usize, now: DateTime<Utc>, change: impl FnOnce(&mut Pull)) -> Vec<Fact> {
        let at = self.moment(place, now);
        let pull = &mut self.open[place];
        change(pull);
        vec![pull.seen(at)]
    }

    fn step(&mut self, place: usize, step: Step, now: DateTime<Utc>) -> Vec<Fact> {
        let mut pull = self.open[place].clone();
        let facts = pull.step(step, now, &mut self.dice, &mut self.ids);
        self.settle(place, pull, facts, now)
    }

    fn is_at_work(&self, place: usize, run: &RunRef) -> bool {
        let mut jobs = self.open[place].checks.iter().filter(|check| check.is_job() && check.suite == run.id);
        jobs.any(|check| check.conclusion.is_none())
    }

    fn rerun(&mut self, place: usize, suite: i64, failed_only: bool, now: DateTime<Utc>) -> Vec<Fact> {
        let at = self.moment(place, now);
        self.open[place].stuck = false;
        self.later(place, at, RUN, Next::Pass(Some(suite)));
        let ids = &mut self.ids;
        self.open[place].again(at, ids, |check| {
            let is_of_run = check.suite == suite && (check.has_failed() || !failed_only);
            // Whoever sets commit statuses looks at the commit again, too.
            is_of_run || !check.is_job() && check.has_failed()
        })
    }

    fn review(&mut self, place: usize, approved: bool, now: DateTime<Utc>) -> Vec<Fact> {
        let at = self.moment(place, now);
        let review = self.open[place].review_of(ME, at, approved, &mut self.ids);
        let pull = &self.open[place];
        let facts = vec![pull.seen(at), review];
        if pull.auto_merge {
            self.later(place, at, 2, Next::Merge);
        }
        facts
    }

    fn reopen(&mut self, order: &Order, now: DateTime<Utc>) -> (Outcome, Vec<Fact>) {
        let Some(place) = self.closed.iter().position(|pull| is_it(pull, &order.target)) else {
            return (Outcome::Refused("it is not closed".to_owned()), Vec::new());
        };
        let mut pull = self.closed.remove(place);
        pull.is_held = true;
        let facts = pull.step(Step::Reopen, now, &mut self.dice, &mut self.ids);
        self.open.push(pull);
        (Outcome::Done(order.act.done()), facts)
    }

    fn later(&mut self, place: usize, from: DateTime<Utc>, seconds: i64, what: Next) {
        let pull = &self.open[place];
        let at = from + TimeDelta::seconds(seconds);
        self.due.push(Due { at, repo: pull.repo, number: pull.number, what });
    }

    fn place(&self, repo: usize, number: i32) -> Option<usize> {
        self.open.iter().position(|pull| pull.repo == repo && pull.number == number)
    }

    pub(super) fn find(&self, target: &Target) -> Option<usize> {
        self.open.iter().position(|pull| is_it(pull, target))
    }
}

fn is_it(pull: &Pull, target: &Target) -> bool {
    pull.number == target.number && pull.repository().full_name == target.repository
}

fn picked(names: &mut Vec<String>, add: &[Pick], remove: &[Pick]) {
    names.retain(|name| !remove.iter().any(|pick| pick.name == *name));
    for pick in add {
        if !names.contains(&pick.name) {
            names.push(pick.name.clone());
        }
    }
}

/// A commit's name; the demo's are whole ones.
fn sha(pull: &Pull) -> Result<Sha, String> {
    Sha::parse(&pull.head).ok_or_else(|| "it has no commit".to_owned())
}
