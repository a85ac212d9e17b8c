//! Everything that can happen to the dashboard.

use chrono::{DateTime, Utc};

use super::action::Action;
use crate::domain::{
    board::FeedEvent,
    check::Detail,
    files::Files,
    ids::PrKey,
    insight::LocalInsight,
    request::{Asked, Request},
};

#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// Time has passed: this machine's clock. Comes before whatever happened at that time.
    Tick(DateTime<Utc>),
    /// The terminal is this wide and high.
    Resize(u16, u16),
    /// A key that is bound.
    Action(Action),
    /// A key while text is being typed.
    Edit(Edit),
    Mouse(Pointer),
    Feed(FeedEvent),
    /// The details of a pull request have come, or the reason why not.
    Detail(PrKey, Result<Detail, String>),
    /// Its files have come, or the reason why not.
    Files(PrKey, Result<Files, String>),
    /// What became of asking for new insights, or the reason why not.
    Asked(Result<Asked, String>),
    /// So many requests were taken back, or the reason why not.
    Cancelled(Result<usize, String>),
    /// Requests that stand otherwise, of this dashboard's own: there is no queue that would tell.
    Requests(Vec<Request>),
    /// An insight was made here that is stored nowhere.
    Local(PrKey, Box<LocalInsight>),
    /// No browser could be started for this address: why.
    NotOpened(String, String),
    /// The login that `@me` means has been found out.
    Me(String),
    /// Something that was asked for is done (what to say) or has failed (why).
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
    /// The arrow down.
    Down,
    /// One line up in the list below, whatever the arrows do.
    ListUp,
    /// One line down in it.
    ListDown,
}

/// A change of a line, or of the cursor in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineEdit {
    Insert(String),
    Backspace,
    Delete,
    /// Delete back to the blank before the cursor's word.
    DeleteWord,
    /// Delete the whole line.
    Clear,
    Left,
    Right,
    Home,
    End,
}

/// What the mouse did, in cells from the upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// The left button went down.
    Click(u16, u16),
    /// The wheel turned, up is negative.
    Wheel(u16, u16, i8),
}

impl Pointer {
    /// Lines that the wheel moves.
    pub const WHEEL: usize = 3;

    /// The step that the wheel takes so many times.
    pub const fn step(self) -> Option<Action> {
        match self {
            Self::Click(..) => None,
            Self::Wheel(_, _, ..0) => Some(Action::Up),
            Self::Wheel(..) => Some(Action::Down),
        }
    }
}
