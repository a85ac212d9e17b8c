//! What is to be synced: repositories by name, an organisation's, or one's own.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{
    asking::Asking,
    event::{Problem, SyncEvent},
};
use crate::github::{
    client::{Client, Error, nothing},
    payload::{ByToken, OrgRepository, Repository},
    query,
};

/// Pages of repositories that are read at most.
const MOST_PAGES: usize = 100;

/// What somebody wants synced.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SyncTarget {
    /// `owner/name`.
    Repository(String),
    /// All repositories of an organisation, or of a user.
    Organisation(String),
    /// All with open pull requests that the token's user has a part in.
    Mine,
}

impl SyncTarget {
    /// From a name in the configuration.
    pub fn named(name: &str) -> Self {
        if name.contains('/') {
            Self::Repository(name.to_owned())
        } else {
            Self::Organisation(name.to_owned())
        }
    }
}

/// A repository that could be synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// `owner/name`.
    pub full_name: String,
    /// Open pull requests.
    pub open: usize,
    pub is_private: bool,
    pub pushed_at: Option<DateTime<Utc>>,
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
    Candidate {
        full_name: repository.name_with_owner.clone(),
        open: open.unwrap_or_default(),
        is_private: repository.is_private == Some(true),
        pushed_at: repository.pushed_at,
    }
}

/// The names of all repositories that are meant, each once; and what failed, which is told.
pub(super) async fn names(
    ask: &Asking,
    targets: &[SyncTarget],
    since: DateTime<Utc>,
) -> (Vec<String>, Vec<Error>) {
    let (mut names, mut problems) = (Vec::new(), Vec::new());
    for target in targets {
        let found = match target {
            SyncTarget::Repository(name) => Ok(vec![name.clone()]),
            SyncTarget::Organisation(name) => of_organisation(ask, name, since).await,
            SyncTarget::Mine => mine(ask).await,
        };
        match found {
            Ok(found) => names.extend(found),
            Err(error) => {
                let of = match target {
                    SyncTarget::Repository(name) | SyncTarget::Organisation(name) => Some(name.as_str()),
                    SyncTarget::Mine => None,
                };
                tracing::warn!("{target:?}: {error}");
                ask.tell.tell(SyncEvent::Problem(Problem::new(of, None, &error)));
                problems.push(error);
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
    let mut page = match ask.page::<Vec<OrgRepository>>(&of("orgs")?, name).await {
        Err(Error::NotFound { .. }) => ask.page(&of("users")?, name).await?,
        page => page?,
    };
    let mut found = Vec::new();
    let is_alive = |one: &OrgRepository| {
        // Where it is not told, it may have.
        let has_open = one.open_issues_count != Some(0);
        let is_busy = has_open || one.pushed_at.is_some_and(|pushed| pushed >= since);
        is_busy && one.archived != Some(true) && one.disabled != Some(true)
    };
    for _ in 0..MOST_PAGES {
        found.extend(page.content.into_iter().filter(is_alive).map(|one| one.full_name));
        let Some(next) = page.next else { break };
        page = ask.page(&next, name).await?;
    }
    Ok(found)
}
