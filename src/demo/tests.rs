//! What the demo promises, checked over the rows that its facts make.

mod hub;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeZone as _};

use super::{team::STRANGER, *};
use crate::{
    domain::{ids::PrNumber, pipeline::StageStatus},
    facts::{
        fact::{CheckConclusion, What},
        reduce::{new_repo_id, reduce},
        rows::{PullRequestRow, Stored},
    },
};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 9, 30, 0).unwrap()
}

/// What the reducer makes of the facts.
#[derive(Default)]
struct Board {
    pulls: BTreeMap<(i64, i32), Stored>,
    /// Whose head a commit is or was.
    heads: HashMap<String, (i64, i32)>,
}

impl Board {
    fn read(&mut self, facts: &[Fact]) {
        let mut batches: BTreeMap<(i64, i32), Vec<Fact>> = BTreeMap::new();
        for fact in facts {
            let id = fact.repository.github_id;
            let key = match &fact.what {
                What::Check(seen) => Some(self.heads[&seen.head_sha]),
                what => what.number().map(|number| (id, number)),
            };
            let Some(key) = key else { continue };
            if let What::PullRequest(seen) = &fact.what {
                self.heads.insert(seen.head_sha.clone(), key);
            }
            batches.entry(key).or_default().push(fact.clone());
        }
        for (key, facts) in batches {
            let new = || Stored::new(new_repo_id(key.0), PrNumber::new(key.1));
            let stored = self.pulls.remove(&key).unwrap_or_else(new);
            self.pulls.insert(key, reduce(stored, &facts));
        }
    }

    fn rows(&self) -> impl Iterator<Item = &PullRequestRow> {
        self.pulls.values().map(|stored| stored.pull.as_ref().unwrap())
    }

    fn open(&self) -> usize {
        self.rows().filter(|row| row.is_open()).count()
    }

    /// How many open ones show each state.
    fn mixture(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for stored in self.pulls.values().filter(|stored| stored.pull.as_ref().unwrap().is_open()) {
            let run = stored.run.as_ref().unwrap();
            let stages = [&run.status_pr, &run.status_build, &run.status_approval, &run.status_merge];
            for (name, status) in ["pr", "build", "approval", "merge"].into_iter().zip(stages) {
                *counts.entry(format!("{name} {}", status.word())).or_default() += 1;
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
        let open = board.open();
        assert!((35..=45).contains(&open), "seed {seed}: {open} open");
        assert!((110..=135).contains(&board.pulls.len()), "seed {seed}: {}", board.pulls.len());
        let mixture = board.mixture();
        assert_eq!(mixture.len(), STATES, "seed {seed}: {mixture:?}");
        assert!((3..=12).contains(&mixture["build failed"]), "seed {seed}: {mixture:?}");
        let open =
            |(key, stored): (&(i64, i32), &Stored)| stored.pull.as_ref().unwrap().is_open().then_some(key.0);
        let repositories: BTreeSet<_> = board.pulls.iter().filter_map(open).collect();
        assert!(repositories.len() >= 7, "seed {seed}: {repositories:?}");
        let titles: BTreeSet<_> = board.rows().map(|row| &row.title).collect();
        assert!(titles.len() + 6 >= board.pulls.len(), "seed {seed}: {} titles", titles.len());
        let foreign = board.rows().filter(|row| row.is_open() && !row.title.is_ascii()).count();
        assert!(foreign >= 3, "seed {seed}: {foreign} titles with CJK or emoji");
        assert!(
            board.rows().any(|row| row.is_open() && row.author.as_deref() == Some(STRANGER)),
            "seed {seed}"
        );
        assert!(board.rows().filter(|row| row.merged_at.is_some()).count() > 60, "seed {seed}");
        assert!(board.rows().filter(|row| row.state.as_deref() == Some("closed")).count() > 8, "seed {seed}");
        assert!(board.rows().all(|row| row.files_changed.is_some()), "seed {seed}");
        // The stuck build has been running for days.
        let days = |stored: &Stored| {
            let run = stored.run.as_ref().unwrap();
            run.status_build == StageStatus::Running && run.build_since.unwrap() < now() - TimeDelta::days(3)
        };
        assert_eq!(board.pulls.values().filter(|stored| days(stored)).count(), 1, "seed {seed}");
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
                    fact.at >= whole_seconds(at) && fact.at < at + TimeDelta::seconds(30),
                    "seed {seed}, step {step}: {fact:?}"
                );
                if let Some(number) = fact.what.number() {
                    let before = newest.insert((fact.repository.github_id, number), fact.at);
                    assert!(
                        before.is_none_or(|before| before <= fact.at),
                        "seed {seed}, step {step}: {fact:?}"
                    );
                }
            }
            board.read(&facts);
            at += TimeDelta::from_std(pause).unwrap();
            let open = board.open();
            (least, most) = (least.min(open), most.max(open));
            let mixture = board.mixture();
            assert_eq!(mixture.len(), STATES, "seed {seed}, step {step}: {mixture:?}");
        }
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
