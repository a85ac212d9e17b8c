//! Views: what the board shows, under a name.

use super::{
    attention::Order,
    filter::Filter,
    text::{folded, toml_text},
};

/// A filter, an order, a grouping and columns, under a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// As its tab shows it.
    pub name: String,
    /// The filter as it is written.
    pub text: String,
    /// [`View::text`], parsed.
    pub filter: Filter,
    pub sort: Order,
    pub grouping: Grouping,
    /// From left to right; empty: the usual ones.
    pub columns: Vec<Column>,
    /// The number of its key, 1 to 9.
    pub key: Option<u8>,
}

/// The views that are there from the start, by their keys: name, filter, and what that means.
const BUILT_IN: [(&str, &str, &str); 6] = [
    ("Open", View::OPEN, "all that are open"),
    ("Mine", "is:open is:mine", "that you opened"),
    ("To review", View::TO_REVIEW, "to be reviewed by you"),
    ("Failing", View::FAILING, "failed, or in conflict"),
    ("High risk", View::HIGH_RISK, "of high risk"),
    ("Ended", "!is:open", "merged or closed"),
];

/// Sets of former versions that have another name now.
const RENAMED: [(&str, &str); 2] = [("waiting on me", "To review"), ("merged", "Ended")];

impl View {
    /// It is the reader's turn, among those who were asked for the review.
    pub const TO_REVIEW: &str = "is:waiting reviewer:@me";
    /// Filters of built-in ones whose counts stand in the header, too, while no tab shows them.
    pub const OPEN: &str = "is:open";
    pub const FAILING: &str = "is:failing";
    pub const HIGH_RISK: &str = "is:open risk:high";
    /// What changed since this time yesterday, also of those that have ended.
    pub const YESTERDAY: &str = "changed:<1d is:open,merged,closed";

    /// The most that there may be.
    pub const MOST: usize = 32;
    /// The most cells of a name.
    pub const LONGEST_NAME: usize = 40;

    /// The views that are there from the start.
    pub fn built_in(sort: Order) -> Vec<Self> {
        let view = |((name, text, _), key): (&(&str, &str, &str), u8)| Self {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
            filter: Filter::parse(text).unwrap_or_default(),
            sort,
            key: Some(key),
            ..Self::default()
        };
        BUILT_IN.iter().zip(1..).map(view).collect()
    }

    /// What is in it: in words where it is as it was from the start, else its filter.
    pub fn meaning(&self) -> &str {
        let known = BUILT_IN.iter().find(|(name, text, _)| *name == self.name && *text == self.text);
        known.map_or(self.text.as_str(), |(.., meaning)| meaning)
    }

    /// Whether this is its name, in any case.
    pub fn is_called(&self, name: &str) -> bool {
        folded(&self.name) == folded(name)
    }

    /// The name of today for a set of a former version.
    pub fn renamed(name: &str) -> &str {
        RENAMED.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new)
    }

    /// It as a table of the config file.
    pub fn toml(&self) -> String {
        let mut text = format!("[[views]]\nname = {}\n", toml_text(&self.name));
        let mut line = |key: &str, value: String| text.extend([key, " = ", &value, "\n"]);
        line("filter", toml_text(&self.text));
        line("sort", toml_text(self.sort.name()));
        if self.grouping != Grouping::None {
            line("group", toml_text(self.grouping.name()));
        }
        if !self.columns.is_empty() {
            let names: Vec<String> = self.columns.iter().map(|column| toml_text(column.name())).collect();
            line("columns", format!("[{}]", names.join(", ")));
        }
        if let Some(key) = self.key {
            line("key", key.to_string());
        }
        text
    }

    /// The lowest number that is none of these keys.
    pub fn free_key(taken: &[u8]) -> Option<u8> {
        (1..=9).find(|key| !taken.contains(key))
    }
}

/// What stands together in the list, under a line of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    #[default]
    None,
    Repository,
    Author,
    /// Who must act next.
    Owner,
    /// Branches that are based on each other.
    Stack,
}

impl Grouping {
    /// All, in the order in which the key cycles through them.
    pub const ALL: [Self; 5] = [Self::None, Self::Repository, Self::Author, Self::Owner, Self::Stack];

    /// Its name in config and state file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Repository => "repository",
            Self::Author => "author",
            Self::Owner => "owner",
            Self::Stack => "stack",
        }
    }

    /// What stands together.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::None => "one list",
            Self::Repository => "a repository's",
            Self::Author => "those of one author",
            Self::Owner => "those that wait for the same people",
            Self::Stack => "branches that are based on each other",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grouping| grouping.name() == name)
    }

    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|grouping| *grouping == self).unwrap_or_default();
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

/// A column of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Number,
    Title,
    Repository,
    Author,
    /// The four stages.
    Stages,
    /// Who must act next, and how.
    Next,
    /// For how long that has been so.
    For,
    Risk,
    Age,
    /// How long ago it changed. It is among the usual ones where the list is in that order.
    Changed,
}

impl Column {
    /// All, from left to right as usual.
    pub const ALL: [Self; 10] = [
        Self::Number,
        Self::Title,
        Self::Repository,
        Self::Author,
        Self::Stages,
        Self::Next,
        Self::For,
        Self::Risk,
        Self::Age,
        Self::Changed,
    ];

    /// Its name in config and state file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Title => "title",
            Self::Repository => "repository",
            Self::Author => "author",
            Self::Stages => "stages",
            Self::Next => "next",
            Self::For => "for",
            Self::Risk => "risk",
            Self::Age => "age",
            Self::Changed => "changed",
        }
    }

    /// The one of this name; `owner`, which stands there, names the next action, too.
    pub fn parse(name: &str) -> Option<Self> {
        let name = if name == "owner" { Self::Next.name() } else { name };
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    /// What it tells.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Number => "its number",
            Self::Title => "its title, which is always there",
            Self::Repository => "its repository",
            Self::Author => "who opened it",
            Self::Stages => "pull request, build, approval, merge",
            Self::Next => "the owner: who must act, and how",
            Self::For => "how long the next action has been due",
            Self::Risk => "its risk",
            Self::Age => "when it was opened",
            Self::Changed => "what happened last, and when",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attention::Sort;

    #[test]
    fn the_built_in_ones_are_written_in_the_language() {
        for view in View::built_in(Sort::Age.into()) {
            assert_eq!(Filter::parse(&view.text), Ok(view.filter), "{}", view.name);
            assert!(!view.text.is_empty());
        }
        assert_eq!([View::free_key(&[1, 2, 4]), View::free_key(&[])], [Some(3), Some(1)]);
        assert_eq!(View::free_key(&[9, 8, 7, 6, 5, 4, 3, 2, 1]), None);
        for (old, new) in [("waiting on me", "To review"), ("merged", "Ended"), ("mine", "mine")] {
            assert_eq!(View::renamed(old), new);
            assert!(View::built_in(Sort::Age.into()).iter().any(|view| view.is_called(new)));
        }
    }

    #[test]
    fn names_read_back() {
        assert!(Grouping::ALL.iter().all(|one| Grouping::parse(one.name()) == Some(*one)));
        assert!(Column::ALL.iter().all(|one| Column::parse(one.name()) == Some(*one)));
        assert_eq!((Grouping::parse("team"), Column::parse("label")), (None, None));
        assert_eq!(Column::parse("owner"), Some(Column::Next));
    }
}
