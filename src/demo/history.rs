//! The weeks before the demo begins: about 120 pull requests, each with a fate.

use chrono::{DateTime, Duration, Utc};

use super::{
    Simulation,
    pull::{Pull, Step, circle},
    random::Dice,
    repos::{BILLING, INGEST, REPOS},
    team::{BOT, PEOPLE, STRANGER, person_of},
    words::Topic,
};
use crate::facts::fact::{Fact, RepositoryRef, RepositorySeen, What};

/// How a pull request stands when the demo begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Fresh,
    Building,
    Stuck,
    Failing,
    Rerunning,
    Waiting,
    Unasked,
    Blocked,
    Answered,
    Conflicting,
    Approved,
    Queued(i32),
    AutoMerge,
    Draft,
    Fork,
    Dismissed,
    Reopened,
    Merged,
    Abandoned,
    BotMerged,
    BotClosed,
}

/// Fates, how many of each, and how long ago their last step was, in minutes. The first rows make the board.
const FATES: &[(Fate, usize, i64, i64)] = &[
    (Fate::Fresh, 2, 1, 2),
    (Fate::Building, 4, 2, 9),
    (Fate::Stuck, 1, 4_500, 4_700),
    (Fate::Failing, 4, 15, 2_400),
    (Fate::Rerunning, 1, 2, 6),
    (Fate::Waiting, 6, 45, 1_500),
    (Fate::Unasked, 2, 200, 2_900),
    (Fate::Blocked, 3, 180, 5_000),
    (Fate::Answered, 1, 90, 500),
    (Fate::Conflicting, 3, 300, 7_500),
    (Fate::Approved, 3, 12, 1_300),
    (Fate::Queued(1), 1, 12, 14),
    (Fate::Queued(2), 1, 8, 10),
    (Fate::Queued(3), 1, 3, 5),
    (Fate::AutoMerge, 1, 4, 8),
    (Fate::Draft, 3, 60, 11_000),
    (Fate::Fork, 1, 900, 4_000),
    (Fate::Dismissed, 1, 100, 700),
    (Fate::Reopened, 1, 150, 900),
    (Fate::Merged, 55, 0, 0),
    (Fate::Abandoned, 8, 0, 0),
    (Fate::BotMerged, 14, 0, 0),
    (Fate::BotClosed, 3, 0, 0),
];

/// Ended ones lie up to so many minutes back.
const WEEKS: i64 = 24 * 24 * 60;

/// What is going to happen to one pull request, and when.
struct Plan {
    fate: Fate,
    repo: usize,
    author: &'static str,
    begins: DateTime<Utc>,
    steps: Vec<(Duration, Step)>,
}

/// Steps in the making.
struct Script<'a> {
    steps: Vec<(Duration, Step)>,
    dice: &'a mut Dice,
    author: &'static str,
    /// Who is asked, as a place in the author's circle.
    reviewer: usize,
    /// How long that one takes, in minutes.
    answers_after: i64,
}

impl Script<'_> {
    fn then(&mut self, low: i64, high: i64, step: Step) -> &mut Self {
        let seconds = self.dice.between(low * 60, high * 60).max(2);
        self.steps.push((Duration::seconds(seconds), step));
        self
    }

    fn build(&mut self, well: bool) -> &mut Self {
        self.then(0, 2, Step::Start).then(28, 34, Step::FinishAll { well })
    }

    /// Opened, and its first build passed in the end.
    fn green(&mut self) -> &mut Self {
        self.then(0, 0, Step::Open { draft: false }).first_builds()
    }

    fn first_builds(&mut self) -> &mut Self {
        if !self.dice.percent(person_of(self.author).sloppy) {
            return self.build(true);
        }
        self.build(false);
        if self.dice.percent(35) {
            return self.then(3, 50, Step::Rerun).then(17, 30, Step::FinishAll { well: true });
        }
        self.then(15, 300, Step::Push).build(true)
    }

    fn ask(&mut self) -> &mut Self {
        self.then(1, 25, Step::Ask(self.reviewer))
    }

    fn answer(&mut self, step: Step) -> &mut Self {
        let about = self.answers_after;
        self.then(about / 3, about * 2, step)
    }

    /// Asked, discussed and approved.
    fn approved(&mut self, strict: u64) -> &mut Self {
        self.ask();
        if self.dice.percent(30) {
            self.then(5, 200, Step::Comment);
        }
        if self.dice.percent(strict) {
            self.answer(Step::RequestChanges).then(20, 600, Step::Push).build(true).ask();
        }
        self.answer(Step::Approve)
    }

    fn merged(&mut self, queue: bool) -> &mut Self {
        if self.dice.percent(14) {
            let dismiss = self.dice.percent(50);
            self.then(30, 900, Step::Conflict).then(10, 700, Step::Rebase(dismiss)).build(true);
            if dismiss {
                self.ask().answer(Step::Approve);
            }
        }
        if queue {
            return self.then(1, 90, Step::Queue(1)).then(9, 16, Step::Merge);
        }
        self.then(1, 400, Step::Merge)
    }

    fn write(&mut self, fate: Fate, repo: usize) {
        let strict = person_of(circle(self.author, repo)[self.reviewer]).strict;
        match fate {
            Fate::Fresh => self.then(0, 0, Step::Open { draft: false }),
            Fate::Building => self.green().ask().then(20, 400, Step::Push).then(0, 1, Step::Start),
            Fate::Stuck => self.then(0, 0, Step::Open { draft: false }).ask().then(0, 2, Step::Start).then(
                12,
                20,
                Step::Stick,
            ),
            Fate::Failing => {
                self.then(0, 0, Step::Open { draft: false });
                if self.author != BOT {
                    self.ask();
                }
                self.build(false)
            }
            Fate::Rerunning => {
                self.then(0, 0, Step::Open { draft: false }).ask().build(false).then(5, 90, Step::Rerun)
            }
            Fate::Waiting | Fate::Fork => self.green().ask(),
            Fate::Unasked => self.green(),
            Fate::Blocked => self.green().ask().answer(Step::RequestChanges),
            Fate::Answered => {
                self.green().ask().answer(Step::RequestChanges).then(30, 500, Step::Push).build(true).ask()
            }
            Fate::Conflicting => self.green().ask().then(200, 2_000, Step::Conflict),
            Fate::Approved => self.green().approved(strict),
            Fate::Queued(place) => self.green().approved(strict).then(1, 40, Step::Queue(place)),
            Fate::AutoMerge => {
                let asked = self.green().approved(strict).then(5, 60, Step::Push);
                asked.then(0, 1, Step::Start).then(0, 1, Step::AutoMerge)
            }
            Fate::Draft => self.then(0, 0, Step::Open { draft: true }).first_builds(),
            Fate::Dismissed => self
                .green()
                .approved(strict)
                .then(60, 600, Step::Push)
                .build(true)
                .then(1, 3, Step::Dismiss)
                .ask(),
            Fate::Reopened => self.green().then(300, 2_000, Step::Close).then(60, 1_500, Step::Reopen).ask(),
            Fate::Merged => {
                if self.dice.percent(18) {
                    self.then(0, 0, Step::Open { draft: true }).first_builds().then(60, 2_000, Step::Ready)
                } else {
                    self.green()
                };
                self.approved(strict).merged(repo == BILLING)
            }
            Fate::Abandoned => {
                self.green();
                if self.dice.percent(60) {
                    self.ask().answer(Step::RequestChanges);
                }
                self.then(600, 6_000, Step::Close)
            }
            Fate::BotMerged => self.green().ask().answer(Step::Approve).merged(false),
            Fate::BotClosed => self.green().then(900, 4_000, Step::Close), // overtaken by a newer version
        };
    }
}

impl Simulation {
    /// Lives through the weeks up to now.
    pub(super) fn live_through(&mut self, now: DateTime<Utc>) -> Vec<Fact> {
        let mut plans = Vec::new();
        for (fate, count, low, high) in FATES {
            for turn in 0..*count {
                plans.push(self.plan(*fate, turn, (*low, *high), now));
            }
        }
        plans.sort_by_key(|plan| plan.begins);
        let first = plans.first().map_or(now, |plan| plan.begins) - Duration::hours(1);
        let mut facts: Vec<Fact> = REPOS.iter().map(|repo| repository(repo, first)).collect();
        for plan in plans {
            let topic = self.topic(&plan);
            let mut pull = Pull::new(plan.repo, plan.author, topic, plan.begins, &mut self.dice);
            pull.number = self.next_number(plan.repo);
            let mut at = plan.begins;
            for (gap, step) in plan.steps {
                at += gap;
                facts.extend(pull.step(step, at, &mut self.dice, &mut self.ids));
            }
            if pull.is_open() {
                self.open.push(pull);
            } else if matches!(plan.fate, Fate::Abandoned) {
                self.closed.push(pull);
            } else {
                self.past.push(pull);
            }
        }
        facts.sort_by_key(|fact| fact.at);
        facts
    }

    fn topic(&mut self, plan: &Plan) -> Topic {
        if plan.author == BOT {
            return self.deck.bump(plan.repo);
        }
        let readme = if plan.fate == Fate::Fork { self.deck.written_by_hand("patch-1") } else { None };
        // The best titles are kept for the board.
        let by_hand = if matches!(plan.fate, Fate::Merged | Fate::Abandoned) { 15 } else { 75 };
        readme.unwrap_or_else(|| self.deck.deal(plan.repo, by_hand, &mut self.dice))
    }

    fn plan(&mut self, fate: Fate, turn: usize, ago: (i64, i64), now: DateTime<Utc>) -> Plan {
        let by_bot = match fate {
            Fate::BotMerged | Fate::BotClosed | Fate::Unasked => true,
            Fate::Failing => turn == 0,
            _ => false,
        };
        let (author, repo) = match fate {
            _ if by_bot => (BOT, self.dice.below(REPOS.len())),
            Fate::Fork => (STRANGER, INGEST),
            Fate::Queued(place) => {
                (["grace", "ines", "ana"][usize::try_from(place - 1).unwrap_or(0) % 3], BILLING)
            }
            _ => {
                let person = self.dice.pick(PEOPLE);
                (person.login, *self.dice.pick(person.homes))
            }
        };
        let circle = circle(author, repo);
        let reviewer = self.dice.below(circle.len());
        let answers_after = person_of(circle[reviewer]).answers_after;
        let mut script = Script { steps: Vec::new(), dice: &mut self.dice, author, reviewer, answers_after };
        script.write(fate, repo);
        let steps = script.steps;
        let ago = match fate {
            Fate::Merged | Fate::Abandoned | Fate::BotMerged | Fate::BotClosed => {
                // The nearer, the denser.
                let x = self.dice.between(40, 1_000);
                10 + WEEKS * x * x / 1_000_000
            }
            // Who takes a day to answer is also waited for the longest.
            Fate::Waiting => self.dice.between(ago.0, ago.1.max(answers_after * 3)),
            _ => self.dice.between(ago.0, ago.1),
        };
        let total = steps.iter().fold(Duration::minutes(ago), |sum, (gap, _)| sum + *gap);
        Plan { fate, repo, author, begins: now - total, steps }
    }
}

fn repository(repo: &super::repos::Repo, at: DateTime<Utc>) -> Fact {
    let seen = RepositorySeen {
        private: repo.private,
        archived: false,
        owner_avatar_url: None,
        description: Some(repo.description.to_owned()),
        language: Some(repo.language.to_owned()),
        default_branch: Some("main".to_owned()),
        html_url: Some(format!("https://github.com/{}", repo.full_name)),
        created_at: Some(at - Duration::days(700)),
    };
    let repository = RepositoryRef { github_id: repo.id, full_name: repo.full_name.to_owned() };
    Fact { repository, at, what: What::Repository(seen) }
}
