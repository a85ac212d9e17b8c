//! What happened to a pull request, and when: from the times that GitHub gave, never from a guess.

mod timeline;

use chrono::{DateTime, Utc};

pub use self::timeline::Event;
use super::{
    check::Detail,
    pipeline::{HistoryEntry, Stage, StageStatus},
    pull_request::PullRequest,
};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub at: DateTime<Utc>,
    /// Only this session saw it: the database does not tell when it was.
    pub is_observed: bool,
    /// `build failed`, `approved by bo`.
    pub what: String,
    /// The stage that it is of.
    stage: Stage,
}

/// The newest change of all: when it was, and of which stage if that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latest {
    pub at: DateTime<Utc>,
    pub stage: Option<Stage>,
}

impl PullRequest {
    /// When it last changed, as its stages tell. A database without their times tells only when its rows were written.
    pub fn latest(&self) -> Option<Latest> {
        let of = |stage: Stage| Some(Latest { at: self.pipeline.stage(stage).since?, stage: Some(stage) });
        // A stage that stands as it began has not changed: the pull request was opened.
        let changed = |latest: &Latest| Some(latest.at) != self.created_at;
        let stages = [Stage::Build, Stage::Approval, Stage::Merge].into_iter().filter_map(of);
        let opened = self.created_at.map(|at| Latest { at, stage: Some(Stage::Pr) });
        let ended = self.ended_at.map(|at| Latest { at, stage: Some(Stage::Merge) });
        let written = if stages.clone().next().is_none() { self.updated_at } else { None };
        let written = written.map(|at| Latest { at, stage: None });
        let all = stages.chain(of(Stage::Pr)).filter(changed);
        let all = all.chain([written, opened, ended].into_iter().flatten());
        // Of one moment: what has begun, then the later stage.
        let rank = |latest: &Latest| {
            let begun = latest.stage.is_some_and(|stage| *self.status(stage) != StageStatus::Pending);
            (latest.at, begun, latest.stage.map(Stage::index))
        };
        all.max_by_key(rank)
    }

    pub fn changed_at(&self) -> Option<DateTime<Utc>> {
        self.latest().map(|latest| latest.at)
    }

    /// All that happened to it, newest first: by its own row and, once its details are read, by its history.
    pub fn changes(&self, detail: Option<&Detail>) -> Vec<Change> {
        let history = detail.map(|detail| detail.history.as_slice()).unwrap_or_default();
        let mut all: Vec<Change> = history.iter().filter_map(act).collect();
        let words = history.iter().enumerate().filter_map(|(n, entry)| self.turn(entry, &history[n + 1..]));
        // Where the history tells when it was, nobody need have seen it.
        let is_dated = |stage: Stage| {
            let newest = history.iter().find(|entry| stage_of(&entry.field) == Some(stage));
            newest.is_some_and(|entry| {
                entry.at.is_some() && StageStatus::parse(&entry.value) == *self.status(stage)
            })
        };
        let turns = self.turns().filter(|turn| !turn.is_observed || !is_dated(turn.stage));
        for change in self.opened().into_iter().chain(words).chain(turns) {
            // The stage turned because of it.
            let is_told = |known: &Change| (known.at, known.stage) == (change.at, change.stage);
            if !all.iter().any(is_told) {
                all.push(change);
            }
        }
        all.sort_by_key(|change| std::cmp::Reverse(change.at));
        all.dedup_by(|older, newer| older.what == newer.what);
        all
    }

    fn opened(&self) -> Option<Change> {
        Some(change(self.created_at?, Stage::Pr, "opened".to_owned()))
    }

    /// An entry of a stage; `older` are those before it.
    fn turn(&self, entry: &HistoryEntry, older: &[HistoryEntry]) -> Option<Change> {
        let stage = stage_of(&entry.field)?;
        let before = older.iter().find(|older| older.field == entry.field);
        let before = before.map(|entry| StageStatus::parse(&entry.value));
        let what = self.told(stage, &StageStatus::parse(&entry.value), before.as_ref())?;
        Some(change(entry.at.filter(|at| stage == Stage::Pr || Some(*at) != self.created_at)?, stage, what))
    }

    /// The stages as the row has them.
    fn turns(&self) -> impl Iterator<Item = Change> {
        Stage::ALL.into_iter().filter_map(|stage| {
            let state = self.pipeline.stage(stage);
            let at = state.since.filter(|at| Some(*at) != self.created_at)?;
            let what = self.told(stage, &state.status, None)?;
            Some(Change { is_observed: state.observed, ..change(at, stage, what) })
        })
    }

    /// A stage's new state in words; nothing where it only began.
    fn told(&self, stage: Stage, status: &StageStatus, before: Option<&StageStatus>) -> Option<String> {
        use StageStatus::{Closed, Failed, Merged, Passed, Pending, Running};
        let text = match (stage, status) {
            // The merge tells it.
            (Stage::Pr, Merged | Closed) => return None,
            (Stage::Pr, Passed) => match before {
                Some(Running) => "ready for review",
                Some(Closed | Merged) => "opened again",
                _ => "open",
            },
            (Stage::Pr, Running) => "draft",
            (Stage::Build, Pending) => "new commits",
            // Its end tells more.
            (Stage::Build, Running) if *self.status(stage) != Running => return None,
            (Stage::Approval | Stage::Merge, Pending) if before.is_none() => return None,
            (Stage::Merge, Pending) => "merge pending",
            (Stage::Merge, Failed) if self.conflict => "in conflict",
            (Stage::Merge, Failed) => "not to be merged",
            (Stage::Merge, Running) => "merge under way",
            (Stage::Build | Stage::Approval, status) => return Some(turned(stage, status)),
            (Stage::Pr | Stage::Merge, status) => status.word(),
        };
        Some(text.to_owned())
    }
}

/// Build or approval in words: `build failed`, `approved`.
pub(super) fn turned(stage: Stage, status: &StageStatus) -> String {
    match (stage, status) {
        (Stage::Build, StageStatus::Pending) => "build not started".to_owned(),
        (Stage::Approval, StageStatus::Passed) => "approved".to_owned(),
        (Stage::Approval, StageStatus::Failed) => "changes asked".to_owned(),
        (Stage::Approval, StageStatus::Running) => "review asked".to_owned(),
        (Stage::Approval, StageStatus::Pending) => "approval gone".to_owned(),
        (stage, status) => format!("{} {}", stage.name(), status.word()),
    }
}

const fn change(at: DateTime<Utc>, stage: Stage, what: String) -> Change {
    Change { at, is_observed: false, what, stage }
}

fn act(entry: &HistoryEntry) -> Option<Change> {
    let (stage, what) = deed(entry)?;
    Some(change(entry.at?, stage, what))
}

/// What somebody did, which says more than the stage that turned by it.
fn deed(entry: &HistoryEntry) -> Option<(Stage, String)> {
    let by = entry.by.as_deref().unwrap_or("somebody");
    Some(match (entry.field.as_str(), entry.value.as_str()) {
        ("head", _) => (Stage::Build, "new commits".to_owned()),
        ("review", "changes_requested") => (Stage::Approval, format!("changes asked by {by}")),
        ("review", "dismissed") => (Stage::Approval, format!("review of {by} dismissed")),
        ("review", word) => (Stage::Approval, format!("{} by {by}", word.replace('_', " "))),
        ("queue", place) => (Stage::Merge, queued(place)),
        _ => return None,
    })
}

/// An entry about the merge queue in words.
fn queued(place: &str) -> String {
    if place == "left" {
        "left the merge queue".to_owned()
    } else {
        format!("place {place} in the merge queue")
    }
}

/// The stage that a column of the history is of.
fn stage_of(field: &str) -> Option<Stage> {
    let name = field.strip_prefix("status_")?;
    Stage::ALL.into_iter().find(|stage| stage.name() == name)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{
        super::{
            ids::{PrKey, PrNumber, RepoId},
            pull_request::{PullRow, RunRow},
        },
        *,
    };

    fn at(hour: i64) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(hour * 3600, 0)
    }

    fn row(state: &str) -> PullRow {
        PullRow { state: Some(state.to_owned()), created_at: at(1), updated_at: at(9), ..PullRow::default() }
    }

    /// A run with these words, each since an hour.
    fn run(stages: [(&str, Option<i64>); 4]) -> RunRow {
        let mut run = RunRow::default();
        for (stage, (word, hour)) in run.stages.iter_mut().zip(stages) {
            (stage.word, stage.since) = (Some(word.to_owned()), hour.and_then(at));
        }
        run
    }

    fn assemble(row: PullRow, run: Option<&RunRow>) -> PullRequest {
        PullRequest::assemble(PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(7)), Some(row), run, None)
    }

    fn entry(hour: i64, field: &str, value: &str, by: &str) -> HistoryEntry {
        let by = (!by.is_empty()).then(|| by.to_owned());
        HistoryEntry { field: field.to_owned(), value: value.to_owned(), at: at(hour), by }
    }

    fn told(pr: &PullRequest, history: &[HistoryEntry]) -> Vec<String> {
        let detail = Detail { history: history.to_vec(), ..Detail::default() };
        let changes = pr.changes(Some(&detail)).into_iter();
        changes.map(|change| format!("{} {}", change.at.timestamp() / 3600, change.what)).collect()
    }

    #[test]
    fn the_latest_is_of_its_stages_and_where_they_have_no_times_of_its_rows() {
        let latest = |row: PullRow, run: Option<RunRow>| {
            let latest = assemble(row, run.as_ref()).latest();
            latest.map(|latest| (latest.at.timestamp() / 3600, latest.stage))
        };
        let begun = [("passed", None), ("pending", None), ("pending", None), ("pending", None)];
        assert_eq!([latest(row("open"), None), latest(row("open"), Some(run(begun)))], [Some((9, None)); 2]);
        let with = |build, approval| Some(run([("passed", Some(1)), build, approval, ("pending", Some(1))]));
        for (build, approval, want) in [
            (("failed", Some(5)), ("pending", Some(1)), (5, Stage::Build)),
            (("passed", Some(5)), ("approved", Some(6)), (6, Stage::Approval)),
            (("running", Some(5)), ("pending", Some(5)), (5, Stage::Build)),
            (("passed", Some(5)), ("approved", Some(5)), (5, Stage::Approval)),
            (("pending", Some(1)), ("review_requested", Some(1)), (1, Stage::Pr)),
        ] {
            assert_eq!(latest(row("open"), with(build, approval)), Some((want.0, Some(want.1))));
        }
        let merged = PullRow { merged_at: at(7), ..row("merged") };
        let run = with(("passed", Some(5)), ("approved", Some(6)));
        assert_eq!(latest(merged, run), Some((7, Some(Stage::Merge))));
        assert_eq!(latest(PullRow::default(), None), None);
    }

    #[test]
    fn a_row_alone_tells_its_stages_that_have_a_time() {
        let open = run([("passed", Some(1)), ("failed", Some(5)), ("approved", Some(4)), ("pending", None)]);
        assert_eq!(
            told(&assemble(row("open"), Some(&open)), &[]),
            ["5 build failed", "4 approved", "1 opened"]
        );
        let silent = run([("passed", None), ("failed", None), ("approved", None), ("pending", None)]);
        assert_eq!(told(&assemble(PullRow { created_at: None, ..row("open") }, Some(&silent)), &[]), [""; 0]);
        let merged = PullRow { merged_at: at(7), ..row("merged") };
        assert_eq!(told(&assemble(merged, None), &[]), ["7 merged", "1 opened"]);
        let conflict = PullRow { mergeable_state: Some("dirty".to_owned()), ..row("draft") };
        let run =
            run([("draft", Some(3)), ("pending", Some(3)), ("pending", Some(1)), ("conflict", Some(6))]);
        let want = ["6 in conflict", "3 draft", "3 new commits", "1 opened"];
        assert_eq!(told(&assemble(conflict, Some(&run)), &[]), want);
    }

    #[test]
    fn a_history_tells_who_did_it_and_all_that_was_before() {
        let run =
            run([("passed", Some(4)), ("failed", Some(9)), ("approved", Some(8)), ("running", Some(9))]);
        let history = [
            entry(9, "status_merge", "running", ""),
            entry(9, "status_build", "failed", ""),
            entry(9, "queue", "2", ""),
            entry(8, "status_approval", "passed", ""),
            entry(8, "review", "approved", "bo"),
            entry(7, "status_build", "running", ""),
            entry(6, "status_build", "pending", ""),
            entry(6, "head", "abc1234", ""),
            entry(6, "mergeable", "clean", ""),
            entry(5, "review", "changes_requested", "cy"),
            entry(4, "status_pr", "passed", ""),
            entry(1, "status_pr", "running", ""),
            entry(1, "status_approval", "pending", ""),
            entry(1, "status_merge", "pending", ""),
        ];
        let want = [
            "9 place 2 in the merge queue",
            "9 build failed",
            "8 approved by bo",
            "6 new commits",
            "5 changes asked by cy",
            "4 ready for review",
            "1 opened",
        ];
        assert_eq!(told(&assemble(row("open"), Some(&run)), &history), want);
        let timeline = |pr: &PullRequest, history: &[HistoryEntry]| -> Vec<String> {
            pr.timeline(history).into_iter().map(|event| event.what).collect()
        };
        let open = assemble(row("open"), Some(&run));
        let want = [
            "build failed",
            "place 2 in the merge queue",
            "approved by bo",
            "build started",
            "new commits, up to abc1234",
            "changes asked by cy",
            "ready for review",
            "opened as a draft",
        ];
        assert_eq!(timeline(&open, &history), want);
        let merged = [
            entry(9, "status_merge", "merged", ""),
            entry(9, "status_pr", "merged", ""),
            entry(2, "status_approval", "running", ""),
            entry(1, "deployed_to", "staging", ""),
            entry(1, "status_build", "pending", ""),
            entry(1, "status_pr", "passed", ""),
            entry(1, "head", "abc1234", ""),
        ];
        let want = ["merged", "review asked", "deployed to: staging", "opened", "commits up to abc1234"];
        assert_eq!(timeline(&open, &merged), want, "each once");
        // Of a check that ran again the first failure is not kept.
        let again = [
            entry(9, "status_build", "passed", ""),
            entry(8, "status_build", "running", ""),
            entry(2, "status_build", "running", ""),
            entry(1, "status_pr", "passed", ""),
        ];
        assert_eq!(timeline(&open, &again), ["build passed", "build started", "opened"]);
        assert_eq!(open.timeline(&again)[1].at, again[2].at);
        let untimed = HistoryEntry { at: None, ..entry(9, "review", "approved", "bo") };
        assert_eq!(told(&assemble(row("open"), None), &[untimed]), ["1 opened"], "no time is made up");
    }
}
