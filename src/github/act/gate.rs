//! What GitHub says of a pull request before something is done with it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::teams;
use crate::{
    domain::{
        hub::{Gate, MergeMethod, MergeState, Permission, Pick, QueuePlace, Target, Viewer},
        ids::Sha,
        pr_state::PrState,
        repository::is_name,
        text::clean,
    },
    github::{
        client::{Client, Error},
        payload::List,
        query,
    },
};

/// A workflow's file needs a scope of its own.
const WORKFLOWS: &str = ".github/workflows/";
const WORKFLOW_SCOPE: &str = "workflow";

/// What was read, without runs, teams and locks.
pub(super) struct Read {
    pub(super) gate: Gate,
    /// `owner/name`, as it is called now.
    pub(super) name: String,
    /// Its owner may have teams.
    pub(super) is_of_organisation: bool,
    /// GitHub's clock, if it told.
    pub(super) at: Option<DateTime<Utc>>,
}

/// Asks for it; with what may be picked from, if `pick`.
pub(super) async fn read(client: &Client, target: &Target, pick: bool) -> Result<Read, Error> {
    let what = target.name();
    let (owner, name) = split(&target.repository)?;
    let variables = json!({"owner": owner, "name": name, "number": target.number, "pick": pick});
    let graph = client.graphql::<Reply>(query::GATE, variables, &what).await?;
    let missing = || Error::NotFound { what: what.clone() };
    let refused = graph.errors.first().map(|error| Error::Refused { status: 200, said: error.said.clone() });
    let repository = graph.data.repository.ok_or_else(|| refused.unwrap_or_else(missing))?;
    let login = graph.data.viewer.map(|viewer| clean(&viewer.login)).unwrap_or_default();
    let name = repository.name_with_owner.clone().unwrap_or_else(|| target.repository.clone());
    split(&name)?;
    let is_of_organisation = repository.is_in_organization == Some(true);
    let gate = repository.gate(login, client.scopes().as_deref()).ok_or_else(missing)?;
    Ok(Read { gate, name, is_of_organisation, at: graph.at })
}

/// Owner and name of a repository, as GitHub lets them be.
pub(super) fn split(full_name: &str) -> Result<(&str, &str), Error> {
    let parts = full_name.split_once('/').filter(|(owner, name)| is_name(owner) && is_name(name));
    parts.ok_or_else(|| Error::NotFound { what: clean(full_name) })
}

#[derive(Deserialize)]
struct Reply {
    viewer: Option<Login>,
    repository: Option<Repository>,
}

#[derive(Clone, Deserialize)]
pub(super) struct Login {
    pub(super) login: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    name_with_owner: Option<String>,
    is_archived: Option<bool>,
    is_disabled: Option<bool>,
    is_locked: Option<bool>,
    is_in_organization: Option<bool>,
    viewer_permission: Option<String>,
    merge_commit_allowed: Option<bool>,
    squash_merge_allowed: Option<bool>,
    rebase_merge_allowed: Option<bool>,
    viewer_default_merge_method: Option<String>,
    auto_merge_allowed: Option<bool>,
    labels: Option<List<Named>>,
    assignable_users: Option<List<Named>>,
    pull_request: Option<Pull>,
}

/// A label or somebody.
#[derive(Clone, Deserialize)]
pub(super) struct Named {
    pub(super) id: String,
    name: Option<String>,
    login: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pull {
    id: String,
    title: Option<String>,
    state: Option<String>,
    is_draft: Option<bool>,
    locked: Option<bool>,
    head_ref_oid: String,
    base_ref_name: Option<String>,
    merge_state_status: Option<String>,
    review_decision: Option<String>,
    is_merge_queue_enabled: Option<bool>,
    is_in_merge_queue: Option<bool>,
    merge_queue_entry: Option<Entry>,
    auto_merge_request: Option<AutoMerge>,
    viewer_latest_review: Option<Review>,
    viewer_did_author: Option<bool>,
    viewer_can_update: Option<bool>,
    viewer_can_close: Option<bool>,
    viewer_can_reopen: Option<bool>,
    viewer_can_label: Option<bool>,
    viewer_can_update_branch: Option<bool>,
    viewer_can_enable_auto_merge: Option<bool>,
    viewer_can_disable_auto_merge: Option<bool>,
    labels: Option<List<Named>>,
    assignees: Option<List<Named>>,
    review_requests: Option<List<Request>>,
    files: Option<List<File>>,
    status_check_rollup: Option<Rollup>,
}

#[derive(Deserialize)]
struct Entry {
    position: Option<i64>,
    enqueuer: Option<Login>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AutoMerge {
    enabled_by: Option<Login>,
}

#[derive(Deserialize)]
struct Review {
    state: Option<String>,
    commit: Option<Oid>,
}

#[derive(Deserialize)]
struct Oid {
    oid: String,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    requested_reviewer: Option<Reviewer>,
}

#[derive(Clone, Deserialize)]
struct Reviewer {
    login: Option<String>,
    slug: Option<String>,
}

#[derive(Clone, Deserialize)]
struct File {
    path: String,
}

#[derive(Deserialize)]
struct Rollup {
    contexts: Option<List<Context>>,
}

/// A check run or a commit status, as far as both have it.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Context {
    #[serde(alias = "context")]
    name: Option<String>,
    conclusion: Option<String>,
    state: Option<String>,
    is_required: Option<bool>,
}

impl Context {
    /// Its name, if it has failed.
    pub(super) fn failed(&self) -> Option<String> {
        let word = self.conclusion.as_deref().or(self.state.as_deref())?;
        let has_failed = matches!(word, "FAILURE" | "ERROR" | "TIMED_OUT" | "STARTUP_FAILURE" | "CANCELLED");
        let name = self.name.as_deref()?;
        has_failed.then(|| clean(name))
    }
}

impl Repository {
    fn gate(self, login: String, scopes: Option<&[String]>) -> Option<Gate> {
        let methods = self.methods();
        let is = |told: Option<bool>| told == Some(true);
        let is_frozen = is(self.is_archived) || is(self.is_disabled) || is(self.is_locked);
        let permission = self.viewer_permission.as_deref().and_then(Permission::parse);
        let name = self.name_with_owner.as_deref().unwrap_or_default();
        let owner = name.split_once('/').map_or(name, |(owner, _)| owner).to_owned();
        let pull = self.pull_request?;
        let touches_workflows =
            pull.files.iter().flat_map(List::iter).any(|file| file.path.starts_with(WORKFLOWS));
        let lacks_scope = scopes.is_some_and(|has| !has.iter().any(|scope| scope == WORKFLOW_SCOPE));
        Some(Gate {
            title: clean(pull.title.as_deref().unwrap_or_default()),
            head: Sha::parse(&pull.head_ref_oid)?,
            state: state(&pull),
            base: clean(pull.base_ref_name.as_deref().unwrap_or_default()),
            // Where a server does not say it, nothing is merged on a guess.
            merge_state: pull.merge_state_status.as_deref().map_or(MergeState::Unknown, MergeState::parse),
            reviews: pull.review_decision.as_deref().map(clean),
            failing: failing(&pull),
            methods,
            queue: queue(&pull),
            auto_merge: pull
                .auto_merge_request
                .as_ref()
                .map(|request| clean(request.enabled_by.as_ref().map_or("somebody", |by| by.login.as_str()))),
            viewer: Viewer {
                login,
                permission,
                is_author: is(pull.viewer_did_author),
                has_approved: has_approved(&pull),
                can_update: is(pull.viewer_can_update),
                can_close: is(pull.viewer_can_close),
                can_reopen: is(pull.viewer_can_reopen),
                can_label: is(pull.viewer_can_label),
                can_update_branch: is(pull.viewer_can_update_branch),
                can_enable_auto_merge: is(pull.viewer_can_enable_auto_merge),
                can_disable_auto_merge: is(pull.viewer_can_disable_auto_merge),
            },
            is_frozen,
            has_auto_merge: is(self.auto_merge_allowed),
            is_locked: is(pull.locked),
            lacks_workflow_scope: touches_workflows && lacks_scope,
            runs: Vec::new(),
            labels: picks(self.labels.as_ref()),
            labelled: picks(pull.labels.as_ref()),
            people: picks(self.assignable_users.as_ref()),
            teams: Vec::new(),
            assigned: picks(pull.assignees.as_ref()),
            has_more_picks: [&self.labels, &self.assignable_users]
                .into_iter()
                .flatten()
                .any(|list| list.more().is_some() || list.is_cut()),
            reviewers: reviewers(pull.review_requests.as_ref(), &owner),
            locks: BTreeMap::new(),
            unseen: BTreeMap::new(),
            node: pull.id,
        })
    }

    /// Those that are allowed, the reader's usual one first.
    fn methods(&self) -> Vec<MergeMethod> {
        let is_allowed = |method: &MergeMethod| {
            let told = match method {
                MergeMethod::Merge => self.merge_commit_allowed,
                MergeMethod::Squash => self.squash_merge_allowed,
                MergeMethod::Rebase => self.rebase_merge_allowed,
            };
            told == Some(true)
        };
        let usual = self.viewer_default_merge_method.as_deref();
        let mut methods: Vec<MergeMethod> = MergeMethod::ALL.into_iter().filter(is_allowed).collect();
        methods.sort_by_key(|method| Some(method.name()) != usual);
        methods
    }
}

fn state(pull: &Pull) -> PrState {
    match PrState::parse(pull.state.as_deref().unwrap_or_default()) {
        PrState::Open if pull.is_draft == Some(true) => PrState::Draft,
        state => state,
    }
}

/// The reader's last word is an approval of this head.
fn has_approved(pull: &Pull) -> bool {
    pull.viewer_latest_review.as_ref().is_some_and(|review| {
        let of = review.commit.as_ref().map(|commit| &commit.oid);
        review.state.as_deref() == Some("APPROVED") && of == Some(&pull.head_ref_oid)
    })
}

/// Checks that have failed though nothing requires them.
fn failing(pull: &Pull) -> Vec<String> {
    let contexts = pull.status_check_rollup.as_ref().and_then(|rollup| rollup.contexts.as_ref());
    let optional = contexts.into_iter().flat_map(List::iter).filter(|one| one.is_required != Some(true));
    // In an order of their own: GitHub promises none, and what a question warned of is compared.
    optional.filter_map(Context::failed).collect::<BTreeSet<_>>().into_iter().collect()
}

fn queue(pull: &Pull) -> QueuePlace {
    match &pull.merge_queue_entry {
        Some(entry) => QueuePlace::In {
            position: entry.position.unwrap_or_default(),
            by: entry.enqueuer.as_ref().map(|by| clean(&by.login)),
        },
        None if pull.is_in_merge_queue == Some(true) => QueuePlace::In { position: 0, by: None },
        None if pull.is_merge_queue_enabled == Some(true) => QueuePlace::Outside,
        None => QueuePlace::None,
    }
}

pub(super) fn picks(list: Option<&List<Named>>) -> Vec<Pick> {
    let pick = |one: &Named| {
        let name = one.name.as_deref().or(one.login.as_deref())?;
        Some(Pick { id: one.id.clone(), name: clean(name) })
    };
    list.into_iter().flat_map(List::iter).filter_map(pick).collect()
}

fn reviewers(list: Option<&List<Request>>, owner: &str) -> Vec<String> {
    let name = |who: &Reviewer| match (&who.login, &who.slug) {
        (Some(login), _) => Some(clean(login)),
        (None, Some(slug)) => Some(teams::name(owner, slug)),
        (None, None) => None,
    };
    let asked = list.into_iter().flat_map(List::iter).filter_map(|one| one.requested_reviewer.as_ref());
    asked.filter_map(name).collect()
}
