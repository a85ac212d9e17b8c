//! Branches upon branches: the head of one pull request is the base of another in its repository.

use super::{Group, Grouped};
use crate::domain::{board::Board, ids::RepoId, pull_request::PullRequest};

/// The group of those that are in no stack, which comes last.
const ALONE: &str = "in no stack";

pub(super) fn group<'a>(pulls: &[&'a PullRequest], board: &Board) -> Grouped<'a> {
    let parents = parents(pulls);
    let mut children: foldhash::HashMap<usize, Vec<usize>> = foldhash::HashMap::default();
    for (at, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            children.entry(*parent).or_default().push(at);
        }
    }
    let mut grouped = Grouped { pulls: Vec::with_capacity(pulls.len()), ..Grouped::default() };
    let mut alone = Vec::new();
    let mut is_placed = vec![false; pulls.len()];
    for at in 0..pulls.len() {
        if parents[at].is_none() && !children.contains_key(&at) {
            alone.push(pulls[at]);
        } else if !is_placed[at] {
            let root = root(at, &parents);
            let first = grouped.pulls.len();
            let mut open = vec![(root, 0_u8)];
            while let Some((at, depth)) = open.pop() {
                is_placed[at] = true;
                grouped.pulls.push(pulls[at]);
                grouped.depths.push(depth);
                let upon = children.get(&at).into_iter().flatten();
                open.extend(upon.rev().map(|child| (*child, depth.saturating_add(1))));
            }
            let (repo, branch) = (board.full_name(pulls[root].key.repo), pulls[root].branch.as_deref());
            grouped.end(format!("{repo} {}", branch.unwrap_or_default()), first);
        }
    }
    let first = grouped.pulls.len();
    grouped.depths.resize(pulls.len(), 0);
    grouped.pulls.extend(alone);
    if first < pulls.len() {
        grouped.end(ALONE.to_owned(), first);
    }
    grouped
}

impl Grouped<'_> {
    /// All rows from this one on are the last group.
    fn end(&mut self, name: String, first: usize) {
        let rows = &self.pulls[first..];
        let line = first + self.groups.len();
        let mut group = Group { name, first, line, len: rows.len(), ..Group::default() };
        group.count(rows.iter().copied());
        self.groups.push(group);
    }
}

/// The row upon whose branch each row is to be merged.
fn parents<'a>(pulls: &[&'a PullRequest]) -> Vec<Option<usize>> {
    // Most are based on a few branches, and few are such a branch.
    let base = |pr: &&'a PullRequest| Some((pr.key.repo, pr.base.as_deref()?));
    let bases: foldhash::HashSet<(RepoId, &str)> = pulls.iter().filter_map(base).collect();
    let mut heads: foldhash::HashMap<(RepoId, &str), usize> = foldhash::HashMap::default();
    for (at, pr) in pulls.iter().enumerate() {
        // A fork's main is not the main of all others.
        let branch = pr.branch.as_deref().filter(|branch| Some(*branch) != pr.base.as_deref());
        let Some(head) = branch.map(|branch| (pr.key.repo, branch)).filter(|head| bases.contains(head))
        else {
            continue;
        };
        let rank = |at: usize| (pulls[at].state.is_open(), pulls[at].key.number);
        let place = heads.entry(head).or_insert(at);
        if rank(*place) < rank(at) {
            *place = at;
        }
    }
    let parent = |pr: &&'a PullRequest| heads.get(&base(pr)?).copied();
    let mut parents: Vec<Option<usize>> = pulls.iter().map(parent).collect();
    cut_rings(pulls, &mut parents);
    parents
}

/// Two branches may be based on each other: the lowest number is the root then.
fn cut_rings(pulls: &[&PullRequest], parents: &mut [Option<usize>]) {
    // The walk that came by, from 1.
    let mut walks = vec![0; parents.len()];
    for start in 0..parents.len() {
        let mut at = start;
        while walks[at] == 0 {
            walks[at] = start + 1;
            let Some(parent) = parents[at] else { break };
            at = parent;
        }
        if walks[at] != start + 1 || parents[at].is_none() {
            continue;
        }
        let mut lowest = at;
        let mut next = parents[at];
        while let Some(on) = next.filter(|on| *on != at) {
            if pulls[on].key.number < pulls[lowest].key.number {
                lowest = on;
            }
            next = parents[on];
        }
        parents[lowest] = None;
    }
}

fn root(mut at: usize, parents: &[Option<usize>]) -> usize {
    while let Some(parent) = parents[at] {
        at = parent;
    }
    at
}
