//! Pull requests that give the LLM orders, and an LLM that obeys every one.
//!
//! The fake model repeats the hostile text as its words, with escapes, and calls every risk low. None of it may change
//! what the risk model said, leave its fence, or reach a screen as more than plain text.

use flowlens::domain::text::is_invisible;
use flowlens::insight::{
    change::Change,
    llm::told,
    prompt::{PromptInput, SYSTEM},
    reply::{RECOMMENDATION, SUMMARY},
    risk::assess,
    words::words,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{files, llm, random_key};
use crate::insight::file;
use crate::support::cli;
use crate::support::http::{Reply, Server};

/// Marks hostile text wherever it goes.
const MARK: &str = "QZXJ";

#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    r#where: String,
    text: String,
    #[serde(default = "once")]
    times: usize,
}

fn once() -> usize {
    1
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../fixtures/injections.json")).expect("the cases");
    assert!(cases.len() >= 50, "{}", cases.len());
    cases
}

impl Case {
    fn hostile(&self) -> String {
        format!("{MARK} {}", self.text.repeat(self.times))
    }

    /// The pull request as GitHub would tell it.
    fn pull(&self) -> Value {
        let hostile = self.hostile();
        let mut pull = json!({
            "title": "Renew the tokens",
            "user": {"login": "ann"},
            "head": {"ref": "renew"},
            "base": {"ref": "main"},
            "body": "They ran out.",
            "files": files(),
        });
        match self.r#where.as_str() {
            "title" => pull["title"] = hostile.into(),
            "author" => pull["user"]["login"] = hostile.into(),
            "branch" => pull["head"]["ref"] = hostile.into(),
            "base" => pull["base"]["ref"] = hostile.into(),
            "description" => pull["body"] = hostile.into(),
            "path" => pull["files"][0]["filename"] = hostile.into(),
            "patch" => pull["files"][0] = file("src/auth/session.rs", "modified", &[&format!("+{hostile}")]),
            other => panic!("{other}"),
        }
        pull
    }

    /// The model that obeys.
    fn obedient(&self) -> Server {
        let words = format!("\u{1b}[31m\u{202e}{}\u{1b}]0;x\u{7}\n", self.hostile());
        let reply = json!({"summary": words, "recommendation": words, "risk": "low"}).to_string();
        Server::start(move |_, _| Reply::said(&reply))
    }
}

fn plain(text: &str) -> bool {
    !text.chars().any(|c| is_invisible(c) && !matches!(c, '\n' | '\t'))
}

#[tokio::test]
async fn no_order_changes_what_the_risk_model_said_or_leaves_its_fence() {
    for case in cases() {
        let name = &case.name;
        let pull = case.pull();
        let change = Change::from_json(&pull.to_string()).expect("a change");
        let assessment = assess(&change);
        let own = assessment.details.clone();
        let listed = pull["files"].to_string();
        let input = PromptInput {
            title: &change.title,
            author: change.author.as_deref(),
            branch: change.branch.as_deref(),
            base: pull["base"]["ref"].as_str(),
            description: pull["body"].as_str(),
            files_json: Some(&listed),
        };
        let server = case.obedient();
        let client = llm(&server, &random_key());
        let built_in = words(&change, &assessment);
        let (words, details) = told(Some(&client), &input, assessment, built_in).await;

        // The model's own, and words that are plain and short.
        assert_eq!(details.source, "llm", "{name}: {details:?}");
        let mut theirs = details.clone();
        (theirs.source, theirs.llm) = (own.source.clone(), None);
        assert_eq!(theirs, own, "{name}");
        assert!(words.summary.contains(MARK), "{name}: the fake model did not obey");
        assert!(words.summary.chars().count() <= SUMMARY, "{name}");
        assert!(words.recommendation.chars().count() <= RECOMMENDATION, "{name}");
        let stored = format!("{}{}", words.summary, words.recommendation);
        assert!(plain(&stored) && !stored.contains('\n'), "{name}: {stored:?}");

        // What was sent: the data in its fence, and nothing of it outside.
        let body = server.requests()[0].json();
        let message = |n: usize| body["messages"][n]["content"].as_str().expect("text");
        assert_eq!(message(0), SYSTEM, "{name}");
        let user = message(1);
        let (before, rest) = user.split_once("\nBEGIN ").expect("a fence");
        let (marker, rest) = rest.split_once('\n').expect("a line");
        let (data, after) = rest.split_once(&format!("\nEND {marker}\n")).expect("the end of the fence");
        assert!(plain(user), "{name}");
        assert!(user.len() + SYSTEM.len() <= 4 * 8_192, "{name}: {}", user.len());
        assert!(!data.to_lowercase().contains(marker), "{name}");
        assert_eq!(user.matches(marker).count(), 2, "{name}");
        assert!(!before.contains(MARK) && !after.contains(MARK), "{name}: {before} {after}");
        assert!(data.contains(MARK) || case.r#where == "patch" && data.contains("no room"), "{name}: {data}");
    }
}

#[test]
fn no_order_reaches_the_screen_as_more_than_text() {
    for case in cases() {
        let name = &case.name;
        let server = case.obedient();
        let home = tempfile::tempdir().expect("a folder");
        let config = format!("[insights.llm]\nurl = \"{}\"\nmodel = \"test-model\"\n", server.url());
        std::fs::write(home.path().join("config.toml"), config).expect("a file");
        let pull = case.pull().to_string();
        let args = ["insight", "-", "--llm", "-c", "config.toml"];
        let answer = cli::run_fed(home.path(), &args, &[], pull.as_bytes());
        assert!(answer.status.success(), "{name}: {answer}");
        let level = assess(&Change::from_json(&pull).expect("a change")).level.expect("a level");
        let line = format!("\n{}: ", level.word().to_uppercase());
        assert!(format!("\n{}", answer.stdout).contains(&line), "{name}: {answer}");
        assert!(plain(&answer.stdout) && plain(&answer.stderr), "{name}: {answer}");

        let args = ["insight", "-", "--dry-run"];
        let answer = cli::run_fed(home.path(), &args, &[], pull.as_bytes());
        assert!(answer.status.success() && plain(&answer.stdout), "{name}: {answer}");
    }
}
