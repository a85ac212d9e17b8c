//! Rules that tell the reader when a pull request comes into a filter.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{filter::Filter, ids::PrKey, template, text::clean, view::View};

/// A rule of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub name: String,
    /// The filter as it is written.
    pub text: String,
    /// [`Rule::text`], parsed.
    pub filter: Filter,
    /// How the terminal tells.
    pub signs: Vec<Sign>,
    /// A program and its arguments; empty: none runs.
    pub command: Vec<String>,
    /// How long the program may take.
    pub timeout: Duration,
    /// How often at most.
    pub per_minute: usize,
}

impl Rule {
    /// How often it tells, and how long its program may take, unless it says so itself.
    pub const PER_MINUTE: usize = 6;
    pub const TIMEOUT: Duration = Duration::from_secs(10);

    /// Those to begin with, by name and filter.
    const READY: [(&str, &str); 2] = [("mine fails", "is:mine is:failing"), ("to review", View::TO_REVIEW)];

    pub fn ready() -> impl Iterator<Item = Self> {
        Self::READY.into_iter().map(|(name, text)| {
            Self::by_terminal(name.to_owned(), text.to_owned(), Filter::parse(text).unwrap_or_default())
        })
    }

    /// One that the terminal tells of, by its bell and on the desktop.
    pub fn by_terminal(name: String, text: String, filter: Filter) -> Self {
        Self {
            name,
            text,
            filter,
            signs: vec![Sign::Bell, Sign::Osc9],
            command: Vec::new(),
            timeout: Self::TIMEOUT,
            per_minute: Self::PER_MINUTE,
        }
    }

    /// How it tells, for people: `bell, desktop`.
    pub fn means(&self) -> String {
        let signs = self.signs.iter().map(|sign| sign.word().to_owned());
        let program = self.command.first().map(|program| clean(program));
        let mut means: Vec<String> = signs.chain(program).collect();
        means.dedup();
        means.join(", ")
    }
}

/// A pull request that a rule has told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub at: DateTime<Utc>,
    pub key: PrKey,
    /// The rule, and the pull request in words.
    pub text: String,
    /// The reader has looked at it since.
    pub is_seen: bool,
}

/// What a terminal can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Bell,
    /// A desktop notification of iTerm2, Windows Terminal, `WezTerm`, Ghostty, kitty.
    Osc9,
    /// One of urxvt, foot, `WezTerm`, Ghostty, with a title.
    Osc777,
}

impl Sign {
    pub const ALL: [Self; 3] = [Self::Bell, Self::Osc9, Self::Osc777];

    /// Its name in the config.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bell => "bell",
            Self::Osc9 => "osc9",
            Self::Osc777 => "osc777",
        }
    }

    /// For people.
    const fn word(self) -> &'static str {
        match self {
            Self::Bell => "bell",
            Self::Osc9 | Self::Osc777 => "desktop notification",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sign| sign.name() == name)
    }
}

/// What is told of a pull request: its name in braces in an argument, and its variable in the environment.
pub const FACTS: [(&str, &str); 7] = [
    ("rule", "FLOWLENS_RULE"),
    ("repo", "FLOWLENS_REPO"),
    ("number", "FLOWLENS_NUMBER"),
    ("title", "FLOWLENS_TITLE"),
    ("url", "FLOWLENS_URL"),
    ("author", "FLOWLENS_AUTHOR"),
    ("next", "FLOWLENS_NEXT"),
];

/// A value for each of [`FACTS`].
pub type RuleFacts = [String; FACTS.len()];

/// The argument with its placeholders filled in.
pub fn filled(template: &str, facts: &RuleFacts) -> String {
    template::filled(template, |name| {
        FACTS.iter().zip(facts).find(|((fact, _), _)| *fact == name).map(|(_, value)| value.as_str())
    })
}

/// The first placeholder that stands for nothing.
pub fn unknown(argument: &str) -> Option<&str> {
    template::names(argument).into_iter().find(|name| FACTS.iter().all(|(fact, _)| fact != name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_once_and_other_braces_are_text() {
        let facts: RuleFacts =
            ["late", "acme/api", "421", "{url} $(id) {", "https://x", "ana", "@ana to fix"]
                .map(str::to_owned);
        for (template, want) in [
            ("{repo}#{number}", "acme/api#421"),
            ("{title}", "{url} $(id) {"),
            ("--title={title}!", "--title={url} $(id) {!"),
            (r#"{"text": "{title}"}"#, r#"{"text": "{url} $(id) {"}"#),
            ("{}", "{}"),
            ("{ repo }", "{ repo }"),
            ("{{repo}}", "{acme/api}"),
            ("}{", "}{"),
            ("", ""),
            ("{nothing}", "{nothing}"),
        ] {
            assert_eq!(filled(template, &facts), want, "{template}");
        }
        assert_eq!(unknown("{repo} {titel} {x}"), Some("titel"));
        assert_eq!(unknown("{repo} {} {\"a\": 1} { title }"), None);
    }
}
