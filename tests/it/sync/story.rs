//! What happens in a small GitHub, and what its webhooks deliver of it.

use chrono::TimeDelta;
use proptest::{prelude::*, sample::select};
use serde_json::Value;

use crate::github::fake::{
    deliver::Delivery,
    world::{Review, World, file},
};

/// Something that happens, to the pull request of this number where it is about one.
#[derive(Clone, Debug)]
pub(crate) enum Turn {
    Open,
    Push,
    Title(u8),
    Label,
    Unlabel,
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
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            1 => Just(Self::Open),
            3 => Just(Self::Push),
            1 => any::<u8>().prop_map(Self::Title),
            2 => Just(Self::Label),
            2 => Just(Self::Unlabel),
            1 => any::<bool>().prop_map(Self::Ask),
            1 => any::<bool>().prop_map(Self::Draft),
            1 => any::<bool>().prop_map(Self::Base),
            1 => any::<bool>().prop_map(Self::AutoMerge),
            2 => any::<bool>().prop_map(Self::Mergeable),
            3 => proptest::option::of(1..4_i32).prop_map(Self::Queue),
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

    /// Makes it happen, some seconds later; the deliveries.
    pub(crate) fn happen(&self, world: &mut World, number: i32, seconds: i64) -> Vec<Delivery> {
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
                vec![world.tell_pull(0, number, "opened")]
            }
            Self::Rename => {
                let name = format!("acme/api-{}", now.timestamp());
                world.rename(0, &name);
                vec![world.tell_repository(0, "renamed")]
            }
            Self::Reopen if state == Some("CLOSED") => self.of_pull(world, number),
            Self::Reopen => Vec::new(),
            _ if state == Some("OPEN") => self.of_pull(world, number),
            _ => Vec::new(),
        }
    }

    fn of_pull(&self, world: &mut World, number: i32) -> Vec<Delivery> {
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
                let queue = &mut pulls.get_mut(&number).expect("a pull request").queue;
                let was_queued = std::mem::replace(queue, *position).is_some();
                // Nothing is delivered for a move within the queue.
                match (was_queued, position.is_some()) {
                    (false, true) => vec![world.tell_pull(0, number, "enqueued")],
                    (true, false) => vec![world.tell_pull(0, number, "dequeued")],
                    _ => Vec::new(),
                }
            }
            Self::Begin { .. } | Self::End(_) | Self::Status(_) => self.build(world, number),
            Self::Review(who, said) => {
                let (id, now) = (world.id(), world.now());
                let author = Some((*who).to_owned());
                world.change(0, number, |pull| {
                    let commit = pull.head.clone();
                    pull.reviews.push(Review { id, author, state: said, at: now, updated_at: now, commit });
                });
                vec![world.tell_review(0, number, id, "submitted")]
            }
            Self::Dismiss => dismiss(world, number),
            _ => {
                self.update(world, number);
                let pushed = matches!(self, Self::Push).then(|| world.tell_push(0, number));
                pushed.into_iter().chain([world.tell_pull(0, number, self.action())]).collect()
            }
        }
    }

    fn action(&self) -> &'static str {
        match self {
            Self::Push => "synchronize",
            Self::Label => "labeled",
            Self::Unlabel => "unlabeled",
            Self::Ask(true) => "review_requested",
            Self::Ask(false) => "review_request_removed",
            Self::Draft(true) => "converted_to_draft",
            Self::Draft(false) => "ready_for_review",
            Self::AutoMerge(true) => "auto_merge_enabled",
            Self::AutoMerge(false) => "auto_merge_disabled",
            Self::Close | Self::Merge => "closed",
            Self::Reopen => "reopened",
            _ => "edited",
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
            Self::Unlabel => drop(pull.labels.pop()),
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

    fn build(&self, world: &mut World, number: i32) -> Vec<Delivery> {
        let (head, now) = (world.repositories[0].pulls[&number].head.clone(), world.now());
        match self {
            Self::Begin { name, again } => {
                let last = world.repositories[0].commits[&head].suites.len().checked_sub(1);
                let suite = last.filter(|_| *again).unwrap_or_else(|| world.add_suite(0, &head, "CI"));
                let id = world.check(0, &head, suite, name, None);
                let suite = &world.repositories[0].commits[&head].suites[suite];
                [world.tell_suite(0, &head, suite, "requested"), world.tell_check(0, &head, id)].concat()
            }
            Self::End(conclusion) => {
                let commit = world.repositories[0].commits.get_mut(&head).expect("a commit");
                let all = commit.suites.iter_mut().enumerate();
                let mut runs = all.flat_map(|(n, suite)| suite.runs.iter_mut().map(move |run| (n, run)));
                let Some((n, run)) = runs.rfind(|(_, run)| run.status != "COMPLETED") else {
                    return Vec::new();
                };
                (run.status, run.completed_at) = ("COMPLETED", Some(now));
                run.conclusion = Some(*conclusion);
                let id = run.id;
                let suite = &mut commit.suites[n];
                if suite.runs.iter().all(|run| run.status == "COMPLETED") {
                    (suite.status, suite.conclusion) = ("COMPLETED", Some(*conclusion));
                }
                let ended = world.repositories[0].commits[&head].suites[n].clone();
                let suite = if ended.conclusion.is_some() {
                    world.tell_suite(0, &head, &ended, "completed")
                } else {
                    Vec::new()
                };
                [world.tell_check(0, &head, id), suite].concat()
            }
            Self::Status(state) => {
                world.status(0, &head, "deploy", state);
                vec![world.tell_status(0, &head, "deploy")]
            }
            other => panic!("{other:?} is no build"),
        }
    }
}

fn dismiss(world: &mut World, number: i32) -> Vec<Delivery> {
    let (now, reviews) = (world.now(), &world.repositories[0].pulls[&number].reviews);
    let Some(at) = reviews.iter().position(|one| one.state == "APPROVED") else { return Vec::new() };
    let id = reviews[at].id;
    world.change(0, number, |pull| {
        (pull.reviews[at].state, pull.reviews[at].updated_at) = ("DISMISSED", now);
    });
    vec![world.tell_review(0, number, id, "dismissed")]
}

/// The files of a head, compared with a base: always the same ones.
pub(crate) fn between(head: &str, base: &str) -> Vec<Value> {
    vec![file(&format!("src/{base}/{head}.rs"))]
}
