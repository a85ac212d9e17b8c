//! The repository that a delivery is about.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::form::{Maybe, objects};
use crate::facts::fact::{Fact, RepositoryRef, RepositorySeen, What};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Repository {
    pub(super) id: Maybe<i64>,
    full_name: Maybe<String>,
    name: Maybe<String>,
    owner: Maybe<Owner>,
    private: Maybe<bool>,
    visibility: Maybe<String>,
    archived: Maybe<bool>,
    description: Maybe<String>,
    language: Maybe<String>,
    default_branch: Maybe<String>,
    html_url: Maybe<String>,
    created_at: Maybe<DateTime<Utc>>,
    updated_at: Maybe<DateTime<Utc>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Owner {
    login: Maybe<String>,
    /// In a push, from old servers.
    name: Maybe<String>,
    avatar_url: Maybe<String>,
}

objects!(Repository, Owner);

impl Repository {
    /// `None`: GitHub tells no id, or no name.
    pub(super) fn reference(&self) -> Option<RepositoryRef> {
        let made = || {
            let owner = self.owner.as_ref()?;
            let login = owner.login.as_ref().or(owner.name.as_ref())?;
            Some(format!("{login}/{}", self.name.as_ref()?))
        };
        let full_name = self.full_name.clone().filter(|name| !name.is_empty()).or_else(made)?;
        Some(RepositoryRef { github_id: self.id.as_ref().copied()?, full_name })
    }

    /// The whole of it, if it is told whole.
    pub(super) fn fact(&self, reference: &RepositoryRef, action: Option<&str>) -> Option<Fact> {
        let private = self.private.or_else(|| self.visibility.as_deref().map(|word| word != "public"))?;
        let seen = RepositorySeen {
            private,
            archived: self.archived.unwrap_or_default(),
            owner_avatar_url: self.owner.as_ref().and_then(|owner| owner.avatar_url.clone()),
            description: self.description.clone(),
            language: self.language.clone(),
            default_branch: self.default_branch.clone(),
            html_url: self.html_url.clone(),
            created_at: *self.created_at,
        };
        Some(Fact { repository: reference.clone(), at: self.at(action)?, what: What::Repository(seen) })
    }

    /// Of one second, the picture with the new name and the last one are the later ones.
    fn at(&self, action: Option<&str>) -> Option<DateTime<Utc>> {
        let is_later = matches!(action, Some("renamed" | "transferred" | "deleted"));
        Some((*self.updated_at)? + TimeDelta::milliseconds(is_later.into()))
    }

    /// Its end. Without `updated_at` nothing tells which pictures are older: the time of arrival would be another one each
    /// time.
    pub(super) fn gone(&self, reference: &RepositoryRef, action: Option<&str>) -> Option<Fact> {
        let at = self.at(action).filter(|_| action == Some("deleted"))?;
        Some(Fact { repository: reference.clone(), at, what: What::RepositoryGone })
    }
}
