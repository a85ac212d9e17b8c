//! The rules, one by one, each in any order of its facts.

use flowlens::{
    domain::pipeline::Stage,
    facts::{
        fact::{
            CheckConclusion, CheckSeen, CheckStatus, Fact, FilesSeen, MergeQueueSeen, PullRequestSeen,
            PullState, ReviewState, What,
        },
        rows::{PipelineRunRow, PullRequestRow, Stored},
    },
};

use super::{
    lives::{at, check, dismissal, fact, pull, review},
    memory::Memory,
};

/// A picture of #1 at a time.
pub(super) fn seen(seconds: i64, pull: PullRequestSeen) -> Fact {
    fact(seconds, What::PullRequest(Box::new(pull)))
}

pub(super) fn opened() -> Fact {
    seen(0, pull("c1"))
}

pub(super) fn job(seconds: i64, head: &str, suite: i64, name: &str, id: i64, word: &str) -> Fact {
    fact(seconds, What::Check(check(head, suite, name, id, word)))
}

pub(super) fn queue(seconds: i64, position: Option<i32>) -> Fact {
    fact(seconds, What::MergeQueue(MergeQueueSeen { number: 1, position, updated_at: None }))
}

/// The rows of #1, the same forwards, backwards, and one by one with each fact told twice.
pub(super) fn rows(facts: &[Fact]) -> Stored {
    let memory = Memory::of(facts);
    let mut backwards = facts.to_vec();
    backwards.reverse();
    assert_eq!(memory, Memory::of(&backwards));
    let mut slowly = Memory::default();
    for fact in backwards.iter().flat_map(|fact| [fact, fact]) {
        slowly.apply(std::slice::from_ref(fact));
    }
    assert_eq!(memory, slowly);
    memory.pulls[&(1, 1)].clone()
}

pub(super) fn run(facts: &[Fact]) -> PipelineRunRow {
    rows(facts).run.expect("a run")
}

pub(super) fn row(facts: &[Fact]) -> PullRequestRow {
    rows(facts).pull.expect("a pull request")
}

/// The four words of the stages.
pub(super) fn words(facts: &[Fact]) -> String {
    let run = run(facts);
    [run.status_pr, run.status_build, run.status_approval, run.status_merge]
        .map(|status| status.word().to_owned())
        .join(" ")
}

pub(super) fn word(stage: Stage, facts: &[Fact]) -> String {
    words(facts).split(' ').nth(stage.index()).expect("a word").to_owned()
}

#[test]
fn the_build_is_that_of_all_checks() {
    for (told, build) in [
        (&[][..], "pending"),
        (&["queued"], "running"),
        (&["in_progress", "success"], "running"),
        (&["success", "success"], "passed"),
        (&["success", "neutral", "skipped"], "passed"),
        (&["neutral", "skipped"], "pending"),
        (&["failure", "success"], "failed"),
        (&["failure", "in_progress"], "failed"),
        (&["cancelled", "success"], "failed"),
        (&["timed_out"], "failed"),
        (&["action_required"], "failed"),
        (&["startup_failure"], "failed"),
        (&["stale", "success"], "pending"),
    ] {
        let jobs = told.iter().enumerate().map(|(n, word)| job(1, "c1", 7, &n.to_string(), 1, word));
        let facts: Vec<Fact> = std::iter::once(opened()).chain(jobs).collect();
        assert_eq!(word(Stage::Build, &facts), build, "{told:?}");
    }
}

#[test]
fn a_late_beginning_does_not_overtake_an_end() {
    let facts = [opened(), job(5, "c1", 7, "test", 1, "success"), job(9, "c1", 7, "test", 1, "in_progress")];
    assert_eq!(word(Stage::Build, &facts), "passed");
}

#[test]
fn a_rerun_takes_the_place_of_the_attempt_before() {
    let again =
        |word| fact(9, What::Check(CheckSeen { attempt: Some(2), ..check("c1", 7, "test", 2, word) }));
    let failed = job(5, "c1", 7, "test", 1, "failure");
    assert_eq!(word(Stage::Build, &[opened(), failed.clone(), again("queued")]), "running");
    assert_eq!(word(Stage::Build, &[opened(), failed.clone(), again("success")]), "passed");
    // A check run does not count its attempts: its id grows.
    assert_eq!(word(Stage::Build, &[opened(), failed, job(5, "c1", 7, "test", 2, "success")]), "passed");
}

#[test]
fn jobs_of_one_name_in_two_workflows_are_two() {
    let facts = [opened(), job(5, "c1", 7, "test", 1, "failure"), job(6, "c1", 8, "test", 2, "success")];
    assert_eq!(word(Stage::Build, &facts), "failed");
    assert_eq!(Memory::of(&facts).checks.len(), 2);
}

#[test]
fn a_job_without_its_suite_and_its_check_run_are_one() {
    let facts = [opened(), job(5, "c1", 0, "test", 1, "in_progress"), job(6, "c1", 7, "test", 1, "success")];
    assert_eq!(word(Stage::Build, &facts), "passed");
    let again = job(7, "c1", 0, "test", 2, "in_progress");
    assert_eq!(word(Stage::Build, &[facts.as_slice(), &[again]].concat()), "running");
}

#[test]
fn commit_statuses_are_checks() {
    let status = |word| CheckSeen { app: CheckSeen::STATUS.into(), ..check("c1", 0, "ci/jenkins", 1, word) };
    let failed = fact(2, What::Check(status("failure")));
    assert_eq!(word(Stage::Build, &[opened(), failed, job(2, "c1", 7, "test", 1, "success")]), "failed");
}

#[test]
fn a_new_head_begins_a_new_build() {
    let facts = [
        opened(),
        job(2, "c1", 7, "test", 1, "success"),
        seen(4, pull("c2")),
        // Late news of the old commit.
        job(6, "c1", 7, "lint", 2, "failure"),
    ];
    let run_row = run(&facts);
    assert_eq!((run_row.status_build.word(), run_row.build_since), ("pending", Some(at(4))));
    assert_eq!(run_row.commit_sha.as_deref(), Some("c2"));
    assert_eq!(word(Stage::Build, &facts[..2]), "passed");
}

#[test]
fn approval_is_the_latest_verdict_of_each_reviewer() {
    let cases: &[(&[Fact], &str)] = &[
        (&[], "pending"),
        (&[review(1, 1, "bo", "commented")], "pending"),
        (&[review(1, 1, "bo", "approved")], "passed"),
        (&[review(1, 1, "bo", "approved"), review(2, 2, "bo", "commented")], "passed"),
        (&[review(1, 1, "bo", "changes_requested"), review(2, 2, "cy", "approved")], "failed"),
        (&[review(1, 1, "bo", "changes_requested"), review(2, 2, "bo", "approved")], "passed"),
        (&[review(1, 1, "bo", "changes_requested"), dismissal(2, 1, "bo", 1)], "pending"),
        // A tie of one second: the dismissal.
        (&[review(1, 1, "bo", "approved"), dismissal(1, 1, "bo", 1)], "pending"),
        (
            &[review(1, 1, "bo", "approved"), dismissal(1, 1, "bo", 1), review(1, 2, "bo", "approved")],
            "pending",
        ),
        // What was dismissed does not bring back what was before it.
        (
            &[
                review(1, 1, "bo", "approved"),
                review(2, 2, "bo", "changes_requested"),
                dismissal(3, 2, "bo", 2),
            ],
            "pending",
        ),
        (&[review(1, 1, "bo", "dismissed"), review(1, 2, "cy", "approved")], "passed"),
    ];
    for (reviews, approval) in cases {
        let facts = [&[opened()], *reviews].concat();
        assert_eq!(word(Stage::Approval, &facts), *approval, "{reviews:?}");
    }
    let asked = seen(0, PullRequestSeen { reviewers: vec!["bo".into()], ..pull("c1") });
    assert_eq!(word(Stage::Approval, std::slice::from_ref(&asked)), "running");
    assert_eq!(word(Stage::Approval, &[asked, review(1, 1, "bo", "approved")]), "passed");
}

#[test]
fn what_a_dismissed_review_had_said_stays_known() {
    let facts =
        [opened(), dismissal(5, 1, "bo", 1), dismissal(3, 1, "bo", 1), review(1, 1, "bo", "approved")];
    let row = &rows(&facts).reviews[&1];
    assert_eq!((&row.state, row.dismissed_at), (&ReviewState::Approved, Some(at(3))));
}

#[test]
fn a_pull_request_from_draft_to_merge_and_back() {
    let now = |seconds, state| seen(seconds, PullRequestSeen { state, ..pull("c1") });
    let draft = now(0, PullState::Draft);
    let ready = now(2, PullState::Open);
    let closed = now(4, PullState::Closed { at: at(4) });
    let reopened = now(6, PullState::Open);
    let merged = now(8, PullState::Merged { at: at(8) });
    let life = [draft, ready, closed, reopened, merged];
    for (facts, expected, pr_since, merge_since) in [
        (1, "running pending pending pending", 0, 0),
        (2, "passed pending pending pending", 2, 0),
        (3, "closed pending pending closed", 4, 4),
        (4, "passed pending pending pending", 6, 6),
        (5, "merged pending pending merged", 8, 8),
    ] {
        let facts = &life[..facts];
        assert_eq!(words(facts), expected);
        let run = run(facts);
        assert_eq!(
            (run.pr_since, run.merge_since),
            (Some(at(pr_since)), Some(at(merge_since))),
            "{expected}"
        );
    }
    let open = row(&life[..4]);
    assert_eq!((open.state.as_deref(), open.closed_at, open.is_draft), (Some("open"), None, Some(false)));
}

#[test]
fn a_merge_is_final() {
    let merged = PullRequestSeen { state: PullState::Merged { at: at(5) }, ..pull("c1") };
    let labelled = PullRequestSeen { labels: vec!["bug".into()], ..merged.clone() };
    let facts = [seen(5, merged), seen(9, labelled), opened(), seen(12, pull("c1")), queue(8, Some(1))];
    let row = row(&facts);
    assert_eq!((row.state.as_deref(), row.merged_at), (Some("merged"), Some(at(5))));
    assert_eq!((row.labels, row.queue_position), (vec!["bug".to_owned()], None));
    assert_eq!(words(&facts), "merged pending pending merged");
}

#[test]
fn the_way_to_the_merge() {
    let with = |word: &str, auto_merge| {
        seen(2, PullRequestSeen { mergeable_state: Some(word.into()), auto_merge, ..pull("c1") })
    };
    assert_eq!(word(Stage::Merge, &[opened(), with("clean", false)]), "pending");
    assert_eq!(word(Stage::Merge, &[opened(), with("clean", true)]), "running");
    assert_eq!(word(Stage::Merge, &[opened(), with("dirty", true)]), "failed");
    let queued = [opened(), queue(3, Some(4)), queue(5, Some(2))];
    let run_row = run(&queued);
    assert_eq!((run_row.status_merge.word(), run_row.merge_since), ("running", Some(at(3))));
    assert_eq!(row(&queued).queue_position, Some(2));
    assert_eq!(word(Stage::Merge, &[opened(), queue(3, Some(4)), queue(5, None)]), "pending");
    // Closed and reopened: not in the queue any more, even if nobody said so.
    let closed = seen(6, PullRequestSeen { state: PullState::Closed { at: at(6) }, ..pull("c1") });
    assert_eq!(row(&[opened(), queue(3, Some(4)), closed, seen(8, pull("c1"))]).queue_position, None);
}

#[test]
fn of_one_second_what_is_known_holds() {
    let with = |word: &str| seen(0, PullRequestSeen { mergeable_state: Some(word.into()), ..pull("c1") });
    let row = row(&[with("dirty"), with("unknown"), opened()]);
    assert_eq!(row.mergeable_state.as_deref(), Some("dirty"));
}

#[test]
fn titles_and_authors_come_from_pull_requests_only() {
    let facts = [opened(), job(9, "c1", 7, "Check run: lint", 1, "success"), review(9, 1, "bo", "approved")];
    let row = row(&facts);
    assert_eq!((&*row.title, row.author.as_deref()), ("Add OAuth refresh", Some("ana")));
    // Before the pull request itself is seen there is a run, and no row with an invented title.
    let early = rows(&[review(9, 1, "bo", "approved")]);
    assert_eq!(early.pull, None);
    assert_eq!(early.run.unwrap().status_approval.word(), "passed");
}

#[test]
fn files_wait_for_their_pull_request() {
    let files = |seconds, head: &str| {
        let files = serde_json::json!([{ "filename": head }]);
        fact(
            seconds,
            What::Files(FilesSeen {
                number: 1,
                head_sha: head.into(),
                base_branch: None,
                files: files.into(),
            }),
        )
    };
    let stored = rows(&[files(3, "c2"), files(1, "c1"), seen(2, pull("c2"))]);
    assert_eq!(stored.pull.unwrap().files_changed.unwrap()[0]["filename"], "c2");
    assert_eq!(stored.run.unwrap().files_head(), Some("c2"));
}

#[test]
fn since_and_history_tell_the_whole_way() {
    let timed = |id, attempt, word: &str, begin, end: i64| {
        let seen = CheckSeen {
            attempt: Some(attempt),
            started_at: Some(at(begin)),
            completed_at: Some(at(end)),
            ..check("c1", 7, "test", id, word)
        };
        fact(end, What::Check(seen))
    };
    let facts = [
        seen(0, PullRequestSeen { reviewers: vec!["bo".into()], ..pull("c1") }),
        timed(1, 1, "failure", 10, 40),
        review(50, 1, "bo", "changes_requested"),
        seen(51, pull("c1")),
        review(60, 2, "bo", "approved"),
        dismissal(70, 2, "bo", 60),
        review(80, 3, "cy", "approved"),
    ];
    let run = run(&facts);
    let story = |field: &str| {
        let entries = run.history.iter().filter(|item| item.field == field);
        entries
            .map(|item| format!("{}@{}", item.value, (item.at - at(0)).num_seconds()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(story("status_build"), "pending@0 running@10 failed@40");
    assert_eq!(story("status_approval"), "running@0 failed@50 passed@60 pending@70 passed@80");
    assert_eq!(story("status_pr"), "passed@0");
    assert_eq!(story("head"), "c1@0");
    assert_eq!(story("review"), "changes_requested@50 approved@60 dismissed@70 approved@80");
    assert_eq!((run.build_since, run.approval_since), (Some(at(40)), Some(at(80))));
    let sorted = run.history.iter().map(|item| item.at).collect::<Vec<_>>();
    assert!(sorted.is_sorted());
}

#[test]
fn a_history_keeps_the_newest() {
    let label = |n: i64| seen(n, PullRequestSeen { labels: vec![n.to_string()], ..pull("c1") });
    let files = FilesSeen {
        number: 1,
        head_sha: "c1".into(),
        base_branch: None,
        files: serde_json::json!([]).into(),
    };
    let mut facts: Vec<Fact> = (0..160).map(label).collect();
    facts.extend([queue(1, Some(3)), fact(2, What::Files(files))]);
    facts.extend((0..70).map(|n| review(n, n, "bo", "commented")));
    let stored = rows(&facts);
    let run = stored.run.unwrap();
    // Of 140 that are kept, five have places for the newest of their kinds; the rest goes to what is told anew.
    let states = run.history.iter().filter(|item| item.field == "state").count();
    assert_eq!((states, run.history.len()), (136, 200));
    assert_eq!(run.history.last().map(|item| item.at), Some(at(159)));
    // What the rows show is not forgotten, however old.
    assert_eq!((run.files_head(), stored.pull.unwrap().queue_position), (Some("c1"), Some(3)));
}

#[test]
fn a_change_is_written_once_and_only_where_it_is_one() {
    let mut memory = Memory::of(&[opened(), job(1, "c1", 7, "test", 1, "in_progress")]);
    let done = [job(5, "c1", 7, "test", 1, "success")];
    assert_eq!(memory.apply(&done), 2, "the check and its run");
    assert_eq!(memory.apply(&done), 0);
    assert_eq!(memory.apply(&[job(6, "c0", 7, "test", 1, "failure")]), 0, "another commit's");
}

#[test]
fn a_check_waits_for_its_pull_request() {
    let mut memory = Memory::of(&[job(5, "c1", 7, "test", 1, "success")]);
    assert!(memory.pulls.is_empty());
    memory.apply(&[opened()]);
    assert_eq!(memory.pulls[&(1, 1)].run.as_ref().unwrap().status_build.word(), "passed");
}

#[test]
fn a_key_has_no_nul() {
    let facts = [opened(), job(1, "c1", 7, "te\0st", 1, "error")];
    let names: Vec<String> = Memory::of(&facts).checks.into_keys().map(|(_, key)| key.name).collect();
    assert_eq!(names, ["te\u{fffd}st"]);
    assert_eq!(word(Stage::Build, &facts), "failed");
}

#[test]
fn words_round_trip() {
    for word in CheckStatus::ALL.iter().chain(&[CheckStatus::Other("odd".into())]) {
        assert_eq!(CheckStatus::parse(word.word()), *word);
    }
    for word in CheckConclusion::ALL.iter().chain(&[CheckConclusion::Other("odd".into())]) {
        assert_eq!(CheckConclusion::parse(word.word()), *word);
    }
    for word in ReviewState::ALL.iter().chain(&[ReviewState::Other("odd".into())]) {
        assert_eq!(ReviewState::parse(&word.word().to_uppercase()).word().to_lowercase(), word.word());
    }
}
