//! The client against the fake: each answer, executed by GitHub's schema, is read whole.

mod rest;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use flowlens::{
    domain::secret::Secret,
    github::{
        client::{Client, ClientNotice, ClientOptions, Error, Kind, Resource, Why},
        payload::{
            ByName, ByToken, Context, Failures, Fingerprint, More, Node, Nodes, OrgRepository, Pull,
            Requested, RequestedReviewers, Suites,
        },
        query,
    },
};
use serde_json::json;

use super::fake::{
    Fake,
    faults::{Fault, What},
    node_id,
    world::{Clock, World},
};

pub(super) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
}

pub(super) fn world() -> World {
    World::new(Clock::At(now()))
}

pub(super) fn start(world: World) -> Fake {
    Fake::start(world, Duration::ZERO)
}

pub(super) fn client(fake: &Fake) -> Client {
    let options = ClientOptions::new(fake.url(), Some(Secret::new("ghp_x")), None);
    Client::new(ClientOptions { clock: now, ..options }).expect("a client")
}

fn pull_id(fake: &Fake, number: i32) -> String {
    node_id("PR", fake.world().repositories[0].pulls[&number].id)
}

async fn details(
    client: &Client,
    ids: &[String],
) -> (Vec<Option<Pull>>, Vec<flowlens::github::client::GraphError>) {
    let graph = client
        .graphql::<Nodes<Pull>>(query::DETAILS, json!({"ids": ids}), "acme/api")
        .await
        .expect("an answer");
    (graph.data.nodes.expect("nodes"), graph.errors)
}

/// A repository with one pull request that has something of everything.
fn full() -> World {
    let mut world = world();
    let at = world.add_repository("acme/api");
    let number = world.add_pull(at, "Renew the tokens");
    let review = world.id();
    world.change(at, number, |pull| {
        pull.author = Some("dependabot".to_owned());
        pull.labels = vec!["bug".to_owned()];
        pull.assignees = vec!["cleo".to_owned()];
        pull.requests = vec!["ana".to_owned(), "dependabot".to_owned(), "@acme/backend".to_owned()];
        pull.reviews = vec![super::fake::world::Review {
            id: review,
            author: None,
            state: "APPROVED",
            at: now(),
            updated_at: now(),
            commit: pull.head.clone(),
        }];
        pull.auto_merge = Some(now());
        pull.queue = Some(3);
    });
    let head = world.repositories[at].pulls[&number].head.clone();
    let suite = world.add_suite(at, &head, "CI");
    world.check(at, &head, suite, "test", Some("FAILURE"));
    world.check(at, &head, suite, "lint", None);
    world.status(at, &head, "deploy", "SUCCESS");
    world
}

#[tokio::test]
async fn details_are_read_whole() {
    let fake = start(full());
    let client = client(&fake);
    let (mut pulls, errors) = details(&client, &[pull_id(&fake, 1)]).await;
    assert!(errors.is_empty(), "{errors:?}");
    let pull = pulls.remove(0).expect("a pull request");
    assert_eq!((pull.number, pull.title.as_str(), pull.state.as_str()), (1, "Renew the tokens", "OPEN"));
    assert_eq!(pull.author.map(|author| author.login()).as_deref(), Some("dependabot[bot]"));
    assert_eq!(pull.repository.expect("its repository").name_with_owner, "acme/api");
    let labels = pull.labels.expect("labels");
    assert_eq!(labels.whole().expect("all")[0].name, "bug");
    let requests = pull.review_requests.expect("requests");
    let names: Vec<_> = requests
        .iter()
        .map(|request| request.requested_reviewer.as_ref().and_then(Requested::name))
        .collect();
    let expected = ["ana", "dependabot[bot]", "acme/backend"].map(|name| Some(name.to_owned()));
    assert_eq!(names, expected);
    let reviews = pull.reviews.expect("reviews");
    let review = reviews.whole().expect("all")[0];
    assert!(review.full_database_id > Some(i64::from(i32::MAX)) && review.author.is_none(), "{review:?}");
    let rollup = pull.status_check_rollup.expect("a rollup");
    assert_eq!(rollup.commit.expect("a commit").oid, pull.head_ref_oid);
    let contexts = rollup.contexts.expect("contexts");
    let kinds: Vec<_> = contexts
        .whole()
        .expect("all")
        .into_iter()
        .map(|context| match context {
            Context::CheckRun(run) => format!("{} {} {:?}", run.name, run.status, run.conclusion),
            Context::StatusContext(status) => format!("{} {}", status.context, status.state),
            Context::Unknown => "?".to_owned(),
        })
        .collect();
    assert_eq!(kinds, ["test COMPLETED Some(\"FAILURE\")", "lint IN_PROGRESS None", "deploy SUCCESS"]);
    let queue = (pull.is_in_merge_queue, pull.merge_queue_entry.and_then(|entry| entry.position));
    assert_eq!(queue, (Some(true), Some(3)));
}

#[tokio::test]
async fn every_query_is_answered_and_read() {
    let fake = start(full());
    let client = client(&fake);
    let ids = json!({"ids": [pull_id(&fake, 1)]});
    let repository = node_id("R", fake.world().repositories[0].id);
    let first = json!({"owner": "acme", "name": "api", "n": 50, "after": null, "states": ["OPEN"], "by": "CREATED_AT", "dir": "ASC"});
    let first = client.graphql::<ByName>(query::FIRST, first, "acme/api").await.expect("an answer");
    let first = first.data.repository.expect("a repository");
    assert_eq!(
        (first.id.as_str(), first.owner.map(|owner| owner.login())),
        (repository.as_str(), Some("acme".to_owned()))
    );
    assert_eq!(first.pull_requests.expect("a list").whole().expect("all").len(), 1);
    let prints =
        client.graphql::<Nodes<Fingerprint>>(query::FINGERPRINT, &ids, "x").await.expect("an answer");
    let print = prints.data.nodes.expect("nodes").remove(0).expect("one");
    let contexts = print.status_check_rollup.expect("a rollup").contexts.expect("contexts");
    let counts: Vec<_> = contexts
        .check_run_counts_by_state
        .expect("counts")
        .into_iter()
        .map(|one| (one.state, one.count))
        .collect();
    assert_eq!(counts, [("FAILURE".to_owned(), 1), ("IN_PROGRESS".to_owned(), 1)]);
    let suites = client.graphql::<Nodes<Suites>>(query::SUITES, &ids, "x").await.expect("an answer");
    let commits = suites.data.nodes.expect("nodes").remove(0).expect("one").commits.expect("commits");
    let suites = commits.iter().next().expect("a commit").commit.check_suites.as_ref().expect("suites");
    assert_eq!(
        suites.iter().next().and_then(|suite| suite.app.as_ref()?.slug.as_deref()),
        Some("github-actions")
    );
    let probe = json!({"ids": [repository], "n": 10});
    let probe = client
        .graphql::<Nodes<flowlens::github::payload::Repository>>(query::PROBE, probe, "x")
        .await
        .expect("an answer");
    assert_eq!(
        probe.data.nodes.expect("nodes")[0]
            .as_ref()
            .expect("one")
            .pull_requests
            .as_ref()
            .map(|list| list.iter().count()),
        Some(1)
    );
    let viewer = client.graphql::<ByToken>(query::VIEWER, json!({}), "you").await.expect("an answer");
    assert_eq!(viewer.data.viewer.expect("somebody").login, "ana");
    let more = json!({"id": pull_id(&fake, 1), "contexts": true, "reviews": false, "labels": true, "assignees": false, "requests": false});
    let more = client
        .graphql::<Node<More>>(query::MORE, more, "x")
        .await
        .expect("an answer")
        .data
        .node
        .expect("one");
    assert!(more.labels.is_some() && more.status_check_rollup.is_some() && more.reviews.is_none());
    // Each cost a point, and the client knows.
    let spent = client.purse(Resource::Graphql).map(|purse| purse.spent);
    assert_eq!(spent, Some(fake.world().log.iter().map(|asked| asked.cost).sum()));
    assert_eq!(spent, Some(6));
}

#[tokio::test]
async fn lists_are_whole_only_with_all_their_pages() {
    let mut world = full();
    let head = world.repositories[0].pulls[&1].head.clone();
    let suite = world.add_suite(0, &head, "Matrix");
    for n in 0..250 {
        world.check(0, &head, suite, &format!("job {n}"), Some("SUCCESS"));
    }
    let fake = start(world);
    let client = client(&fake);
    let mut pull = details(&client, &[pull_id(&fake, 1)]).await.0.remove(0).expect("a pull request");
    let contexts = |pull: &Pull| {
        pull.status_check_rollup.as_ref().and_then(|rollup| rollup.contexts.clone()).expect("contexts")
    };
    let mut pages = 1;
    while let Some(after) = contexts(&pull).more().map(str::to_owned) {
        assert!(contexts(&pull).whole().is_none());
        let more = json!({"id": pull.id, "contexts": true, "contextsAfter": after, "reviews": false, "labels": false,
                          "assignees": false, "requests": false});
        let more = client
            .graphql::<Node<More>>(query::MORE, more, "x")
            .await
            .expect("an answer")
            .data
            .node
            .expect("one");
        assert!(pull.append(more));
        pages += 1;
    }
    assert_eq!((pages, contexts(&pull).whole().map(|all| all.len())), (3, Some(253)));
    // A push meanwhile: the pages do not fit.
    fake.world().pass(TimeDelta::seconds(5));
    fake.world().push(0, 1);
    let more = json!({"id": pull.id, "contexts": true, "reviews": false, "labels": false, "assignees": false, "requests": false});
    let more = client
        .graphql::<Node<More>>(query::MORE, more, "x")
        .await
        .expect("an answer")
        .data
        .node
        .expect("one");
    assert!(!pull.append(more));
}

#[tokio::test]
async fn what_cannot_be_read_is_not_taken_for_nothing() {
    let mut world = full();
    world.token.checks = false;
    world.token.scopes = None;
    world.add_pull(0, "Another");
    let fake = start(world);
    let (ids, gone) = ([pull_id(&fake, 1), pull_id(&fake, 2)], "PR_1".to_owned());
    let client = client(&fake);
    let (pulls, errors) = details(&client, &[ids[0].clone(), ids[1].clone(), gone]).await;
    let failures = Failures::new(&errors);
    assert!(failures.touch(0, "statusCheckRollup") && !failures.touch(0, "labels"));
    assert!(!failures.touch(1, "statusCheckRollup") && failures.touch(2, "labels"));
    assert!(failures.of_node(0).all(|(error, _)| error.kind == Kind::Forbidden));
    assert!(failures.of_node(2).all(|(error, _)| error.kind == Kind::NotFound));
    let rollup = pulls[0].as_ref().and_then(|pull| pull.status_check_rollup.as_ref()).expect("a rollup");
    assert_eq!(
        (rollup.state.as_deref(), rollup.contexts.as_ref().expect("contexts").whole().is_none()),
        (Some("FAILURE"), true)
    );
    assert!(pulls[1].is_some() && pulls[2].is_none());
    assert_eq!(client.scopes(), None);
}

#[tokio::test]
async fn an_older_server_and_a_narrow_token_lose_single_fields() {
    let mut world = full();
    world.lacks = ["PullRequest.mergeQueueEntry", "PullRequest.isInMergeQueue"].map(str::to_owned).into();
    world.token.scopes = Some(vec!["repo".to_owned()]);
    let fake = start(world);
    let client = client(&fake);
    let pull = details(&client, &[pull_id(&fake, 1)]).await.0.remove(0).expect("a pull request");
    assert_eq!((pull.is_in_merge_queue, pull.merge_state_status.as_deref()), (None, Some("CLEAN")));
    let requests = pull.review_requests.expect("requests");
    let names: Vec<_> = requests
        .iter()
        .map(|request| request.requested_reviewer.as_ref().and_then(Requested::name))
        .collect();
    assert_eq!(names.iter().filter(|name| name.is_none()).count(), 1, "the team is there, but has no name");
    let notices = client.notices();
    assert!(notices.contains(&ClientNotice::NoSuchField("mergeQueueEntry".to_owned())), "{notices:?}");
    assert!(
        notices.iter().any(|notice| notice.to_string().contains("lacks the scope read:org")),
        "{notices:?}"
    );
    // REST knows the name.
    let url = client.address("repos/acme/api/pulls/1/requested_reviewers").expect("a URL");
    let names = client.page::<RequestedReviewers>(&url, "x").await.expect("a page").content.names();
    assert_eq!(names, ["ana", "dependabot[bot]", "acme/backend"]);
}

#[tokio::test]
async fn one_organisation_behind_single_sign_on_costs_no_other() {
    let mut world = full();
    let at = world.add_repository("closed/one");
    world.closed.insert("closed".to_owned());
    let ids = [0, at].map(|at| node_id("R", world.repositories[at].id));
    let fake = start(world);
    let client = client(&fake);
    let probe = json!({"ids": ids, "n": 10});
    let probe = client
        .graphql::<Nodes<flowlens::github::payload::Repository>>(query::PROBE, probe, "x")
        .await
        .expect("data");
    let nodes = probe.data.nodes.expect("nodes");
    assert!(nodes[0].is_some() && nodes[1].is_none());
    let Kind::SingleSignOn(error) = &probe.errors[0].kind else { panic!("{:?}", probe.errors) };
    assert!(
        error.mend().is_some_and(|mend| mend.contains("https://github.com/orgs/closed/sso")),
        "{error:?}"
    );
    let url = client.address("repos/closed/one").expect("a URL");
    assert!(matches!(
        client.page::<OrgRepository>(&url, "closed/one").await,
        Err(Error::SingleSignOn { .. })
    ));
}

#[tokio::test]
async fn faults_are_those_of_github() {
    let fake = start(full());
    let client = client(&fake);
    let ask = async || {
        client
            .graphql::<ByToken>(query::VIEWER, json!({}), "you")
            .await
            .map(|graph| graph.data.viewer.is_some())
    };
    fake.world().fault(1, |asked| asked.what == "Viewer", What::Cut);
    assert!(matches!(ask().await, Err(Error::Unreachable(_))));
    fake.world().fault(1, |_| true, Fault::page());
    assert!(matches!(ask().await, Err(Error::WebPage { status: 200, .. })));
    fake.world().fault(1, |asked| asked.is_graphql, What::TooMuchAbove(0));
    assert!(matches!(ask().await, Err(Error::TooMuch(_))));
    fake.world().fault(1, |_| true, What::Before(Box::new(|world| world.token.valid = false)));
    assert!(matches!(ask().await, Err(Error::BadToken(_))));
    fake.world().token.valid = true;
    assert_eq!(ask().await, Ok(true));
    fake.world().fault(1, |_| true, Fault::secondary(30));
    let Err(Error::Wait(wait)) = ask().await else { panic!("a limit") };
    assert_eq!((wait.until - now(), wait.why), (TimeDelta::seconds(30), Why::Secondary));
    // The hourly limit, for a client that has just come.
    fake.world().graphql.used = 5_000;
    let client = self::client(&fake);
    let asked = client.graphql::<ByToken>(query::VIEWER, json!({}), "you").await.map(|_| ());
    let Err(Error::Wait(wait)) = asked else { panic!("a limit") };
    assert_eq!((wait.until - now(), wait.why), (TimeDelta::hours(1), Why::Primary));
}
