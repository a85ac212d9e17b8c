//! Rows that stand together under a line of their own: the groups come in the order of their first rows.

mod stack;

use std::hash::Hash;

use chrono::{DateTime, Utc};

use super::{
    attention::{Owner, due},
    board::Board,
    ids::{PrKey, RepoId},
    insight::Risk,
    pull_request::PullRequest,
    view::Grouping,
};

/// A stretch of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    /// Index of its first row.
    pub first: usize,
    /// Index of its own line among all lines, those of groups included.
    pub line: usize,
    /// How many rows it has; one at least.
    pub len: usize,
    /// Of these, what is counted in the header, too.
    pub failing: usize,
    pub high_risk: usize,
}

impl Group {
    /// Counts anew.
    pub fn count<'a>(&mut self, pulls: impl Iterator<Item = &'a PullRequest>) {
        (self.failing, self.high_risk) = (0, 0);
        for pr in pulls {
            self.failing += usize::from(pr.is_failing());
            self.high_risk += usize::from(pr.state.is_open() && pr.risk() == Some(&Risk::High));
        }
    }
}

/// Rows with their groups.
#[derive(Clone, Debug, Default)]
pub struct Grouped<'a> {
    pub pulls: Vec<&'a PullRequest>,
    /// In the order of the rows, all of which are in one; none where nothing is grouped.
    pub groups: Vec<Group>,
    /// How deep each row is in the tree of its stack; empty without one.
    pub depths: Vec<u8>,
}

impl Grouped<'_> {
    /// The keys of the rows.
    pub fn keys(&self) -> Vec<PrKey> {
        self.pulls.iter().map(|pr| pr.key).collect()
    }
}

/// Puts ordered rows into groups, within which they keep their order; in a stack, a branch comes before those upon it.
pub fn group<'a>(
    grouping: Grouping,
    pulls: Vec<&'a PullRequest>,
    board: &'a Board,
    now: DateTime<Utc>,
) -> Grouped<'a> {
    match grouping {
        Grouping::None => Grouped { pulls, ..Grouped::default() },
        Grouping::Repository => {
            buckets(&pulls, |pr| pr.key.repo, |repo: &RepoId| board.full_name(*repo).to_owned())
        }
        Grouping::Author => buckets(
            &pulls,
            |pr| pr.author.as_deref(),
            |author| author.map_or_else(|| "unknown author".to_owned(), |login| format!("@{login}")),
        ),
        Grouping::Owner => buckets(&pulls, |pr| owner(pr, board, now), OwnerKey::name),
        Grouping::Stack => stack::group(&pulls, board),
    }
}

/// Who must act next, to tell groups apart without a copy of the names.
#[derive(PartialEq, Eq, Hash)]
enum OwnerKey<'a> {
    Login(&'a str),
    /// In alphabetical order.
    Several(Vec<&'a str>),
    Role(&'static str),
    /// Nothing is left to do.
    Nobody,
}

fn owner<'a>(pr: &'a PullRequest, board: &Board, now: DateTime<Utc>) -> OwnerKey<'a> {
    let Some((verb, _)) = due(pr, board, now) else { return OwnerKey::Nobody };
    match verb.logins(pr) {
        [] => OwnerKey::Role(match Owner::of(verb, pr) {
            Owner::Author(_) => "the author",
            Owner::Reviewers(_) | Owner::Someone => "someone",
            Owner::Ci => "CI",
            Owner::MergeQueue => "the merge queue",
        }),
        [login] => OwnerKey::Login(login),
        several => {
            let mut logins: Vec<&str> = several.iter().map(|login| &**login).collect();
            logins.sort_unstable();
            OwnerKey::Several(logins)
        }
    }
}

impl OwnerKey<'_> {
    fn name(&self) -> String {
        match self {
            Self::Login(login) => format!("@{login}"),
            Self::Several(logins) => format!("@{}", logins.join(", @")),
            Self::Role(role) => (*role).to_owned(),
            Self::Nobody => "nobody: they have ended".to_owned(),
        }
    }
}

/// Rows of one key together.
fn buckets<'a, K: Eq + Hash>(
    pulls: &[&'a PullRequest],
    key: impl Fn(&'a PullRequest) -> K,
    name: impl Fn(&K) -> String,
) -> Grouped<'a> {
    let mut known: foldhash::HashMap<K, usize> = foldhash::HashMap::default();
    let mut groups: Vec<Group> = Vec::new();
    let mut places = Vec::with_capacity(pulls.len());
    for pr in pulls {
        let place = *known.entry(key(pr)).or_insert_with_key(|key| {
            groups.push(Group { name: name(key), ..Group::default() });
            groups.len() - 1
        });
        groups[place].len += 1;
        places.push(place);
    }
    Grouped { pulls: put_together(pulls, &places, &mut groups), groups, depths: Vec::new() }
}

/// The rows in the order of the groups at whose places they are, whose lengths are known.
fn put_together<'a>(
    pulls: &[&'a PullRequest],
    places: &[usize],
    groups: &mut [Group],
) -> Vec<&'a PullRequest> {
    let mut first = 0;
    let mut next: Vec<usize> = Vec::with_capacity(groups.len());
    for (n, group) in groups.iter_mut().enumerate() {
        (group.first, group.line) = (first, first + n);
        next.push(first);
        first += group.len;
    }
    let mut together = pulls.to_vec();
    for (pr, place) in pulls.iter().zip(places) {
        together[next[*place]] = pr;
        next[*place] += 1;
    }
    for group in groups {
        group.count(together[group.first..][..group.len].iter().copied());
    }
    together
}

#[cfg(test)]
mod tests;
