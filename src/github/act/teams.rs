//! Teams that may be asked for a review.

use serde::Deserialize;

use crate::{
    domain::{hub::Pick, text::clean},
    github::client::Client,
};

#[derive(Deserialize)]
struct Team {
    node_id: String,
    slug: String,
}

/// `acme/backend`: no login holds a slash.
pub(super) fn name(owner: &str, slug: &str) -> String {
    clean(&format!("{owner}/{slug}"))
}

/// Those with access to a repository of an organisation; none where the token may not see them: people may be asked all
/// the same.
pub(super) async fn of_repository(client: &Client, repository: &str, is_of_organisation: bool) -> Vec<Pick> {
    let owner = repository.split_once('/').filter(|_| is_of_organisation).map(|(owner, _)| owner);
    let Some(owner) = owner else { return Vec::new() };
    match client.pages::<Vec<Team>>(&format!("repos/{repository}/teams?per_page=100"), "teams").await {
        Ok(pages) => {
            let pick = |team: Team| Pick { name: name(owner, &team.slug), id: team.node_id };
            pages.into_iter().flatten().map(pick).collect()
        }
        Err(error) => {
            tracing::debug!(repository, %error, "teams were not read");
            Vec::new()
        }
    }
}
