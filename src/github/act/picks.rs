//! What may be picked in a repository, found by a text.

use serde::Deserialize;
use serde_json::json;

use super::gate::{Named, picks, split};
use crate::{
    domain::hub::{Picks, Target},
    github::{
        client::{Client, Error},
        payload::List,
        query,
    },
};

#[derive(Deserialize)]
struct Reply {
    repository: Option<Repository>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    labels: Option<List<Named>>,
    assignable_users: Option<List<Named>>,
}

pub(super) async fn find(client: &Client, target: &Target, text: &str) -> Result<Picks, Error> {
    let (owner, name) = split(&target.repository)?;
    let variables = json!({"owner": owner, "name": name, "text": text});
    let graph = client.graphql::<Reply>(query::PICKS, variables, &target.repository).await?;
    let missing = || Error::NotFound { what: target.repository.clone() };
    let Repository { labels, assignable_users } = graph.data.repository.ok_or_else(missing)?;
    Ok(Picks { labels: picks(labels.as_ref()), people: picks(assignable_users.as_ref()) })
}
