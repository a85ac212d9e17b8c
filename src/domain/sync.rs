//! The sync with GitHub, as far as a screen has to do with it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    ids::RepoId,
    text::{clean, truncate},
};

/// How it goes. All text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncNews {
    /// So many pull requests of a repository are read, of so many.
    Reading {
        repository: String,
        /// What is done with them: `read`, `with files`.
        phase: &'static str,
        done: usize,
        expected: usize,
    },
    /// The pass over a repository has ended.
    Read {
        repository: String,
    },
    Paused {
        until: DateTime<Utc>,
        why: Pause,
    },
    Resumed,
    /// Another sync is at work on this repository, and its rows come here all the same.
    Elsewhere {
        repository: String,
    },
    Failed(SyncProblem),
    /// Whose token it is.
    Login(String),
    /// GitHub has what was asked for by this name.
    Found {
        name: String,
        /// As GitHub calls it.
        full_name: String,
    },
    /// GitHub has nothing by this name, which nobody asks for any more.
    Dropped {
        name: String,
    },
    /// Worth a word; nothing failed.
    Said(String),
    /// All that is stored of a repository was so on GitHub at this time, by this machine's clock.
    Fresh {
        repository: String,
        at: DateTime<Utc>,
    },
    /// The pull request that was asked for is read, or none is found.
    Looked {
        repository: String,
        number: i32,
        found: bool,
    },
}

/// Why nothing is asked of GitHub for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pause {
    Limit,
    /// GitHub cannot be reached, or is down.
    Outage {
        /// How, in few words.
        brief: String,
        /// The same with what helps.
        told: String,
    },
    /// The database does not answer.
    Database,
}

/// Why a repository, or everything, cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncProblem {
    /// `None`: all of them.
    pub repository: Option<String>,
    /// Its subject is named in it.
    pub said: String,
    /// The same in few words.
    pub brief: String,
    pub mend: Option<String>,
    /// The page that lets the token in by single sign-on.
    pub url: Option<String>,
}

impl SyncProblem {
    /// With what helps.
    pub fn told(&self) -> String {
        let mend = self.mend.as_ref().map(|mend| format!("; {mend}")).unwrap_or_default();
        format!("{}{mend}", self.said)
    }
}

/// Why whoever reads a repository has nothing new of it; kept beside the lease, for all who look at its rows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trouble {
    Limit,
    /// GitHub cannot be reached, or is down: how, in few words.
    Outage(String),
    /// It has given up.
    Failed {
        /// Why, in few words.
        brief: String,
        /// The same with what helps.
        told: String,
    },
}

/// Cells of what others have written.
const MOST_TOLD: usize = 400;

impl Trouble {
    /// For the screen: whoever writes into the database could write anything.
    #[must_use]
    pub fn cleaned(self) -> Self {
        let clean = |text: String| truncate(&clean(&text), MOST_TOLD).into_owned();
        match self {
            Self::Limit => Self::Limit,
            Self::Outage(how) => Self::Outage(clean(how)),
            Self::Failed { brief, told } => Self::Failed { brief: clean(brief), told: clean(told) },
        }
    }
}

/// The same with a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderTrouble {
    pub why: Trouble,
    /// When GitHub is asked again, by the server's clock; of what has failed, when it did.
    pub until: DateTime<Utc>,
}

/// A wish to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncAsk {
    /// Read this pull request now.
    Look { repository: String, number: i32 },
    /// Try again after everything was refused.
    Again,
    /// Sync this, too: a repository, or all of an organisation's.
    Also(String),
    /// Sync this no more: it was asked for by mistake.
    Without(String),
    /// List the repositories that the token may read.
    Candidates,
    /// Write this into the config file.
    Remember(String),
}

/// A repository that the token may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// `owner/name`.
    pub full_name: String,
    /// Open pull requests.
    pub open: usize,
}

/// Why the token's repositories are not listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotListed {
    /// With what helps.
    pub why: String,
    /// Nothing else can be asked either, until somebody mends it.
    pub is_refused: bool,
}

/// What the database tells of a repository that a sync reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synced {
    pub repository: RepoId,
    /// When all that is stored of it was last known to be as on GitHub, by the server's clock; `None`: never yet.
    pub at: Option<DateTime<Utc>>,
    /// A sync is at work on it.
    pub is_held: bool,
    pub trouble: Option<ReaderTrouble>,
    /// It is read for the first time: its rows are the board itself, and no news.
    pub is_first: bool,
}

/// Repositories that were as on GitHub within so much time are told as one.
const TOGETHER: TimeDelta = TimeDelta::minutes(10);

impl Synced {
    /// The oldest time among the freshest of them, and how many are older: one that nobody syncs any more does not make
    /// all others look old.
    pub fn oldest(all: &[Self]) -> Option<(DateTime<Utc>, usize)> {
        let newest = all.iter().filter_map(|one| one.at).max()?;
        let (fresh, older): (Vec<_>, Vec<_>) =
            all.iter().filter_map(|one| one.at).partition(|at| newest - *at < TOGETHER);
        Some((fresh.into_iter().min()?, older.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_that_nobody_syncs_any_more_is_counted_apart() {
        let at = |minutes: Option<i64>| Synced {
            repository: RepoId::new(uuid::Uuid::nil()),
            at: minutes.map(|minutes| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)),
            is_held: true,
            trouble: None,
            is_first: false,
        };
        let oldest = |minutes: &[Option<i64>]| {
            let all: Vec<Synced> = minutes.iter().copied().map(at).collect();
            Synced::oldest(&all).map(|(at, older)| ((at - DateTime::UNIX_EPOCH).num_minutes(), older))
        };
        assert_eq!(oldest(&[]), None);
        assert_eq!(oldest(&[None]), None);
        assert_eq!(oldest(&[Some(100), Some(91), None]), Some((91, 0)));
        assert_eq!(oldest(&[Some(100), Some(91), Some(90), Some(3)]), Some((91, 2)));
    }
}
