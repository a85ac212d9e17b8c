//! What is read on demand: checks, insights with their findings, files.

use chrono::TimeDelta;
use flowlens::domain::{
    assessment::{Attention, Findings, Focus, LlmPart, Reason},
    check::{Check, CheckId, CheckOutcome, Detail, Review},
    files::Files,
    ids::{InsightId, Sha},
    insight::{Insight, LocalInsight, PastInsight, Risk},
};
use serde_json::json;
use uuid::Uuid;

use super::noon;

/// What is read on demand for `acme/api#421`.
pub(crate) fn detail() -> Detail {
    let check = |name: &str, outcome, summary: &str| {
        let id = CheckId { app: "github-actions".to_owned(), suite: 7, name: name.to_owned() };
        Check {
            url: Some("https://ci.example/run/1".to_owned()),
            summary: Some(summary.to_owned()),
            completed_at: Some(noon()),
            ..Check::new(id, outcome)
        }
    };
    let review = Review {
        reviewer: "dan".to_owned(),
        state: "approved".to_owned(),
        submitted_at: Some(noon() - TimeDelta::hours(3)),
        sha: Sha::parse("abc0421def"),
        dismissed: false,
    };
    Detail {
        head: None,
        checks: vec![
            check("test (ubuntu)", CheckOutcome::Failed, "2 of 41 failed: session::refresh, session::expiry"),
            check("lint", CheckOutcome::Failed, "1 warning"),
            check("build", CheckOutcome::Passed, "fine"),
        ],
        reviews: vec![review.clone()],
        said: vec![review],
        history: vec![],
        insights: vec![
            past(77, "abc0421def", "high", 4, Some(findings())),
            past(76, "77ab012fed", "medium", 240, None),
            past(75, "9f31c02fed", "low", 2_900, None),
        ],
    }
}

fn past(id: u128, sha: &str, level: &str, minutes: i64, details: Option<Findings>) -> PastInsight {
    PastInsight {
        id: InsightId::new(Uuid::from_u128(id)),
        sha: Sha::parse(sha),
        risk: Risk::parse(level),
        score: None,
        created_at: Some(noon() - TimeDelta::minutes(minutes)),
        details: details.map(Box::new),
    }
}

/// Its details with these findings alone.
pub(crate) fn detail_of(findings: Option<Findings>) -> Detail {
    Detail { insights: vec![past(77, "abc0421def", "high", 4, findings)], ..detail() }
}

/// What its insight found: something of everything.
pub(crate) fn findings() -> Findings {
    let reason = |group: &str, contribution, text: &str| Reason {
        group: group.to_owned(),
        contribution,
        text: text.to_owned(),
    };
    let alert = |level: &str, text: &str, file: &str, line| Attention {
        rule: "rule".to_owned(),
        level: level.to_owned(),
        file: (!file.is_empty()).then(|| file.to_owned()),
        line,
        text: text.to_owned(),
    };
    let focus = |file: &str, line, why: &str| Focus { file: file.to_owned(), line, why: why.to_owned() };
    Findings {
        source: "llm".to_owned(),
        model: "mini10".to_owned(),
        level_by_score: Some("medium".to_owned()),
        reasons: vec![
            reason("size", 1.25, "420 source lines in 12 files, 31 hunks"),
            reason("complexity", 0.61, "118 branches and 260 calls added"),
            reason("kind", -0.18, "its title says feature, not fix"),
        ],
        attention: vec![
            alert("high", "looks like a secret", "config/dev.env", Some(12)),
            alert("medium", "public signature removed", "src/auth/session.rs", Some(40)),
            alert("medium", "more than 400 source lines", "", None),
            alert("medium", "a picture is deleted", "logo.png", None),
        ],
        focus_files: vec![
            focus("src/auth/session.rs", Some(41), "+60 −2, 18 branches"),
            focus(
                "src/a/very/long/path/that/does/not/fit/anywhere/認証/token_refresh_service.rs",
                Some(2),
                "+3, new",
            ),
        ],
        effort: Some(3),
        tests_touched: Some(true),
        split: Some("the migration, then the service".to_owned()),
        llm: Some(LlmPart { model: "qwen3:8b".to_owned(), tokens: Some((5_210, 214)), ..LlmPart::default() }),
        duration_ms: 2_140,
        ..Findings::default()
    }
}

/// Its changed files, three of them; the last without a patch.
pub(crate) fn files() -> Files {
    let patch: String =
        (0..60).fold(String::new(), |patch, n| patch + &format!("+    let value_{n} = \"日本語\";\n"));
    let list = json!([
        {"filename": "src/auth/session.rs", "status": "modified", "additions": 60, "deletions": 2,
         "patch": format!("@@ -1,2 +1,60 @@\n-old\n-older\n context\n{patch}")},
        {"filename": "src/a/very/long/path/that/does/not/fit/anywhere/認証/token_refresh_service.rs",
         "status": "added", "additions": 3, "deletions": 0, "patch": "@@ -0,0 +1,3 @@\n+a\n+b\n+c"},
        {"filename": "logo.png", "status": "removed", "additions": 0, "deletions": 0},
    ]);
    Files::parse(Some(&list.to_string()))
}

/// An insight that is stored nowhere.
pub(crate) fn local() -> Box<LocalInsight> {
    let insight = Insight {
        files_came: false,
        id: InsightId::new(Uuid::from_u128(5)),
        sha: Sha::parse("abc0421def"),
        risk: Some(Risk::Medium),
        score: Some(0.41),
        summary: Some("Made here: 12 files of the session service".into()),
        recommendation: Some("Begin with src/auth/session.rs".into()),
        created_at: Some(noon()),
    };
    let details = Findings { source: "rules".to_owned(), llm: None, ..findings() };
    Box::new(LocalInsight { insight, details })
}

/// What the two newest insights of `acme/api#421` say otherwise: a level, something new, something gone.
pub(crate) fn detail_with_change() -> Detail {
    let alert = |rule: &str, text: &str| Attention {
        rule: rule.to_owned(),
        level: "high".to_owned(),
        text: text.to_owned(),
        ..Attention::default()
    };
    let mut now = findings();
    now.attention.push(alert("secret", "something that looks like a secret"));
    let mut before = findings();
    before.attention.push(alert("tests", "no test changed"));
    let insights = vec![
        past(77, "abc0421def", "high", 1, Some(now)),
        past(76, "77ab012fed", "medium", 240, Some(before)),
    ];
    Detail { insights, ..detail() }
}
