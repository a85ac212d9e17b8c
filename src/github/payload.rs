//! GitHub's answers, as far as we read them. Whatever the schema lets be null may be, and a list is only as whole as it
//! says: what was not told is never taken for nothing.

mod checks;
mod facts;
mod rest;
mod told;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

pub use self::{
    checks::{
        App, CheckRun, CheckSuite, Commit, Context, CountedContexts, CountedRollup, Fingerprint, LastContext,
        PullCommit, Rollup, StateCount, StatusContext, Suite, Suites, SuitesOfCommit, WorkflowName,
        WorkflowRun,
    },
    facts::QueuePlace,
    rest::{FilePage, OrgRepository, RequestedReviewers, files_heads},
    told::Failures,
};
pub(in crate::github) use self::{
    facts::{GHOST, state},
    rest::team,
};

/// The answer to a query about nodes.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub struct Nodes<T> {
    /// In the order of the ids; `None` where there is none, or none that can be read.
    #[serde(default, deserialize_with = "each")]
    pub nodes: Option<Vec<Option<T>>>,
}

/// The answer to a query about one node.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub struct Node<T> {
    #[serde(default = "none")]
    pub node: Option<T>,
}

fn none<T>() -> Option<T> {
    None
}

/// A list, or a page of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: DeserializeOwned")]
pub struct List<T> {
    pub total_count: Option<usize>,
    #[serde(default, deserialize_with = "each")]
    pub nodes: Option<Vec<Option<T>>>,
    pub page_info: Option<PageInfo>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
    has_previous_page: bool,
    start_cursor: Option<String>,
}

impl<T> List<T> {
    /// Where the next page begins, or the one before it in a list that is read from its end.
    pub fn more(&self) -> Option<&str> {
        let info = self.page_info.as_ref()?;
        let next = info.end_cursor.as_deref().filter(|_| info.has_next_page);
        next.or_else(|| info.start_cursor.as_deref().filter(|_| info.has_previous_page))
    }

    /// GitHub has more of it, and does not say where: nobody can read on.
    pub fn is_cut(&self) -> bool {
        let info = self.page_info.clone().unwrap_or_default();
        info.has_next_page && info.end_cursor.is_none()
            || info.has_previous_page && info.start_cursor.is_none()
    }

    fn is_ended(&self) -> bool {
        self.more().is_none() && !self.is_cut()
    }

    /// Adds the page that follows.
    pub fn append(&mut self, page: Self) {
        if let (Some(nodes), Some(more)) = (&mut self.nodes, page.nodes) {
            nodes.extend(more);
        }
        self.total_count = page.total_count;
        self.page_info = page.page_info;
    }

    /// All of it; `None` while anything is missing.
    pub fn whole(&self) -> Option<Vec<&T>> {
        let nodes = self.nodes.as_ref().filter(|_| self.is_ended())?;
        let nodes: Vec<&T> = nodes.iter().map(Option::as_ref).collect::<Option<_>>()?;
        self.total_count.is_none_or(|count| count == nodes.len()).then_some(nodes)
    }

    /// All of it that can be seen: a null, or a count of more, is something that nobody is shown. `None` while a page is
    /// missing, and where there is nothing of something.
    pub fn visible(&self) -> Option<Vec<&T>> {
        let nodes = self.nodes.as_ref().filter(|_| self.is_ended())?;
        let is_told = !nodes.is_empty() || self.total_count.is_none_or(|count| count == 0);
        is_told.then(|| nodes.iter().flatten().collect())
    }

    /// What there is of it.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.nodes.iter().flatten().flatten()
    }
}

/// Reads each by itself: one that cannot be read costs no other.
fn each<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<Vec<Option<T>>>, D::Error> {
    let values = Option::<Vec<Value>>::deserialize(from)?;
    let read = |value: Value| {
        if value.is_null() {
            return None;
        }
        serde_json::from_value(value)
            .inspect_err(|error| tracing::warn!("a part of GitHub's answer cannot be read: {error}"))
            .ok()
    };
    Ok(values.map(|values| values.into_iter().map(read).collect()))
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Repository {
    /// For queries.
    pub id: String,
    pub database_id: Option<i64>,
    pub name_with_owner: String,
    pub is_private: Option<bool>,
    pub is_archived: Option<bool>,
    pub description: Option<String>,
    pub url: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    pub pushed_at: Option<DateTime<Utc>>,
    pub owner: Option<Actor>,
    pub primary_language: Option<Named>,
    pub default_branch_ref: Option<Named>,
    pub pull_requests: Option<List<ListedPull>>,
}

/// The answer to a query about a repository by its name.
#[derive(Debug, Deserialize)]
pub struct ByName {
    pub viewer: Option<Login>,
    pub repository: Option<Repository>,
}

#[derive(Debug, Deserialize)]
pub struct ByToken {
    pub viewer: Option<Viewer>,
}

/// Whose token it is.
#[derive(Debug, Deserialize)]
pub struct Login {
    pub login: String,
}

/// The token's user.
#[derive(Debug, Deserialize)]
pub struct Viewer {
    pub login: String,
    pub repositories: Option<List<Repository>>,
}

/// A pull request in a list: the cheap part of it, or less.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedPull {
    pub id: String,
    pub number: i32,
    pub updated_at: DateTime<Utc>,
    pub title: Option<String>,
    pub state: Option<String>,
    pub is_draft: Option<bool>,
    pub created_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub merged_at: Option<DateTime<Utc>>,
    pub head_ref_oid: Option<String>,
    pub head_ref_name: Option<String>,
    pub base_ref_name: Option<String>,
    pub is_cross_repository: Option<bool>,
    pub author: Option<Actor>,
}

/// A pull request with all its details.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pull {
    pub id: String,
    pub number: i32,
    pub repository: Option<Repository>,
    pub title: String,
    pub body: Option<String>,
    pub url: Option<String>,
    pub state: String,
    #[serde(default)]
    pub is_draft: bool,
    /// It comes from a fork.
    pub is_cross_repository: Option<bool>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    pub merged_at: Option<DateTime<Utc>>,
    pub author: Option<Actor>,
    pub head_ref_oid: String,
    pub head_ref_name: String,
    pub base_ref_name: String,
    #[serde(default)]
    pub additions: Option<i32>,
    pub deletions: Option<i32>,
    pub changed_files: Option<i32>,
    pub commits: Option<Counted>,
    pub mergeable: Option<String>,
    pub merge_state_status: Option<String>,
    pub auto_merge_request: Option<AutoMerge>,
    pub is_in_merge_queue: Option<bool>,
    pub merge_queue_entry: Option<QueueEntry>,
    pub labels: Option<List<Named>>,
    pub assignees: Option<List<Actor>>,
    pub review_requests: Option<List<ReviewRequest>>,
    pub reviews: Option<List<Review>>,
    pub status_check_rollup: Option<Rollup>,
}

/// More of one pull request: only the lists that were asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct More {
    pub id: String,
    pub updated_at: DateTime<Utc>,
    pub head_ref_oid: String,
    pub labels: Option<List<Named>>,
    pub assignees: Option<List<Actor>>,
    pub review_requests: Option<List<ReviewRequest>>,
    pub reviews: Option<List<Review>>,
    pub status_check_rollup: Option<Rollup>,
}

impl Pull {
    /// Adds further pages; `false`: the pull request moved meanwhile, so that they do not fit.
    pub fn append(&mut self, more: More) -> bool {
        if more.updated_at != self.updated_at || more.head_ref_oid != self.head_ref_oid {
            return false;
        }
        add(&mut self.labels, more.labels);
        add(&mut self.assignees, more.assignees);
        add(&mut self.review_requests, more.review_requests);
        add(&mut self.reviews, more.reviews);
        if let (Some(rollup), Some(page)) = (&mut self.status_check_rollup, more.status_check_rollup) {
            rollup.state = page.state;
            add(&mut rollup.contexts, page.contexts);
        }
        true
    }
}

fn add<T>(list: &mut Option<List<T>>, page: Option<List<T>>) {
    if let (Some(list), Some(page)) = (list.as_mut(), page) {
        list.append(page);
    }
}

/// A user, a bot, a stand-in, or an organisation. A deleted account is none: GitHub's ghost.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    #[serde(rename = "__typename")]
    pub kind: Option<String>,
    login: String,
    pub avatar_url: Option<String>,
}

impl Actor {
    /// As webhooks and REST have it: `dependabot[bot]`.
    pub fn login(&self) -> String {
        named(self.kind.as_deref(), &self.login)
    }
}

fn named(kind: Option<&str>, login: &str) -> String {
    let is_bare_bot = kind == Some("Bot") && !login.ends_with("[bot]");
    format!("{login}{}", if is_bare_bot { "[bot]" } else { "" })
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Named {
    pub name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counted {
    pub total_count: i32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AutoMerge {
    pub enabled_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct QueueEntry {
    pub position: Option<i32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewRequest {
    pub requested_reviewer: Option<Requested>,
}

/// Who is asked: with a login, or as a team with a slug, if the token may read that.
#[derive(Clone, Debug, Deserialize)]
pub struct Requested {
    #[serde(rename = "__typename")]
    kind: Option<String>,
    login: Option<String>,
    slug: Option<String>,
    organization: Option<Organization>,
}

#[derive(Clone, Debug, Deserialize)]
struct Organization {
    login: String,
}

impl Requested {
    /// A login, or `organisation/team`; `None` for a team whose name the token may not read.
    pub fn name(&self) -> Option<String> {
        match (&self.login, &self.slug, &self.organization) {
            (Some(login), _, _) => Some(named(self.kind.as_deref(), login)),
            (None, Some(slug), Some(organization)) => Some(format!("{}/{slug}", organization.login)),
            (None, Some(slug), None) => Some(slug.clone()),
            (None, None, _) => None,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    #[serde(default, deserialize_with = "big")]
    pub full_database_id: Option<i64>,
    pub database_id: Option<i64>,
    pub state: String,
    pub submitted_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    pub author: Option<Actor>,
    pub commit: Option<Commit>,
}

/// A `BigInt` is a text, for numbers of JSON may lose digits; some servers send a number.
fn big<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(match Option::<Value>::deserialize(from)? {
        Some(Value::String(text)) => text.parse().ok(),
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => None,
    })
}
