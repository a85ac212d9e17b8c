//! What the screen costs apart from the database and the terminal: deciding, drawing, filtering, sorting.
//!
//! `cargo bench --bench screen [-- PART-OF-A-NAME]`. The board is made here and is the same each time. The bytes
//! that frames write are printed first; they do not depend on the machine.
#![cfg(test)] // always so here; it tells clippy that panics are wanted

mod team;

use std::{
    hint::black_box,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use flowlens::{
    domain::{
        attention::{Order, Sort},
        board::{BoardChange, FeedEvent, Poll, Which},
        code::Language,
        filter::Filter,
        group::group as grouped,
        ids::PrKey,
        pull_request::PullRequest,
        view::Grouping,
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

use self::team::{detail, pull, pulls, repositories};

const REPOSITORIES: u16 = 20;
const SIZE: (u16, u16) = (160, 48);
/// Pull requests that the feed tells at once.
const PAGE: usize = 400;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).expect("a time")
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
    for count in [500, 20_000, 200_000] {
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
    group.bench_function("what stands out in 48 lines of a patch", |b| {
        let rust = Language::of("a.rs").expect("a language");
        let line =
            "    pub fn label(&self, n: usize) -> String { format!(\"{} of {n}\", self.of + 1) } // \"told\"";
        b.iter(|| (0..48).map(|_| rust.tokens(black_box(line)).len()).sum::<usize>());
    });
    group.finish();
}

fn filters(c: &mut Criterion) {
    let mut group = c.benchmark_group("filter");
    let mut model = filled(20_000);
    update(&mut model, Msg::Action(Action::Filter));
    for text in ["r", "race", "nothing has this", "repo:service-1 risk:high", "is:failing !author:bot*"] {
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

/// Six tabs: going from one to another, and counting what is in them.
fn tabs(c: &mut Criterion) {
    let mut group = c.benchmark_group("tabs");
    let mut model = filled(20_000);
    for (name, key) in [("Open", 1), ("Failing", 4), ("Ended", 6)] {
        group.bench_function(format!("to {name}, 20000 rows"), |b| {
            b.iter_custom(|times| {
                let mut total = Duration::ZERO;
                for _ in 0..times {
                    update(&mut model, Msg::Action(Action::View(2)));
                    let start = now();
                    update(&mut model, Msg::Action(Action::View(key)));
                    total += start.elapsed();
                }
                total
            });
        });
    }
    let updated: Vec<PrKey> = (0..100).map(|n| pull(n * 5, 0).key).collect();
    let changed = BoardChange { updated, ..BoardChange::default() };
    group.bench_function("counting, 100 of 20000 rows changed", |b| b.iter(|| model.count_changed(&changed)));
    group.bench_function("counting all of 20000 rows", |b| b.iter(|| model.count(Which::All)));
    group.finish();
}

fn sorts(c: &mut Criterion) {
    let mut group = c.benchmark_group("sort");
    let model = filled(20_000);
    for sort in Sort::ALL {
        group.bench_function(format!("{}, 20000 rows", sort.name()), |b| {
            let ready = || model.board.pulls().collect::<Vec<&PullRequest>>();
            b.iter_custom(|times| {
                timed(times, ready, |pulls| Order::from(sort).sort(pulls, &model.board, Some("ana"), start()))
            });
        });
    }
    group.finish();
    let mut group = c.benchmark_group("group");
    for grouping in Grouping::ALL {
        group.bench_function(format!("by {}, 20000 rows", grouping.name()), |b| {
            let ready = || model.board.pulls().collect::<Vec<&PullRequest>>();
            b.iter_custom(|times| {
                timed(times, ready, |pulls| {
                    black_box(grouped(grouping, std::mem::take(pulls), &model.board, start()));
                })
            });
        });
    }
    group.bench_function("filter is:open, 20000 rows", |b| {
        let filter = Filter::parse("is:open").expect("a filter");
        b.iter(|| model.board.pulls().filter(|pr| filter.matches(pr, model.context())).count());
    });
    group.finish();
}

/// The bytes of frames.
#[expect(clippy::print_stdout, reason = "what a bench is for")]
fn bytes(_: &mut Criterion) {
    let mut model = filled(500);
    // By their last change: ticks here do not move rows.
    for _ in 0..2 {
        update(&mut model, Msg::Action(Action::Sort));
    }
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
    targets = bytes, updates, views, filters, tabs, sorts
}
criterion_main!(benches);
