//! Who must act and how, in a column of the list.

use super::{NextAction, Owner, Verb};
use crate::domain::text::{truncate, width};

/// Fewest cells of an owner behind a verb.
const LEAST_OWNER: usize = 5;

impl Verb {
    /// In a word, for a column: the owner's name follows, or the verb says enough.
    const fn short(self) -> &'static str {
        match self {
            Self::FinishDraft => "finish",
            Self::Rebase => "rebase",
            Self::FixMerge | Self::FixBuild => "fix",
            Self::AnswerReview => "answer",
            Self::WaitForCi => "CI runs",
            Self::StartBuild => "CI to start",
            Self::Review => "review",
            Self::Merge => "merge",
            Self::WaitInQueue => "in queue",
        }
    }
}

impl Owner {
    /// For a column, behind a verb: one name, the reader's before others', and how many more there are. Empty where the
    /// verb says enough. The sign before a login tells it from an object: `rebase @ana`.
    fn short(&self, me: Option<&str>) -> (String, usize) {
        let login = |login: &str| format!("@{login}");
        match self {
            Self::Author(Some(author)) => (login(author), 0),
            Self::Author(None) => ("author".to_owned(), 0),
            Self::Reviewers(logins) => {
                let own = logins.iter().find(|login| me.is_some_and(|me| login.eq_ignore_ascii_case(me)));
                let name = own.or(logins.first()).map_or_else(|| "reviewers".to_owned(), |name| login(name));
                (name, logins.len().saturating_sub(1))
            }
            Self::Someone => ("someone".to_owned(), 0),
            Self::Ci | Self::MergeQueue => (String::new(), 0),
        }
    }
}

impl NextAction {
    /// `review @bo +1` in so many cells, for a reader who is `me`: the verb stays as long as the beginning of the owner
    /// fits behind it.
    pub fn short(&self, me: Option<&str>, cells: usize) -> String {
        let (verb, (owner, others)) = (self.verb.short(), self.owner.short(me));
        let more = if others == 0 { String::new() } else { format!(" +{others}") };
        let whole = format!("{verb} {owner}{more}");
        if width(whole.trim_end()) <= cells {
            return whole.trim_end().to_owned();
        }
        if owner.is_empty() {
            return truncate(verb, cells).into_owned();
        }
        let behind = cells.saturating_sub(width(verb) + 1);
        // The number of others goes before the name is cut.
        let owner_in = |room: usize| match room.checked_sub(width(&more)) {
            Some(room) if width(&owner) <= room => format!("{owner}{more}"),
            Some(_) | None => truncate(&owner, room).into_owned(),
        };
        if behind >= LEAST_OWNER.min(width(&owner)) {
            format!("{verb} {}", owner_in(behind))
        } else {
            owner_in(cells)
        }
    }
}
