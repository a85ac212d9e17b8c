//! Pull requests, their reviews, and the merge queue.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    Dated, Unreadable,
    form::{Maybe, objects},
};
use crate::{
    facts::fact::{
        MergeQueueSeen, PullRequestSeen, PullState, ReviewDismissed, ReviewSeen, ReviewState, What,
    },
    github::payload::{GHOST, state, team},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PullRequestEvent {
    number: Maybe<i32>,
    pull_request: Maybe<Pull>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pull {
    number: Maybe<i32>,
    state: Maybe<String>,
    title: Maybe<String>,
    body: Maybe<String>,
    user: Maybe<User>,
    html_url: Maybe<String>,
    draft: Maybe<bool>,
    merged: Maybe<bool>,
    created_at: Maybe<DateTime<Utc>>,
    updated_at: Maybe<DateTime<Utc>>,
    closed_at: Maybe<DateTime<Utc>>,
    merged_at: Maybe<DateTime<Utc>>,
    head: Maybe<Side>,
    base: Maybe<Side>,
    labels: Maybe<Vec<Label>>,
    assignee: Maybe<User>,
    assignees: Maybe<Vec<User>>,
    requested_reviewers: Maybe<Vec<User>>,
    requested_teams: Maybe<Vec<Team>>,
    additions: Maybe<i32>,
    deletions: Maybe<i32>,
    changed_files: Maybe<i32>,
    commits: Maybe<i32>,
    mergeable: Maybe<bool>,
    mergeable_state: Maybe<String>,
    auto_merge: Maybe<AutoMerge>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct User {
    login: Maybe<String>,
    avatar_url: Maybe<String>,
}

/// The head or the base. A deleted fork is no repository, and the branch stays.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Side {
    #[serde(rename = "ref")]
    branch: Maybe<String>,
    sha: Maybe<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Label {
    name: Maybe<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Team {
    slug: Maybe<String>,
    html_url: Maybe<String>,
}

#[derive(Debug, Default, Deserialize)]
struct AutoMerge {}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReviewEvent {
    pull_request: Maybe<Pull>,
    review: Maybe<Review>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Review {
    id: Maybe<i64>,
    user: Maybe<User>,
    state: Maybe<String>,
    commit_id: Maybe<String>,
    submitted_at: Maybe<DateTime<Utc>>,
    updated_at: Maybe<DateTime<Utc>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MergeGroupEvent {
    merge_group: Maybe<MergeGroup>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MergeGroup {
    head_ref: Maybe<String>,
    head_commit: Maybe<HeadCommit>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HeadCommit {
    timestamp: Maybe<DateTime<Utc>>,
}

objects!(PullRequestEvent, ReviewEvent, MergeGroupEvent);
objects!(Pull, User, Side, Label, Team, AutoMerge, Review, MergeGroup, HeadCommit);

impl PullRequestEvent {
    /// The picture, whatever the action was, and a place in the queue.
    pub(super) fn told(&self, action: Option<&str>) -> Result<Dated, Unreadable> {
        let pull = self.pull_request.as_ref().ok_or(Unreadable::Missing("pull_request"))?;
        let at =
            pull.updated_at.or(*pull.created_at).ok_or(Unreadable::Missing("pull_request.updated_at"))?;
        let number = number(*self.number).or(number(*pull.number)).ok_or(Unreadable::Missing("number"))?;
        let mut told = vec![(at, What::PullRequest(Box::new(pull.picture(number, at)?)))];
        let position = match action {
            Some("enqueued") => Some(Some(MergeQueueSeen::SOMEWHERE)),
            Some("dequeued") => Some(None),
            _ => None,
        };
        told.extend(
            position.map(|position| {
                (at, What::MergeQueue(MergeQueueSeen { number, position, updated_at: None }))
            }),
        );
        Ok(told)
    }
}

impl Pull {
    fn picture(&self, number: i32, at: DateTime<Utc>) -> Result<PullRequestSeen, Unreadable> {
        let created_at = self.created_at.unwrap_or(at);
        let branch = |side: &Maybe<Side>| side.as_ref().and_then(|side| side.branch.clone());
        let logins = |users: &Maybe<Vec<User>>| -> Vec<String> {
            users.iter().flatten().filter_map(|user| user.login.clone()).collect()
        };
        let mut assignees = logins(&self.assignees);
        if self.assignees.is_none() {
            assignees.extend(self.assignee.as_ref().and_then(|user| user.login.clone()));
        }
        let teams = self.requested_teams.iter().flatten();
        let teams = teams.filter_map(|one| Some(team(one.slug.as_deref()?, one.html_url.as_deref())));
        let user = self.user.as_ref();
        Ok(PullRequestSeen {
            number,
            title: self.title.clone().ok_or(Unreadable::Missing("pull_request.title"))?,
            author: user.and_then(|user| user.login.clone()),
            author_avatar: user.and_then(|user| user.avatar_url.clone()),
            state: self.state(at).ok_or(Unreadable::Missing("pull_request.state"))?,
            head_sha: self
                .head
                .as_ref()
                .and_then(|head| head.sha.clone())
                .ok_or(Unreadable::Missing("pull_request.head.sha"))?,
            head_branch: branch(&self.head).unwrap_or_default(),
            base_branch: branch(&self.base).unwrap_or_default(),
            description: self.body.clone().filter(|body| !body.is_empty()),
            url: self.html_url.clone(),
            labels: self.labels.iter().flatten().filter_map(|label| label.name.clone()).collect(),
            assignees,
            reviewers: logins(&self.requested_reviewers).into_iter().chain(teams).collect(),
            additions: *self.additions,
            deletions: *self.deletions,
            changed_files: *self.changed_files,
            commits: *self.commits,
            mergeable_state: if *self.mergeable == Some(false) {
                Some("dirty".to_owned())
            } else {
                self.mergeable_state.clone()
            },
            auto_merge: self.auto_merge.is_some(),
            created_at,
        })
    }

    fn state(&self, at: DateTime<Utc>) -> Option<PullState> {
        let is_merged = *self.merged == Some(true) || self.merged_at.is_some();
        let word = if is_merged { "merged" } else { self.state.as_deref()? };
        let closed_at = self.closed_at.unwrap_or(at);
        state(word, self.draft.unwrap_or_default(), Some(closed_at), *self.merged_at)
    }
}

impl ReviewEvent {
    pub(super) fn told(&self, action: Option<&str>) -> Result<Dated, Unreadable> {
        let review = self.review.as_ref().ok_or(Unreadable::Missing("review"))?;
        let pull = self.pull_request.as_ref().ok_or(Unreadable::Missing("pull_request"))?;
        let number = number(*pull.number).ok_or(Unreadable::Missing("pull_request.number"))?;
        let review_id = review.id.ok_or(Unreadable::Missing("review.id"))?;
        // Not submitted yet.
        let Some(submitted_at) = *review.submitted_at else { return Ok(Vec::new()) };
        let state = ReviewState::parse(review.state.as_deref().unwrap_or_default());
        let user = review.user.as_ref().and_then(|user| user.login.clone());
        let reviewer = user.unwrap_or_else(|| GHOST.to_owned());
        let is_taken_back = matches!(action, Some("dismissed" | "deleted"));
        let is_dismissed = is_taken_back || state == ReviewState::Dismissed;
        // Old servers do not tell when: then it was the newest thing of the pull request.
        let known = review.updated_at.or(pull.updated_at.filter(|_| is_dismissed));
        let at = known.map_or(submitted_at, |at| at.max(submitted_at));
        let dismissed = (is_taken_back && state != ReviewState::Dismissed).then(|| {
            let reviewer = reviewer.clone();
            What::ReviewDismissed(ReviewDismissed { number, review_id, reviewer, submitted_at })
        });
        let seen = ReviewSeen {
            number,
            review_id,
            reviewer,
            state,
            commit_sha: review.commit_id.clone(),
            submitted_at,
        };
        Ok([Some(What::Review(seen)), dismissed].into_iter().flatten().map(|what| (at, what)).collect())
    }
}

impl MergeGroupEvent {
    /// Its last pull request is in the queue since the group's commit. How it leaves the queue, its own events tell.
    pub(super) fn told(&self, action: Option<&str>) -> Dated {
        let in_queue = || {
            let group = self.merge_group.as_ref().filter(|_| action == Some("checks_requested"))?;
            let number = queued(group.head_ref.as_deref()?)?;
            let at = (*group.head_commit.as_ref()?.timestamp)?;
            let position = Some(MergeQueueSeen::SOMEWHERE);
            Some((at, What::MergeQueue(MergeQueueSeen { number, position, updated_at: None })))
        };
        in_queue().into_iter().collect()
    }
}

/// GitHub counts from 1.
fn number(told: Option<i32>) -> Option<i32> {
    told.filter(|number| *number > 0)
}

/// The pull request of `refs/heads/gh-readonly-queue/main/pr-104-929f8209…`.
fn queued(branch: &str) -> Option<i32> {
    let (_, name) = branch.split_once("gh-readonly-queue/")?.1.rsplit_once('/')?;
    number(name.strip_prefix("pr-")?.split('-').next()?.parse().ok())
}
