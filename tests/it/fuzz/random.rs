//! Random keys and events, in any order. What breaks a rule is shrunk to the few steps that do so.

use std::collections::HashSet;

use chrono::TimeDelta;
use flowlens::domain::attention::Order;
use flowlens::domain::board::FeedEvent;
use flowlens::domain::check::CheckId;
use flowlens::domain::ids::{PrKey, RepoId};
use flowlens::domain::insight::Risk;
use flowlens::domain::pull_request::PullRequest;
use flowlens::domain::request::{Asked, Request};
use flowlens::domain::source::Cause;
use flowlens::domain::view::Grouping;
use flowlens::tui::effect::Effect;
use flowlens::tui::geometry::{Layout, Pane};
use flowlens::tui::model::{Model, PullTab};
use flowlens::tui::msg::{Msg, Pointer};
use flowlens::tui::screen::Screen;
use flowlens::tui::update::update;
use proptest::{collection::vec, prelude::*, sample::select};

use super::{THEMES, drawn};
use crate::support::board::{self, key, keys, pass, poll_at, pull, tell};

const KEYS: &str = "j k j k <ctrl-d> <ctrl-u> g G h l <tab> <backtab> <enter> <esc> <esc> / f s p <space> d o O y Y i I \
    x n <enter> r R t z s S <ctrl-g> <ctrl-g> <alt-s> <ctrl-s> b | + - <ctrl-p> <ctrl-f> m : ? <backspace> <ctrl-w> <ctrl-u> <left> <right> <up> <down> \
    <enter> <enter> l ] [ <home> <end> <delete> f F f F v v N C 1 2 3 4 5 6 7 <ctrl-a> <ctrl-n> a is: ! \" é 語";
const WORDS: [&str; 4] = ["passed", "failed", "running", "pending"];
const STATES: [&str; 7] = ["queued", "running", "done", "failed", "cancelled", "dead", "paused"];

#[derive(Clone, Debug)]
enum Step {
    Key(&'static str),
    Change {
        repository: u128,
        number: i32,
        author: &'static str,
        state: &'static str,
        word: &'static str,
    },
    /// The first row goes, and each n-th after it.
    Remove(usize),
    Click(u16, u16),
    Me(&'static str),
    Seconds(i64),
    Outage(Cause),
    Poll,
    Resize(u16, u16),
    /// So many repositories are left.
    Repositories(usize),
    Files,
    /// Details of the pull request that keys act on, with each n-th of these checks.
    Detail(usize),
    Usual,
    Start,
    /// A request for an insight stands so; the feed says it, or the dashboard's own worker.
    Request {
        id: u128,
        number: i32,
        state: &'static str,
        by_feed: bool,
    },
    Local(i32),
    Told(Msg),
}

fn step() -> impl Strategy<Value = Step> {
    let number = || 400..430_i32;
    let change = (
        1..=7_u128,
        number(),
        select(&["ana", "bo"][..]),
        select(&["open", "merged"][..]),
        select(&WORDS[..]),
    )
        .prop_map(|(repository, number, author, state, word)| Step::Change {
            repository,
            number,
            author,
            state,
            word,
        });
    let request = (1..=40_u128, number(), select(&STATES[..]), any::<bool>())
        .prop_map(|(id, number, state, by_feed)| Step::Request { id, number, state, by_feed });
    prop_oneof![
        34 => select(KEYS.split_whitespace().collect::<Vec<_>>()).prop_map(Step::Key),
        4 => change,
        2 => (3..12_usize).prop_map(Step::Remove),
        1 => (1..140_u16, 1..12_u16).prop_map(|(x, y)| Step::Click(x, y)),
        1 => select(&["ana", "bo"][..]).prop_map(Step::Me),
        1 => (0..70_i64).prop_map(Step::Seconds),
        1 => select(&Cause::ALL[..]).prop_map(Step::Outage),
        1 => Just(Step::Poll),
        1 => (1..=170_u16, 1..=60_u16).prop_map(|(columns, lines)| Step::Resize(columns, lines)),
        1 => (1..=6_usize).prop_map(Step::Repositories),
        1 => Just(Step::Files),
        3 => (1..5_usize).prop_map(Step::Detail),
        1 => Just(Step::Usual),
        1 => Just(Step::Start),
        2 => request,
        1 => number().prop_map(Step::Local),
        1 => told().prop_map(Step::Told),
    ]
}

/// What became of asking, also where nobody has asked.
fn told() -> impl Strategy<Value = Msg> {
    let failed = || "no answer".to_owned();
    let count = || 0..3_usize;
    prop_oneof![
        (count(), count(), count()).prop_map(|(queued, joined, absent)| Msg::Asked(Ok(Asked::Queued {
            queued,
            joined,
            absent,
            unknown: vec![key(1, 421); joined / 2],
        }))),
        count().prop_map(|here| Msg::Asked(Ok(Asked::Here(here)))),
        count().prop_map(|local| Msg::Asked(Ok(Asked::Local(local)))),
        Just(Msg::Asked(Err(failed()))),
        (1..3_usize).prop_map(|count| Msg::Cancelled(Ok(count))),
        Just(Msg::Cancelled(Err(failed()))),
    ]
}

fn take(model: &mut Model, step: &Step) -> Vec<Effect> {
    let now = model.now;
    match step {
        Step::Key(pressed) => keys(model, pressed),
        Step::Change { repository, number, author, state, word } => {
            let draft =
                pull(*repository, *number, "Changed", author, 3).stages(["passed", word, word, "pending"]);
            board::change(model, vec![draft.with(|p| p.state = Some((*state).to_owned()))])
        }
        Step::Remove(n) => {
            let gone: Vec<_> = model.list.rows.iter().step_by(*n).copied().collect();
            board::remove(model, &gone)
        }
        Step::Click(x, y) => update(model, Msg::Mouse(Pointer::Click(*x, *y))),
        Step::Me(login) => update(model, Msg::Me((*login).to_owned())),
        Step::Seconds(seconds) => pass(model, *seconds),
        Step::Outage(cause) => tell(model, board::outage(*cause, 5)),
        Step::Poll => tell(model, FeedEvent::Polled(poll_at(now + TimeDelta::seconds(7), now))),
        Step::Resize(columns, lines) => update(model, Msg::Resize(*columns, *lines)),
        Step::Repositories(keep) => {
            tell(model, FeedEvent::Repositories(board::repositories().into_iter().take(*keep).collect()))
        }
        Step::Files => {
            let key = model.current().unwrap_or_else(|| key(1, 421));
            update(model, Msg::Files(key, None, Ok(board::files())))
        }
        Step::Detail(n) => {
            let Some(key) = model.current() else { return vec![] };
            let mut detail = board::room();
            let mut at = 0;
            detail.checks.retain(|_| {
                at += 1;
                at % n == 0
            });
            update(model, Msg::Detail(key, Ok(detail)))
        }
        Step::Usual => update(model, Msg::Usual(board::repo(1), Ok(board::usual()))),
        Step::Start => board::start().into_iter().flat_map(|event| tell(model, event)).collect(),
        Step::Request { id, number, state, by_feed } => {
            let request = Request {
                requested_at: Some(now - TimeDelta::seconds(5)),
                updated_at: Some(now),
                started_at: Some(now + TimeDelta::seconds(3)),
                ..board::request(*id, *number, state)
            };
            let requests = vec![request];
            let msg =
                if *by_feed { Msg::Feed(FeedEvent::Requests(requests)) } else { Msg::Requests(requests) };
            update(model, msg)
        }
        Step::Local(number) => update(model, Msg::Local(key(1, *number), board::local())),
        Step::Told(msg) => update(model, msg.clone()),
    }
}

/// No row is lost: those that a new order would bring or take wait, and the tabs count what is in their views.
fn check_views(model: &Model) {
    let context = model.context();
    for (at, view) in model.views.all().iter().enumerate() {
        let is_in = |pr: &&PullRequest| {
            let is_hidden = model.seen.is_snoozed(pr.key) && !view.filter.names_snoozed();
            !is_hidden && view.filter.matches(pr, context)
        };
        let count = model.board.pulls().filter(is_in).count();
        assert_eq!(model.board.count_in(at), count, "{}", view.name);
        assert!(model.count_in(at).is_none_or(|shown| shown == count), "the tab of {}", view.name);
        let news = model.board.pulls().filter(is_in).filter(|pr| model.seen.is_news(pr.key)).count();
        assert_eq!(model.news_in(at), news, "{}", view.name);
    }
    if !model.link.loaded || model.list.version != model.board.version() {
        return;
    }
    let set = model.set();
    let is_shown = |pr: &&PullRequest| {
        set.matches(pr, context)
            && (model.shows_snoozed() || !model.seen.is_snoozed(pr.key))
            && model.list.filter.matches(pr, context)
            && model.repos.selected.is_none_or(|repo| pr.key.repo == repo)
    };
    let wanted: HashSet<PrKey> = model.board.pulls().filter(is_shown).map(|pr| pr.key).collect();
    let rows: HashSet<PrKey> = model.list.rows.iter().copied().collect();
    let waiting = model.list.waiting;
    assert_eq!(wanted.difference(&rows).count(), waiting.new, "new ones are told");
    assert_eq!(rows.difference(&wanted).count(), waiting.left, "those that left are told");
}

/// What happens without the reader moves no cursor and takes no row: each stays while it is there.
fn check_cursor(step: &Step, before: &Before, model: &Model) {
    let by_itself = !matches!(step, Step::Key(_) | Step::Click(..) | Step::Me(_) | Step::Start);
    if by_itself {
        check_pull(step, before, model);
    }
    if let Step::Key("s" | "S") = step
        && model.list.sort != before.sort
    {
        assert_eq!(
            (model.list.top, model.position().unwrap_or_default()),
            (0, 0),
            "an order begins with its head"
        );
    }
    let Some(key) = before.selected.filter(|_| by_itself && before.holds && !model.is_unattended()) else {
        return;
    };
    if model.repos.selected != before.repository {
        return;
    }
    if model.board.pull(key).is_some() {
        assert_eq!(model.list.selected, Some(key), "{step:?} moved the cursor");
    }
    let stays = |key: &&PrKey| model.board.pull(**key).is_some();
    let lost = before.rows.iter().filter(stays).find(|key| !model.list.rows.contains(key));
    assert_eq!(lost, None, "{step:?} took a row that is there");
}

/// On a pull request's own screen what happens by itself leaves the reader there, at the same check while it is there.
fn check_pull(step: &Step, before: &Before, model: &Model) {
    assert_eq!(model.screen, before.screen, "{step:?} changed the screen");
    let Some(tab) = model.pull_tab() else { return };
    assert_eq!((model.pull.key, tab), (before.pull, before.tab), "{step:?} moved the reader");
    let there = before.check.as_ref().filter(|id| model.checks().iter().any(|check| check.id == **id));
    if there.is_some() {
        assert_eq!(model.pull.check.as_ref(), there, "{step:?} moved the cursor");
    }
    if !model.checks().is_empty() {
        assert!(model.check().is_some(), "{step:?}: no check has the cursor");
    }
}

/// What was before a step.
struct Before {
    rows: Vec<PrKey>,
    selected: Option<PrKey>,
    repository: Option<RepoId>,
    sort: Order,
    /// There is an order to hold.
    holds: bool,
    screen: Screen,
    pull: Option<PrKey>,
    tab: PullTab,
    check: Option<CheckId>,
}

impl Before {
    fn of(model: &Model) -> Self {
        let holds = model.link.loaded && !model.list.filling && !model.list.rows.is_empty();
        Self {
            rows: model.list.rows.clone(),
            selected: model.list.selected,
            repository: model.repos.selected,
            sort: model.list.sort,
            holds,
            screen: model.screen,
            pull: model.pull.key,
            tab: model.pull.tab,
            check: model.pull.check.clone(),
        }
    }
}

/// The rules that hold after every step.
fn check(model: &Model) {
    check_views(model);
    let rows = &model.list.rows;
    match model.list.selected {
        Some(key) => assert!(rows.contains(&key) || !model.link.loaded, "{key:?} is no row"),
        None => assert!(rows.is_empty(), "nothing is selected"),
    }
    let mut sorted = rows.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), rows.len(), "rows twice");
    assert!(rows.iter().all(|key| model.board.pull(*key).is_some()), "a row of nothing");
    let height = model.areas().rows_of(Pane::Pulls);
    if height > 0 && model.layout() != Layout::Tiny {
        let top = model.list.top;
        let lines = model.list.line_count();
        assert!(top == 0 || top + height <= lines, "{top} of {lines}, {height} high");
        if let Some(at) = rows.iter().position(|key| Some(*key) == model.list.selected) {
            let at = model.list.line_of(at);
            assert!(top <= at && at < top + height, "{at} is not in {top}+{height}");
        }
    }
    let groups = &model.list.groups;
    assert_eq!(groups.is_empty(), rows.is_empty() || model.list.grouping == Grouping::None);
    let mut next = 0;
    for (n, group) in groups.iter().enumerate() {
        assert_eq!((group.first, group.line), (next, next + n), "{group:?}");
        next += group.len;
        let pulls = || rows[group.first..next].iter().filter_map(|key| model.board.pull(*key));
        assert_eq!(group.failing, pulls().filter(|pr| pr.is_failing()).count(), "{group:?}");
        let is_high = |pr: &&PullRequest| pr.risk() == Some(&Risk::High) && pr.state.is_open();
        assert_eq!(group.high_risk, pulls().filter(is_high).count(), "{group:?}");
    }
    assert!(groups.is_empty() || next == rows.len(), "{next} of {} rows are in a group", rows.len());
    let height = model.areas().rows_of(Pane::Repos);
    if height > 0 && model.layout() != Layout::Tiny {
        let (top, lines) = (model.repos.top, model.repos.rows.len() + 1);
        assert!(top == 0 || top + height <= lines, "{top} of {lines} repositories, {height} high");
        let place = |id| model.repos.rows.iter().position(|other| *other == id);
        let at = model.repos.selected.and_then(place).map_or(0, |at| at + 1);
        assert!(top <= at && at < top + height, "repository {at} is not in {top}+{height}");
    }
    assert!(model.deadline() > model.now - TimeDelta::seconds(1));
    assert!(model.list.marked.iter().all(|key| model.board.pull(*key).is_some()), "a mark on nothing");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        failure_persistence: None,
        max_shrink_iters: 10_000,
        max_shrink_time: 60_000, // milliseconds
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_keys_and_events_keep_the_rules(steps in vec(step(), 1..400)) {
        let mut model = Model::new(board::setup(140, 30));
        for (n, step) in steps.iter().enumerate() {
            let before = Before::of(&model);
            take(&mut model, step);
            check(&model);
            check_cursor(step, &before, &model);
            if n % 10 == 0 {
                drawn(&model, THEMES[n / 10 % 3], model.size);
            }
        }
        drawn(&model, THEMES[0], model.size);
    }
}
