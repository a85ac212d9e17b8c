//! `repositories`: a repository is its GitHub id; names change, and others take them.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, btree_map},
};

use chrono::{DateTime, Utc};

use super::new_repo_id;
use crate::facts::{
    fact::{Fact, RepositoryRef, RepositorySeen, What},
    rows::RepositoryRow,
};

/// Folds facts into the rows of their repositories (by GitHub's id): the newest picture holds, and its end unless there
/// is a newer picture. One that is known by its name only gives way to any picture. Names may clash afterwards:
/// [`settle_names`].
pub fn fold<'a>(rows: &mut BTreeMap<i64, RepositoryRow>, facts: impl IntoIterator<Item = &'a Fact>) {
    for fact in facts {
        let mut new = match &fact.what {
            What::Repository(seen) => picture(&fact.repository, fact.at, seen),
            What::RepositoryGone => {
                RepositoryRow { gone_at: Some(fact.at), ..named(&fact.repository, fact.at) }
            }
            What::PullRequest(_)
            | What::Mergeability(_)
            | What::Gone(_)
            | What::Files(_)
            | What::Check(_)
            | What::AllChecks(_)
            | What::Review(_)
            | What::ReviewDismissed(_)
            | What::MergeQueue(_) => named(&fact.repository, fact.at),
        };
        match rows.entry(fact.repository.github_id) {
            btree_map::Entry::Vacant(entry) => {
                entry.insert(new);
            }
            btree_map::Entry::Occupied(mut entry) => {
                let old = entry.get_mut();
                let gone_at = new.gone_at.max(old.gone_at);
                (new.gone_at, old.gone_at) = (gone_at, gone_at);
                if order(&new) > order(old) {
                    new.id = old.id;
                    // The name that it bears stays until the names are settled.
                    if new.full_name == old.claimed_name() {
                        new.full_name.clone_from(&old.full_name);
                    }
                    *old = new;
                }
                let pictured_at = old.github_updated_at.filter(|_| old.is_private.is_some());
                old.gone_at = old.gone_at.filter(|gone_at| pictured_at.is_none_or(|at| at <= *gone_at));
            }
        }
    }
}

/// Gives each name to one of those who claim it, the newest claim first (of one second, the greater id); the others
/// are renamed aside, to `owner/name#github_id`. `rows` must hold all who claim a name that changed hands: those
/// stored under it and those stored under it with a `#`.
///
/// Write rows that lose their name before those that gain one: `full_name` is unique. Where names are swapped, put
/// one aside ([`RepositoryRow::name_aside`]) first.
pub fn settle_names(rows: &mut BTreeMap<i64, RepositoryRow>) {
    let mut claims: Vec<_> = rows
        .values()
        .map(|row| (row.claimed_name().to_owned(), Reverse((row.github_updated_at, row.github_id))))
        .collect();
    claims.sort_unstable();
    let mut given: Option<String> = None;
    for (name, Reverse((_, id))) in claims {
        let Some(row) = rows.get_mut(&id) else { continue };
        if given.as_ref() == Some(&name) {
            row.full_name = row.name_aside();
        } else {
            row.full_name.clone_from(&name);
            given = Some(name);
        }
    }
}

impl RepositoryRow {
    /// The name that GitHub last gave it, whoever bears it here.
    pub fn claimed_name(&self) -> &str {
        let suffix = format!("#{}", self.github_id);
        self.full_name.strip_suffix(suffix.as_str()).unwrap_or(&self.full_name)
    }

    /// The name that it bears once another one has taken its own.
    pub fn name_aside(&self) -> String {
        format!("{}#{}", self.claimed_name(), self.github_id)
    }
}

fn named(repository: &RepositoryRef, at: DateTime<Utc>) -> RepositoryRow {
    // As databases hold it: two of the same name must be seen to be such.
    let full_name = repository.full_name.replace('\0', "\u{fffd}");
    let (owner, name) = full_name.split_once('/').unwrap_or(("", &full_name));
    RepositoryRow {
        id: new_repo_id(repository.github_id),
        github_id: repository.github_id,
        name: name.to_owned(),
        owner: owner.to_owned(),
        full_name,
        owner_avatar_url: None,
        is_private: None,
        description: None,
        html_url: None,
        default_branch: None,
        language: None,
        archived: None,
        created_at: None,
        github_updated_at: Some(at),
        gone_at: None,
    }
}

fn picture(repository: &RepositoryRef, at: DateTime<Utc>, seen: &RepositorySeen) -> RepositoryRow {
    RepositoryRow {
        owner_avatar_url: seen.owner_avatar_url.clone(),
        is_private: Some(seen.private),
        description: seen.description.clone(),
        html_url: seen.html_url.clone(),
        default_branch: seen.default_branch.clone(),
        language: seen.language.clone(),
        archived: Some(seen.archived),
        created_at: seen.created_at,
        ..named(repository, at)
    }
}

fn order(row: &RepositoryRow) -> impl Ord + '_ {
    (
        (row.is_private.is_some(), row.github_updated_at, row.claimed_name(), row.is_private, row.archived),
        (&row.owner_avatar_url, &row.description, &row.html_url, &row.default_branch, &row.language),
        row.created_at,
    )
}
