//! Who must act next, and which pull request comes first. Rules of our own, written out in docs/using.md.

mod order;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::order::{Rank, Sort, attention};
use super::{
    board::Board,
    pipeline::{Stage, StageStatus},
    pr_state::PrState,
    pull_request::PullRequest,
    text::{truncate, width},
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
    pub const ALL: [Self; 9] = [
        Self::FinishDraft,
        Self::Rebase,
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

    /// In a word, for a column: the owner's name follows, or the verb says enough.
    const fn short(self) -> &'static str {
        match self {
            Self::FinishDraft => "finish",
            Self::Rebase => "rebase",
            Self::FixMerge | Self::FixBuild => "fix",
            Self::AnswerReview => "answer",
            Self::WaitForCi => "CI runs",
            Self::StartBuild => "CI to start",
            Self::Review => "review",
            Self::Merge => "merge",
            Self::WaitInQueue => "in queue",
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
    Reviewers(Vec<Box<str>>),
    /// Nobody was asked: anybody may.
    Someone,
    Ci,
    MergeQueue,
}

impl Owner {
    /// A login or a role, as in the JSON contract.
    pub fn word(&self) -> &str {
        match self {
            Self::Author(Some(login)) => login,
            Self::Author(None) => "author",
            Self::Reviewers(logins) => match logins.as_slice() {
                [login] => login,
                [] | [..] => "reviewers",
            },
            Self::Someone => "someone",
            Self::Ci => "ci",
            Self::MergeQueue => "merge_queue",
        }
    }

    /// For a column, behind a verb: the first of several, and how many more there are. Empty where the verb says enough.
    fn short(&self) -> (&str, usize) {
        match self {
            Self::Author(Some(login)) => (login, 0),
            Self::Author(None) => ("author", 0),
            Self::Reviewers(logins) => {
                (logins.first().map_or("reviewers", |login| login), logins.len().saturating_sub(1))
            }
            Self::Someone => ("anyone", 0),
            Self::Ci | Self::MergeQueue => ("", 0),
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

/// Fewest cells of an owner behind a verb.
const LEAST_OWNER: usize = 4;

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
        let (verb, since) = next(pr, expects_build(pr, board, now))?;
        let owner = match verb {
            Verb::FinishDraft
            | Verb::Rebase
            | Verb::FixMerge
            | Verb::FixBuild
            | Verb::AnswerReview
            | Verb::Merge => Owner::Author(pr.author.clone()),
            Verb::WaitForCi | Verb::StartBuild => Owner::Ci,
            Verb::Review if pr.reviewers.is_empty() => Owner::Someone,
            Verb::Review => Owner::Reviewers(pr.reviewers.clone()),
            Verb::WaitInQueue => Owner::MergeQueue,
        };
        Some(Self { verb, owner, since })
    }

    /// `review bo +1` in so many cells: the verb stays as long as four cells of the owner fit behind it.
    pub fn short(&self, cells: usize) -> String {
        let (verb, (owner, others)) = (self.verb.short(), self.owner.short());
        let more = if others == 0 { String::new() } else { format!(" +{others}") };
        let whole = format!("{verb} {owner}{more}");
        if width(whole.trim_end()) <= cells {
            return whole.trim_end().to_owned();
        }
        if owner.is_empty() {
            return truncate(verb, cells).into_owned();
        }
        let behind = cells.saturating_sub(width(verb) + 1);
        // The number of others goes before the name is cut.
        let owner_in = |room: usize| match room.checked_sub(width(&more)) {
            Some(room) if width(owner) <= room => format!("{owner}{more}"),
            Some(_) | None => truncate(owner, room).into_owned(),
        };
        if behind >= LEAST_OWNER.min(width(owner)) {
            format!("{verb} {}", owner_in(behind))
        } else {
            owner_in(cells)
        }
    }

    /// `@ana to fix the build`, for people.
    pub fn sentence(&self) -> String {
        format!("{} to {}", self.owner.phrase(), self.verb.phrase())
    }
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
        (Verb::Merge, approval.since)
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
}
