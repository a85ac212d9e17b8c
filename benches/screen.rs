//! What the screen costs apart from the database and the terminal: deciding, drawing, filtering, sorting.
//!
//! `cargo bench --bench screen [-- PART-OF-A-NAME]`. The board is made here and is the same each time. The bytes
//! that frames write are printed first; they do not depend on the machine.
#![cfg(test)] // always so here; it tells clippy that panics are wanted

use std::{
    hint::black_box,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use flowlens::{
    domain::{
        assessment::{Attention, Details, Focus, Reason},
        attention::Sort,
        board::{FeedEvent, Poll},
        check::Detail,
        filter::Quick,
        ids::{InsightId, PrKey, PrNumber, RepoId, Sha},
        insight::{Insight, PastInsight, Risk},
        pipeline::StoredStage,
        pull_request::{PullRequest, PullRow, RunRow},
        repository::Repository,
    },
    tui::{
        action::Action,
        backend::QuietBackend,
        keymap::Keymap,
        model::{Model, Setup},
        msg::{Edit, LineEdit, Msg},
        theme::Theme,
        update::update,
        view,
    },
};
use ratatui::{Terminal, TerminalOptions, Viewport, layout::Rect};
use serde_json::json;
use uuid::Uuid;

const REPOSITORIES: u16 = 20;
const SIZE: (u16, u16) = (160, 48);
/// Pull requests that the feed tells at once.
const PAGE: usize = 400;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).expect("a time")
}

fn repository(n: usize) -> RepoId {
    RepoId::new(Uuid::from_u128(1 + n as u128 % u128::from(REPOSITORIES)))
}

/// A number below `limit` that looks like chance.
fn roll(n: usize, salt: usize, limit: usize) -> usize {
    (n.wrapping_mul(2_654_435_761).wrapping_add(salt.wrapping_mul(40_503)) >> 7) % limit
}

fn of<'a>(list: &[&'a str], n: usize, salt: usize) -> &'a str {
    list[roll(n, salt, list.len())]
}

/// An open pull request; another `version` has another title.
fn pull(n: usize, version: usize) -> PullRequest {
    let ago = |minutes: usize| Some(start() - TimeDelta::minutes(i64::try_from(minutes).expect("small")));
    let titles = [
        "Add OAuth refresh tokens",
        "Fix a race in session expiry",
        "Rewrite the retry loop",
        "決済サービスのタイムアウトを修正する",
        "Ship dark mode 🚀 to everyone",
        "Validate webhook signatures before parsing",
        "Rename user_id to account_id everywhere so that a failed run can be picked up again",
    ];
    let sha = format!("{:040x}", roll(n, 1, usize::MAX));
    let key = PrKey::new(
        repository(n),
        PrNumber::new(i32::try_from(1 + n / usize::from(REPOSITORIES)).expect("small")),
    );
    let pull = PullRow {
        title: Some(format!("{} {version}", of(&titles, n, 2))),
        author: Some(of(&["ana", "bo", "chidi", "dmitri", "elif", "山田", "renovate[bot]"], n, 3).to_owned()),
        commit_sha: Some(sha.clone()),
        branch_name: Some(format!("feature/{}", of(&["oauth", "retry", "cache", "csp"], n, 4))),
        base_branch: Some("main".to_owned()),
        state: Some("open".to_owned()),
        additions: Some(20),
        deletions: Some(4),
        changed_files: Some(3),
        is_draft: Some(roll(n, 5, 100) < 5),
        created_at: ago(60 + roll(n, 6, 20_000)),
        updated_at: ago(roll(n, 7, 10_000)),
        labels: (roll(n, 8, 4) == 0).then(|| json!(["backend"])),
        reviewers: (roll(n, 9, 2) == 0).then(|| json!(["bo"])),
        mergeable_state: (roll(n, 10, 100) < 4).then(|| "dirty".to_owned()),
        ..PullRow::default()
    };
    let words = [
        "pending",
        of(&["failed", "running", "passed", "passed", "passed"], n, 11),
        of(&["passed", "pending", "pending", "failed"], n, 12),
        "pending",
    ];
    let stages =
        words.map(|word| StoredStage { word: Some(word.to_owned()), since: ago(roll(n, 13, 9_000)) });
    let run = RunRow {
        commit_sha: Some(sha.clone()),
        stages,
        updated_at: ago(roll(n, 14, 9_000)),
        ..RunRow::default()
    };
    let insight = (roll(n, 15, 9) != 8).then(|| Insight {
        files_came: false,
        id: InsightId::new(Uuid::from_u128(n as u128)),
        sha: Sha::parse(&sha),
        risk: Some([Risk::High, Risk::Medium, Risk::Low][roll(n, 16, 3)].clone()),
        score: Some(0.25),
        summary: Some(
            "Rotates refresh tokens and changes the session table; an old client is logged out.".into(),
        ),
        recommendation: Some("Have security review src/auth/session.rs before merging.".into()),
        created_at: ago(100),
    });
    PullRequest::assemble(key, Some(pull), Some(&run), insight)
}

/// What is read where the cursor rests.
fn detail(id: Option<InsightId>) -> Detail {
    let reason = |group: &str, contribution, text: &str| Reason {
        group: group.to_owned(),
        contribution,
        text: text.to_owned(),
    };
    let alert = |text: &str, file: &str| Attention {
        level: "medium".to_owned(),
        file: Some(file.to_owned()),
        line: Some(41),
        text: text.to_owned(),
        ..Attention::default()
    };
    let focus =
        |file: &str| Focus {
            file: file.to_owned(), line: Some(41), why: "+210 −35, 18 branches".to_owned()
        };
    let details = Details {
        level_by_score: Some("low".to_owned()),
        reasons: vec![
            reason("size", 1.25, "420 source lines in 12 files, 31 hunks"),
            reason("complexity", 0.61, "118 branches and 260 calls added"),
            reason("kind", -0.18, "its title says feature, not fix"),
        ],
        attention: vec![
            alert("public signature removed", "src/auth/session.rs"),
            alert("changes the database's schema", "migrations/0007_sessions.sql"),
        ],
        focus_files: vec![focus("src/auth/session.rs"), focus("src/token/service.rs"), focus("src/main.rs")],
        effort: Some(3),
        tests_touched: Some(true),
        ..Details::default()
    };
    let past = id.map(|id| PastInsight {
        id,
        sha: None,
        risk: None,
        score: None,
        created_at: None,
        details: Some(Box::new(details)),
    });
    Detail { insights: past.into_iter().collect(), ..Detail::default() }
}

fn pulls(count: usize) -> Vec<PullRequest> {
    (0..count).map(|n| pull(n, 0)).collect()
}

fn repositories() -> Vec<Repository> {
    let repository = |n: u16| Repository {
        id: repository(usize::from(n)),
        full_name: format!("{}/service-{n}", if n.is_multiple_of(4) { "globex" } else { "acme" }),
        description: None,
        private: Some(n.is_multiple_of(3)),
        language: Some("Rust".to_owned()),
        html_url: None,
    };
    (0..REPOSITORIES).map(repository).collect()
}

fn empty() -> Model {
    Model::new(Setup { now: start(), size: SIZE, me: Some("ana".to_owned()), ..Setup::default() })
}

fn polled(changed: usize) -> Msg {
    Msg::Feed(FeedEvent::Polled(Poll {
        server_now: start(),
        at: start(),
        newest_row_at: Some(start()),
        changed,
        asked: false,
        slowed_to: None,
    }))
}

/// Takes in the first load, page by page.
fn fill(model: &mut Model, pulls: Vec<PullRequest>) {
    update(model, Msg::Feed(FeedEvent::Repositories(repositories())));
    let mut pulls = pulls.into_iter();
    loop {
        let changed: Vec<PullRequest> = pulls.by_ref().take(PAGE).collect();
        if changed.is_empty() {
            break;
        }
        update(model, Msg::Feed(FeedEvent::Pulls { changed, gone: Vec::new() }));
    }
    update(model, Msg::Feed(FeedEvent::Loaded { limited: false, replaced: false }));
    update(model, polled(0));
}

fn filled(count: usize) -> Model {
    let mut model = empty();
    fill(&mut model, pulls(count));
    model
}

/// A tick on which these rows were found changed; the reader has just pressed a key.
fn tick(model: &mut Model, changed: Vec<PullRequest>) {
    let count = changed.len();
    update(model, Msg::Tick(start()));
    update(model, Msg::Feed(FeedEvent::Pulls { changed, gone: Vec::new() }));
    update(model, polled(count));
}

/// Only counts.
#[derive(Clone, Default)]
struct Sink(Arc<AtomicUsize>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A screen over nothing.
struct Screen {
    terminal: Terminal<QuietBackend<Sink>>,
    sink: Sink,
    keymap: Keymap,
    theme: Theme,
}

impl Screen {
    fn new() -> Self {
        let sink = Sink::default();
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, SIZE.0, SIZE.1)) };
        let terminal = Terminal::with_options(QuietBackend::new(sink.clone(), false), options)
            .expect("a screen over nothing");
        let theme = Theme { color: true, ..Theme::default() };
        Self { terminal, sink, keymap: Keymap::default(), theme }
    }

    /// Draws a frame; the bytes that it wrote.
    fn draw(&mut self, model: &Model) -> usize {
        let before = self.sink.0.load(Ordering::Relaxed);
        self.terminal.draw(|frame| view::draw(model, &self.keymap, &self.theme, frame)).expect("a frame");
        self.sink.0.load(Ordering::Relaxed) - before
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn now() -> Instant {
    Instant::now()
}

/// Measures `work` and not what is made ready for each time.
fn timed<S>(times: u64, mut ready: impl FnMut() -> S, mut work: impl FnMut(&mut S)) -> Duration {
    let mut total = Duration::ZERO;
    for _ in 0..times {
        let mut state = ready();
        let start = now();
        work(&mut state);
        total += start.elapsed();
        black_box(state);
    }
    total
}

fn updates(c: &mut Criterion) {
    let mut group = c.benchmark_group("update");
    for count in [500, 20_000] {
        let mut model = filled(count);
        let mut down = false;
        group.bench_function(format!("cursor move, {count} rows"), |b| {
            b.iter(|| {
                down = !down;
                update(&mut model, Msg::Action(if down { Action::Down } else { Action::Up }))
            });
        });
        for changed in [1, 100] {
            let mut version = 0;
            group.bench_function(format!("tick, {changed} of {count} rows changed"), |b| {
                b.iter_custom(|times| {
                    let ready = || {
                        version += 1;
                        Some((0..changed).map(|n| pull(n * 5, version)).collect())
                    };
                    timed(times, ready, |rows| tick(&mut model, rows.take().unwrap_or_default()))
                });
            });
        }
    }
    for count in [500, 20_000] {
        let all = pulls(count);
        group.sample_size(10);
        group.bench_function(format!("first load, {count} rows"), |b| {
            b.iter_custom(|times| {
                timed(times, || (empty(), all.clone()), |(model, pulls)| fill(model, std::mem::take(pulls)))
            });
        });
    }
    group.finish();
}

fn views(c: &mut Criterion) {
    let mut group = c.benchmark_group("view");
    let mut model = filled(500);
    group.bench_function("first frame, 160x48", |b| {
        b.iter_custom(|times| {
            timed(times, Screen::new, |screen| {
                black_box(screen.draw(&model));
            })
        });
    });
    let mut screen = Screen::new();
    screen.draw(&model);
    group.bench_function("unchanged frame", |b| b.iter(|| screen.draw(&model)));
    for (name, there, back) in
        [("cursor move", Action::Down, Action::Up), ("page", Action::PageDown, Action::PageUp)]
    {
        let mut on = false;
        group.bench_function(format!("{name} and its frame"), |b| {
            b.iter(|| {
                on = !on;
                update(&mut model, Msg::Action(if on { there } else { back }));
                screen.draw(&model)
            });
        });
    }
    group.finish();
}

fn filters(c: &mut Criterion) {
    let mut group = c.benchmark_group("filter");
    let mut model = filled(20_000);
    update(&mut model, Msg::Action(Action::Filter));
    for text in ["r", "race", "nothing has this", "repo:service-1 risk:high", "is:failing !author:bot"] {
        group.bench_function(format!("keystroke to {text:?}, 20000 rows"), |b| {
            let (last, before) =
                text.char_indices().last().map_or((0, ""), |(at, _)| (at, text.get(..at).unwrap_or("")));
            let key = text.get(last..).unwrap_or_default();
            b.iter_custom(|times| {
                let mut total = Duration::ZERO;
                for _ in 0..times {
                    update(&mut model, Msg::Edit(Edit::Line(LineEdit::Clear)));
                    update(&mut model, Msg::Edit(Edit::Line(LineEdit::Insert(before.to_owned()))));
                    let start = now();
                    update(&mut model, Msg::Edit(Edit::Line(LineEdit::Insert(key.to_owned()))));
                    total += start.elapsed();
                }
                total
            });
        });
    }
    group.finish();
}

fn sorts(c: &mut Criterion) {
    let mut group = c.benchmark_group("sort");
    let model = filled(20_000);
    for sort in Sort::ALL {
        group.bench_function(format!("{}, 20000 rows", sort.name()), |b| {
            let ready = || model.board.pulls().collect::<Vec<&PullRequest>>();
            b.iter_custom(|times| timed(times, ready, |pulls| sort.sort(pulls, Some("ana"), start())));
        });
    }
    group.bench_function("quick filter open, 20000 rows", |b| {
        let filter = Quick::Open.filter();
        b.iter(|| model.board.pulls().filter(|pr| filter.matches(pr, model.context())).count());
    });
    group.finish();
}

/// The bytes of frames.
#[expect(clippy::print_stdout, reason = "what a bench is for")]
fn bytes(_: &mut Criterion) {
    let mut model = filled(500);
    update(&mut model, Msg::Action(Action::Sort)); // by their last change: ticks here do not move rows
    update(&mut model, Msg::Action(Action::Top));
    let mut screen = Screen::new();
    let mut told = |what: &str, model: &Model, budget: &str| {
        println!("| {what} | {} | {budget} |", screen.draw(model));
    };
    println!("| frame of 160×48, 500 rows | bytes | budget |\n| --- | --- | --- |");
    told("the first", &model, "");
    told("unchanged", &model, "0");
    for _ in 0..3 {
        update(&mut model, Msg::Action(Action::Down));
        told("cursor move, with both detail panes", &model, "1400");
    }
    for _ in 0..3 {
        let selected = model.selected().expect("a selected one");
        let (key, id) = (selected.key, selected.insight.as_ref().map(|insight| insight.id));
        update(&mut model, Msg::Detail(key, Ok(detail(id))));
        told("its details have come", &model, "1000");
        update(&mut model, Msg::Action(Action::Down));
        told("cursor move, away from details", &model, "1600");
    }
    let keys = model.list.rows.clone();
    let index = |key: &PrKey| (0..500).find(|n| pull(*n, 0).key == *key).unwrap_or_default();
    for (count, budget) in [(1, "150"), (100, "1600")] {
        let changed = keys.iter().skip(5).take(count).map(|key| pull(index(key), count)).collect();
        tick(&mut model, changed);
        told(&format!("tick, {count} rows with another title"), &model, budget);
    }
    update(&mut model, Msg::Action(Action::PageDown));
    told("page", &model, "6000");
    update(&mut model, Msg::Action(Action::Down));
    told("scroll by one line", &model, "6000");
    update(&mut model, Msg::Action(Action::Help));
    told("help", &model, "");
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = bytes, updates, views, filters, sorts
}
criterion_main!(benches);
