//! A single sync in an outage: it waits for a minute, says so, and ends with what is wrong and what is kept.

use std::{
    cell::Cell,
    future::{Future, ready},
    pin::Pin,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use flowlens::{
    domain::secret::Secret,
    github::{
        client::{Client, ClientOptions},
        sync::{Because, Summary, SyncEngine, SyncEvent, SyncOptions, SyncTarget, Time},
    },
    store::engine::sqlite::File,
};
use tokio::sync::mpsc;

use super::{Trial, kinds, many, now};
use crate::{
    github::fake::{
        Fake,
        faults::{Fault, What},
        world::Asked,
    },
    support::rows::Lite,
};

thread_local! {
    static NOW: Cell<DateTime<Utc>> = const { Cell::new(DateTime::UNIX_EPOCH) };
}

/// A pause passes in no time.
fn sleep(pause: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    NOW.set(NOW.get() + TimeDelta::from_std(pause).expect("a pause"));
    Box::pin(ready(()))
}

/// Syncs `acme/api` once from this address; what came of it, what was told, and how long it took.
pub(super) async fn once(url: String, file: File) -> (Summary, Vec<SyncEvent>, Duration) {
    once_of(&["acme/api"], url, file).await
}

/// The same of other targets.
async fn once_of(targets: &[&str], url: String, file: File) -> (Summary, Vec<SyncEvent>, Duration) {
    let began = now();
    NOW.set(began);
    let options = ClientOptions::new(url, Some(Secret::new("ghp_x")), None);
    let options = ClientOptions { clock: || NOW.get(), pace: Duration::ZERO, ..options };
    let (tell, mut events) = mpsc::unbounded_channel();
    let time = Time { now: || NOW.get(), sleep };
    let options = (Client::new(options).expect("a client"), SyncOptions { time, ..SyncOptions::default() });
    let mut engine = SyncEngine::new(options.0, file.into(), options.1, tell);
    let targets: Vec<SyncTarget> = targets.iter().map(|name| SyncTarget::named(name)).collect();
    let summary = engine.once(&targets).await.expect("a database");
    engine.stop().await;
    let events = std::iter::from_fn(|| events.try_recv().ok()).collect();
    (summary, events, (NOW.get() - began).to_std().expect("a time"))
}

pub(super) fn problems(events: &[SyncEvent]) -> Vec<&str> {
    let problems = events.iter().filter_map(|event| match event {
        SyncEvent::Problem(problem) => Some(problem.said.as_str()),
        _ => None,
    });
    problems.collect()
}

/// How often it has waited for an outage to pass.
fn waits(events: &[SyncEvent]) -> usize {
    let is_outage = |event: &&SyncEvent| {
        matches!(event, SyncEvent::Waiting { repository: None, because: Because::Outage { .. }, .. })
    };
    events.iter().filter(is_outage).count()
}

#[tokio::test]
async fn an_outage_is_sat_out_for_a_minute_and_then_named() {
    let down = |status| {
        let fake = Fake::start(many(1), Duration::ZERO);
        let page = Fault::answer(status, "Content-Type: text/html\r\n", "<html>");
        fake.world().fault(usize::MAX, |_| true, page);
        fake
    };
    // What is too much for one answer has the same words at GitHub's gateway.
    let fakes = [503, 502, 504].map(down);
    let answers = fakes.iter().zip(["GitHub is down (503)", "GitHub is down (502)", "GitHub is down (504)"]);
    let answers = answers.map(|(fake, said)| (fake.url(), said, 60));
    // Nothing listens on port 1 (tcpmux): there a minute would be a minute lost.
    let refused = ("http://127.0.0.1:1".to_owned(), "GitHub cannot be reached: ", 5);
    for (url, said, seconds) in answers.chain([refused]) {
        let lite = Lite::new().await;
        let (summary, events, time) = once(url, lite.file()).await;
        assert_eq!(summary.problems, 1, "{said}");
        assert!(problems(&events).len() == 1 && problems(&events)[0].starts_with(said), "{events:?}");
        assert_eq!(time, Duration::from_secs(seconds), "{said}");
        // Half a second at first, and twice as long each time: with luck and without.
        assert!((3..40).contains(&waits(&events)), "{said}: {}", waits(&events));
    }
}

/// Whoever says no is there: the address is right, and an outage behind it passes.
#[tokio::test]
async fn whoever_refuses_is_reached_and_an_outage_behind_it_is_sat_out() {
    let forbidden = || Fault::answer(403, "", r#"{"message": "Resource not accessible"}"#);
    let missing = || Fault::answer(404, "", r#"{"message": "Not Found"}"#);
    let (repository, owner) = (&["acme/api"][..], &["acme"][..]);
    for (targets, first, seconds) in [
        (repository, Fault::secondary(3), 3 + 60),
        (owner, Fault::secondary(3), 3 + 60),
        // An owner without an organisation's list is asked for as a user.
        (owner, missing(), 60),
        (&["umbrella", "acme/api"], forbidden(), 60),
    ] {
        let fake = Fake::start(many(1), Duration::ZERO);
        fake.world().fault(1, |_| true, first);
        fake.world().fault(usize::MAX, |_| true, What::Cut);
        let lite = Lite::new().await;
        let (_, events, time) = once_of(targets, fake.url(), lite.file()).await;
        let last = problems(&events).last().copied().unwrap_or_default();
        assert!(last.starts_with("GitHub cannot be reached: "), "{targets:?}: {events:?}");
        assert_eq!(time, Duration::from_secs(seconds), "{targets:?}: {events:?}");
    }
}

#[tokio::test]
async fn what_was_read_until_then_is_kept_and_said() {
    let files = |asked: &Asked| asked.what.contains("/files");
    let fake = Fake::start(many(9), Duration::ZERO);
    fake.world().fault(usize::MAX, files, Fault::answer(503, "", "{}"));
    let lite = Lite::new().await;
    let (summary, events, time) = once(fake.url(), lite.file()).await;
    assert_eq!((summary.problems, summary.pulls, summary.files), (1, 9, 0));
    let stopped = events.iter().find_map(|event| match event {
        SyncEvent::Stopped { repository, summary } => {
            Some((repository.as_str(), summary.pulls, summary.rows))
        }
        _ => None,
    });
    assert_eq!(stopped, Some(("acme/api", 9, summary.rows)));
    // Four requests fail at the same time, and wait together.
    assert!(time < Duration::from_secs(90) && waits(&events) < 40, "{time:?} {}", waits(&events));
    fake.world().faults.clear();
    fake.world().log.clear();
    let (summary, ..) = once(fake.url(), lite.file()).await;
    assert_eq!((summary.problems, summary.pulls, summary.files), (0, 0, 9));
    assert!(!kinds(&fake.world().log).contains_key("Details"));
}

#[test]
fn the_command_says_each_wait_and_what_is_kept() {
    let trial = Trial::new(many(3));
    let files = |asked: &Asked| asked.what.contains("/files");
    trial.fake.world().fault(1, files, What::Cut);
    let bad = Fault::answer(401, "", r#"{"message": "Bad credentials"}"#);
    trial.fake.world().fault(usize::MAX, files, bad);
    let answer = trial.run(&["sync", "acme/api"]);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    let said = answer.stderr.lines().find(|line| line.contains("; asks again in ")).expect("a wait");
    assert!(
        said.starts_with("flowlens: GitHub cannot be reached: ")
            && said.ends_with(
                "; check the network, and HTTPS_PROXY if you need one; asks again in 1 s, gives up in 1 min"
            ),
        "{said}"
    );
    let kept = "acme/api: not complete; 3 read, 0 with files; ";
    assert!(answer.stdout.starts_with(kept), "{answer}");
    assert!(answer.stdout.contains(" rows written; the next sync goes on there\n"), "{answer}");
}

/// A gateway in trouble answers 502 to whatever is asked.
#[test]
fn a_gateway_in_trouble_is_told_from_too_large_a_question() {
    let trial = Trial::new(many(3));
    let gateway = || Fault::answer(502, "Content-Type: text/html\r\n", "<html>");
    // All sizes of the list, and once whether GitHub lives.
    trial.fake.world().fault(5, |asked| asked.is_graphql, gateway());
    let answer = trial.run(&["sync", "acme/api"]);
    assert!(answer.status.success(), "{answer}");
    assert!(
        answer.stderr.contains("GitHub is down (502); ask those who run 127.0.0.1:")
            && answer.stderr.contains("; asks again in 1 s, gives up in 1 min\n"),
        "{answer}"
    );
    assert!(answer.stdout.starts_with("acme/api: 3 open; 3 read, 3 with files; "), "{answer}");
    assert_eq!(kinds(&trial.asked())["Alive"], 2);
}
