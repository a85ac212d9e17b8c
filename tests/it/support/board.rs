//! A team's board, made by hand: the same at every run, with every status, hostile titles and odd rows.
//!
//! It is driven as the program is: the feed's events and keys go through `translate` and `update`.

use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use flowlens::domain::assessment::{Attention, Details as Findings, Focus, LlmPart, Reason};
use flowlens::domain::board::{FeedEvent, Poll};
use flowlens::domain::check::{Check, CheckOutcome, Detail, Review};
use flowlens::domain::files::Files;
use flowlens::domain::ids::{InsightId, PrKey, PrNumber, RepoId, RequestId, Sha};
use flowlens::domain::insight::{Insight, LocalInsight, PastInsight, Risk};
use flowlens::domain::pipeline::StoredStage;
use flowlens::domain::pull_request::{PullRequest, PullRow, RunRow};
use flowlens::domain::repository::Repository;
use flowlens::domain::request::{Request, RequestState};
use flowlens::domain::source::{Cause, Engine, Outage, Source};
use flowlens::tui::effect::Effect;
use flowlens::tui::keymap::Keymap;
use flowlens::tui::model::{Model, Setup};
use flowlens::tui::msg::Msg;
use flowlens::tui::translate::translate;
use flowlens::tui::update::update;
use serde_json::json;
use uuid::Uuid;

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
    let repository = |(n, name): (u128, &str)| Repository {
        id: repo(n),
        full_name: name.to_owned(),
        description: None,
        private: Some(false),
        language: None,
        html_url: None,
    };
    (1..).zip(names).map(repository).collect()
}

/// A pull request to start from: open, of `acme/api`, opened and changed at noon less so many hours.
pub(crate) struct Draft {
    key: PrKey,
    pull: Option<PullRow>,
    run: RunRow,
    insight: Option<Insight>,
}

pub(crate) fn pull(n: u128, number: i32, title: &str, author: &str, hours: i64) -> Draft {
    let at = noon() - TimeDelta::hours(hours);
    let pull = PullRow {
        title: Some(title.to_owned()),
        author: Some(author.to_owned()),
        commit_sha: Some(format!("abc{number:04}def")),
        branch_name: Some(format!("feature/{number}")),
        base_branch: Some("main".to_owned()),
        state: Some("open".to_owned()),
        created_at: Some(at),
        updated_at: Some(at + TimeDelta::minutes(10)),
        ..PullRow::default()
    };
    Draft { key: key(n, number), pull: Some(pull), run: RunRow::default(), insight: None }
}

impl Draft {
    /// The words of the four columns; each since an hour after it was opened.
    pub(crate) fn stages(mut self, words: [&str; 4]) -> Self {
        let since = self.pull.as_ref().and_then(|pull| pull.created_at).map(|at| at + TimeDelta::hours(1));
        self.run.stages = words.map(|word| StoredStage { word: Some(word.to_owned()), since });
        self
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut PullRow)) -> Self {
        self.pull.as_mut().map(change).expect("a pull request");
        self
    }

    /// An insight of this level: of the head, of an older commit (`false`), or of none that is known.
    pub(crate) fn insight(mut self, level: &str, of_head: Option<bool>) -> Self {
        let head = self.pull.as_ref().and_then(|pull| pull.commit_sha.clone()).unwrap_or_default();
        let sha = of_head.map(|of_head| if of_head { head } else { "0123456789".to_owned() });
        self.insight = Some(Insight {
            files_came: false,
            id: InsightId::new(Uuid::from_u128(77)),
            sha: sha.as_deref().and_then(Sha::parse),
            risk: Risk::parse(level),
            score: (level != "medium").then_some(0.82),
            summary: Some("Rotates refresh tokens and changes how a session ends, in two services".into()),
            recommendation: Some("Have security review src/auth before merging".into()),
            created_at: Some(noon() - TimeDelta::minutes(4)),
        });
        self
    }

    /// Another insight of this level, of the head.
    pub(crate) fn insight_of(self, id: u128, level: &str) -> Self {
        let mut draft = self.insight(level, Some(true));
        draft.insight.as_mut().expect("an insight").id = InsightId::new(Uuid::from_u128(id));
        draft
    }

    pub(crate) fn done(self) -> PullRequest {
        PullRequest::assemble(self.key, self.pull, Some(&self.run), self.insight)
    }
}

/// About thirty: every status, drafts, a conflict, the queue, an orphan run, insights of each kind.
pub(crate) fn pulls() -> Vec<PullRequest> {
    let orphan = Draft { pull: None, ..pull(5, 88, "", "", 30) };
    let orphan_run = orphan.stages(["pending", "running", "pending", "pending"]);
    let mut list = vec![
        pull(1, 421, "Add OAuth refresh tokens to the session service", "ana", 49)
            .stages(["opened", "failed", "running", "pending"])
            .insight("high", Some(true))
            .with(|p| {
                (p.additions, p.deletions, p.changed_files) = (Some(1240), Some(317), Some(31));
                p.labels = Some(json!(["security", {"name": "needs docs"}]));
                p.reviewers = Some(json!(["bo", "cy"]));
            }),
        pull(1, 420, "Bump tokio from 1.53 to 1.54", "renovate[bot]", 30)
            .stages(["passed", "passed", "pending", "pending"])
            .insight("low", Some(true)),
        pull(1, 419, "Merge conflict here", "bo", 400)
            .stages(["passed", "passed", "approved", "pending"])
            .with(|p| p.mergeable_state = Some("dirty".into())),
        pull(1, 418, "Changes were asked for", "cy", 75)
            .stages(["passed", "passed", "changes_requested", "pending"])
            .insight("medium", Some(false)),
        pull(1, 417, "A draft of something larger", "ana", 5).with(|p| p.is_draft = Some(true)),
        pull(1, 416, "In the merge queue", "dan", 20)
            .stages(["passed", "passed", "approved", "pending"])
            .with(|p| p.queue_position = Some(3))
            .insight("low", None),
        pull(1, 415, "Set to merge by itself", "eve", 21)
            .stages(["passed", "running", "approved", "pending"])
            .with(|p| p.auto_merge = Some(true)),
        pull(2, 77, "日本語のタイトル: 認証トークンの更新とセッションの終了処理", "山田太郎", 26)
            .stages(["passed", "passed", "running", "pending"])
            .insight("high", Some(false)),
        pull(2, 76, "🚀 Ship it 👩‍👩‍👧 with 🇩🇪 flags and ❤️ hearts", "fay", 3)
            .stages(["passed", "running", "pending", "pending"])
            .insight("spicy", Some(true)),
        pull(2, 75, HOSTILE, "eve\u{202e}\u{1b}[0m", 8).stages(["passed", "passed", "passed", "pending"]),
        pull(2, 74, "नमस्ते दुनिया, e\u{301}\u{302}\u{303}\u{304} and half-width ｶﾅ", "gil", 90)
            .stages(["passed", "skipped", "skipped", "pending"]),
        pull(2, 73, "A word that nobody knows", "hal", 12).stages([
            "on hold",
            "exploded",
            "escalated",
            "in limbo",
        ]),
        pull(3, 9, "Closed without a merge", "ana", 200)
            .stages(["closed", "failed", "pending", "closed"])
            .with(|p| {
                (p.state, p.closed_at) = (Some("closed".into()), Some(noon() - TimeDelta::hours(50)));
            }),
        pull(3, 8, "Merged last week", "bo", 300)
            .stages(["merged", "passed", "approved", "merged"])
            .insight("low", Some(true))
            .with(|p| {
                (p.state, p.merged_at) = (Some("merged".into()), Some(noon() - TimeDelta::hours(170)));
            }),
        pull(4, 123_456, &"x".repeat(10_000), "a-login-of-thirty-nine-characters-at-most", 2_000),
        pull(4, 7, "", "ana", 1).stages(["", "", "", ""]),
        orphan_run,
    ];
    for n in 0..14 {
        let words = [["passed", "passed"], ["running", "pending"], ["passed", "running"]];
        let [build, approval] = words[n % 3];
        let number = 100 + i32::try_from(n).expect("small");
        let author = ["ana", "bo", "cy", "dan"][n % 4];
        let draft = pull(5, number, &format!("Routine change number {n}"), author, 10 + i64::from(number));
        let draft = draft.stages(["passed", build, approval, "pending"]);
        list.push(if n % 5 == 0 { draft.insight("medium", Some(true)) } else { draft });
    }
    list.into_iter().map(Draft::done).collect()
}

/// What is read on demand for `acme/api#421`.
pub(crate) fn detail() -> Detail {
    let check = |name: &str, outcome, summary: &str| Check {
        name: name.to_owned(),
        outcome,
        url: Some("https://ci.example/run/1".to_owned()),
        summary: Some(summary.to_owned()),
        completed_at: Some(noon()),
    };
    Detail {
        head: None,
        checks: vec![
            check("test (ubuntu)", CheckOutcome::Failed, "2 of 41 failed: session::refresh, session::expiry"),
            check("lint", CheckOutcome::Failed, "1 warning"),
            check("build", CheckOutcome::Passed, "fine"),
        ],
        reviews: vec![Review {
            reviewer: "dan".to_owned(),
            state: "approved".to_owned(),
            submitted_at: Some(noon() - TimeDelta::hours(3)),
        }],
        history: vec![],
        insights: vec![
            past(77, "abc0421def", "high", 4, Some(findings())),
            past(76, "77ab012fed", "medium", 240, None),
            past(75, "9f31c02fed", "low", 2_900, None),
        ],
    }
}

pub(crate) fn past(id: u128, sha: &str, level: &str, minutes: i64, details: Option<Findings>) -> PastInsight {
    PastInsight {
        id: InsightId::new(Uuid::from_u128(id)),
        sha: Sha::parse(sha),
        risk: Risk::parse(level),
        score: None,
        created_at: Some(noon() - TimeDelta::minutes(minutes)),
        details: details.map(Box::new),
    }
}

/// Its details with these findings alone.
pub(crate) fn detail_of(findings: Option<Findings>) -> Detail {
    Detail { insights: vec![past(77, "abc0421def", "high", 4, findings)], ..detail() }
}

/// What its insight found: something of everything.
pub(crate) fn findings() -> Findings {
    let reason = |group: &str, contribution, text: &str| Reason {
        group: group.to_owned(),
        contribution,
        text: text.to_owned(),
    };
    let alert = |level: &str, text: &str, file: &str, line| Attention {
        rule: "rule".to_owned(),
        level: level.to_owned(),
        file: (!file.is_empty()).then(|| file.to_owned()),
        line,
        text: text.to_owned(),
    };
    let focus = |file: &str, line, why: &str| Focus { file: file.to_owned(), line, why: why.to_owned() };
    Findings {
        source: "llm".to_owned(),
        model: "mini10".to_owned(),
        level_by_score: Some("medium".to_owned()),
        reasons: vec![
            reason("size", 1.25, "420 source lines in 12 files, 31 hunks"),
            reason("complexity", 0.61, "118 branches and 260 calls added"),
            reason("kind", -0.18, "its title says feature, not fix"),
        ],
        attention: vec![
            alert("high", "looks like a secret", "config/dev.env", Some(12)),
            alert("medium", "public signature removed", "src/auth/session.rs", Some(40)),
            alert("medium", "more than 400 source lines", "", None),
            alert("medium", "a picture is deleted", "logo.png", None),
        ],
        focus_files: vec![
            focus("src/auth/session.rs", Some(41), "+60 −2, 18 branches"),
            focus(
                "src/a/very/long/path/that/does/not/fit/anywhere/認証/token_refresh_service.rs",
                Some(2),
                "+3, new",
            ),
        ],
        effort: Some(3),
        tests_touched: Some(true),
        split: Some("the migration, then the service".to_owned()),
        llm: Some(LlmPart { model: "qwen3:8b".to_owned(), tokens: Some((5_210, 214)), ..LlmPart::default() }),
        duration_ms: 2_140,
        ..Findings::default()
    }
}

/// Its changed files, three of them; the last without a patch.
pub(crate) fn files() -> Files {
    let patch: String =
        (0..60).fold(String::new(), |patch, n| patch + &format!("+    let value_{n} = \"日本語\";\n"));
    let list = json!([
        {"filename": "src/auth/session.rs", "status": "modified", "additions": 60, "deletions": 2,
         "patch": format!("@@ -1,2 +1,60 @@\n-old\n-older\n context\n{patch}")},
        {"filename": "src/a/very/long/path/that/does/not/fit/anywhere/認証/token_refresh_service.rs",
         "status": "added", "additions": 3, "deletions": 0, "patch": "@@ -0,0 +1,3 @@\n+a\n+b\n+c"},
        {"filename": "logo.png", "status": "removed", "additions": 0, "deletions": 0},
    ]);
    Files::parse(Some(&list.to_string()))
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
    let (name, modifiers) = match name.strip_prefix("ctrl-") {
        Some(name) => (name, KeyModifiers::CONTROL),
        None => (name, KeyModifiers::NONE),
    };
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

/// An insight that is stored nowhere.
pub(crate) fn local() -> Box<LocalInsight> {
    let insight = Insight {
        files_came: false,
        id: InsightId::new(Uuid::from_u128(5)),
        sha: Sha::parse("abc0421def"),
        risk: Some(Risk::Medium),
        score: Some(0.41),
        summary: Some("Made here: 12 files of the session service".into()),
        recommendation: Some("Begin with src/auth/session.rs".into()),
        created_at: Some(noon()),
    };
    let details = Findings { source: "rules".to_owned(), llm: None, ..findings() };
    Box::new(LocalInsight { insight, details })
}

/// What the two newest insights of `acme/api#421` say otherwise: a level, something new, something gone.
pub(crate) fn detail_with_change() -> Detail {
    let alert = |rule: &str, text: &str| Attention {
        rule: rule.to_owned(),
        level: "high".to_owned(),
        text: text.to_owned(),
        ..Attention::default()
    };
    let mut now = findings();
    now.attention.push(alert("secret", "something that looks like a secret"));
    let mut before = findings();
    before.attention.push(alert("tests", "no test changed"));
    let insights = vec![
        past(77, "abc0421def", "high", 1, Some(now)),
        past(76, "77ab012fed", "medium", 240, Some(before)),
    ];
    Detail { insights, ..detail() }
}
