//! What a sync keeps and reads back, on each engine: marks, the lease, and what is known of pull requests and checks.

use std::time::Duration;

use crate::{
    facts::lives::{at, check, fact, pull},
    support::rows::Store,
};
use flowlens::{
    domain::ids::{PrNumber, RepoId, Sha},
    facts::fact::{
        CheckName, CheckSeen, CheckStatus, Fact, FilesSeen, MergeQueueSeen, MergeabilitySeen,
        PullRequestGone, RepositorySeen, ReviewSeen, ReviewState, What, Workflow,
    },
    store::{
        board::detail::DetailReader,
        sync::{Holding, Kept, KnownFiles, Mark, SyncStore},
        write::Writer,
    },
};

const MINUTE: Duration = Duration::from_mins(1);

/// A repository is stored, and nothing else.
async fn begun(store: &Store) -> (SyncStore, RepoId) {
    let mut sync = SyncStore::new(store.database());
    assert_eq!(sync.repository(1).await, Ok(None));
    let facts = [fact(0, What::Repository(RepositorySeen::default()))];
    Writer::new(store.database()).apply(&facts).await.expect("written");
    let repo = sync.repository(1).await.expect("asked").expect("stored");
    assert_eq!(sync.repository_named("Acme/API").await, Ok(Some(repo)));
    assert_eq!(sync.repository_named("acme/apis").await, Ok(None));
    (sync, repo)
}

/// What one look at a repository tells, asked at a time.
fn answers(asked: i64) -> Vec<Fact> {
    let mut facts = vec![fact(0, What::Repository(RepositorySeen::default()))];
    for number in 1..=3 {
        let head = format!("c{number}");
        let mut seen = pull(&head);
        seen.number = number;
        seen.labels = vec!["bug".into()];
        seen.reviewers = vec!["bo".into()];
        facts.push(fact(1, What::PullRequest(Box::new(seen))));
        facts.push(fact(
            asked,
            What::Mergeability(MergeabilitySeen {
                number,
                head_sha: head.clone(),
                updated_at: at(1),
                mergeable: Some("CONFLICTING".into()),
                merge_state: Some("DIRTY".into()),
            }),
        ));
        let workflow = Some(Workflow { id: 1, event: "push".into() });
        let of = |suite, name: &str, id, word| CheckSeen {
            workflow: workflow.clone(),
            ..check(&head, suite, name, id, word)
        };
        let status = CheckSeen { app: CheckSeen::STATUS.into(), ..check(&head, 0, "ci", 0, "pending") };
        let checks =
            [of(7, "test", 1, "failure"), of(8, "test", 2, "success"), of(8, "lint", 3, "in_progress")];
        let names = checks.iter().chain([&status]).map(CheckName::from).collect();
        facts.extend(checks.into_iter().chain([status]).map(|seen| {
            let time = seen.time(at(2));
            Fact { at: time, ..fact(0, What::Check(seen)) }
        }));
        let waits = CheckSeen::suite(&head, "github-actions", 9, "Deploy", CheckStatus::Waiting, None);
        facts.push(fact(2, What::Check(waits)));
        let list = flowlens::facts::fact::AllChecksSeen { head_sha: head.clone(), checks: names };
        facts.push(fact(asked, What::AllChecks(list)));
        facts.push(fact(
            3,
            What::Review(ReviewSeen {
                number,
                review_id: i64::from(number),
                reviewer: "bo".into(),
                state: ReviewState::Dismissed,
                commit_sha: Some(head.clone()),
                submitted_at: at(2),
            }),
        ));
        let files = serde_json::json!([{ "filename": "a.rs" }]);
        let base_branch = Some("main".to_owned());
        facts.push(fact(
            1,
            What::Files(FilesSeen { number, head_sha: head, base_branch, files: files.into() }),
        ));
    }
    facts.push(fact(asked, What::Gone(PullRequestGone { number: 4 })));
    facts
}

#[tokio::test]
async fn a_whole_set_of_answers_told_again_later_changes_no_row() {
    for store in Store::both("sync_again").await {
        let mut writer = Writer::new(store.database());
        assert!(writer.apply(&answers(10)).await.expect("written").rows > 20);
        let before = store.lines().await;
        for asked in [10, 70, 4000] {
            let again = writer.apply(&answers(asked)).await.expect("written");
            assert_eq!(again.rows, 0, "asked at {asked}");
        }
        assert_eq!(store.lines().await, before);
    }
}

#[tokio::test]
async fn what_is_known_is_read_in_pages() {
    for store in Store::both("sync_known").await {
        let (mut sync, repo) = begun(&store).await;
        let mut writer = Writer::new(store.database());
        writer.apply(&answers(10)).await.expect("written");
        let queued = What::MergeQueue(MergeQueueSeen { number: 2, position: Some(3), updated_at: None });
        let gone = What::Gone(PullRequestGone { number: 3 });
        writer.apply(&[fact(20, queued), fact(20, gone)]).await.expect("written");
        // Another repository's pull requests are no part of it.
        let other = Fact {
            repository: flowlens::facts::fact::RepositoryRef { github_id: 2, full_name: "acme/web".into() },
            ..fact(0, What::PullRequest(Box::new(pull("d1"))))
        };
        writer.apply(&[other]).await.expect("written");

        let first = sync.pulls(repo, None, 2).await.expect("read");
        let rest = sync.pulls(repo, Some(PrNumber::new(2)), 2).await.expect("read");
        assert_eq!(first.iter().map(|pull| pull.number.get()).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(rest.iter().map(|pull| pull.number.get()).collect::<Vec<_>>(), [3]);
        let (one, two, three) = (&first[0], &first[1], &rest[0]);
        assert_eq!((one.head_sha.as_deref(), one.base_branch.as_deref()), (Some("c1"), Some("main")));
        assert_eq!((one.updated_at, one.mergeable_state.as_deref()), (Some(at(1)), Some("dirty")));
        assert_eq!((one.queue_position, two.queue_position), (None, Some(3)));
        assert_eq!((one.is_open, three.is_open), (true, false));
        let files = KnownFiles { head_sha: "c1".into(), base_branch: Some("main".into()) };
        assert_eq!(one.files, Some(files));
        assert!(one.has_files_of("c1", "main"));
        assert!(!one.has_files_of("c1", "next") && !one.has_files_of("c2", "main"));

        let checks = sync.checks(repo, "c1").await.expect("read");
        let told: Vec<_> = checks.iter().map(|check| (check.suite_id, &*check.name, check.counts)).collect();
        let known =
            [(7, "test", false), (8, "lint", true), (8, "test", true), (9, "Deploy", true), (0, "ci", true)];
        assert_eq!(told, known);
        assert_eq!(sync.checks(repo, "c9").await, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn the_board_lists_the_checks_that_count_and_all_where_nobody_can_say() {
    for store in Store::both("sync_shown").await {
        let applied = Writer::new(store.database()).apply(&answers(10)).await.expect("written");
        let names = async || {
            let head = Sha::parse("c1");
            let mut reader = DetailReader::new(store.database());
            let detail = reader.detail(applied.pulls[0], head.as_ref()).await.expect("read");
            detail.checks.iter().map(|check| check.name().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names().await, ["Deploy", "ci", "lint", "test"]);
        if let Store::Postgres(db) = &store {
            // As the version before has it.
            db.execute("ALTER TABLE checks DROP COLUMN superseded").await;
            assert_eq!(names().await, ["test", "Deploy", "ci", "lint", "test"]);
        }
    }
}

#[tokio::test]
async fn marks_are_kept_until_they_are_forgotten() {
    for store in Store::both("sync_marks").await {
        let (mut sync, repo) = begun(&store).await;
        let mark = |cursor: &str| Mark { etag: None, cursor: Some(cursor.into()) };
        assert_eq!(sync.mark(repo, "open", &mark("Y3Vyc29y")).await, Ok(true));
        assert_eq!(sync.mark(repo, "open", &mark("Y3Vyc29y")).await, Ok(false));
        assert_eq!(sync.mark(repo, "open", &mark("next")).await, Ok(true));
        let tagged = |etag: &str| Mark { etag: Some(etag.into()), cursor: None };
        assert_eq!(sync.mark(repo, "repos", &tagged("old")).await, Ok(true));
        let tagged = tagged("W/\"a'b\"");
        assert_eq!(sync.mark(repo, "repos", &tagged).await, Ok(true));
        sync.lease(repo, "me", MINUTE).await.expect("asked").expect("taken");
        let marks = sync.marks(repo).await.expect("read");
        assert_eq!(marks, [("open".to_owned(), mark("next")), ("repos".to_owned(), tagged)].into());
        assert_eq!(sync.unmark(repo, "open").await, Ok(true));
        assert_eq!(sync.unmark(repo, "open").await, Ok(false));
        assert_eq!(sync.unmark_elsewhere(repo, "repos").await, Ok(false));
        assert_eq!(SyncStore::new(store.database()).marks(repo).await.expect("read").len(), 1);
    }
}

fn aged(age: Duration) -> Kept {
    Kept { age: Some(age), trouble: None }
}

fn name(holding: Option<Holding>) -> Option<String> {
    holding.map(|holding| holding.holder)
}

#[tokio::test]
async fn one_at_a_time_has_the_lease_of_a_repository() {
    for store in Store::both("sync_lease").await {
        let (mut one, repo) = begun(&store).await;
        let mut other = SyncStore::new(store.database());
        let lease = one.lease(repo, "one", MINUTE).await.expect("asked").expect("taken");
        assert_eq!(other.lease(repo, "other", MINUTE).await, Ok(None));
        assert_eq!(other.holding(repo).await.map(name), Ok(Some("one".into())));
        assert_eq!(one.renew(&lease, MINUTE, &Kept::default()).await, Ok(true));
        assert_eq!(one.lease(repo, "one", MINUTE).await, Ok(Some(lease.clone())), "it has it already");

        assert_eq!(one.release(&lease, &Kept::default()).await, Ok(true));
        assert_eq!(one.release(&lease, &Kept::default()).await, Ok(false));
        assert_eq!(other.holding(repo).await.map(name), Ok(None));
        let theirs = other.lease(repo, "other", MINUTE).await.expect("asked").expect("taken");
        assert_eq!(one.renew(&lease, MINUTE, &Kept::default()).await, Ok(false));

        // It ends by the database's clock, whatever anybody's own says.
        let past = match &store {
            Store::Postgres(_) => "now() - interval '1 second'",
            Store::Sqlite(_) => "1",
        };
        store.execute(&format!("UPDATE sync_state SET lease_until = {past} WHERE resource = 'lease'")).await;
        assert_eq!(one.holding(repo).await.map(name), Ok(None));
        assert!(one.lease(repo, "one", MINUTE).await.expect("asked").is_some());
        assert_eq!(other.renew(&theirs, MINUTE, &Kept::default()).await, Ok(false), "it is lost");
        assert_eq!(other.release(&theirs, &Kept::default()).await, Ok(false), "and not given away");
        assert_eq!(one.holding(repo).await.map(name), Ok(Some("one".into())));

        store.execute("UPDATE sync_state SET lease_until = NULL WHERE resource = 'lease'").await;
        assert!(other.lease(repo, "other", MINUTE).await.expect("asked").is_some(), "one without an end");
    }
}

/// Whoever reads it finds out how old GitHub's word is.
#[tokio::test]
async fn a_lease_keeps_when_all_was_as_on_github() {
    for store in Store::both("sync_age").await {
        let (mut sync, repo) = begun(&store).await;
        let seconds = match &store {
            Store::Postgres(_) => "extract(epoch FROM now())::int8 - cursor::int8 / 1000000",
            Store::Sqlite(_) => "unixepoch() - CAST(cursor AS INTEGER) / 1000000",
        };
        let age = async || {
            let sql =
                format!("SELECT COALESCE((SELECT {seconds} FROM sync_state WHERE resource = 'lease'), -9)");
            store.number(&sql).await
        };
        let lease = sync.lease(repo, "me", MINUTE).await.expect("asked").expect("taken");
        assert_eq!(age().await, -9, "nobody knows");
        assert_eq!(sync.renew(&lease, MINUTE, &aged(3 * MINUTE)).await, Ok(true));
        assert!((180..240).contains(&age().await));
        assert_eq!(sync.renew(&lease, MINUTE, &Kept::default()).await, Ok(true));
        assert!((180..240).contains(&age().await), "as before");
        assert_eq!(sync.release(&lease, &aged(Duration::ZERO)).await, Ok(true));
        assert!((0..60).contains(&age().await));
        assert_eq!(sync.marks(repo).await.expect("read").len(), 0, "it is no mark");
        sync.lease(repo, "another", MINUTE).await.expect("asked").expect("taken");
        assert!((0..60).contains(&age().await), "whoever comes next leaves it");
    }
}

#[tokio::test]
async fn of_many_that_want_the_lease_at_once_one_gets_it() {
    for store in Store::both("sync_lease_crowd").await {
        let (_, repo) = begun(&store).await;
        let mut crowd = tokio::task::JoinSet::new();
        for n in 0..6 {
            let mut sync = SyncStore::new(store.database());
            crowd.spawn(async move { sync.lease(repo, &format!("sync {n}"), MINUTE).await.expect("asked") });
        }
        let taken = crowd.join_all().await.into_iter().flatten().count();
        assert_eq!(taken, 1);
    }
}
