//! One pull request of the simulated team, and what its life's steps make GitHub say.

mod checks;
mod reviews;

use chrono::{DateTime, Duration, Utc};

use self::reviews::Review;
pub(super) use self::{
    checks::{Check, Ended},
    reviews::circle,
};
use super::{
    patches::Changes,
    random::Dice,
    repos::{REPOS, Repo},
    words::Topic,
};
use crate::facts::fact::{Fact, FilesSeen, MergeQueueSeen, PullRequestSeen, PullState, RepositoryRef, What};

/// A step in a pull request's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Open {
        draft: bool,
    },
    Ready,
    Push,
    /// A rebase: the branch fits again; `true` dismisses the approvals.
    Rebase(bool),
    /// All checks of the head start.
    Start,
    /// The quickest of the running checks ends.
    Finish {
        well: bool,
    },
    /// All running checks end; one of them badly, or none.
    FinishAll {
        well: bool,
    },
    /// All running checks but the slowest end well: that one is stuck.
    Stick,
    /// The failed checks again.
    Rerun,
    /// One of those whom the author asks, by place.
    Ask(usize),
    Comment,
    Approve,
    RequestChanges,
    /// The newest opinion is taken away.
    Dismiss,
    Conflict,
    AutoMerge,
    /// Into the merge queue, or on in it.
    Queue(i32),
    Merge,
    Close,
    Reopen,
}

/// Ids that only grow, as GitHub's do.
#[derive(Clone, Debug)]
pub(super) struct Ids(pub(super) i64);

impl Ids {
    const fn take(&mut self) -> i64 {
        self.0 += 7;
        self.0
    }
}

#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(super) struct Pull {
    pub(super) repo: usize,
    pub(super) number: i32,
    pub(super) topic: Topic,
    pub(super) author: &'static str,
    pub(super) changes: Changes,
    pub(super) created: DateTime<Utc>,
    /// The time of its newest fact.
    pub(super) last: DateTime<Utc>,
    pub(super) state: PullState,
    pub(super) head: String,
    pub(super) commits: i32,
    pub(super) requested: Vec<&'static str>,
    pub(super) conflict: bool,
    pub(super) auto_merge: bool,
    pub(super) queue: Option<i32>,
    /// One of its checks will never end.
    pub(super) stuck: bool,
    pub(super) checks: Vec<Check>,
    pub(super) reviews: Vec<Review>,
    pub(super) assigned: Vec<String>,
    /// The reader has acted on it: nobody else does.
    pub(super) is_held: bool,
    /// How quickly things go with it, from 1 to 10.
    pub(super) pace: u64,
}

impl Pull {
    pub(super) const fn repository(&self) -> &'static Repo {
        &REPOS[self.repo]
    }

    pub(super) const fn is_open(&self) -> bool {
        matches!(self.state, PullState::Open | PullState::Draft)
    }

    /// Lets a step happen and tells what GitHub says of it. Two steps never share a second.
    pub(super) fn step(
        &mut self,
        step: Step,
        now: DateTime<Utc>,
        dice: &mut Dice,
        ids: &mut Ids,
    ) -> Vec<Fact> {
        let at = if step == (Step::Open { draft: true }) || step == (Step::Open { draft: false }) {
            now
        } else {
            now.max(self.last + Duration::seconds(1))
        };
        self.last = at;
        let mut said = Vec::new();
        match step {
            Step::Open { draft } => {
                self.created = at;
                self.state = if draft { PullState::Draft } else { PullState::Open };
                self.new_head(dice);
                said.push(self.files(at));
            }
            Step::Ready | Step::Reopen => self.state = PullState::Open,
            Step::Push => {
                self.commits += 1;
                if self.commits > 3 && self.topic.bump.is_none() && dice.percent(40) {
                    self.changes.grow(self.repo, dice);
                }
                self.new_head(dice);
                said.push(self.files(at));
            }
            Step::Rebase(dismiss) => {
                self.conflict = false;
                self.new_head(dice);
                said.push(self.files(at));
                if dismiss {
                    said.extend(self.dismiss(at));
                }
            }
            Step::Start => return self.start(at, ids),
            Step::Finish { well } => return self.finish(at, well, dice),
            Step::FinishAll { well } => return self.finish_all(at, well, dice),
            Step::Stick => {
                let mut facts = Vec::new();
                self.stuck = true;
                while self.running() > 1 {
                    facts.extend(self.finish(at, true, dice));
                }
                return facts;
            }
            Step::Rerun => return self.rerun(at, ids),
            Step::Ask(place) => self.ask(place),
            Step::Comment => return vec![self.comment(at, dice, ids)],
            Step::Approve => said.push(self.review(at, true, ids)),
            Step::RequestChanges => said.push(self.review(at, false, ids)),
            Step::Dismiss => said.extend(self.dismiss(at)),
            Step::Conflict => self.conflict = true,
            Step::AutoMerge => self.auto_merge = true,
            Step::Queue(position) => {
                self.queue = Some(position);
                return vec![self.queued(at)];
            }
            Step::Merge | Step::Close => {
                if self.queue.take().is_some() {
                    said.push(self.queued(at));
                }
                self.auto_merge = false;
                self.state =
                    if step == Step::Merge { PullState::Merged { at } } else { PullState::Closed { at } };
            }
        }
        said.insert(0, self.seen(at));
        said
    }

    fn fact(&self, at: DateTime<Utc>, what: What) -> Fact {
        let repo = self.repository();
        let repository = RepositoryRef { github_id: repo.id, full_name: repo.full_name.to_owned() };
        Fact { repository, at, what }
    }

    fn url(&self, tail: &str) -> String {
        format!("https://github.com/{}/{tail}", self.repository().full_name)
    }

    /// One that nobody has opened yet.
    pub(super) fn new(
        repo: usize,
        author: &'static str,
        topic: Topic,
        now: DateTime<Utc>,
        dice: &mut Dice,
    ) -> Self {
        Self {
            repo,
            number: 0,
            changes: Changes::new(repo, &topic, dice),
            topic,
            author,
            created: now,
            last: now,
            state: PullState::Open,
            head: String::new(),
            commits: 1,
            requested: Vec::new(),
            conflict: false,
            auto_merge: false,
            queue: None,
            stuck: false,
            checks: Vec::new(),
            reviews: Vec::new(),
            assigned: Vec::new(),
            is_held: false,
            pace: dice.draw() % 10 + 1,
        }
    }

    /// The pull request as it stands.
    pub(super) fn seen(&self, at: DateTime<Utc>) -> Fact {
        let (files, added, removed) = self.changes.size();
        let count = |n| i32::try_from(n).ok();
        let mergeable = match self.state {
            PullState::Merged { .. } | PullState::Closed { .. } => "unknown",
            PullState::Draft | PullState::Open if self.conflict => "dirty",
            PullState::Draft => "draft",
            PullState::Open if !self.is_approved() => "blocked",
            PullState::Open if self.is_green() => "clean",
            PullState::Open => "unstable",
        };
        self.fact(
            at,
            What::PullRequest(Box::new(PullRequestSeen {
                number: self.number,
                title: self.topic.title.clone(),
                author: Some(self.author.to_owned()),
                author_avatar: None,
                state: self.state,
                head_sha: self.head.clone(),
                head_branch: self.topic.branch.clone(),
                base_branch: "main".to_owned(),
                description: self.topic.body.clone(),
                url: Some(self.url(&format!("pull/{}", self.number))),
                labels: self.topic.labels.clone(),
                assignees: self.assigned.clone(),
                reviewers: self.requested.iter().map(|&login| login.to_owned()).collect(),
                additions: count(added),
                deletions: count(removed),
                changed_files: count(files),
                commits: Some(self.commits),
                mergeable_state: Some(mergeable.to_owned()),
                auto_merge: self.auto_merge,
                created_at: self.created,
            })),
        )
    }

    fn files(&self, at: DateTime<Utc>) -> Fact {
        let seen = FilesSeen {
            number: self.number,
            head_sha: self.head.clone(),
            base_branch: Some("main".to_owned()),
            files: self.changes.json(&self.topic).into(),
        };
        self.fact(at, What::Files(seen))
    }

    pub(super) fn queued(&self, at: DateTime<Utc>) -> Fact {
        self.fact(
            at,
            What::MergeQueue(MergeQueueSeen { number: self.number, position: self.queue, updated_at: None }),
        )
    }

    fn new_head(&mut self, dice: &mut Dice) {
        self.head = dice.sha();
        self.checks.clear();
        for review in &mut self.reviews {
            review.of_head = false;
        }
    }
}
