//! A passing message in the footer.

use chrono::{DateTime, TimeDelta, Utc};

use super::Model;
use crate::tui::action::Action;

/// How long a notice stays.
const NOTICE: TimeDelta = TimeDelta::seconds(6);

/// A passing message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    /// A key that has to do with it, and what it does.
    pub offer: Option<(Action, &'static str)>,
    pub is_error: bool,
    pub until: DateTime<Utc>,
}

impl Model {
    /// Shows a passing message.
    pub fn say(&mut self, text: impl Into<String>) {
        self.notice =
            Some(Notice { text: text.into(), offer: None, is_error: false, until: self.now + NOTICE });
    }

    /// Shows a passing message with the key of an action, as it is bound then: `Order frozen; Ctrl-f lets it go`.
    pub fn say_and_offer(&mut self, text: impl Into<String>, action: Action, does: &'static str) {
        self.say(text);
        self.notice.iter_mut().for_each(|notice| notice.offer = Some((action, does)));
    }

    /// Shows a passing error, and logs it.
    pub fn say_error(&mut self, text: impl Into<String>) {
        let text = text.into();
        tracing::warn!(message = %text, "shown");
        self.notice = Some(Notice { text, offer: None, is_error: true, until: self.now + NOTICE });
    }
}
