//! Views: what the board shows, under a name.

use super::{attention::Order, filter::Filter};

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

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grouping| grouping.name() == name)
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
}

impl Column {
    /// All, from left to right as usual.
    pub const ALL: [Self; 9] = [
        Self::Number,
        Self::Title,
        Self::Repository,
        Self::Author,
        Self::Stages,
        Self::Next,
        Self::For,
        Self::Risk,
        Self::Age,
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
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        assert!(Grouping::ALL.iter().all(|one| Grouping::parse(one.name()) == Some(*one)));
        assert!(Column::ALL.iter().all(|one| Column::parse(one.name()) == Some(*one)));
        assert_eq!((Grouping::parse("team"), Column::parse("label")), (None, None));
    }
}
