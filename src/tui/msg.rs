//! Everything that can happen to the dashboard.

use chrono::{DateTime, Utc};

use super::action::Action;
use crate::domain::{
    board::FeedEvent,
    check::Detail,
    files::Files,
    hub::HubNews,
    ids::{PrKey, RepoId, Sha},
    insight::LocalInsight,
    request::{Asked, Request},
    sync::{Candidate, NotListed, SyncNews},
    usual::UsualTimes,
};

#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// This machine's clock; comes before the messages of that moment.
    Tick(DateTime<Utc>),
    /// The terminal's columns and rows.
    Resize(u16, u16),
    /// A bound key.
    Action(Action),
    /// The key of a command of the user's own, by its index.
    Own(usize),
    /// A key while text is being typed.
    Edit(Edit),
    Mouse(Pointer),
    Feed(FeedEvent),
    /// Details of a pull request, or why they cannot be read.
    Detail(PrKey, Result<Detail, String>),
    /// Changed files of a pull request, or why they cannot be read.
    Files(PrKey, Option<Sha>, Result<Files, String>),
    /// How long the checks of a repository usually take, or why that cannot be read.
    Usual(RepoId, Result<UsualTimes, String>),
    /// The reply to a request for new insights, or why it failed.
    Asked(Result<Asked, String>),
    /// The number of requests taken back, or why none was.
    Cancelled(Result<usize, String>),
    /// Changed requests of this dashboard's own, where the database has no queue that the feed could read.
    Requests(Vec<Request>),
    /// An insight made here that is stored nowhere.
    Local(PrKey, Box<LocalInsight>),
    /// The outage under which this dashboard's own worker waits; `None` once it works again.
    Worker(Option<String>),
    /// News of the sync with GitHub.
    Sync(SyncNews),
    /// What GitHub said, or what became of an action there.
    Hub(HubNews),
    /// The repositories that the token may read, or why they cannot be listed.
    Candidates(Result<Vec<Candidate>, NotListed>),
    /// An address for which no browser could be started, and why.
    NotOpened(String, String),
    /// The file of this path is written, or why not.
    Exported(String, Result<(), String>),
    /// The login that `@me` means, found out after the start.
    Me(String),
    /// The terminal told that its background is light, or that it is dark.
    Background(bool),
    /// What was done on this machine has ended: what it said, or why it failed.
    Ended(u64, Result<String, String>),
    /// What was written in the editor; `None`: nothing was changed.
    Written(Result<Option<String>, NotWritten>),
    /// The config file has the rule of this name, and where; or why not.
    RuleKept(String, Result<String, String>),
    /// A notice for the footer, or an error.
    Done(Result<String, String>),
}

/// A key while a line is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// A change of the line, or of the cursor in it.
    Line(LineEdit),
    Accept,
    Cancel,
    /// The arrow up: an older line, or the line above in a list of offers.
    Up,
    /// The arrow down: a newer line, or the line below in a list of offers.
    Down,
    /// One line up in the list, for lines whose arrows recall older ones.
    ListUp,
    /// One line down in the list.
    ListDown,
    /// What the line offers beside its text: a completion, the offer below, an editor.
    Tab,
}

/// A change of a line, or of the cursor in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineEdit {
    Insert(String),
    Backspace,
    Delete,
    /// Delete back to a blank.
    DeleteWord,
    /// Delete the whole line.
    Clear,
    Left,
    Right,
    Home,
    End,
}

/// An event of the mouse, in cells from the upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// The left button went down.
    Click(u16, u16),
    /// The mouse moved with the left button down.
    Drag(u16, u16),
    /// The wheel turned.
    Wheel(u16, u16, Turn),
}

/// A turn of the wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Up,
    Down,
}

impl Turn {
    /// Lines that it moves.
    pub const LINES: usize = 3;

    /// The step that it repeats [`Turn::LINES`] times.
    pub const fn step(self) -> Action {
        match self {
            Self::Up => Action::Up,
            Self::Down => Action::Down,
        }
    }

    /// Where it leads by steps of a line.
    pub fn steps<T>(self, from: T, step: impl Fn(T, Action) -> T) -> T {
        (0..Self::LINES).fold(from, |at, _| step(at, self.step()))
    }

    /// Where line `at` of `len` is after it.
    pub fn from(self, at: usize, len: usize) -> usize {
        self.steps(at, |at, step| step.step(at, 1, len))
    }
}

/// Why the editor's text is not taken as it is, and the text, if there is any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotWritten {
    pub why: String,
    pub text: Option<String>,
}

impl From<String> for NotWritten {
    fn from(why: String) -> Self {
        Self { why, text: None }
    }
}
