use std::collections::HashSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{
    any::{board, now, pull_request, pull_requests},
    attention::Order,
    ids::PrNumber,
    pr_state::PrState,
    pull_request::PullRow,
};

fn sorted(pulls: &[PullRequest]) -> Vec<&PullRequest> {
    let mut list: Vec<&PullRequest> = pulls.iter().collect();
    Order::default().sort(&mut list, &board(), Some("bo"), now());
    list
}

/// Whether rows stand in the order of the list.
fn keep_order(rows: &[&PullRequest], list: &[&PullRequest]) -> bool {
    let places: Vec<Option<usize>> =
        rows.iter().map(|pr| list.iter().position(|other| other.key == pr.key)).collect();
    places.is_sorted()
}

proptest! {
    #[test]
    fn no_row_is_lost_and_counts_are_those_of_the_rows(pulls in pull_requests()) {
        let (board, list) = (board(), sorted(&pulls));
        for grouping in Grouping::ALL {
            let grouped = group(grouping, list.clone(), &board, now());
            let keys: HashSet<PrKey> = grouped.keys().into_iter().collect();
            prop_assert_eq!((keys.len(), grouped.pulls.len()), (list.len(), list.len()));
            if grouping == Grouping::None {
                prop_assert!(grouped.groups.is_empty() && grouped.pulls == list);
                continue;
            }
            let (mut next, mut last) = (0, None);
            for group in &grouped.groups {
                prop_assert_eq!(group.first, next);
                prop_assert!(group.line > last.unwrap_or(0) || last.is_none() && group.line == 0);
                last = Some(group.line);
                prop_assert!(group.len > 0);
                next += group.len;
                let rows = &grouped.pulls[group.first..next];
                prop_assert_eq!(group.failing, rows.iter().filter(|pr| pr.is_failing()).count());
                let is_high = |pr: &&&PullRequest| pr.state.is_open() && pr.risk() == Some(&Risk::High);
                prop_assert_eq!(group.high_risk, rows.iter().filter(is_high).count());
                prop_assert!(grouping == Grouping::Stack || keep_order(rows, &list));
            }
            prop_assert_eq!(next, list.len());
            let names: HashSet<&str> = grouped.groups.iter().map(|group| group.name.as_str()).collect();
            let apart = grouping == Grouping::Stack || names.len() == grouped.groups.len();
            // Nobody knows the name of a repository that is not there.
            prop_assert!(apart, "{:?} {:?}", grouping, grouped.groups);
            let firsts: Vec<&PullRequest> = grouped.groups.iter().map(|group| grouped.pulls[group.first]).collect();
            prop_assert!(grouping == Grouping::Stack || keep_order(&firsts, &list));
        }
    }

    #[test]
    fn a_group_holds_all_that_belong_to_it(pulls in pull_requests()) {
        let (board, list) = (board(), sorted(&pulls));
        let of = |grouping| {
            let grouped = group(grouping, list.clone(), &board, now());
            let rows = grouped.groups.iter().flat_map(|group| vec![group.first; group.len]);
            rows.zip(grouped.pulls.clone()).map(|(first, pr)| (first, pr.clone())).collect::<Vec<_>>()
        };
        for (one, a) in of(Grouping::Author) {
            for (two, b) in of(Grouping::Author) {
                prop_assert_eq!(one == two, a.author == b.author);
            }
        }
        for (one, a) in of(Grouping::Repository) {
            for (two, b) in of(Grouping::Repository) {
                prop_assert_eq!(one == two, a.key.repo == b.key.repo);
            }
        }
    }

    #[test]
    fn a_branch_stands_before_those_upon_it(pulls in pull_requests()) {
        let (board, list) = (board(), sorted(&pulls));
        let grouped = group(Grouping::Stack, list, &board, now());
        prop_assert_eq!(grouped.depths.len(), grouped.pulls.len());
        for group in &grouped.groups {
            prop_assert_eq!(grouped.depths[group.first], 0);
            for at in group.first + 1..group.first + group.len {
                let (pr, depth) = (grouped.pulls[at], grouped.depths[at]);
                if depth == 0 {
                    prop_assert_eq!(group.name.as_str(), "in no stack");
                    continue;
                }
                let before = (group.first..at).rev().find(|before| grouped.depths[*before] == depth - 1);
                let parent = before.map(|before| grouped.pulls[before]).expect("a branch below");
                prop_assert_eq!((parent.key.repo, &parent.branch), (pr.key.repo, &pr.base));
            }
        }
    }

    #[test]
    fn a_row_alone_is_a_group(pr in pull_request()) {
        let board = board();
        for grouping in Grouping::ALL {
            let grouped = group(grouping, vec![&pr], &board, now());
            prop_assert_eq!(grouped.groups.len(), usize::from(grouping != Grouping::None));
        }
    }
}

fn pull(number: i32, branch: &str, base: &str, author: Option<&str>) -> PullRequest {
    let row = PullRow {
        branch_name: Some(branch.to_owned()),
        base_branch: Some(base.to_owned()),
        author: author.map(str::to_owned),
        ..PullRow::default()
    };
    PullRequest::assemble(PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(number)), Some(row), None, None)
}

/// Groups by name, with the numbers and depths of their rows.
fn told(grouping: Grouping, pulls: &[PullRequest]) -> Vec<(String, Vec<(i32, u8)>)> {
    let board = board();
    let grouped = group(grouping, pulls.iter().collect(), &board, now());
    let depth = |at: usize| grouped.depths.get(at).copied().unwrap_or_default();
    let rows = |group: &Group| {
        let rows = group.first..group.first + group.len;
        rows.map(|at| (grouped.pulls[at].key.number.get(), depth(at))).collect()
    };
    grouped.groups.iter().map(|group| (group.name.clone(), rows(group))).collect()
}

#[test]
fn stacks_are_trees_and_come_before_the_rest() {
    let pulls = [
        pull(9, "docs", "main", None),
        pull(8, "c", "b", None),
        pull(7, "d", "a", None),
        pull(6, "b", "a", None),
        pull(5, "main", "main", None),
        pull(4, "a", "main", None),
        pull(3, "x", "y", None),
        pull(2, "y", "x", None),
    ];
    assert_eq!(
        told(Grouping::Stack, &pulls),
        [
            ("acme/api a".to_owned(), vec![(4, 0), (7, 1), (6, 1), (8, 2)]),
            ("acme/api y".to_owned(), vec![(2, 0), (3, 1)]),
            ("in no stack".to_owned(), vec![(9, 0), (5, 0)]),
        ]
    );
}

#[test]
fn of_two_with_one_branch_the_open_one_and_then_the_newer_is_below() {
    let mut pulls = [pull(8, "b", "a", None), pull(6, "a", "main", None), pull(4, "a", "main", None)];
    let stack = |below: i32, alone: i32| {
        [("acme/api a".to_owned(), vec![(below, 0), (8, 1)]), ("in no stack".to_owned(), vec![(alone, 0)])]
    };
    assert_eq!(told(Grouping::Stack, &pulls), stack(6, 4));
    pulls.swap(1, 2);
    assert_eq!(told(Grouping::Stack, &pulls), stack(6, 4));
    pulls[2].state = PrState::Closed;
    assert_eq!(told(Grouping::Stack, &pulls), stack(4, 6));
    pulls.swap(1, 2);
    assert_eq!(told(Grouping::Stack, &pulls), stack(4, 6));
}

#[test]
fn groups_have_the_names_of_people_and_roles() {
    let mut pulls =
        [pull(3, "a", "main", Some("ana")), pull(2, "b", "main", None), pull(1, "c", "main", Some("ana"))];
    pulls[2].reviewers = ["cy", "bo"].map(Into::into).into();
    let names = |grouping| told(grouping, &pulls).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(Grouping::Author), ["@ana", "unknown author"]);
    assert_eq!(names(Grouping::Owner), ["someone", "@bo, @cy"]);
    assert_eq!(names(Grouping::Repository), ["acme/api"]);
}
