//! A believable board of any size, the same each time.

use chrono::TimeDelta;
use flowlens::domain::{
    assessment::{Attention, Findings, Focus, Reason},
    check::Detail,
    ids::{InsightId, PrKey, PrNumber, RepoId, Sha},
    insight::{Insight, PastInsight, Risk},
    pipeline::StoredStage,
    pull_request::{PullRequest, PullRow, RunRow},
    repository::Repository,
};
use serde_json::json;
use uuid::Uuid;

use super::{REPOSITORIES, start};

fn repository(n: usize) -> RepoId {
    RepoId::new(Uuid::from_u128(1 + n as u128 % u128::from(REPOSITORIES)))
}

/// A number below `limit` that looks like chance.
fn roll(n: usize, salt: usize, limit: usize) -> usize {
    (n.wrapping_mul(2_654_435_761).wrapping_add(salt.wrapping_mul(40_503)) >> 7) % limit
}

fn of<'a>(list: &[&'a str], n: usize, salt: usize) -> &'a str {
    list[roll(n, salt, list.len())]
}

/// An open pull request; another `version` has another title.
pub(super) fn pull(n: usize, version: usize) -> PullRequest {
    let ago = |minutes: usize| Some(start() - TimeDelta::minutes(i64::try_from(minutes).expect("small")));
    let titles = [
        "Add OAuth refresh tokens",
        "Fix a race in session expiry",
        "Rewrite the retry loop",
        "決済サービスのタイムアウトを修正する",
        "Ship dark mode 🚀 to everyone",
        "Validate webhook signatures before parsing",
        "Rename user_id to account_id everywhere so that a failed run can be picked up again",
    ];
    let sha = format!("{:040x}", roll(n, 1, usize::MAX));
    let key = PrKey::new(
        repository(n),
        PrNumber::new(i32::try_from(1 + n / usize::from(REPOSITORIES)).expect("small")),
    );
    let pull = PullRow {
        title: Some(format!("{} {version}", of(&titles, n, 2))),
        author: Some(of(&["ana", "bo", "chidi", "dmitri", "elif", "山田", "renovate[bot]"], n, 3).to_owned()),
        commit_sha: Some(sha.clone()),
        branch_name: Some(format!("feature/{}", of(&["oauth", "retry", "cache", "csp"], n, 4))),
        base_branch: Some("main".to_owned()),
        state: Some("open".to_owned()),
        additions: Some(20),
        deletions: Some(4),
        changed_files: Some(3),
        is_draft: Some(roll(n, 5, 100) < 5),
        created_at: ago(60 + roll(n, 6, 20_000)),
        updated_at: ago(roll(n, 7, 10_000)),
        labels: (roll(n, 8, 4) == 0).then(|| json!(["backend"])),
        reviewers: (roll(n, 9, 2) == 0).then(|| json!(["bo"])),
        mergeable_state: (roll(n, 10, 100) < 4).then(|| "dirty".to_owned()),
        ..PullRow::default()
    };
    let words = [
        "pending",
        of(&["failed", "running", "passed", "passed", "passed"], n, 11),
        of(&["passed", "pending", "pending", "failed"], n, 12),
        "pending",
    ];
    let stages =
        words.map(|word| StoredStage { word: Some(word.to_owned()), since: ago(roll(n, 13, 9_000)) });
    let run = RunRow {
        commit_sha: Some(sha.clone()),
        stages,
        updated_at: ago(roll(n, 14, 9_000)),
        ..RunRow::default()
    };
    let insight = (roll(n, 15, 9) != 8).then(|| Insight {
        files_came: false,
        id: InsightId::new(Uuid::from_u128(n as u128)),
        sha: Sha::parse(&sha),
        risk: Some([Risk::High, Risk::Medium, Risk::Low][roll(n, 16, 3)].clone()),
        score: Some(0.25),
        summary: Some(
            "Rotates refresh tokens and changes the session table; an old client is logged out.".into(),
        ),
        recommendation: Some("Have security review src/auth/session.rs before merging.".into()),
        created_at: ago(100),
    });
    PullRequest::assemble(key, Some(pull), Some(&run), insight)
}

/// What is read where the cursor rests.
pub(super) fn detail(id: Option<InsightId>) -> Detail {
    let reason = |group: &str, contribution, text: &str| Reason {
        group: group.to_owned(),
        contribution,
        text: text.to_owned(),
    };
    let alert = |text: &str, file: &str| Attention {
        level: "medium".to_owned(),
        file: Some(file.to_owned()),
        line: Some(41),
        text: text.to_owned(),
        ..Attention::default()
    };
    let focus =
        |file: &str| Focus {
            file: file.to_owned(), line: Some(41), why: "+210 −35, 18 branches".to_owned()
        };
    let details = Findings {
        level_by_score: Some("low".to_owned()),
        reasons: vec![
            reason("size", 1.25, "420 source lines in 12 files, 31 hunks"),
            reason("complexity", 0.61, "118 branches and 260 calls added"),
            reason("kind", -0.18, "its title says feature, not fix"),
        ],
        attention: vec![
            alert("public signature removed", "src/auth/session.rs"),
            alert("changes the database's schema", "migrations/0007_sessions.sql"),
        ],
        focus_files: vec![focus("src/auth/session.rs"), focus("src/token/service.rs"), focus("src/main.rs")],
        effort: Some(3),
        tests_touched: Some(true),
        ..Findings::default()
    };
    let past = id.map(|id| PastInsight {
        id,
        sha: None,
        risk: None,
        score: None,
        created_at: None,
        details: Some(Box::new(details)),
    });
    Detail { insights: past.into_iter().collect(), ..Detail::default() }
}

pub(super) fn pulls(count: usize) -> Vec<PullRequest> {
    (0..count).map(|n| pull(n, 0)).collect()
}

pub(super) fn repositories() -> Vec<Repository> {
    let repository = |n: u16| Repository {
        id: repository(usize::from(n)),
        full_name: format!("{}/service-{n}", if n.is_multiple_of(4) { "globex" } else { "acme" }),
        html_url: None,
    };
    (0..REPOSITORIES).map(repository).collect()
}
