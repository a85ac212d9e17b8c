//! What the demo promises, checked over its facts alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeZone as _};

use super::*;
use crate::github::facts::{CheckConclusion, PullRequestSeen, PullState, ReviewState, What};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 9, 30, 0).unwrap()
}

/// The checks of a commit: conclusions by suite and name.
type Checks = BTreeMap<(i64, String), Option<CheckConclusion>>;

/// A small reading of the facts, in their order.
#[derive(Default)]
struct Board {
    pulls: BTreeMap<(i64, i32), PullRequestSeen>,
    checks: HashMap<String, Checks>,
    /// Reviewer, approved, by review.
    reviews: BTreeMap<(i64, i32), BTreeMap<i64, (String, bool)>>,
    queue: BTreeMap<(i64, i32), i32>,
}

impl Board {
    fn read(&mut self, facts: &[Fact]) {
        for fact in facts {
            let key = |number| (fact.repository.github_id, number);
            match &fact.what {
                What::Repository(_) | What::Files(_) => {}
                What::PullRequest(seen) => drop(self.pulls.insert(key(seen.number), (**seen).clone())),
                What::Check(seen) => {
                    let checks = self.checks.entry(seen.head_sha.clone()).or_default();
                    checks.insert((seen.suite_id, seen.name.clone()), seen.conclusion.clone());
                }
                What::Review(seen) if seen.state == ReviewState::Commented => {}
                What::Review(seen) => {
                    let opinion = (seen.reviewer.clone(), seen.state == ReviewState::Approved);
                    self.reviews.entry(key(seen.number)).or_default().insert(seen.review_id, opinion);
                }
                What::ReviewDismissed(seen) => {
                    self.reviews.entry(key(seen.number)).or_default().remove(&seen.review_id);
                }
                What::MergeQueue(seen) => match seen.position {
                    Some(position) => drop(self.queue.insert(key(seen.number), position)),
                    None => drop(self.queue.remove(&key(seen.number))),
                },
            }
        }
    }

    fn open(&self) -> impl Iterator<Item = (&(i64, i32), &PullRequestSeen)> {
        self.pulls.iter().filter(|(_, pull)| matches!(pull.state, PullState::Open | PullState::Draft))
    }

    fn words(&self, key: (i64, i32), pull: &PullRequestSeen) -> [&'static str; 4] {
        let pr = if pull.state == PullState::Draft { "pr running" } else { "pr passed" };
        let none = BTreeMap::new();
        let checks = self.checks.get(&pull.head_sha).unwrap_or(&none);
        let bad = |c: &Option<CheckConclusion>| c.as_ref().is_some_and(|c| *c != CheckConclusion::Success);
        let build = if checks.is_empty() {
            "build pending"
        } else if checks.values().any(bad) {
            "build failed"
        } else if checks.values().any(Option::is_none) {
            "build running"
        } else {
            "build passed"
        };
        let latest: BTreeMap<_, _> =
            self.reviews.get(&key).into_iter().flat_map(BTreeMap::values).cloned().collect();
        let approval = if latest.values().any(|approved| !approved) {
            "approval failed"
        } else if !latest.is_empty() {
            "approval passed"
        } else if pull.reviewers.is_empty() {
            "approval pending"
        } else {
            "approval running"
        };
        let merge = if pull.mergeable_state.as_deref() == Some("dirty") {
            "merge failed"
        } else if pull.auto_merge || self.queue.contains_key(&key) {
            "merge running"
        } else {
            "merge pending"
        };
        [pr, build, approval, merge]
    }

    /// How many open ones show each state.
    fn mixture(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for (key, pull) in self.open() {
            for word in self.words(*key, pull) {
                *counts.entry(word).or_default() += 1;
            }
        }
        counts
    }
}

/// Every state that an open pull request's stages can show.
const STATES: usize = 2 + 4 + 4 + 3;

const SEEDS: [u64; 6] = [0, 1, 2, 7, 42, u64::MAX];

#[test]
fn the_same_seed_tells_the_same_story() {
    let story = |seed, at| {
        let mut simulation = Simulation::new(seed, at);
        let mut facts = simulation.history();
        for second in 0..300 {
            facts.extend(simulation.next_event(at + TimeDelta::seconds(second * 3)).1);
        }
        facts
    };
    let first = story(7, now());
    assert!(first == story(7, now() + TimeDelta::milliseconds(400)), "parts of a second are of no account");
    assert!(first != story(8, now()));
}

#[test]
fn the_history_is_given_once_and_in_order() {
    let mut simulation = Simulation::new(1, now());
    let facts = simulation.history();
    assert!(facts.is_sorted_by_key(|fact| fact.at));
    assert!(facts.iter().all(|fact| fact.at <= now() && fact.at > now() - TimeDelta::days(60)));
    assert!(facts.len() < 4_000, "{} facts take long to write", facts.len());
    assert!(simulation.history().is_empty());
}

#[test]
fn the_board_begins_with_the_promised_mixture() {
    for seed in SEEDS {
        let mut board = Board::default();
        board.read(&Simulation::new(seed, now()).history());
        let open = board.open().count();
        assert!((35..=45).contains(&open), "seed {seed}: {open} open");
        assert!((110..=135).contains(&board.pulls.len()), "seed {seed}: {}", board.pulls.len());
        let mixture = board.mixture();
        println!("seed {seed}: {open} open of {}; {mixture:?}", board.pulls.len());
        assert_eq!(mixture.len(), STATES, "seed {seed}: {mixture:?}");
        assert!((3..=12).contains(&mixture["build failed"]), "seed {seed}: {mixture:?}");
        let repositories: BTreeSet<_> = board.open().map(|(key, _)| key.0).collect();
        assert!(repositories.len() >= 7, "seed {seed}: {repositories:?}");
        let titles: BTreeSet<_> = board.pulls.values().map(|pull| &pull.title).collect();
        assert!(titles.len() + 6 >= board.pulls.len(), "seed {seed}: {} titles", titles.len());
        assert!(titles.iter().any(|title| !title.is_ascii()), "seed {seed}");
        assert!(board.open().any(|(_, pull)| pull.from_fork), "seed {seed}");
        let ended = |state: fn(&PullState) -> bool| board.pulls.values().filter(|p| state(&p.state)).count();
        assert!(ended(|state| matches!(state, PullState::Merged { .. })) > 60);
        assert!(ended(|state| matches!(state, PullState::Closed { .. })) > 8);
    }
}

#[test]
fn it_goes_on_for_hours() {
    for seed in SEEDS {
        let mut simulation = Simulation::new(seed, now());
        let mut board = Board::default();
        board.read(&simulation.history());
        let (mut at, mut least, mut most) = (now(), usize::MAX, 0);
        let mut newest: HashMap<(i64, i32), DateTime<Utc>> = HashMap::new();
        for step in 0..2_000 {
            let (pause, facts) = simulation.next_event(at);
            assert!((2..=4).contains(&pause.as_secs()), "{pause:?}");
            assert!(!facts.is_empty(), "seed {seed}, step {step}");
            for fact in &facts {
                assert!(
                    fact.at >= at && fact.at < at + TimeDelta::seconds(30),
                    "seed {seed}, step {step}: {fact:?}"
                );
                if let Some(number) = fact.what.number() {
                    let last = newest.insert((fact.repository.github_id, number), fact.at);
                    assert!(last.is_none_or(|last| last <= fact.at), "seed {seed}, step {step}: {fact:?}");
                }
            }
            board.read(&facts);
            at += TimeDelta::from_std(pause).unwrap();
            let open = board.open().count();
            (least, most) = (least.min(open), most.max(open));
            let mixture = board.mixture();
            assert_eq!(mixture.len(), STATES, "seed {seed}, step {step}: {mixture:?}");
        }
        println!("seed {seed}: {least} to {most} open, {} in all; {:?}", board.pulls.len(), board.mixture());
        assert!(least >= 25 && most <= 60, "seed {seed}: {least} to {most} open");
        assert!(board.pulls.len() > 180, "seed {seed}: only {} pull requests", board.pulls.len());
    }
}

#[test]
fn all_text_is_plain() {
    let mut simulation = Simulation::new(3, now());
    let mut facts = simulation.history();
    facts.extend((0..500).flat_map(|_| simulation.next_event(now()).1));
    for fact in facts {
        if let What::PullRequest(seen) = &fact.what {
            let line = [&seen.title, &seen.head_branch, &seen.head_sha, &fact.repository.full_name];
            assert!(
                line.iter().all(|text| !text.is_empty() && !text.chars().any(char::is_control)),
                "{seen:?}"
            );
            assert!(!seen.title.contains(['{', '}']), "{}", seen.title);
            let body = seen.description.as_deref().unwrap_or_default();
            assert!(!body.chars().any(|c| c.is_control() && c != '\n'), "{body}");
        }
        if let What::Check(seen) = &fact.what {
            let summary = seen.summary.as_deref().unwrap_or_default();
            assert!(!summary.chars().any(|c| c.is_control() || c == '{'), "{summary}");
            assert_eq!(seen.conclusion.is_some(), seen.completed_at.is_some());
            let bad = seen.conclusion.as_ref().is_some_and(|c| *c != CheckConclusion::Success);
            assert_eq!(bad, seen.summary.is_some(), "what fails says why: {seen:?}");
        }
    }
}

#[test]
fn a_speed_is_a_number_within_bounds() {
    for (text, good) in [
        ("1", true),
        ("0.5", true),
        ("1000", true),
        ("0", false),
        ("-1", false),
        ("NaN", false),
        ("inf", false),
        ("fast", false),
    ] {
        assert_eq!(text.parse::<Speed>().is_ok(), good, "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_plays_until_nobody_takes_any_more() {
    let mut batches = Vec::new();
    let clock = || now() + TimeDelta::seconds(1);
    let played = play(Simulation::new(1, now()), "10".parse().unwrap(), clock, async |facts: Vec<Fact>| {
        batches.push(facts.len());
        if batches.len() == 20 { Err("full") } else { Ok(()) }
    });
    let begin = tokio::time::Instant::now();
    assert_eq!(played.await, Err("full"));
    let took = begin.elapsed().as_secs_f64();
    assert!(batches[0] > 1_000 && (3.6..7.3).contains(&took), "{took} s");
}
