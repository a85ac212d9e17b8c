//! What a sync tells while it is at work: the command prints it, the dashboard shows it.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, mpsc::UnboundedSender};

use super::{
    cost::{Estimate, Spent},
    holder::Holder,
};
use crate::{
    domain::{sync::Trouble, text::clean},
    github::client::{Error, Why},
};

/// Text in it is cleaned; none of it is a secret.
#[derive(Clone, Debug, PartialEq)]
pub enum SyncEvent {
    /// A pass over a repository begins: all that may have changed is asked for.
    Begun {
        repository: String,
        /// Which of the repositories it is, from 1.
        nth: usize,
        of: usize,
    },
    /// GitHub has what was asked for by this name: a repository, or an organisation's list of them.
    Found {
        name: String,
        /// As GitHub calls it now.
        full_name: String,
    },
    /// GitHub has nothing by this name, and nobody asks for it any more.
    Dropped {
        name: String,
    },
    /// It is followed, and said once.
    Renamed {
        from: String,
        to: String,
    },
    /// More may be found on the way.
    Progress {
        repository: String,
        step: Step,
        done: usize,
        expected: usize,
    },
    /// Rows have reached the database.
    Written {
        repository: String,
        rows: usize,
    },
    Spent(Spent),
    /// Whose token it is; told once.
    Login(String),
    /// Nothing is wrong: it goes on by itself.
    Waiting {
        /// `None`: all of them wait.
        repository: Option<String>,
        /// By this machine's clock.
        until: DateTime<Utc>,
        because: Because,
    },
    /// A wait is over.
    Resumed,
    Problem(Problem),
    /// Something is not as it might be expected; nothing failed.
    Notice(String),
    /// All that is known of a repository was so at this time, by this machine's clock.
    Fresh {
        repository: String,
        at: DateTime<Utc>,
    },
    /// The pull request that was asked for is read; or GitHub has none such. Anything else is a problem or a wait.
    Looked {
        repository: String,
        number: i32,
        found: bool,
    },
    /// A pass over a repository ended before its end. What it brought is kept, and the next one goes on there.
    Stopped {
        repository: String,
        summary: Summary,
    },
    /// A pass over a repository ended.
    Done {
        repository: String,
        summary: Summary,
    },
    /// It is as on GitHub since this was asked for, and another one has read it.
    ReadByOther {
        repository: String,
        holder: Holder,
        /// Pull requests that are open now.
        open: usize,
    },
    /// What a pass over a repository would do now.
    Estimated(Estimate),
    /// Looks are this many times rarer than planned, to keep within the user's share of the limit.
    Pace(f64),
}

/// The parts of a pass, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The open ones, as far as the board's lines show them.
    List,
    Details,
    Files,
    /// Those that were closed within the window.
    Closed,
}

impl Step {
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Details => "details",
            Self::Files => "files",
            Self::Closed => "closed",
        }
    }

    /// What is done with so many pull requests.
    pub fn done(self) -> &'static str {
        match self {
            Self::List => "listed",
            Self::Details => "read",
            Self::Files => "with files",
            Self::Closed => "closed",
        }
    }
}

/// Why it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    Limit(Why),
    /// GitHub cannot be reached, or is down.
    Outage {
        error: Error,
        /// When it is given up; `None`: never.
        gives_up: Option<DateTime<Utc>>,
    },
    /// The database does not answer.
    Database(String),
    /// Another one syncs this repository into this database: this one, if it is known.
    OtherSync(Option<Holder>),
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(why) => why.fmt(f),
            Self::Outage { error, .. } => fmt::Display::fmt(error, f),
            Self::Database(why) => f.write_str(why),
            Self::OtherSync(Some(holder)) => write!(f, "{holder} is at work on it"),
            Self::OtherSync(None) => f.write_str("another sync is at work on it"),
        }
    }
}

/// What failed, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `None`: with everything.
    pub repository: Option<String>,
    pub number: Option<i32>,
    pub said: String,
    /// The same in few words.
    pub brief: String,
    pub mend: Option<String>,
    /// The page that lets the token in, where that is the mend.
    pub url: Option<String>,
}

impl Problem {
    pub fn new(repository: Option<&str>, number: Option<i32>, error: &Error) -> Self {
        let url = match error {
            Error::SingleSignOn { url, .. } => url.clone(),
            _ => None,
        };
        let brief = clean(&error.brief());
        Self {
            repository: repository.map(clean),
            number,
            said: error.to_string(),
            brief,
            mend: error.mend(),
            url,
        }
    }

    /// One that nothing is known to help of.
    pub(super) fn plain(repository: Option<&str>, number: Option<i32>, said: String) -> Self {
        let repository = repository.map(clean);
        Self { repository, number, brief: said.clone(), said, mend: None, url: None }
    }

    /// What failed, its subject named once: `acme/api#5: GitHub is down (503)`.
    pub fn told(&self) -> String {
        let said = &self.said;
        let subject = match (&self.repository, self.number) {
            (Some(repository), Some(number)) => format!("{repository}#{number}"),
            (Some(repository), None) => repository.clone(),
            (None, _) => return said.clone(),
        };
        let is_named = said.to_ascii_lowercase().contains(&subject.to_ascii_lowercase());
        if is_named { said.clone() } else { format!("{subject}: {said}") }
    }
}

/// `acme/api#5: GitHub is down (503); see …`
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told())?;
        self.mend.as_ref().map_or(Ok(()), |mend| write!(f, "; {mend}"))
    }
}

/// What a pass, or a whole run, brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Pull requests that are open now.
    pub open: usize,
    /// Pull requests whose details were read.
    pub pulls: usize,
    /// Pull requests whose files were read.
    pub files: usize,
    /// Pull requests that GitHub has no more.
    pub gone: usize,
    /// Rows that were written.
    pub rows: usize,
    pub problems: usize,
}

impl std::ops::AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.open += other.open;
        self.pulls += other.pulls;
        self.files += other.files;
        self.gone += other.gone;
        self.rows += other.rows;
        self.problems += other.problems;
    }
}

/// Tells events; who does not listen any more is not minded.
#[derive(Debug)]
pub(super) struct Teller {
    events: UnboundedSender<SyncEvent>,
    last: Mutex<Last>,
    /// Another trouble than before, or none any more.
    troubled: Notify,
}

/// What was told last of what is told often.
#[derive(Debug, Default)]
struct Last {
    spent: Option<Spent>,
    login: Option<String>,
    wait: Option<(DateTime<Utc>, Because)>,
    trouble: Option<(Trouble, Option<DateTime<Utc>>)>,
}

impl Teller {
    pub(super) fn new(events: UnboundedSender<SyncEvent>) -> Self {
        Self { events, last: Mutex::default(), troubled: Notify::new() }
    }

    pub(super) fn tell(&self, event: SyncEvent) {
        if let SyncEvent::Problem(problem) = &event {
            tracing::warn!("{problem}");
        }
        self.note(&event);
        if self.is_news(&event) {
            drop(self.events.send(event));
        }
    }

    /// Why nothing comes from GitHub, and until when, if it passes by itself.
    pub(super) fn trouble(&self) -> Option<(Trouble, Option<DateTime<Utc>>)> {
        self.last().trouble.clone()
    }

    fn note(&self, event: &SyncEvent) {
        let trouble = match event {
            SyncEvent::Waiting { repository: None, until, because } => match because {
                Because::Limit(_) => Some((Trouble::Limit, Some(*until))),
                Because::Outage { error, .. } => Some((Trouble::Outage(error.brief()), Some(*until))),
                Because::Database(_) | Because::OtherSync(_) => return,
            },
            SyncEvent::Problem(problem) if problem.repository.is_none() => {
                let failed = Trouble::Failed { brief: problem.brief.clone(), told: problem.to_string() };
                Some((failed, None))
            }
            SyncEvent::Resumed => None,
            _ => return,
        };
        let is_news = std::mem::replace(&mut self.last().trouble, trouble.clone()) != trouble;
        if is_news {
            self.troubled.notify_one();
        }
    }

    /// Waits until [`Teller::trouble`] is another one.
    pub(super) async fn troubled(&self) {
        self.troubled.notified().await;
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_news(&self, event: &SyncEvent) -> bool {
        let mut last = self.last();
        match event {
            SyncEvent::Spent(spent) => last.spent.replace(*spent) != Some(*spent),
            SyncEvent::Login(login) => last.login.replace(login.clone()).as_ref() != Some(login),
            // Several requests may wait for the same.
            SyncEvent::Waiting { repository: None, until, because } => {
                let wait = (*until, because.clone());
                last.wait.replace(wait.clone()) != Some(wait)
            }
            SyncEvent::Resumed => last.wait.take().is_some(),
            SyncEvent::Begun { .. }
            | SyncEvent::Found { .. }
            | SyncEvent::Dropped { .. }
            | SyncEvent::Renamed { .. }
            | SyncEvent::Progress { .. }
            | SyncEvent::Written { .. }
            | SyncEvent::Waiting { repository: Some(_), .. }
            | SyncEvent::Problem(_)
            | SyncEvent::Notice(_)
            | SyncEvent::Fresh { .. }
            | SyncEvent::Looked { .. }
            | SyncEvent::Stopped { .. }
            | SyncEvent::Done { .. }
            | SyncEvent::ReadByOther { .. }
            | SyncEvent::Estimated(_)
            | SyncEvent::Pace(_) => true,
        }
    }
}
