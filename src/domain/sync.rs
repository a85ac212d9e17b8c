//! The sync with GitHub, as far as a screen has to do with it.

use chrono::{DateTime, TimeDelta, Utc};

use super::{ids::RepoId, repository::is_name};

/// How it goes. All text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncNews {
    /// So many pull requests of a repository are read, of so many.
    Reading {
        repository: String,
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
    /// GitHub cannot be reached, or is down: how, in few words.
    Outage(String),
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

/// A wish to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncAsk {
    /// Read this pull request now.
    Look { repository: String, number: i32 },
    /// Try again after everything was refused.
    Again,
    /// Sync this, too: a repository, or all of an organisation's.
    Also(String),
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

/// What the database tells of a repository that a sync reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synced {
    pub repository: RepoId,
    /// When all that is stored of it was last known to be as on GitHub, by the server's clock; `None`: never yet.
    pub at: Option<DateTime<Utc>>,
    /// A sync is at work on it.
    pub is_held: bool,
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

/// `owner/repo` or an organisation from what somebody has typed, or pasted from the address line of a browser or for a
/// clone.
pub fn typed_target(text: &str) -> Option<String> {
    let text = text.trim();
    let path = match text.split_once("://") {
        Some((_, rest)) => rest.split_once('/').unwrap_or_default().1,
        None => text.strip_prefix("git@").and_then(|rest| Some(rest.split_once(':')?.1)).unwrap_or(text),
    };
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let mut parts = path.split('/');
    let owner = parts.next().filter(|owner| is_name(owner))?;
    match (parts.next(), parts.next()) {
        (None, _) => Some(owner.to_owned()),
        (Some(name), None) if is_name(name) => Some(format!("{owner}/{name}")),
        // A page of the repository.
        (Some(name), Some(_)) if is_name(name) && text.contains("://") => Some(format!("{owner}/{name}")),
        (Some(_), _) => None,
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

    #[test]
    fn repositories_and_organisations_are_told_from_other_text() {
        for (text, target) in [
            ("acme/api", Some("acme/api")),
            (" acme ", Some("acme")),
            ("https://github.com/acme/api", Some("acme/api")),
            ("https://git.acme.test/acme/api.git", Some("acme/api")),
            ("git@github.com:acme/api.git", Some("acme/api")),
            ("https://github.com/acme/api/pull/5", Some("acme/api")),
            ("https://github.com/acme/", Some("acme")),
            ("acme/api/pull", None),
            ("acme/", Some("acme")),
            ("/api", None),
            ("acme api", None),
            ("https://github.com", None),
            ("", None),
        ] {
            assert_eq!(typed_target(text).as_deref(), target, "{text:?}");
        }
    }
}
