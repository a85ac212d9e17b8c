//! A team at work for a while: one writer, and two who watch, on one embedded database.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use crate::{
    facts::memory::Memory,
    feed::{Live, options},
    stored::{assert_same, reduced},
    support::{
        PATIENCE,
        rows::{Lite, Store},
        term::Pty,
    },
};
use chrono::{DateTime, Utc};
use flowlens::{
    demo::Simulation,
    domain::{
        board::Board,
        ids::{PrKey, PrNumber},
        pull_request::PullRequest,
        text::clean,
    },
    facts::fact::{Fact, What},
    store::{board::feed::FeedOptions, write::Writer},
};

/// How much the short one writes.
const EVENTS: usize = 300;
/// How long the one with real dashboards takes; `FLOWLENS_TEST_SOAK_SECONDS=300` makes it five minutes.
const LONG: Duration = Duration::from_secs(10);

#[expect(clippy::disallowed_methods, reason = "the team works at the machine's time")]
fn clock() -> DateTime<Utc> {
    Utc::now()
}

#[expect(clippy::disallowed_methods, reason = "a soak lasts as long as it lasts")]
fn started() -> Instant {
    Instant::now()
}

fn pulls(board: &Board) -> Vec<&PullRequest> {
    let mut pulls: Vec<&PullRequest> = board.pulls().collect();
    pulls.sort_by_key(|pull| pull.key);
    pulls
}

/// The open pull requests that the reducer has are those of the board, with their title, head and time.
fn assert_current(board: &Board, memory: &Memory) {
    let mut open = 0;
    for stored in memory.pulls.values() {
        let Some(row) = stored.pull.as_ref().filter(|row| row.state.as_deref() == Some("open")) else {
            continue;
        };
        let key = PrKey::new(stored.repo_id, PrNumber::new(stored.number.get()));
        let shown = board.pull(key).unwrap_or_else(|| panic!("{} is not on the board", row.title));
        assert_eq!(*shown.title, clean(&row.title));
        assert_eq!(shown.head.as_ref().map(|sha| sha.as_str().to_owned()), row.commit_sha);
        assert_eq!(shown.queue_position, row.queue_position);
        open += 1;
    }
    assert!(open > 20);
    assert_eq!(board.loaded_open(), open);
}

#[tokio::test]
async fn two_boards_follow_a_writer_at_full_speed() {
    let lite = Lite::new().await;
    let file = lite.file();
    let watching =
        FeedOptions { sweep: Duration::from_millis(700), reread: Duration::from_secs(2), ..options() };
    let [mut one, mut other] = [(), ()].map(|()| Live::with(file.clone(), watching.clone()));
    let written = AtomicBool::new(false);
    let mut memory = Memory::default();
    let write = async {
        let (mut writer, mut team) = (Writer::new(file.clone()), Simulation::new(7, clock()));
        let history = team.history();
        writer.apply(&history).await.expect("the history");
        memory.apply(&history);
        for _ in 0..EVENTS {
            let (_, facts) = team.next_event(clock());
            writer.apply(&facts).await.expect("an event");
            memory.apply(&facts);
        }
        written.store(true, Ordering::Release);
    };
    let watch = async |live: &mut Live| {
        live.until("the end of the writing", |_| written.load(Ordering::Acquire)).await;
        // The first may have begun before the end.
        live.polls(2).await;
        assert!(live.outages.is_empty(), "{:?}", live.outages);
    };
    tokio::join!(write, watch(&mut one), watch(&mut other));

    let mut anew = Live::with(file.clone(), options());
    anew.until("the first load", |live| !live.polls.is_empty()).await;
    for live in [&one, &other, &anew] {
        assert_current(&live.board, &memory);
        assert_eq!(pulls(&live.board), pulls(&anew.board));
        assert_eq!(live.sources.len(), 1, "it never had to connect again");
    }
    assert_same("the store", &Store::Sqlite(lite).lines().await, &reduced(&memory));
}

/// A pull request with this title, opened now in the repository of that fact.
fn opened(like: &Fact, title: &str) -> Option<Fact> {
    let What::PullRequest(seen) = &like.what else { return None };
    let mut seen = seen.clone();
    (seen.number, seen.title, seen.created_at) = (99_999, title.to_owned(), clock());
    Some(Fact { repository: like.repository.clone(), at: clock(), what: What::PullRequest(seen) })
}

/// What a healthy dashboard never shows.
const TROUBLE: [&str; 8] = [
    "retry",
    "database error",
    "connection lost",
    "no answer in time",
    "schema not as",
    "connecting",
    "locked",
    "No data yet",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_dashboards_and_a_writer_share_a_file() {
    let lite = Lite::new().await;
    let url = lite.file().url();
    let logs = ["one.log", "other.log"].map(|name| lite.folder.path().join(name));
    let mut writer = Writer::new(lite.file());
    let mut team = Simulation::new(3, clock());
    let history = team.history();
    writer.apply(&history).await.expect("the history");
    let mut memory = Memory::of(&history);
    let sizes = [(160, 45), (100, 30)];
    let mut dashboards: Vec<Pty> = logs
        .iter()
        .zip(sizes)
        .map(|(log, (columns, lines))| {
            let log = log.to_str().expect("UTF-8");
            let args = ["--database-url", &url, "--log-level", "debug", "--log-file", log];
            Pty::spawn(&args, &[], columns, lines)
        })
        .collect();
    for dashboard in &mut dashboards {
        dashboard.wait_for("live", PATIENCE);
    }
    let start = started();
    let (mut events, mut looks, mut not_live) = (0, 0, String::new());
    let asked = std::env::var("FLOWLENS_TEST_SOAK_SECONDS").ok().and_then(|text| text.parse().ok());
    let long = asked.map_or(LONG, Duration::from_secs);
    while start.elapsed() < long {
        let (pause, facts) = team.next_event(clock());
        writer.apply(&facts).await.expect("an event");
        memory.apply(&facts);
        events += 1;
        let event = started();
        while event.elapsed() < pause {
            tokio::time::sleep(Duration::from_millis(100)).await;
            for (dashboard, name) in dashboards.iter().zip(["one", "other"]) {
                let screen = dashboard.screen();
                looks += 1;
                let header = screen.lines().take(2).collect::<Vec<_>>().join("\n");
                let footer = screen.lines().last().unwrap_or_default();
                let trouble = TROUBLE.iter().find(|word| header.contains(**word) || footer.contains(**word));
                if trouble.is_some() || !header.contains("live") {
                    writeln!(not_live, "{name} at {:?}: {trouble:?}\n{screen}\n", start.elapsed())
                        .expect("text");
                }
            }
        }
    }
    let last =
        history.iter().rev().find_map(|fact| opened(fact, "The last word of the soak")).expect("a fact");
    writer.apply(std::slice::from_ref(&last)).await.expect("the last word");
    memory.apply(&[last]);
    for dashboard in &mut dashboards {
        dashboard.keys("/last word of\r");
        dashboard.wait_for("The last word of the soak", PATIENCE);
        dashboard.signal("TERM");
        dashboard.exit_code().expect("an end of its own");
        assert!(dashboard.is_restored());
    }
    let logged = logs.map(|log| std::fs::read_to_string(log).unwrap_or_default());
    let bad: Vec<&str> = logged
        .iter()
        .flat_map(|log| log.lines())
        .filter(|line| line.contains("WARN") || line.contains("ERROR") || line.contains("error"))
        .collect();
    let told = format!(
        "{events} events, {looks} looks, logs of {:?} lines",
        logged.each_ref().map(|l| l.lines().count())
    );
    assert!(bad.is_empty() && not_live.is_empty(), "{told}\n{bad:#?}\n{not_live}");
    assert_same("the store", &Store::Sqlite(lite).lines().await, &reduced(&memory));
    assert!(events > 0, "{told}");
    assert!(logged.iter().all(|log| log.contains("connected")), "{told}");
}
