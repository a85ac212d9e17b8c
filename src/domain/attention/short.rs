//! Who must act and how, in a column of the list.

use super::{NextAction, Owner, Verb};
use crate::domain::text::{truncate, width};

/// Fewest cells of an owner behind a verb.
const LEAST_OWNER: usize = 5;
/// Behind the login of a GitHub App.
const APP: &str = "[bot]";

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

    /// The same where the owner's name leaves no room for more.
    const fn brief(self) -> &'static str {
        match self {
            Self::FinishDraft => "fin",
            Self::Rebase => "reb",
            Self::FixMerge | Self::FixBuild => "fix",
            Self::AnswerReview => "ans",
            Self::WaitForCi | Self::StartBuild => "CI",
            Self::Review => "rev",
            Self::Merge => "mrg",
            Self::WaitInQueue => "queue",
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
    /// `review @bo +1` in so many cells, for a reader who is `me`. The verb gets shorter first, then the number of others
    /// goes; the name of the owner is cut last, and stands alone where both have no room.
    pub fn short(&self, me: Option<&str>, cells: usize) -> String {
        let (verb, brief, (owner, others)) = (self.verb.short(), self.verb.brief(), self.owner.short(me));
        if owner.is_empty() {
            return if width(verb) <= cells { verb.to_owned() } else { truncate(brief, cells).into_owned() };
        }
        let more = if others == 0 { String::new() } else { format!(" +{others}") };
        let name = owner.strip_suffix(APP).unwrap_or(&owner);
        let forms = [(verb, &*owner, &*more), (verb, name, &more), (brief, name, &more), (brief, name, "")];
        let mut texts = forms.into_iter().map(|(verb, owner, more)| format!("{verb} {owner}{more}"));
        texts.find(|text| width(text) <= cells).unwrap_or_else(|| {
            match cells.saturating_sub(width(brief) + 1) {
                room @ LEAST_OWNER.. => format!("{brief} {}", truncate(name, room)),
                _ => truncate(name, cells).into_owned(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_kept_and_the_verb_gives_way() {
        let by = |verb, login: &str| (verb, Owner::Author(Some(login.into())));
        let of =
            |logins: &[&str]| (Verb::Review, Owner::Reviewers(logins.iter().map(|l| (*l).into()).collect()));
        for ((verb, owner), cells, want) in [
            (by(Verb::Rebase, "mei-lin"), 15, "rebase @mei-lin"),
            (by(Verb::Rebase, "mei-lin"), 12, "reb @mei-lin"),
            (by(Verb::Rebase, "mei-lin"), 11, "reb @mei-l…"),
            (by(Verb::Rebase, "mei-lin"), 8, "@mei-lin"),
            (by(Verb::FixBuild, "renovate[bot]"), 18, "fix @renovate[bot]"),
            (by(Verb::FixBuild, "renovate[bot]"), 15, "fix @renovate"),
            (of(&["bo", "ana"]), 13, "review @bo +1"),
            (of(&["bo", "ana"]), 12, "rev @bo +1"),
            (of(&["bo", "ana"]), 8, "rev @bo"),
            (of(&["ana", "bo"]), 6, "@bo"),
            ((Verb::StartBuild, Owner::Ci), 12, "CI to start"),
            ((Verb::StartBuild, Owner::Ci), 6, "CI"),
            ((Verb::WaitInQueue, Owner::MergeQueue), 6, "queue"),
        ] {
            let action = NextAction { verb, owner, since: None };
            assert_eq!(action.short(Some("bo"), cells), want);
        }
    }
}
