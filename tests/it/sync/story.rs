//! What happens in a small GitHub, and what its deliveries would tell of it.

use chrono::TimeDelta;
use flowlens::{
    facts::fact::{Fact, MergeQueueSeen, ReviewDismissed, What},
    github::{
        payload::{ByName, Nodes, Pull, Repository},
        query,
    },
};
use proptest::{prelude::*, sample::select};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::github::fake::{
    execute, node_id,
    world::{Review, World, file},
};

/// Something that happens, to the pull request of this number where it is about one.
#[derive(Clone, Debug)]
pub(super) enum Turn {
    Open,
    Push,
    Title(u8),
    Label,
    Ask(bool),
    Draft(bool),
    Base(bool),
    AutoMerge(bool),
    /// Moves no `updatedAt`, and nobody is told.
    Mergeable(bool),
    Queue(Option<i32>),
    Close,
    Merge,
    Reopen,
    /// A check begins, in a suite of its own or again in the last one.
    Begin {
        name: &'static str,
        again: bool,
    },
    /// The last check that runs ends.
    End(&'static str),
    Status(&'static str),
    Review(&'static str, &'static str),
    Dismiss,
    Rename,
    Delete,
}

const CONCLUSIONS: &[&str] = &["SUCCESS", "FAILURE", "NEUTRAL", "CANCELLED", "SKIPPED"];

impl Turn {
    pub(super) fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            1 => Just(Self::Open),
            3 => Just(Self::Push),
            1 => any::<u8>().prop_map(Self::Title),
            1 => Just(Self::Label),
            1 => any::<bool>().prop_map(Self::Ask),
            1 => any::<bool>().prop_map(Self::Draft),
            1 => any::<bool>().prop_map(Self::Base),
            1 => any::<bool>().prop_map(Self::AutoMerge),
            2 => any::<bool>().prop_map(Self::Mergeable),
            2 => proptest::option::of(1..4_i32).prop_map(Self::Queue),
            1 => Just(Self::Close),
            1 => Just(Self::Merge),
            2 => Just(Self::Reopen),
            5 => (select(&["test", "lint"][..]), any::<bool>())
                .prop_map(|(name, again)| Self::Begin { name, again }),
            5 => select(CONCLUSIONS).prop_map(Self::End),
            2 => select(&["PENDING", "SUCCESS", "FAILURE", "ERROR"][..]).prop_map(Self::Status),
            3 => (select(&["ana", "ben"][..]), select(&["APPROVED", "CHANGES_REQUESTED", "COMMENTED"][..]))
                .prop_map(|(who, said)| Self::Review(who, said)),
            1 => Just(Self::Dismiss),
            1 => Just(Self::Rename),
            1 => Just(Self::Delete),
        ]
    }

    /// Makes it happen, some seconds later; what deliveries would tell.
    pub(super) fn happen(&self, world: &mut World, number: i32, seconds: i64) -> Vec<Fact> {
        world.pass(TimeDelta::seconds(seconds));
        let now = world.now();
        let state = world.repositories[0].pulls.get(&number).map(|pull| pull.state);
        match self {
            Self::Open => {
                let number = world.add_pull(0, "Another");
                world.change(0, number, |pull| {
                    pull.created_at = now;
                    pull.files = between(&pull.head, "main");
                });
                picture(world, number)
            }
            Self::Rename => {
                let name = format!("acme/api-{}", now.timestamp());
                world.rename(0, &name);
                vec![repository(world)]
            }
            Self::Reopen if state == Some("CLOSED") => self.of_pull(world, number),
            Self::Reopen => Vec::new(),
            _ if state == Some("OPEN") => self.of_pull(world, number),
            _ => Vec::new(),
        }
    }

    fn of_pull(&self, world: &mut World, number: i32) -> Vec<Fact> {
        let pulls = &mut world.repositories[0].pulls;
        match self {
            Self::Mergeable(yes) => {
                let pull = pulls.get_mut(&number).expect("a pull request");
                (pull.mergeable, pull.merge_state) =
                    if *yes { ("MERGEABLE", "CLEAN") } else { ("CONFLICTING", "DIRTY") };
                Vec::new()
            }
            Self::Delete => {
                pulls.remove(&number);
                Vec::new()
            }
            Self::Queue(position) => {
                pulls.get_mut(&number).expect("a pull request").queue = *position;
                let seen = MergeQueueSeen { number, position: *position };
                vec![fact(world, What::MergeQueue(seen))]
            }
            Self::Begin { .. } | Self::End(_) | Self::Status(_) => {
                self.build(world, number);
                checks(world, number)
            }
            Self::Review(who, said) => {
                let (id, now) = (world.id(), world.now());
                let author = Some((*who).to_owned());
                world.change(0, number, |pull| {
                    let commit = pull.head.clone();
                    pull.reviews.push(Review { id, author, state: said, at: now, updated_at: now, commit });
                });
                [picture(world, number), reviews(world, number)].concat()
            }
            Self::Dismiss => dismiss(world, number),
            _ => {
                self.update(world, number);
                picture(world, number)
            }
        }
    }

    /// Moves its `updatedAt`.
    fn update(&self, world: &mut World, number: i32) {
        let now = world.now();
        if matches!(self, Self::Push) {
            world.push(0, number);
        }
        world.change(0, number, |pull| match self {
            Self::Push => {
                pull.commits += 1;
                pull.files = between(&pull.head, &pull.base_branch);
            }
            Self::Title(n) => pull.title = format!("Title {n}"),
            Self::Label => pull.labels.push(format!("label {}", pull.labels.len())),
            Self::Ask(true) => pull.requests = vec!["ana".to_owned(), "@acme/core".to_owned()],
            Self::Ask(false) => pull.requests = Vec::new(),
            Self::Draft(yes) => pull.is_draft = *yes,
            Self::Base(main) => {
                pull.base_branch = if *main { "main" } else { "next" }.to_owned();
                pull.files = between(&pull.head, &pull.base_branch);
            }
            Self::AutoMerge(yes) => pull.auto_merge = yes.then_some(now),
            Self::Close => (pull.state, pull.closed_at, pull.queue) = ("CLOSED", Some(now), None),
            Self::Merge => {
                (pull.state, pull.closed_at, pull.queue) = ("MERGED", Some(now), None);
                pull.merged_at = Some(now);
            }
            Self::Reopen => (pull.state, pull.closed_at) = ("OPEN", None),
            other => panic!("{other:?} is no update"),
        });
    }

    fn build(&self, world: &mut World, number: i32) {
        let (head, now) = (world.repositories[0].pulls[&number].head.clone(), world.now());
        match self {
            Self::Begin { name, again } => {
                let last = world.repositories[0].commits[&head].suites.len().checked_sub(1);
                let suite = last.filter(|_| *again).unwrap_or_else(|| world.add_suite(0, &head, "CI"));
                world.check(0, &head, suite, name, None);
            }
            Self::End(conclusion) => {
                let commit = world.repositories[0].commits.get_mut(&head).expect("a commit");
                let mut runs = commit.suites.iter_mut().flat_map(|suite| &mut suite.runs);
                if let Some(run) = runs.rfind(|run| run.status != "COMPLETED") {
                    (run.status, run.completed_at) = ("COMPLETED", Some(now));
                    run.conclusion = Some(*conclusion);
                }
            }
            Self::Status(state) => world.status(0, &head, "deploy", state),
            other => panic!("{other:?} is no build"),
        }
    }
}

fn dismiss(world: &mut World, number: i32) -> Vec<Fact> {
    let (now, reviews) = (world.now(), &world.repositories[0].pulls[&number].reviews);
    let Some(at) = reviews.iter().position(|one| one.state == "APPROVED") else { return Vec::new() };
    let (review_id, submitted_at) = (reviews[at].id, reviews[at].at);
    let reviewer = reviews[at].author.clone().expect("a reviewer");
    world.change(0, number, |pull| {
        (pull.reviews[at].state, pull.reviews[at].updated_at) = ("DISMISSED", now);
    });
    let seen = ReviewDismissed { number, review_id, reviewer, submitted_at };
    let told = fact(world, What::ReviewDismissed(seen));
    [picture(world, number), vec![told]].concat()
}

/// The files of a head, compared with a base: always the same ones.
pub(super) fn between(head: &str, base: &str) -> Vec<Value> {
    vec![file(&format!("src/{base}/{head}.rs"))]
}

fn asked<T: DeserializeOwned>(world: &World, query: query::Query, variables: &Value) -> T {
    let (mut answer, _) = execute(world, &query.text(), variables, None);
    serde_json::from_value(answer["data"].take()).expect("an answer")
}

/// All that is told of a pull request now.
fn told(world: &World, number: i32) -> Vec<Fact> {
    let ids = json!({"ids": [node_id("PR", world.repositories[0].pulls[&number].id)]});
    let nodes: Nodes<Pull> = asked(world, query::DETAILS, &ids);
    let pull = nodes.nodes.and_then(|mut nodes| nodes.pop().flatten()).expect("a pull request");
    let reference = pull.repository.as_ref().and_then(Repository::reference).expect("a repository");
    pull.facts(&reference, None, &|_| false, world.now())
}

fn repository(world: &World) -> Fact {
    let (owner, name) = (&world.repositories[0].owner, &world.repositories[0].name);
    let variables =
        json!({"owner": owner, "name": name, "n": 1, "states": [], "by": "CREATED_AT", "dir": "ASC"});
    let found: ByName = asked(world, query::FIRST, &variables);
    found.repository.and_then(|one| one.fact()).expect("a repository")
}

fn fact(world: &World, what: What) -> Fact {
    Fact { at: world.now(), what, ..repository(world) }
}

/// A delivery has the word of mergeability beside the rest.
fn picture(world: &World, number: i32) -> Vec<Fact> {
    let mergeable = world.repositories[0].pulls[&number].merge_state.to_lowercase();
    let mut facts = told(world, number);
    facts.retain(|fact| matches!(fact.what, What::PullRequest(_)));
    for fact in &mut facts {
        if let What::PullRequest(seen) = &mut fact.what {
            seen.mergeable_state = Some(mergeable.clone());
        }
    }
    facts.push(repository(world));
    facts
}

/// Each check is told as it is, with the number of its attempt, which no answer has.
fn checks(world: &World, number: i32) -> Vec<Fact> {
    let mut facts = told(world, number);
    facts.retain(|fact| matches!(fact.what, What::Check(_)));
    for fact in &mut facts {
        if let What::Check(seen) = &mut fact.what {
            seen.attempt = (seen.github_id != 0).then_some(1);
        }
    }
    facts
}

fn reviews(world: &World, number: i32) -> Vec<Fact> {
    let mut facts = told(world, number);
    facts.retain(|fact| matches!(fact.what, What::Review(_)));
    facts
}
