//! From now on: one event after another, so chosen that the board keeps its mixture for hours.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{
    Simulation,
    pull::{Pull, Step},
    repos::{API, BILLING, REPOS},
    team::{BOT, PEOPLE, person_of},
};
use crate::facts::fact::{Fact, PullState};

/// Open pull requests to be had, about.
const OPEN: usize = 40;

/// More failing ones than this would be unkind.
const FAILING: usize = 9;

/// Closed ones that may be opened again.
const CLOSED: usize = 8;

/// Those whose logs can be read after their end.
const PAST: usize = 100;

impl Simulation {
    /// The next thing that happens, at this time, and how long to wait after it at the team's own speed: 2 to 4 s.
    ///
    /// Two events of one pull request are never of the same second: who asks faster than that gets times ahead of
    /// `now`.
    pub fn next_event(&mut self, now: DateTime<Utc>) -> (Duration, Vec<Fact>) {
        let now = super::whole_seconds(now);
        let facts = self.happen(now);
        let pause = u64::try_from(self.dice.between(2_000, 4_000)).unwrap_or(3_000);
        (Duration::from_millis(pause), facts)
    }

    fn happen(&mut self, now: DateTime<Utc>) -> Vec<Fact> {
        if self.open.len() < OPEN && self.dice.percent(30) {
            return self.open_one(now);
        }
        let moves = self.moves();
        // What would take the last one of its kind from the board does not happen now.
        for _ in 0..64 {
            let Some((place, step)) = self.choose(&moves) else { break };
            let mut pull = self.open[place].clone();
            let facts = pull.step(step, now, &mut self.dice, &mut self.ids);
            if self.keeps_the_mixture(place, &pull) {
                return self.settle(place, pull, facts, now);
            }
        }
        self.open_one(now)
    }

    fn open_one(&mut self, now: DateTime<Utc>) -> Vec<Fact> {
        if !self.closed.is_empty() && self.dice.percent(8) {
            let place = self.dice.below(self.closed.len());
            let mut pull = self.closed.swap_remove(place);
            let facts = pull.step(Step::Reopen, now, &mut self.dice, &mut self.ids);
            self.open.push(pull);
            return facts;
        }
        let (author, repo) = if self.dice.percent(12) {
            (BOT, self.dice.below(REPOS.len()))
        } else {
            let person = self.dice.pick(PEOPLE);
            (person.login, *self.dice.pick(person.homes))
        };
        let topic =
            if author == BOT { self.deck.bump(repo) } else { self.deck.deal(repo, 50, &mut self.dice) };
        let mut pull = Pull::new(repo, author, topic, now, &mut self.dice);
        pull.number = self.next_number(repo);
        let draft = author != BOT && self.dice.percent(18);
        let facts = pull.step(Step::Open { draft }, now, &mut self.dice, &mut self.ids);
        self.open.push(pull);
        facts
    }

    /// Puts the changed pull request in its place; in a merge queue the others move up.
    pub(super) fn settle(
        &mut self,
        place: usize,
        pull: Pull,
        mut facts: Vec<Fact>,
        now: DateTime<Utc>,
    ) -> Vec<Fact> {
        let left = self.open[place].queue.filter(|_| pull.queue.is_none());
        let repo = pull.repo;
        if pull.is_open() {
            self.open[place] = pull;
        } else {
            self.open.swap_remove(place);
            match pull.state {
                PullState::Merged { .. } => {
                    self.last_merge = Some(repo);
                    self.past.push(pull);
                }
                PullState::Closed { .. } | PullState::Draft | PullState::Open => self.closed.push(pull),
            }
            if self.closed.len() > CLOSED {
                self.past.push(self.closed.remove(0));
            }
            if self.past.len() > PAST {
                self.past.remove(0);
            }
        }
        if let Some(left) = left {
            for other in &mut self.open {
                if let Some(behind) = other.queue.filter(|behind| other.repo == repo && *behind > left) {
                    facts.extend(other.step(Step::Queue(behind - 1), now, &mut self.dice, &mut self.ids));
                }
            }
        }
        facts
    }

    fn keeps_the_mixture(&self, place: usize, changed: &Pull) -> bool {
        let (mut before, mut after) = (0, if changed.is_open() { marks(changed) } else { 0 });
        for (other, pull) in self.open.iter().enumerate() {
            let marks = marks(pull);
            before |= marks;
            after |= if other == place { 0 } else { marks };
        }
        before & !after == 0
    }

    fn choose(&mut self, moves: &[(usize, u64, Step)]) -> Option<(usize, Step)> {
        let total: u64 = moves.iter().map(|(_, weight, _)| weight).sum();
        let mut left = self.dice.draw() % total.max(1);
        for (place, weight, step) in moves {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return Some((*place, *step)),
            }
        }
        None
    }

    /// All that may happen, with its weight.
    fn moves(&mut self) -> Vec<(usize, u64, Step)> {
        let failing = self.open.iter().filter(|pull| pull.has_failed()).count();
        let mut moves = Vec::new();
        for place in 0..self.open.len() {
            let luck = self.dice.draw() % 100;
            let seat = self.dice.below(8);
            let pull = &self.open[place];
            if pull.is_held {
                continue;
            }
            let well = failing >= FAILING || luck > person_of(pull.author).sloppy * 2 / 3;
            let mut may = |weight: u64, step| moves.push((place, weight, step));
            if pull.queue.is_some() {
                may(if pull.queue == Some(1) { 14 } else { 0 }, Step::Merge);
                continue;
            }
            build_moves(pull, well, &mut may);
            review_moves(pull, seat, &mut may);
            self.merge_moves(pull, &mut may);
        }
        moves
    }

    fn merge_moves(&self, pull: &Pull, may: &mut impl FnMut(u64, Step)) {
        let human = pull.pace;
        let ready = pull.state == PullState::Open && pull.is_approved() && !pull.conflict;
        if pull.state == PullState::Draft {
            may(human, Step::Ready);
            may(human / 2, Step::Push);
        }
        if ready && pull.is_green() {
            may(if pull.auto_merge { 60 } else { human * 3 }, Step::Merge);
            if [API, BILLING].contains(&pull.repo) && !pull.auto_merge {
                let ahead =
                    self.open.iter().filter(|other| other.repo == pull.repo && other.queue.is_some()).count();
                may(human * 6, Step::Queue(i32::try_from(ahead + 1).unwrap_or(1)));
            }
        } else if ready && pull.running() > 0 && !pull.auto_merge && !pull.stuck {
            may(human * 3, Step::AutoMerge);
        }
        if pull.conflict {
            may(human, Step::Rebase(pull.is_approved() && human > 6));
        } else if self.last_merge == Some(pull.repo) && !pull.auto_merge {
            may(2, Step::Conflict);
        }
        if pull.pace > 7 && !pull.is_approved() && self.open.len() > OPEN - 5 {
            may(1, Step::Close);
        }
    }
}

fn build_moves(pull: &Pull, well: bool, may: &mut impl FnMut(u64, Step)) {
    let running = pull.running();
    if pull.checks.is_empty() {
        may(60, Step::Start);
    } else if running > usize::from(pull.stuck) {
        may(50, Step::Finish { well });
    } else if pull.has_failed() {
        may(pull.pace / 2, Step::Rerun);
        may(pull.pace, Step::Push);
    }
}

fn review_moves(pull: &Pull, seat: usize, may: &mut impl FnMut(u64, Step)) {
    let human = pull.pace;
    if pull.state == PullState::Draft {
        return;
    }
    may(human / 3, Step::Comment);
    if let Some(blocker) = pull.blocker() {
        if blocker.of_head {
            may(human * 2, Step::Push);
        } else if pull.requested.contains(&blocker.reviewer) {
            may(human * 3, Step::Approve);
            may(human / 2, Step::RequestChanges);
        } else {
            may(human * 4, Step::Ask(seat));
            may(human / 4, Step::Dismiss);
        }
    } else if pull.is_approved() {
        may(human / 5, Step::Dismiss);
    } else if pull.requested.is_empty() {
        may(human * 5, Step::Ask(seat));
    } else {
        let reviewer = person_of(pull.next_reviewer());
        let quick = u64::try_from(600 / (reviewer.answers_after + 100)).unwrap_or(1) + 1;
        may(human * quick * (100 - reviewer.strict) / 150, Step::Approve);
        may(human * quick * reviewer.strict / 150, Step::RequestChanges);
    }
}

/// Which states of the four stages it shows, a bit each.
fn marks(pull: &Pull) -> u16 {
    let pr = u16::from(pull.state == PullState::Draft);
    let build = if pull.has_failed() {
        0
    } else if pull.running() > 0 {
        1
    } else if pull.is_green() {
        2
    } else {
        3
    };
    let approval = if pull.blocker().is_some() {
        0
    } else if pull.is_approved() {
        1
    } else if pull.requested.is_empty() {
        2
    } else {
        3
    };
    let merge = if pull.conflict {
        0
    } else if pull.queue.is_some() || pull.auto_merge {
        1
    } else {
        2
    };
    1 << pr | 1 << (2 + build) | 1 << (6 + approval) | 1 << (10 + merge)
}
