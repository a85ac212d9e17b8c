//! The state of a small GitHub. Everything that it answers, by either interface, comes from here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

pub(crate) use super::things::{Commit, Pull, Repository, Review, Run, Status, Suite, file, sha};
use super::{
    act::{
        Wrote,
        rules::{Acts, Rules},
    },
    dialect::{Dialect, Twist},
    faults::Fault,
    hooks::Hooks,
    logs::Logs,
};

pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) repositories: Vec<Repository>,
    /// Logins that are bots.
    pub(crate) bots: BTreeSet<String>,
    pub(crate) viewer: String,
    pub(crate) token: Token,
    pub(crate) graphql: Purse,
    pub(crate) rest: Purse,
    /// Organisations that want single sign-on.
    pub(crate) closed: BTreeSet<String>,
    /// Owners that are no organisations.
    pub(crate) users: BTreeSet<String>,
    /// Fields that this server does not have: `PullRequest.mergeQueueEntry`.
    pub(crate) lacks: BTreeSet<String>,
    /// Nodes that are null, each with the type of its error, if it has one.
    pub(crate) hidden: HashMap<String, Option<String>>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) twists: Vec<Twist>,
    pub(crate) dialect: Dialect,
    pub(crate) hooks: Hooks,
    pub(crate) logs: Logs,
    /// What was asked.
    pub(crate) log: Vec<Asked>,
    /// What was to be changed, in its order.
    pub(crate) writes: Vec<Wrote>,
    ids: i64,
}

/// Real, or standing still until it is moved.
#[derive(Clone, Copy)]
pub(crate) enum Clock {
    Real,
    At(DateTime<Utc>),
}

pub(crate) struct Token {
    /// `None`: a fine-grained token.
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) checks: bool,
    pub(crate) valid: bool,
    /// No other one is.
    pub(crate) only: Option<String>,
}

/// A limit, renewed every hour.
#[derive(Clone, Copy)]
pub(crate) struct Purse {
    pub(crate) limit: u32,
    pub(crate) used: u32,
    pub(crate) resets: DateTime<Utc>,
}

#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `Details`, or the path.
    pub(crate) what: String,
    pub(crate) is_graphql: bool,
    /// It would change something.
    pub(crate) is_write: bool,
    /// Points or requests.
    pub(crate) cost: u32,
    pub(crate) status: u16,
    /// Of the answer's body.
    pub(crate) bytes: usize,
    pub(crate) variables: Value,
}

impl World {
    pub(crate) fn new(clock: Clock) -> Self {
        let mut world = Self {
            clock,
            repositories: Vec::new(),
            bots: BTreeSet::from(["dependabot".to_owned()]),
            viewer: "ana".to_owned(),
            token: Token {
                scopes: Some(vec!["repo".to_owned(), "read:org".to_owned()]),
                checks: true,
                valid: true,
                only: None,
            },
            graphql: Purse { limit: 5_000, used: 0, resets: DateTime::UNIX_EPOCH },
            rest: Purse { limit: 5_000, used: 0, resets: DateTime::UNIX_EPOCH },
            closed: BTreeSet::new(),
            users: BTreeSet::new(),
            lacks: BTreeSet::new(),
            hidden: HashMap::new(),
            faults: Vec::new(),
            twists: Vec::new(),
            dialect: Dialect::default(),
            hooks: Hooks { again: 202, ..Hooks::default() },
            logs: Logs::default(),
            log: Vec::new(),
            writes: Vec::new(),
            ids: 10_000_000_000, // beyond 32 bits, as GitHub's own
        };
        world.renew();
        world
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        match self.clock {
            #[expect(clippy::disallowed_methods, reason = "a server on trial by hand")]
            Clock::Real => Utc::now(),
            Clock::At(now) => now,
        }
    }

    pub(crate) fn pass(&mut self, time: TimeDelta) {
        if let Clock::At(now) = &mut self.clock {
            *now += time;
        }
    }

    /// A new hour, if the old one is over.
    pub(crate) fn renew(&mut self) {
        let now = self.now();
        for purse in [&mut self.graphql, &mut self.rest] {
            if purse.resets <= now {
                (purse.used, purse.resets) = (0, now + TimeDelta::hours(1));
            }
        }
    }

    pub(crate) fn id(&mut self) -> i64 {
        self.ids += 1;
        self.ids
    }

    /// A repository `owner/name`; its index.
    pub(crate) fn add_repository(&mut self, full_name: &str) -> usize {
        let (owner, name) = full_name.split_once('/').expect("owner/name");
        let (id, now) = (self.id(), self.now());
        self.repositories.push(Repository {
            id,
            owner: owner.to_owned(),
            name: name.to_owned(),
            former: Vec::new(),
            is_private: false,
            is_archived: false,
            is_gone: false,
            created_at: now - TimeDelta::days(300),
            updated_at: now - TimeDelta::days(1),
            pushed_at: now - TimeDelta::hours(1),
            numbers: 0,
            pulls: BTreeMap::new(),
            transferred: BTreeMap::new(),
            commits: BTreeMap::new(),
            rules: Rules::default(),
        });
        self.repositories.len() - 1
    }

    /// An open pull request with a commit and a file; its number.
    pub(crate) fn add_pull(&mut self, repository: usize, title: &str) -> i32 {
        let (id, now) = (self.id(), self.now());
        let repository = &mut self.repositories[repository];
        repository.numbers += 1;
        let number = repository.numbers;
        let head = sha(id, 0);
        repository.commits.insert(head.clone(), Commit::default());
        let created_at = now - TimeDelta::hours(1) + TimeDelta::seconds(i64::from(number) % 3_000);
        let pull = Pull {
            id,
            title: title.to_owned(),
            body: format!("About {title}."),
            author: Some("ben".to_owned()),
            state: "OPEN",
            is_draft: false,
            created_at,
            updated_at: created_at,
            closed_at: None,
            merged_at: None,
            head,
            head_branch: format!("topic-{number}"),
            base_branch: "main".to_owned(),
            is_cross: false,
            lost_fork: false,
            labels: Vec::new(),
            assignees: Vec::new(),
            requests: Vec::new(),
            reviews: Vec::new(),
            files: vec![file("src/lib.rs")],
            mergeable: "MERGEABLE",
            merge_state: "CLEAN",
            auto_merge: None,
            queue: None,
            commits: 1,
            lags_at: None,
            acts: Acts::default(),
        };
        repository.pulls.insert(number, pull);
        number
    }

    /// A change of a pull request, at this time.
    pub(crate) fn change(&mut self, repository: usize, number: i32, change: impl FnOnce(&mut Pull)) {
        let now = self.now();
        let pull = self.repositories[repository].pulls.get_mut(&number).expect("a pull request");
        change(pull);
        pull.updated_at = now;
    }

    /// A new head; the old one may be gone, as after a forced push.
    pub(crate) fn push(&mut self, repository: usize, number: i32) -> String {
        let (head, now) = (sha(self.id(), number), self.now());
        self.repositories[repository].commits.insert(head.clone(), Commit::default());
        self.repositories[repository].pushed_at = now;
        self.change(repository, number, |pull| pull.head.clone_from(&head));
        head
    }

    /// A repository gets another name, and perhaps another owner.
    pub(crate) fn rename(&mut self, repository: usize, full_name: &str) {
        let now = self.now();
        let repository = &mut self.repositories[repository];
        repository.former.push(repository.full_name());
        let (owner, name) = full_name.split_once('/').expect("owner/name");
        (repository.owner, repository.name) = (owner.to_owned(), name.to_owned());
        repository.updated_at = now;
    }

    /// A pull request goes to another repository, with its id; its number there.
    pub(crate) fn transfer(&mut self, from: usize, number: i32, to: usize) -> i32 {
        let mut pull = self.repositories[from].pulls.remove(&number).expect("a pull request");
        pull.updated_at = self.now();
        let commit = self.repositories[from].commits.get(&pull.head).cloned().unwrap_or_default();
        let there = &mut self.repositories[to];
        there.numbers += 1;
        let new = there.numbers;
        there.commits.insert(pull.head.clone(), commit);
        there.pulls.insert(new, pull);
        self.repositories[from].transferred.insert(number, (to, new));
        new
    }

    /// A suite of a workflow, without a check yet; its index.
    pub(crate) fn add_suite(&mut self, repository: usize, head: &str, workflow: &str) -> usize {
        let (id, run, now) = (self.id(), self.id(), self.now());
        // The same workflow has the same id.
        let workflow_id = workflow.bytes().fold(7_i64, |sum, byte| sum * 31 % 1_000_003 + i64::from(byte));
        let commit = self.repositories[repository].commits.entry(head.to_owned()).or_default();
        commit.suites.push(Suite {
            id,
            app: "github-actions".to_owned(),
            workflow: Some((run, workflow_id, workflow.to_owned(), "pull_request".to_owned())),
            created_at: now,
            status: "QUEUED",
            conclusion: None,
            runs: Vec::new(),
            attempt: 1,
            is_debugged: false,
        });
        commit.suites.len() - 1
    }

    /// A check of a suite: running without a conclusion, else completed. The newest of a name counts.
    pub(crate) fn check(
        &mut self,
        repository: usize,
        head: &str,
        suite: usize,
        name: &str,
        conclusion: Option<&'static str>,
    ) -> i64 {
        let (id, now) = (self.id(), self.now());
        let commit = self.repositories[repository].commits.get_mut(head).expect("a commit");
        let suite = &mut commit.suites[suite];
        suite.runs.retain(|run| run.name != name);
        suite.runs.push(Run {
            id,
            name: name.to_owned(),
            status: if conclusion.is_some() { "COMPLETED" } else { "IN_PROGRESS" },
            conclusion,
            started_at: Some(now),
            completed_at: conclusion.map(|_| now),
        });
        (suite.status, suite.conclusion) =
            if conclusion.is_some() { ("COMPLETED", conclusion) } else { ("IN_PROGRESS", None) };
        id
    }

    pub(crate) fn status(&mut self, repository: usize, head: &str, context: &str, state: &'static str) {
        let (id, created_at) = (self.id(), self.now());
        let commit = self.repositories[repository].commits.entry(head.to_owned()).or_default();
        commit.statuses.retain(|status| status.context != context);
        commit.statuses.push(Status { id, context: context.to_owned(), state, created_at });
    }

    /// By its name of now or of former times.
    pub(crate) fn find(&self, full_name: &str) -> Option<(usize, bool)> {
        let full_name = full_name.to_ascii_lowercase();
        let is = |name: &str| name.to_ascii_lowercase() == full_name;
        let there = |(_, one): &(usize, &Repository)| !one.is_gone;
        let now = self.repositories.iter().enumerate().filter(there).find(|(_, one)| is(&one.full_name()));
        let former = || {
            self.repositories
                .iter()
                .enumerate()
                .filter(there)
                .find(|(_, one)| one.former.iter().any(|name| is(name)))
        };
        now.map(|(at, _)| (at, false)).or_else(|| former().map(|(at, _)| (at, true)))
    }
}
