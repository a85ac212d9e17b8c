//! A passing message in the footer.

use chrono::{DateTime, TimeDelta, Utc};

use super::Model;
use crate::tui::action::Action;

/// How long a notice stays at most.
const NOTICE: TimeDelta = TimeDelta::seconds(6);

/// A passing message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    /// A key that has to do with it, and what it does.
    pub offer: Option<(Action, &'static str)>,
    pub stay: Stay,
}

/// When a notice goes, unless another one comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// With the next key, or at this time: it only says what a key has done.
    NextKey(DateTime<Utc>),
    /// At this time: it came by itself, and the reader may be typing.
    Until(DateTime<Utc>),
    /// It is an error: when the reader dismisses it.
    Dismissed,
}

impl Notice {
    pub const fn is_error(&self) -> bool {
        matches!(self.stay, Stay::Dismissed)
    }

    /// When it goes by itself.
    pub const fn until(&self) -> Option<DateTime<Utc>> {
        match self.stay {
            Stay::NextKey(until) | Stay::Until(until) => Some(until),
            Stay::Dismissed => None,
        }
    }
}

impl Model {
    fn show(&mut self, text: String, stay: Stay) {
        self.notice = Some(Notice { text, offer: None, stay });
    }

    /// Says what a key has done.
    pub fn say(&mut self, text: impl Into<String>) {
        self.show(text.into(), Stay::NextKey(self.now + NOTICE));
    }

    /// Says it with the key of an action, as it is bound then: `Order frozen; Ctrl-f lets it go`.
    pub fn say_and_offer(&mut self, text: impl Into<String>, action: Action, does: &'static str) {
        self.say(text);
        self.notice.iter_mut().for_each(|notice| notice.offer = Some((action, does)));
    }

    /// Says what happened without a key.
    pub fn tell(&mut self, text: impl Into<String>) {
        self.show(text.into(), Stay::Until(self.now + NOTICE));
    }

    /// Shows an error, and logs it.
    pub fn say_error(&mut self, text: impl Into<String>) {
        let text = text.into();
        tracing::warn!(message = %text, "shown");
        self.show(text, Stay::Dismissed);
    }

    /// A key was pressed: what only says what the one before has done is read.
    pub(in crate::tui) fn pass_notice(&mut self) {
        self.notice.take_if(|notice| matches!(notice.stay, Stay::NextKey(_)));
    }
}
