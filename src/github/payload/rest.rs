//! What comes by REST: files, requested reviewers, an organisation's repositories.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

/// A page of a pull request's files, as GitHub sends them.
pub type FilePage = Vec<Value>;

/// Which heads the files of a page are of: GitHub tells it only in their own addresses. A removed file is none of its
/// head's.
pub fn files_heads(page: &FilePage) -> impl Iterator<Item = String> {
    page.iter().filter(|file| file.get("status").and_then(Value::as_str) != Some("removed")).filter_map(
        |file| {
            let url = Url::parse(file.get("contents_url")?.as_str()?).ok()?;
            url.query_pairs().find(|(name, _)| name == "ref").map(|(_, head)| head.into_owned())
        },
    )
}

/// Who is asked for a review; teams with their names whatever the token's scopes.
#[derive(Debug, Deserialize)]
pub struct RequestedReviewers {
    #[serde(default)]
    users: Vec<User>,
    #[serde(default)]
    teams: Vec<Team>,
}

#[derive(Debug, Deserialize)]
struct User {
    login: String,
}

#[derive(Debug, Deserialize)]
struct Team {
    slug: String,
    html_url: Option<String>,
}

impl RequestedReviewers {
    /// Logins, and teams as `organisation/team`.
    pub fn names(&self) -> Vec<String> {
        let teams = self.teams.iter().map(|one| team(&one.slug, one.html_url.as_deref()));
        self.users.iter().map(|user| user.login.clone()).chain(teams).collect()
    }
}

/// A team as `organisation/team`; its page alone tells whose it is.
pub(in crate::github) fn team(slug: &str, page: Option<&str>) -> String {
    let (_, rest) = page.and_then(|page| page.split_once("/orgs/")).unwrap_or_default();
    let organisation = rest.split('/').next().filter(|name| !name.is_empty());
    organisation.map_or_else(|| slug.to_owned(), |name| format!("{name}/{slug}"))
}

/// A repository in an organisation's list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct OrgRepository {
    pub id: i64,
    pub full_name: String,
    pub archived: Option<bool>,
    pub disabled: Option<bool>,
    pub pushed_at: Option<chrono::DateTime<chrono::Utc>>,
    pub open_issues_count: Option<i64>,
}
