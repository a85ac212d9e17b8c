//! Repositories: renamed, recreated, their names taken over.

use flowlens::facts::fact::{Fact, RepositoryRef, RepositorySeen, What};

use super::{
    lives::{acme, at, fact, pull},
    memory::Memory,
};

fn named(seconds: i64, github_id: i64, name: &str) -> Fact {
    let repository = RepositoryRef { github_id, full_name: name.into() };
    Fact { repository, at: at(seconds), what: What::Repository(RepositorySeen::default()) }
}

/// The names of repositories by GitHub's id, in whatever order they were told.
fn names(facts: &[Fact]) -> Vec<String> {
    let memory = Memory::of(facts);
    let mut slowly = Memory::default();
    for fact in facts.iter().rev() {
        slowly.apply(std::slice::from_ref(fact));
    }
    assert_eq!(memory, slowly);
    memory.repositories.into_values().map(|row| row.full_name).collect()
}

#[test]
fn a_repository_is_its_id() {
    assert_eq!(names(&[named(1, 1, "acme/api"), named(5, 1, "acme/core")]), ["acme/core"]);
    // Another one takes the name over.
    assert_eq!(names(&[named(1, 1, "acme/api"), named(5, 2, "acme/api")]), ["acme/api#1", "acme/api"]);
    assert_eq!(names(&[named(5, 1, "acme/api"), named(1, 2, "acme/api")]), ["acme/api", "acme/api#2"]);
    assert_eq!(
        names(&[named(1, 1, "acme/api"), named(3, 1, "acme/core"), named(5, 2, "acme/api")]),
        ["acme/core", "acme/api"]
    );
    // The two names are one in a database, which holds no NUL.
    assert_eq!(
        names(&[named(1, 1, "acme/a\0pi"), named(5, 2, "acme/a\u{fffd}pi"), named(9, 3, "acme/a\0pi")]),
        ["acme/a\u{fffd}pi#1", "acme/a\u{fffd}pi#2", "acme/a\u{fffd}pi"]
    );
    // They swap.
    assert_eq!(
        names(&[named(1, 1, "a/x"), named(1, 2, "a/y"), named(5, 1, "a/y"), named(5, 2, "a/x")]),
        ["a/y", "a/x"]
    );
    // The taker goes elsewhere: the name is its old bearer's again.
    assert_eq!(
        names(&[named(1, 1, "acme/api"), named(5, 2, "acme/api"), named(9, 2, "acme/new")]),
        ["acme/api", "acme/new"]
    );
}

#[test]
fn a_repository_known_by_its_name_only_gives_way() {
    let memory = Memory::of(&[fact(0, What::PullRequest(Box::new(pull("c1"))))]);
    let row = &memory.repositories[&1];
    assert_eq!((row.full_name.as_str(), row.owner.as_str(), &*row.name), ("acme/api", "acme", "api"));
    assert_eq!((row.is_private, row.id), (None, flowlens::facts::reduce::new_repo_id(acme().github_id)));
    assert_eq!(
        names(&[fact(0, What::PullRequest(Box::new(pull("c1")))), named(-9, 1, "acme/early")]),
        ["acme/early"]
    );
}
