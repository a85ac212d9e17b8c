//! What is to be synced: repositories by name, an organisation's, or one's own.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Utc};
use serde_json::json;
use url::Url;

use super::{
    asking::Asking,
    book::Book,
    event::{Problem, SyncEvent},
    lists::{self, ListPage},
    work::{Stop, Work},
};
use crate::{
    domain::sync::Candidate,
    github::{
        client::{Client, Error, nothing},
        payload::{ByToken, OrgRepository, Repository},
        query,
    },
    store::engine::error::StoreError,
};

/// Pages of repositories that are read at most.
const MOST_PAGES: usize = 100;

/// What somebody wants synced. GitHub's names are the same in capitals and small letters, and so are targets.
#[derive(Clone, Debug, Eq)]
pub enum SyncTarget {
    /// `owner/name`.
    Repository(String),
    /// All repositories of an organisation, or of a user.
    Organisation(String),
    /// All with open pull requests that the token's user has a part in.
    Mine,
}

impl PartialEq for SyncTarget {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Repository(name), Self::Repository(other))
            | (Self::Organisation(name), Self::Organisation(other)) => name.eq_ignore_ascii_case(other),
            (Self::Mine, Self::Mine) => true,
            (Self::Repository(_) | Self::Organisation(_) | Self::Mine, _) => false,
        }
    }
}

impl SyncTarget {
    /// From a name: `owner/name`, or an owner's.
    pub fn named(name: &str) -> Self {
        if name.contains('/') {
            Self::Repository(name.to_owned())
        } else {
            Self::Organisation(name.to_owned())
        }
    }

    /// The name that was asked for.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Repository(name) | Self::Organisation(name) => Some(name),
            Self::Mine => None,
        }
    }

    /// Whether a repository is one of those that are meant by name.
    pub(super) fn covers(&self, full_name: &str) -> bool {
        match self {
            Self::Organisation(name) => {
                full_name.split('/').next().is_some_and(|owner| name.eq_ignore_ascii_case(owner))
            }
            Self::Repository(_) | Self::Mine => self.is_called(full_name),
        }
    }

    /// Whether it is the repository of this name.
    pub(super) fn is_called(&self, full_name: &str) -> bool {
        matches!(self, Self::Repository(name) if name.eq_ignore_ascii_case(full_name))
    }
}

/// The repositories that the token's user has a part in, those with the most open pull requests first.
///
/// # Errors
/// GitHub's.
pub async fn candidates(client: &Client) -> Result<Vec<Candidate>, Error> {
    let mut all = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let graph = client
            .graphql::<ByToken>(query::VIEWER, json!({"after": after}), "the token's repositories")
            .await?;
        let list = graph.data.viewer.and_then(|viewer| viewer.repositories);
        let list = list.ok_or_else(|| nothing(graph.errors, "the token's repositories"))?;
        all.extend(list.iter().map(candidate));
        after = list.more().map(str::to_owned);
        if after.is_none() {
            break;
        }
    }
    all.sort_by(|a, b| (b.open, &a.full_name).cmp(&(a.open, &b.full_name)));
    Ok(all)
}

fn candidate(repository: &Repository) -> Candidate {
    let open = repository.pull_requests.as_ref().and_then(|pulls| pulls.total_count);
    Candidate { full_name: repository.name_with_owner.clone(), open: open.unwrap_or_default() }
}

impl Work {
    /// Reads what is stored of lists, once, where any is needed.
    pub(super) async fn recall_lists(&mut self, targets: &[SyncTarget]) -> Result<(), StoreError> {
        let is_needed = targets.iter().any(|target| matches!(target, SyncTarget::Organisation(_)));
        if is_needed && !self.ask.lists.is_recalled() {
            let prefix = lists::prefix(&self.ask.client, self.options.window);
            let marks = self.store.marks_called(&prefix).await?;
            self.ask.lists.recall(marks, &prefix, &self.ask.client);
        }
        Ok(())
    }

    /// Keeps what is new of lists, beside a repository whose row is there.
    pub(super) async fn keep_lists(&mut self, book: &Book) -> Result<(), Stop> {
        let prefix = lists::prefix(&self.ask.client, self.options.window);
        for (name, mark) in self.ask.lists.take_new(&prefix) {
            self.mark(book, &name, Some(mark)).await?;
            // The page before stands beside whichever repository was read then.
            self.store.unmark_elsewhere(book.repo, &name).await?;
        }
        Ok(())
    }
}

/// The names of all repositories that are meant, each once; and what failed, which is told.
pub(super) async fn names(
    ask: &Asking,
    targets: &[SyncTarget],
    since: DateTime<Utc>,
) -> (Vec<String>, Vec<(SyncTarget, Error)>) {
    let (mut names, mut problems) = (Vec::new(), Vec::new());
    for target in targets {
        let found = match target {
            SyncTarget::Repository(name) => Ok(vec![name.clone()]),
            SyncTarget::Organisation(name) => of_organisation(ask, name, since).await,
            SyncTarget::Mine => mine(ask).await,
        };
        match found {
            Ok(found) => {
                if let SyncTarget::Organisation(name) = target {
                    ask.tell.tell(SyncEvent::Found { name: name.clone(), full_name: name.clone() });
                }
                names.extend(found);
            }
            Err(error) => {
                ask.tell.tell(SyncEvent::Problem(Problem::new(target.name(), None, &error)));
                problems.push((target.clone(), error));
            }
        }
    }
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.to_ascii_lowercase()));
    (names, problems)
}

async fn mine(ask: &Asking) -> Result<Vec<String>, Error> {
    let all = ask.patiently(|| candidates(&ask.client)).await?;
    Ok(all.into_iter().filter(|one| one.open > 0).map(|one| one.full_name).collect())
}

/// Those with an open issue or pull request, or with a push since then.
async fn of_organisation(ask: &Asking, name: &str, since: DateTime<Utc>) -> Result<Vec<String>, Error> {
    let of = |kind: &str| ask.client.address(&format!("{kind}/{name}/repos?per_page=100&sort=pushed"));
    let (organisation, user) = (of("orgs")?, of("users")?);
    // What it was the last time is asked for first: a wrong guess costs a request.
    let (likely, other) = match ask.lists.get(&user) {
        Some(_) => (user, organisation),
        None => (organisation, user),
    };
    let mut page = match list(ask, &likely, name, since).await {
        Err(Error::NotFound { .. }) => list(ask, &other, name, since).await?,
        page => page?,
    };
    let mut found = Vec::new();
    for _ in 0..MOST_PAGES {
        let alive = page.repositories.iter().filter(|one| is_alive(one, since));
        found.extend(alive.map(|one| one.full_name.clone()));
        let Some(next) = &page.next else { break };
        page = list(ask, &ask.client.address(next)?, name, since).await?;
    }
    Ok(found)
}

fn is_alive(one: &OrgRepository, since: DateTime<Utc>) -> bool {
    // Where it is not told, it may have.
    let has_open = one.open_issues_count != Some(0);
    let is_busy = has_open || one.pushed_at.is_some_and(|pushed| pushed >= since);
    is_busy && one.archived != Some(true) && one.disabled != Some(true)
}

/// A page of it, sent again only where it has changed.
async fn list(ask: &Asking, url: &Url, what: &str, since: DateTime<Utc>) -> Result<Arc<ListPage>, Error> {
    let kept = ask.lists.get(url);
    let etag = kept.as_ref().map(|(etag, _)| etag);
    let Some(page) = ask.patiently(|| ask.client.changed(url, etag, what)).await? else {
        let nobody = || Error::Refused { status: 304, said: "nobody asked for changes".to_owned() };
        return kept.map(|(_, page)| page).ok_or_else(nobody);
    };
    let mut repositories: Vec<OrgRepository> = page.content;
    repositories.retain(|one| is_alive(one, since));
    let list = Arc::new(ListPage { repositories, next: page.next.map(String::from) });
    if let Some(etag) = page.etag {
        ask.lists.keep(etag, Arc::clone(&list));
    }
    Ok(list)
}
