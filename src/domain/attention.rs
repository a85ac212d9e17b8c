//! Who must act next, and which pull request comes first. Rules of our own, written out in docs/using.md.

mod order;
mod short;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::order::{Order, Sort};
use super::{
    board::Board,
    pipeline::{Stage, StageStatus},
    pr_state::PrState,
    pull_request::PullRequest,
};

/// What has to happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    FinishDraft,
    Rebase,
    FixMerge,
    FixBuild,
    AnswerReview,
    WaitForCi,
    StartBuild,
    Review,
    Merge,
    WaitInQueue,
}

impl Verb {
    pub const ALL: [Self; 10] = [
        Self::FinishDraft,
        Self::Rebase,
        Self::FixMerge,
        Self::FixBuild,
        Self::AnswerReview,
        Self::WaitForCi,
        Self::StartBuild,
        Self::Review,
        Self::Merge,
        Self::WaitInQueue,
    ];

    /// The word of the JSON contract.
    pub const fn word(self) -> &'static str {
        match self {
            Self::FinishDraft => "finish_draft",
            Self::Rebase => "rebase",
            Self::FixMerge => "fix_merge",
            Self::FixBuild => "fix_build",
            Self::AnswerReview => "answer_review",
            Self::WaitForCi => "wait_for_ci",
            Self::StartBuild => "start_build",
            Self::Review => "review",
            Self::Merge => "merge",
            Self::WaitInQueue => "wait_in_queue",
        }
    }

    /// Those who do it, where they have logins.
    pub fn logins(self, pr: &PullRequest) -> &[Box<str>] {
        match self {
            Self::FinishDraft
            | Self::Rebase
            | Self::FixMerge
            | Self::FixBuild
            | Self::AnswerReview
            | Self::Merge => pr.author.as_slice(),
            Self::Review => &pr.reviewers,
            Self::WaitForCi | Self::StartBuild | Self::WaitInQueue => &[],
        }
    }

    /// What it means, after "to": `fix the build`.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::FinishDraft => "finish the draft",
            Self::Rebase => "rebase: it conflicts with its base",
            Self::FixMerge => "see why the merge failed",
            Self::FixBuild => "fix the build",
            Self::AnswerReview => "answer the requested changes",
            Self::WaitForCi => "finish the build",
            Self::StartBuild => "start",
            Self::Review => "review",
            Self::Merge | Self::WaitInQueue => "merge it",
        }
    }
}

/// Who has to do it: a login, several, or a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The author, by login where it is known.
    Author(Option<Box<str>>),
    Reviewers(Box<[Box<str>]>),
    /// Nobody was asked: anybody may.
    Someone,
    Ci,
    MergeQueue,
}

impl Owner {
    /// Who has to do this.
    pub fn of(verb: Verb, pr: &PullRequest) -> Self {
        match verb {
            Verb::FinishDraft
            | Verb::Rebase
            | Verb::FixMerge
            | Verb::FixBuild
            | Verb::AnswerReview
            | Verb::Merge => Self::Author(pr.author.clone()),
            Verb::WaitForCi | Verb::StartBuild => Self::Ci,
            Verb::Review if pr.reviewers.is_empty() => Self::Someone,
            Verb::Review => Self::Reviewers(pr.reviewers.clone()),
            Verb::WaitInQueue => Self::MergeQueue,
        }
    }

    /// A login or a role, as in the JSON contract.
    pub fn word(&self) -> &str {
        match self {
            Self::Author(Some(login)) => login,
            Self::Author(None) => "author",
            Self::Reviewers(logins) => match &**logins {
                [login] => login,
                [] | [..] => "reviewers",
            },
            Self::Someone => "someone",
            Self::Ci => "ci",
            Self::MergeQueue => "merge_queue",
        }
    }

    /// For people: `@ana`, `@bo, @cy`, `someone`.
    pub fn phrase(&self) -> String {
        match self {
            Self::Author(Some(login)) => format!("@{login}"),
            Self::Author(None) => "the author".to_owned(),
            Self::Reviewers(logins) => logins.iter().map(|l| format!("@{l}")).collect::<Vec<_>>().join(", "),
            Self::Someone => "someone".to_owned(),
            Self::Ci => "CI".to_owned(),
            Self::MergeQueue => "the merge queue".to_owned(),
        }
    }

    /// Whether this login is meant, in any case.
    pub fn is(&self, login: &str) -> bool {
        match self {
            Self::Author(author) => author.as_deref().is_some_and(|a| a.eq_ignore_ascii_case(login)),
            Self::Reviewers(logins) => logins.iter().any(|l| l.eq_ignore_ascii_case(login)),
            Self::Someone | Self::Ci | Self::MergeQueue => false,
        }
    }
}

/// What happens next, by whom, and since when that is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextAction {
    pub verb: Verb,
    pub owner: Owner,
    /// Since when, where a stage tells.
    pub since: Option<DateTime<Utc>>,
}

impl NextAction {
    /// The first rule that matches at `now` (the server's clock); `None` once it is merged or closed.
    pub fn of(pr: &PullRequest, board: &Board, now: DateTime<Utc>) -> Option<Self> {
        let (verb, since) = due(pr, board, now)?;
        Some(Self { verb, owner: Owner::of(verb, pr), since })
    }

    /// `@ana to fix the build`, for people.
    pub fn sentence(&self) -> String {
        format!("{} to {}", self.owner.phrase(), self.verb.phrase())
    }
}

/// What happens next and since when, without a copy of who does it: for those who ask it of every row.
pub fn due(pr: &PullRequest, board: &Board, now: DateTime<Utc>) -> Option<(Verb, Option<DateTime<Utc>>)> {
    next(pr, expects_build(pr, board, now))
}

/// Whether all is done but the merge, and GitHub does not hold that back.
pub fn is_ready(pr: &PullRequest, board: &Board, now: DateTime<Utc>) -> bool {
    !pr.held_back && due(pr, board, now).is_some_and(|(verb, _)| verb == Verb::Merge)
}

/// So long after a head came, its build may still begin. `status --help` names it.
pub const GRACE: TimeDelta = TimeDelta::minutes(15);

/// Whether a build is to begin that nothing is known of yet: the head is fresh and others of the repository are built,
/// or all else is done and GitHub still holds the merge back for want of a required check.
pub fn expects_build(pr: &PullRequest, board: &Board, now: DateTime<Utc>) -> bool {
    if !pr.state.is_open() || *pr.status(Stage::Build) != StageStatus::Pending {
        return false;
    }
    let is_fresh = pr.head_at.is_some_and(|at| now - at < GRACE);
    let is_approved = matches!(pr.status(Stage::Approval), StageStatus::Passed | StageStatus::Skipped);
    (is_fresh && board.has_builds(pr.key.repo)) || (pr.held_back && is_approved)
}

/// What happens next, and since when: the first rule that matches.
fn next(pr: &PullRequest, expects_build: bool) -> Option<(Verb, Option<DateTime<Utc>>)> {
    use StageStatus::{Failed, Passed, Running};
    if !pr.state.is_open() {
        return None;
    }
    let opened = pr.pipeline.stage(Stage::Pr).since;
    let [build, approval, merge] =
        [Stage::Build, Stage::Approval, Stage::Merge].map(|s| pr.pipeline.stage(s));
    // All of it was done when the last was.
    let done =
        [build, approval].into_iter().filter(|stage| matches!(stage.status, Passed | StageStatus::Skipped));
    Some(if pr.state == PrState::Draft {
        (Verb::FinishDraft, opened)
    } else if pr.conflict {
        (Verb::Rebase, merge.since)
    } else if pr.cannot_merge() {
        (Verb::FixMerge, merge.since)
    } else if build.status == Failed {
        (Verb::FixBuild, build.since)
    } else if approval.status == Failed {
        (Verb::AnswerReview, approval.since)
    } else if build.status == Running {
        (Verb::WaitForCi, build.since)
    } else if expects_build {
        (Verb::StartBuild, pr.head_at)
    } else if !matches!(approval.status, Passed | StageStatus::Skipped) && pr.queue_position.is_none() {
        (Verb::Review, approval.since.or(opened))
    } else if merge.status == Running {
        (Verb::WaitInQueue, merge.since)
    } else {
        (Verb::Merge, done.filter_map(|stage| stage.since).max())
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{
        super::{
            ids::{PrKey, PrNumber, RepoId},
            pipeline::StoredStage,
            pull_request::{PullRow, RunRow},
        },
        *,
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
}
