//! A team's board, made by hand: the same at every run, with every status, hostile titles and odd rows.
//!
//! It is driven as the program is: the feed's events and keys go through `translate` and `update`.

mod details;
mod hub;
mod logs;
mod pulls;
mod room;

use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use flowlens::domain::board::{FeedEvent, Poll};
use flowlens::domain::ids::{InsightId, PrKey, PrNumber, RepoId, RequestId, Sha};
use flowlens::domain::repository::Repository;
use flowlens::domain::request::{Request, RequestState};
use flowlens::domain::source::{Cause, Engine, Outage, Source};
use flowlens::tui::effect::Effect;
use flowlens::tui::keymap::Keymap;
use flowlens::tui::model::{Model, Setup};
use flowlens::tui::msg::Msg;
use flowlens::tui::translate::translate;
use flowlens::tui::update::update;
use uuid::Uuid;

pub(crate) use self::{
    details::{detail, detail_of, detail_with_change, files, findings, local},
    hub::{answer, gate, hear, run as workflow_run},
    logs::{check_of, job, log_ask, log_text, open_log, tell_check, tell_log},
    pulls::{Draft, pull, pulls},
    room::{room, usual},
};

/// Escape sequences, a NUL, a bidi override and an isolate, a ZWJ sequence: what a title may hold.
pub(crate) const HOSTILE: &str = "\u{1b}[31;5mred\u{1b}]0;own\u{7}\0\u{202e}gnp.exe\u{2066} 👩‍👩‍👧\r\nend";

/// The clock of the machine, and of the server: 2026-03-02 12:00 UTC.
pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_452_800, 0).expect("a date")
}

/// The repository of this number, 1 to 6; others are unknown.
pub(crate) fn repo(n: u128) -> RepoId {
    RepoId::new(Uuid::from_u128(n))
}

pub(crate) fn key(n: u128, number: i32) -> PrKey {
    PrKey::new(repo(n), PrNumber::new(number))
}

pub(crate) fn repositories() -> Vec<Repository> {
    let names = [
        "acme/api",
        "acme/web",
        "acme/モバイル",
        "octo-organisation/a-repository-with-a-long-name",
        "acme/infra",
        "zzz/empty",
    ];
    let repository =
        |(n, name): (u128, &str)| Repository { id: repo(n), full_name: name.to_owned(), html_url: None };
    (1..).zip(names).map(repository).collect()
}

pub(crate) fn source() -> Source {
    let no_checks = "No table checks: why a build failed is not told (flowlens db migrate)".to_owned();
    Source {
        engine: Engine::YugabyteDb,
        version: "2025.2.1".to_owned(),
        database: "prod".to_owned(),
        node: "db-1:5433".to_owned(),
        origin: None,
        exposed: false,
        missing: vec![no_checks.clone()],
        no_checks: Some(no_checks),
    }
}

/// The embedded database.
pub(crate) fn embedded() -> Source {
    Source {
        engine: Engine::Sqlite,
        version: "3.50.2".to_owned(),
        database: "flowlens.db".to_owned(),
        node: "~/.local/share/flowlens/flowlens.db".to_owned(),
        missing: vec![],
        no_checks: None,
        ..source()
    }
}

pub(crate) fn poll_at(server_now: DateTime<Utc>, at: DateTime<Utc>) -> Poll {
    Poll { server_now, at, newest_row_at: None, changed: 0, asked: false, slowed_to: None }
}

pub(crate) fn outage(cause: Cause, retry_in: i64) -> FeedEvent {
    let message = "could not connect to db-1:5433".to_owned();
    FeedEvent::Failed(Outage { cause, message, retry_at: noon() + TimeDelta::seconds(retry_in) })
}

pub(crate) fn setup(columns: u16, lines: u16) -> Setup {
    Setup {
        me: Some("ana".to_owned()),
        now: noon(),
        size: (columns, lines),
        target: "db-1:5433/prod".to_owned(),
        hosts: vec!["github.com".to_owned()],
        ..Setup::default()
    }
}

/// The events of a good start.
pub(crate) fn start() -> Vec<FeedEvent> {
    let mut pages = pulls();
    let second = pages.split_off(12);
    vec![
        FeedEvent::Connecting { node: "db-1:5433".to_owned() },
        FeedEvent::Connected(source()),
        FeedEvent::Repositories(repositories()),
        FeedEvent::Pulls { changed: pages, gone: vec![] },
        FeedEvent::Pulls { changed: second, gone: vec![] },
        FeedEvent::OpenCounts(None),
        FeedEvent::Loaded { limited: false, replaced: false },
        FeedEvent::Polled(poll_at(noon(), noon())),
    ]
}

/// The dashboard once everything is read, with the details of the selected pull request.
pub(crate) fn model(columns: u16, lines: u16) -> Model {
    with(setup(columns, lines))
}

pub(crate) fn with(setup: Setup) -> Model {
    let mut model = Model::new(setup);
    for event in start() {
        tell(&mut model, event);
    }
    update(&mut model, Msg::Detail(key(1, 421), Ok(detail())));
    model
}

pub(crate) fn tell(model: &mut Model, event: FeedEvent) -> Vec<Effect> {
    update(model, Msg::Feed(event))
}

/// New or changed pull requests.
pub(crate) fn change(model: &mut Model, drafts: Vec<Draft>) -> Vec<Effect> {
    let changed = drafts.into_iter().map(Draft::done).collect();
    tell(model, FeedEvent::Pulls { changed, gone: vec![] })
}

pub(crate) fn remove(model: &mut Model, gone: &[PrKey]) -> Vec<Effect> {
    tell(model, FeedEvent::Pulls { changed: vec![], gone: gone.to_vec() })
}

/// So many seconds go by.
pub(crate) fn pass(model: &mut Model, seconds: i64) -> Vec<Effect> {
    let now = model.now + TimeDelta::seconds(seconds);
    update(model, Msg::Tick(now))
}

/// Presses keys: characters as they are, others by name: `jj<enter>/risk:high<esc><ctrl-d>`.
pub(crate) fn keys(model: &mut Model, keys: &str) -> Vec<Effect> {
    events(keys).iter().flat_map(|event| press(model, event)).collect()
}

/// One event of the terminal.
pub(crate) fn press(model: &mut Model, event: &Event) -> Vec<Effect> {
    translate(model, &Keymap::default(), event).map(|msg| update(model, msg)).unwrap_or_default()
}

/// The terminal's events for such keys.
pub(crate) fn events(keys: &str) -> Vec<Event> {
    let mut rest = keys;
    let mut events = Vec::new();
    while let Some(c) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let (event, after) = match named {
            Some((name, after)) => (named_key(name), after),
            None => (KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE), rest.split_at(c.len_utf8()).1),
        };
        events.push(Event::Key(event));
        rest = after;
    }
    events
}

fn named_key(name: &str) -> KeyEvent {
    let prefixes = [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT)];
    let modified = prefixes.into_iter().find_map(|(prefix, with)| Some((name.strip_prefix(prefix)?, with)));
    let (name, modifiers) = modified.unwrap_or((name, KeyModifiers::NONE));
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        "backspace" => KeyCode::Backspace,
        "delete" => KeyCode::Delete,
        "space" => KeyCode::Char(' '),
        _ => KeyCode::Char(name.chars().next().expect("a key")),
    };
    KeyEvent::new(code, modifiers)
}

/// A request for an insight of `acme/api#number`, made 2 minutes before noon; its number tells it from others.
pub(crate) fn request(id: u128, number: i32, state: &str) -> Request {
    let at = |minutes| Some(noon() - TimeDelta::minutes(minutes));
    let state = RequestState::parse(state);
    let is_open = matches!(state, RequestState::Queued | RequestState::Running);
    Request {
        id: RequestId::new(Uuid::from_u128(id)),
        key: key(1, number),
        sha: Sha::parse("abc0421def"),
        requested_by: Some("ann".into()),
        attempts: i32::from(state != RequestState::Queued),
        error: (!is_open && state != RequestState::Done).then(|| "the changed files are not stored".into()),
        insight: (state == RequestState::Done).then(|| InsightId::new(Uuid::from_u128(77))),
        requested_at: at(2),
        started_at: (state != RequestState::Queued).then(|| noon() - TimeDelta::seconds(4)),
        finished_at: (!is_open).then(noon),
        updated_at: at(1),
        state,
    }
}
