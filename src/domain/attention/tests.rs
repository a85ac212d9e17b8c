use uuid::Uuid;

use super::*;
use crate::domain::{
    ids::{PrKey, PrNumber, RepoId},
    pipeline::StoredStage,
    pull_request::{PullRow, RunRow},
};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "as the columns are")]
fn minutes(ago: i64) -> Option<DateTime<Utc>> {
    Some(now() - TimeDelta::minutes(ago))
}

/// A pull request: its repository, how many minutes ago it was opened and its rows were written, and their words.
#[derive(Clone, Copy)]
struct Draft {
    repo: u128,
    created: i64,
    written: i64,
    run_written: Option<i64>,
    run_sha: &'static str,
    build: &'static str,
    build_since: Option<i64>,
    approval: &'static str,
    approval_since: Option<i64>,
    mergeable: &'static str,
    state: &'static str,
}

const FRESH: Draft = Draft {
    repo: 1,
    created: 5,
    written: 5,
    run_written: Some(5),
    run_sha: "abc1234",
    build: "pending",
    build_since: None,
    approval: "approved",
    approval_since: None,
    mergeable: "clean",
    state: "open",
};

impl Draft {
    fn done(self, number: i32) -> PullRequest {
        let row = PullRow {
            state: Some(self.state.to_owned()),
            commit_sha: Some("abc1234".to_owned()),
            mergeable_state: Some(self.mergeable.to_owned()),
            created_at: minutes(self.created),
            updated_at: minutes(self.written),
            ..PullRow::default()
        };
        let words = ["passed", self.build, self.approval, "pending"];
        let mut stages = words.map(|word| StoredStage { word: Some(word.to_owned()), since: None });
        stages[1].since = self.build_since.and_then(minutes);
        stages[2].since = self.approval_since.and_then(minutes);
        let run = self.run_written.map(|ago| RunRow {
            commit_sha: Some(self.run_sha.to_owned()),
            stages,
            updated_at: minutes(ago),
            ..RunRow::default()
        });
        let key = PrKey::new(RepoId::new(Uuid::from_u128(self.repo)), PrNumber::new(number));
        PullRequest::assemble(key, Some(row), run.as_ref(), None)
    }
}

#[test]
fn a_build_is_expected_of_a_fresh_head_and_of_one_that_is_held_back() {
    use Verb::{FixBuild, Merge, Review, StartBuild, WaitForCi};
    let mut board = Board::default();
    // Repository 1 has builds, if only of one that has ended; 2 has none.
    let ended = Draft { build: "passed", state: "merged", created: 900, ..FRESH };
    board.apply_pulls(vec![ended.done(1), Draft { repo: 2, ..FRESH }.done(1)], &[], None);
    // Opened long ago, and pushed to just now.
    let pushed = Draft { created: 900, ..FRESH };
    let old = Draft { created: 900, written: 600, run_written: Some(600), ..FRESH };
    for (what, draft, want) in [
        ("fresh", FRESH, StartBuild),
        ("no other head has one", Draft { repo: 2, ..FRESH }, Merge),
        ("14 minutes", Draft { written: 14, ..pushed }, StartBuild),
        ("15 minutes", Draft { written: 15, ..pushed }, Merge),
        ("pushed to", pushed, StartBuild),
        (
            "the run is of the head before",
            Draft { run_written: Some(600), run_sha: "0ld", ..pushed },
            StartBuild,
        ),
        ("there is no run yet", Draft { run_written: None, ..pushed }, StartBuild),
        ("only labelled", Draft { run_written: Some(600), ..pushed }, Merge),
        ("pending since long", Draft { build_since: Some(600), ..pushed }, Merge),
        ("pending since now", Draft { build_since: Some(2), ..old }, StartBuild),
        ("not approved yet", Draft { approval: "pending", ..pushed }, StartBuild),
        ("not approved, long ago", Draft { approval: "pending", ..old }, Review),
        ("held back", Draft { mergeable: "BLOCKED", repo: 2, ..old }, StartBuild),
        ("held back for a review", Draft { mergeable: "blocked", approval: "pending", ..old }, Review),
        ("it runs", Draft { build: "running", ..FRESH }, WaitForCi),
        ("it failed", Draft { build: "failed", ..FRESH }, FixBuild),
        ("it passed", Draft { build: "passed", ..FRESH }, Merge),
        ("it is not needed", Draft { build: "skipped", ..FRESH }, Merge),
    ] {
        let next = NextAction::of(&draft.done(7), &board, now()).unwrap();
        assert_eq!(next.verb, want, "{what}");
        if want == StartBuild {
            assert_eq!((next.sentence().as_str(), next.owner), ("CI to start", Owner::Ci), "{what}");
        }
    }
    let merged = Draft { state: "merged", ..FRESH }.done(7);
    assert_eq!(NextAction::of(&merged, &board, now()), None);
}

#[test]
fn a_merge_is_due_since_the_last_of_what_it_waited_for() {
    for (build_since, approval_since, want) in [
        (Some(600), Some(5), Some(5)),
        (Some(5), Some(600), Some(5)),
        (None, Some(7), Some(7)),
        (None, None, None),
    ] {
        let draft = Draft { created: 900, build: "passed", build_since, approval_since, ..FRESH };
        let next = NextAction::of(&draft.done(7), &Board::default(), now()).unwrap();
        assert_eq!((next.verb, next.since), (Verb::Merge, want.and_then(minutes)));
    }
}

#[test]
fn the_first_rule_that_holds_says_what_is_due_and_since_when() {
    use Verb::{
        AnswerReview, FinishDraft, FixBuild, FixMerge, Merge, Rebase, Review, WaitForCi, WaitInQueue,
    };
    // Opened 50 minutes ago, and its stages are so since 40, 30, 20 and 10.
    for (state, mergeable, queue_position, words, want) in [
        ("draft", "dirty", None, ["running", "failed", "rejected", "failed"], Some((FinishDraft, 40))),
        ("open", "dirty", None, ["passed", "failed", "rejected", "pending"], Some((Rebase, 10))),
        ("open", "clean", None, ["passed", "failed", "rejected", "failed"], Some((FixMerge, 10))),
        ("open", "clean", None, ["passed", "failed", "rejected", "pending"], Some((FixBuild, 30))),
        ("open", "clean", None, ["passed", "running", "rejected", "pending"], Some((AnswerReview, 20))),
        ("open", "clean", None, ["passed", "running", "pending", "pending"], Some((WaitForCi, 30))),
        ("open", "clean", None, ["passed", "passed", "pending", "running"], Some((Review, 20))),
        ("open", "clean", Some(1), ["passed", "passed", "pending", "running"], Some((WaitInQueue, 10))),
        ("open", "clean", None, ["passed", "passed", "approved", "running"], Some((WaitInQueue, 10))),
        ("open", "clean", None, ["passed", "passed", "approved", "pending"], Some((Merge, 20))),
        ("merged", "clean", None, ["merged", "passed", "approved", "merged"], None),
    ] {
        let row = PullRow {
            state: Some(state.to_owned()),
            mergeable_state: Some(mergeable.to_owned()),
            queue_position,
            created_at: minutes(50),
            ..PullRow::default()
        };
        let mut ago = [40, 30, 20, 10].into_iter();
        let stages = words
            .map(|word| StoredStage { word: Some(word.to_owned()), since: ago.next().and_then(minutes) });
        let run = RunRow { stages, ..RunRow::default() };
        let key = PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(7));
        let pr = PullRequest::assemble(key, Some(row), Some(&run), None);
        let want = want.map(|(verb, since)| (verb, minutes(since)));
        assert_eq!(due(&pr, &Board::default(), now()), want, "{state} {mergeable} {words:?}");
    }
    // Where nobody tells since when a review is missing, it is since the pull request was opened.
    let unseen = Draft { build: "passed", approval: "pending", created: 900, ..FRESH }.done(7);
    assert_eq!(due(&unseen, &Board::default(), now()), Some((Review, minutes(900))));
    let runs = Draft { build: "running", ..FRESH }.done(7);
    assert_eq!(due(&runs, &Board::default(), now()), Some((WaitForCi, None)));
}

#[test]
fn a_login_is_meant_in_any_case() {
    for owner in [Owner::Author(Some("Ana".into())), Owner::Reviewers(["bo".into(), "Ana".into()].into())] {
        assert!(owner.is("aNA") && !owner.is("an"), "{owner:?}");
    }
}
