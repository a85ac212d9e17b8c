//! The board's pull requests, and how a test writes another.

use chrono::TimeDelta;
use flowlens::domain::{
    ids::{InsightId, PrKey, Sha},
    insight::{Insight, Risk},
    pipeline::StoredStage,
    pull_request::{PullRequest, PullRow, RunRow},
};
use serde_json::json;
use uuid::Uuid;

use super::{HOSTILE, key, noon};

/// A pull request to start from: open, of `acme/api`, opened and changed at noon less so many hours.
pub(crate) struct Draft {
    key: PrKey,
    pull: Option<PullRow>,
    run: RunRow,
    insight: Option<Insight>,
}

pub(crate) fn pull(n: u128, number: i32, title: &str, author: &str, hours: i64) -> Draft {
    let at = noon() - TimeDelta::hours(hours);
    let pull = PullRow {
        title: Some(title.to_owned()),
        author: Some(author.to_owned()),
        commit_sha: Some(format!("abc{number:04}def")),
        branch_name: Some(format!("feature/{number}")),
        base_branch: Some("main".to_owned()),
        state: Some("open".to_owned()),
        created_at: Some(at),
        updated_at: Some(at + TimeDelta::minutes(10)),
        ..PullRow::default()
    };
    Draft { key: key(n, number), pull: Some(pull), run: RunRow::default(), insight: None }
}

impl Draft {
    /// The words of the four columns; each since an hour after it was opened.
    pub(crate) fn stages(mut self, words: [&str; 4]) -> Self {
        let since = self.pull.as_ref().and_then(|pull| pull.created_at).map(|at| at + TimeDelta::hours(1));
        self.run.stages = words.map(|word| StoredStage { word: Some(word.to_owned()), since });
        self
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut PullRow)) -> Self {
        self.pull.as_mut().map(change).expect("a pull request");
        self
    }

    /// An insight of this level: of the head, of an older commit (`false`), or of none that is known.
    pub(crate) fn insight(mut self, level: &str, of_head: Option<bool>) -> Self {
        let head = self.pull.as_ref().and_then(|pull| pull.commit_sha.clone()).unwrap_or_default();
        let sha = of_head.map(|of_head| if of_head { head } else { "0123456789".to_owned() });
        self.insight = Some(Insight {
            files_came: false,
            id: InsightId::new(Uuid::from_u128(77)),
            sha: sha.as_deref().and_then(Sha::parse),
            risk: Risk::parse(level),
            score: (level != "medium").then_some(0.82),
            summary: Some("Rotates refresh tokens and changes how a session ends, in two services".into()),
            recommendation: Some("Have security review src/auth before merging".into()),
            created_at: Some(noon() - TimeDelta::minutes(4)),
        });
        self
    }

    /// Another insight of this level, of the head.
    pub(crate) fn insight_of(self, id: u128, level: &str) -> Self {
        let mut draft = self.insight(level, Some(true));
        draft.insight.as_mut().expect("an insight").id = InsightId::new(Uuid::from_u128(id));
        draft
    }

    pub(crate) fn done(self) -> PullRequest {
        PullRequest::assemble(self.key, self.pull, Some(&self.run), self.insight)
    }
}

/// About thirty: every status, drafts, a conflict, the queue, an orphan run, insights of each kind.
pub(crate) fn pulls() -> Vec<PullRequest> {
    let orphan = Draft { pull: None, ..pull(5, 88, "", "", 30) };
    let orphan_run = orphan.stages(["pending", "running", "pending", "pending"]);
    let mut list = vec![
        pull(1, 421, "Add OAuth refresh tokens to the session service", "ana", 49)
            .stages(["opened", "failed", "running", "pending"])
            .insight("high", Some(true))
            .with(|p| {
                (p.additions, p.deletions, p.changed_files) = (Some(1240), Some(317), Some(31));
                p.labels = Some(json!(["security", {"name": "needs docs"}]));
                p.reviewers = Some(json!(["bo", "cy"]));
            }),
        pull(1, 420, "Bump tokio from 1.53 to 1.54", "renovate[bot]", 30)
            .stages(["passed", "passed", "pending", "pending"])
            .insight("low", Some(true)),
        pull(1, 419, "Merge conflict here", "bo", 400)
            .stages(["passed", "passed", "approved", "pending"])
            .with(|p| p.mergeable_state = Some("dirty".into())),
        pull(1, 418, "Changes were asked for", "cy", 75)
            .stages(["passed", "passed", "changes_requested", "pending"])
            .insight("medium", Some(false)),
        pull(1, 417, "A draft of something larger", "ana", 5).with(|p| p.is_draft = Some(true)),
        pull(1, 416, "In the merge queue", "dan", 20)
            .stages(["passed", "passed", "approved", "pending"])
            .with(|p| p.queue_position = Some(3))
            .insight("low", None),
        pull(1, 415, "Set to merge by itself", "eve", 21)
            .stages(["passed", "running", "approved", "pending"])
            .with(|p| p.auto_merge = Some(true)),
        pull(2, 77, "日本語のタイトル: 認証トークンの更新とセッションの終了処理", "山田太郎", 26)
            .stages(["passed", "passed", "running", "pending"])
            .insight("high", Some(false)),
        pull(2, 76, "🚀 Ship it 👩‍👩‍👧 with 🇩🇪 flags and ❤️ hearts", "fay", 3)
            .stages(["passed", "running", "pending", "pending"])
            .insight("spicy", Some(true)),
        pull(2, 75, HOSTILE, "eve\u{202e}\u{1b}[0m", 8).stages(["passed", "passed", "passed", "pending"]),
        pull(2, 74, "नमस्ते दुनिया, e\u{301}\u{302}\u{303}\u{304} and half-width ｶﾅ", "gil", 90)
            .stages(["passed", "skipped", "skipped", "pending"]),
        pull(2, 73, "A word that nobody knows", "hal", 12).stages([
            "on hold",
            "exploded",
            "escalated",
            "in limbo",
        ]),
        pull(3, 9, "Closed without a merge", "ana", 200)
            .stages(["closed", "failed", "pending", "closed"])
            .with(|p| {
                (p.state, p.closed_at) = (Some("closed".into()), Some(noon() - TimeDelta::hours(50)));
            }),
        pull(3, 8, "Merged last week", "bo", 300)
            .stages(["merged", "passed", "approved", "merged"])
            .insight("low", Some(true))
            .with(|p| {
                (p.state, p.merged_at) = (Some("merged".into()), Some(noon() - TimeDelta::hours(170)));
            }),
        pull(4, 123_456, &"x".repeat(10_000), "a-login-of-thirty-nine-characters-at-most", 2_000),
        pull(4, 7, "", "ana", 1).stages(["", "", "", ""]),
        orphan_run,
    ];
    for n in 0..14 {
        let words = [["passed", "passed"], ["running", "pending"], ["passed", "running"]];
        let [build, approval] = words[n % 3];
        let number = 100 + i32::try_from(n).expect("small");
        let author = ["ana", "bo", "cy", "dan"][n % 4];
        let draft = pull(5, number, &format!("Routine change number {n}"), author, 10 + i64::from(number));
        let draft = draft.stages(["passed", build, approval, "pending"]);
        list.push(if n % 5 == 0 { draft.insight("medium", Some(true)) } else { draft });
    }
    list.into_iter().map(Draft::done).collect()
}
