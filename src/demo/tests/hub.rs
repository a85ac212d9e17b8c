//! The demo's GitHub: whoever finds a red pull request can find out why, run it again, approve it and merge it.

use chrono::TimeDelta;
use uuid::Uuid;

use super::{Board, SEEDS, now};
use crate::{
    demo::{
        ME, Simulation,
        pull::{Check, Pull},
    },
    domain::{
        hub::{Act, ActKind, Gate, MergeMethod, Order, Outcome, RunRef, RunState, Target, UpdateMethod},
        ids::{PrKey, PrNumber, Sha},
        log::{Attempt, Log, LogAsk, LogNews, Withheld},
        pipeline::StageStatus,
    },
    facts::{
        fact::{CheckConclusion, PullState},
        reduce::new_repo_id,
    },
};

fn target(pull: &Pull) -> Target {
    let repo = pull.repository();
    Target {
        key: PrKey::new(new_repo_id(repo.id), PrNumber::new(pull.number)),
        repository: repo.full_name.to_owned(),
        number: pull.number,
        title: pull.topic.title.clone(),
        head: Sha::parse(&pull.head).unwrap(),
        url: String::new(),
    }
}

fn order(target: &Target, gate: &Gate, act: Act) -> Order {
    Order::new(Uuid::new_v4(), target.clone(), gate, act, now()).unwrap()
}

fn log_of(news: &[LogNews]) -> &Log {
    news.iter().find_map(|news| if let LogNews::Log(log) = news { Some(log) } else { None }).unwrap()
}

fn failing(simulation: &Simulation) -> Vec<Target> {
    let failing = simulation.open.iter().filter(|pull| {
        let has_failed_job = pull.checks.iter().any(|check| check.is_job() && check.has_failed());
        has_failed_job && pull.running() == 0
    });
    failing.map(target).collect()
}

/// One of them, what may be done with it, and its failed run.
fn failed(simulation: &Simulation) -> (Target, Gate, RunRef) {
    let target = failing(simulation).remove(0);
    let gate = simulation.gate(&target).unwrap();
    let run = gate.runs.iter().find(|run| run.state == RunState::Failed).unwrap().run.clone();
    (target, gate, run)
}

#[test]
fn each_failed_job_has_a_log_that_says_why() {
    for seed in SEEDS {
        let simulation = Simulation::new(seed, now());
        let mut seen = 0;
        for pull in &simulation.open {
            for check in pull.checks.iter().filter(|check| check.is_job()) {
                let ask = LogAsk {
                    key: target(pull).key,
                    repository: pull.repository().full_name.to_owned(),
                    job: check.id,
                    name: check.spec.name.to_owned(),
                    attempt: None,
                };
                let news = simulation.log(&ask);
                if check.conclusion.is_none() {
                    let waits = [Withheld::Running, Withheld::Queued].map(LogNews::Withheld);
                    assert!(waits.contains(news.last().unwrap()), "{news:?}");
                    continue;
                }
                let log = log_of(&news);
                assert_eq!(log.error.is_some(), check.has_failed(), "seed {seed}: {}", check.spec.name);
                assert_eq!(news, simulation.log(&ask), "the same again");
                let Some(error) = log.error else { continue };
                let row = log.row(log.index_of(error)).unwrap();
                let said = check.summary.as_deref().unwrap_or_default();
                assert!(row.text.contains(said) || row.text.contains("canceled"), "{} | {said}", row.text);
                assert!(row.depth == 1 && !log.is_exit && !log.is_preamble, "in its step");
                seen += 1;
            }
        }
        assert!(seen >= 3, "seed {seed}: {seen} failed jobs");
    }
}

/// Whichever attempt is asked for, by its number or by its own id, tells the reason and the time of its check.
fn each_attempt_says_what_its_check_said(simulation: &Simulation, target: &Target, check: &Check) {
    for number in 1..=check.attempt {
        let ended = check.ended(number).unwrap();
        for (job, attempt) in [(check.id, Some(Attempt { run: check.suite, number })), (ended.id, None)] {
            let ask = LogAsk {
                key: target.key,
                repository: target.repository.clone(),
                job,
                name: check.spec.name.to_owned(),
                attempt,
            };
            let news = simulation.log(&ask);
            let LogNews::Job(told) = &news[0] else { panic!("{news:?}") };
            assert_eq!((told.started_at, told.completed_at), (Some(ended.started), Some(ended.completed)));
            assert_eq!(told.steps.last().unwrap().completed_at, told.completed_at);
            let log = log_of(&news);
            assert_eq!(log.error.is_some(), ended.conclusion != CheckConclusion::Success, "{ended:?}");
            let said = ended.summary.as_deref().unwrap_or_default();
            let row = log.error.map(|error| log.row(log.index_of(error)).unwrap());
            assert!(row.is_none_or(|row| row.text.contains(said) || row.text.contains("canceled")));
        }
    }
}

#[test]
fn what_github_would_refuse_is_refused_in_its_words() {
    let mut simulation = Simulation::new(7, now());
    let (target, _, run) = failed(&simulation);
    let place = simulation.find(&target).unwrap();
    let said = |(outcome, facts): (Outcome, Vec<_>)| {
        assert!(facts.is_empty());
        if let Outcome::Refused(why) = outcome { why } else { panic!("{outcome:?}") }
    };
    let late = said(simulation.does(place, &Act::CancelRun(run.clone()), now()));
    assert_eq!(late, "Cannot cancel a workflow run that is completed.");
    let (outcome, _) = simulation.does(place, &Act::RerunFailed(run.clone()), now());
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    let twice = said(simulation.does(place, &Act::RerunAll(run), now()));
    assert_eq!(twice, "This workflow is already running");
    let place = simulation.open.iter().position(|pull| pull.conflict).unwrap();
    let act = Act::UpdateBranch { method: UpdateMethod::Merge };
    assert_eq!(said(simulation.does(place, &act, now())), "merge conflict between base and head");
}

#[test]
fn a_red_one_is_run_again_approved_and_merged() {
    let (mut merged, mut reruns) = (0, 0);
    for seed in SEEDS {
        let mut simulation = Simulation::new(seed, now());
        let mut board = Board::default();
        board.read(&simulation.history());
        for target in failing(&simulation) {
            let gate = simulation.gate(&target).unwrap();
            assert!(!gate.verdict(ActKind::Merge).is_allowed(), "it is red");
            for run in gate.runs.iter().filter(|run| run.state == RunState::Failed) {
                let (outcome, facts) =
                    simulation.obey(&order(&target, &gate, Act::RerunFailed(run.run.clone())), now());
                assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
                board.read(&facts);
                reruns += 1;
            }
            let key = (simulation.known(&target).unwrap().repository().id, target.number);
            assert_eq!(board.pulls[&key].run.as_ref().unwrap().status_build, StageStatus::Running);
            let soon = now() + TimeDelta::minutes(1);
            assert!(simulation.next_due().unwrap() < soon);
            board.read(&simulation.due(soon));
            assert_eq!(board.pulls[&key].run.as_ref().unwrap().status_build, StageStatus::Passed, "green");
            let pull = simulation.known(&target).unwrap();
            let check = pull.checks.iter().find(|check| check.is_job() && check.attempt > 1).unwrap().clone();
            each_attempt_says_what_its_check_said(&simulation, &target, &check);
            let gate = simulation.gate(&target).unwrap();
            if !gate.verdict(ActKind::Approve).is_allowed() {
                assert!(simulation.known(&target).unwrap().author == ME);
                continue;
            }
            let approve = order(&target, &gate, Act::Approve { body: String::new() });
            board.read(&simulation.obey(&approve, soon).1);
            let gate = simulation.gate(&target).unwrap();
            if gate.verdict(ActKind::Merge).is_allowed() {
                let merge = order(&target, &gate, Act::Merge { method: MergeMethod::Squash });
                let (outcome, facts) = simulation.obey(&merge, soon);
                assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
                board.read(&facts);
                assert!(board.pulls[&key].pull.as_ref().unwrap().merged_at.is_some());
                assert!(simulation.gate(&target).is_err(), "it is gone");
                each_attempt_says_what_its_check_said(&simulation, &target, &check);
                merged += 1;
            }
        }
    }
    assert!(merged >= 5 && reruns >= 10, "{merged} merged of {reruns}");
}

#[test]
fn a_moved_head_and_what_may_not_be_done_are_refused() {
    let mut simulation = Simulation::new(7, now());
    let (target, gate, run) = failed(&simulation);
    let mut moved = order(&target, &gate, Act::RerunFailed(run));
    moved.target.head = Sha::parse("0123456789012345678901234567890123456789").unwrap();
    let (outcome, facts) = simulation.obey(&moved, now());
    assert_eq!((outcome, facts), (Outcome::Moved { now: target.head.clone() }, vec![]));
    moved.target = target;
    moved.act = Act::Merge { method: MergeMethod::Merge };
    let (outcome, facts) = simulation.obey(&moved, now());
    assert!(matches!(outcome, Outcome::Refused(_)) && facts.is_empty(), "{outcome:?}");
}

#[test]
fn every_action_has_an_answer_and_all_goes_on() {
    let mut simulation = Simulation::new(42, now());
    let mut board = Board::default();
    board.read(&simulation.history());
    let mut at = now();
    let targets: Vec<Target> = simulation.open.iter().map(target).collect();
    for (n, target) in targets.iter().enumerate() {
        let Ok(gate) = simulation.gate(target) else { continue };
        for kind in ActKind::ALL.into_iter().cycle().skip(n).take(ActKind::ALL.len()) {
            let Ok(gate) = simulation.gate(target) else { break };
            let run = gate.runs.first().map(|run| run.run.clone());
            let Some(act) = act(kind, run, &gate) else { continue };
            let head = Target { head: gate.head.clone(), ..target.clone() };
            let Some(order) = Order::new(Uuid::new_v4(), head, &gate, act, at) else { continue };
            at += TimeDelta::seconds(2);
            board.read(&simulation.obey(&order, at).1);
            board.read(&simulation.due(at));
        }
        assert!(gate.labels.len() > 3 && gate.viewer.login == ME);
        drop((simulation.checks(target), simulation.queue(target)));
    }
    for _ in 0..200 {
        at += TimeDelta::seconds(3);
        board.read(&simulation.next_event(at).1);
        board.read(&simulation.due(at));
    }
    assert!(
        simulation.open.iter().all(|pull| pull.state == PullState::Open || pull.state == PullState::Draft)
    );
}

fn act(kind: ActKind, run: Option<RunRef>, gate: &Gate) -> Option<Act> {
    let (some, none) = (gate.people.iter().take(1).cloned().collect(), Vec::new());
    Some(match kind {
        ActKind::RerunFailed => Act::RerunFailed(run?),
        ActKind::RerunDebug => Act::RerunDebug(run?),
        ActKind::RerunAll => Act::RerunAll(run?),
        ActKind::CancelRun => Act::CancelRun(run?),
        ActKind::ForceCancel => Act::ForceCancel(run?),
        ActKind::ApproveRun => Act::ApproveRun(run?),
        ActKind::Approve => Act::Approve { body: String::new() },
        ActKind::RequestChanges => Act::RequestChanges { body: "why".to_owned() },
        ActKind::Comment => Act::Comment { body: "hm".to_owned() },
        ActKind::AskReview => Act::AskReview { people: some, teams: none },
        ActKind::Merge => Act::Merge { method: MergeMethod::Merge },
        ActKind::AutoMergeOn => Act::AutoMergeOn { method: MergeMethod::Squash },
        ActKind::AutoMergeOff => Act::AutoMergeOff,
        ActKind::Enqueue => Act::Enqueue,
        ActKind::Dequeue => Act::Dequeue,
        ActKind::UpdateBranch => Act::UpdateBranch { method: UpdateMethod::Merge },
        ActKind::Ready => Act::Ready,
        ActKind::Draft => Act::Draft,
        ActKind::Close => Act::Close,
        ActKind::Reopen => Act::Reopen,
        ActKind::Labels => Act::Labels { add: gate.labels.iter().take(1).cloned().collect(), remove: none },
        ActKind::Assign => Act::Assign { add: some, remove: none },
    })
}
