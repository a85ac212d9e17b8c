//! What is sent: packed into its budget, riskiest first, and the same for the same input.

use flowlens::insight::prompt::{Prompt, PromptInput};
use serde_json::Value;

use super::{files, input};
use crate::insight::{file, said};

/// Tokens of prompt and reply together.
const CONTEXT_TOKENS: u32 = 8_192;

fn prompt(files: &[Value], context_tokens: u32) -> Prompt {
    let (assessment, _) = said("Fix it", files);
    let text = Value::from(files.to_vec()).to_string();
    Prompt::new(&input("Fix it", &text), &assessment, context_tokens)
}

#[test]
fn the_whole_of_a_small_change_is_sent() {
    let (assessment, _) = said("Fix it", &files());
    let text = Value::from(files()).to_string();
    let input = PromptInput {
        author: Some("ann"),
        branch: Some("fix/tokens"),
        base: Some("main"),
        description: Some("They ran out.\r\n\r\n- twice\u{200b}"),
        ..input("Fix it", &text)
    };
    let prompt = Prompt::new(&input, &assessment, CONTEXT_TOKENS);
    assert_eq!(prompt.omitted, ["Cargo.lock (+1 −0): generated"]);
    let lines: Vec<&str> = prompt.user.lines().filter(|line| *line != "+    push(x);").collect();
    insta::assert_snapshot!(lines.join("\n"));
    assert_eq!(Prompt::new(&input, &assessment, CONTEXT_TOKENS), prompt);
}

#[test]
fn what_does_not_fit_is_cut_between_hunks_and_named() {
    let hunk =
        |n: usize| format!("@@ -{n}0,0 +{n}0,40 @@\n{}", ["+    push(something_long(x), y);"; 40].join("\n"));
    let mut large = file("src/large.rs", "modified", &["+x"]);
    large["patch"] = (1..=30).map(hunk).collect::<Vec<_>>().join("\n").into();
    large["additions"] = 1_200.into();
    let mut image = file("logo.png", "added", &["+x"]);
    image["patch"] = Value::Null;
    let mut cut_by_github = file("src/huge.rs", "modified", &["+x"]);
    cut_by_github["patch"] = Value::Null;
    let mut second = file("src/second.rs", "modified", &["+x"]);
    second["patch"] = hunk(1).repeat(10).replace("\n@@", "\n+").into();
    let small = file("src/small.rs", "modified", &["+    return;"]);
    let prompt = prompt(&[image, cut_by_github, second, small, large], 4_096);
    assert!(prompt.user.len() + prompt.system.len() <= 4 * (4_096 - 1_024), "{}", prompt.user.len());
    assert!(prompt.user.contains("\nFile src/large.rs (+1200 −0)\n@@ -10,0 +10,40 @@\n"), "{}", prompt.user);
    assert!(prompt.user.contains("hunks]\n"), "{}", prompt.user);
    assert!(
        prompt.user.contains("\nFile src/small.rs (+1 −0)\n"),
        "what is small enough is sent all the same"
    );
    assert_eq!(prompt.omitted.len(), 4, "{:?}", prompt.omitted);
    for (name, why) in [
        ("src/large.rs (+1200 −0)", " of 30 hunks sent"),
        ("src/second.rs (+1 −0)", "no room"),
        ("src/huge.rs (+1 −0)", "without a patch"),
        ("logo.png (+1 −0)", "not text"),
    ] {
        let entry = prompt.omitted.iter().find(|entry| entry.starts_with(name)).expect(name);
        assert!(entry.ends_with(why), "{entry}");
    }
}

#[test]
fn source_comes_before_tests_and_those_before_the_rest() {
    let at = |user: &str, name: &str| user.find(&format!("\nFile {name} ")).expect(name);
    let files: Vec<Value> = ["README.md", "tests/a.rs", "src/b.rs", "src/auth/login.rs"]
        .map(|path| file(path, "modified", &["+    call(x);"]))
        .into();
    let user = prompt(&files, CONTEXT_TOKENS).user;
    let order = ["src/auth/login.rs", "src/b.rs", "tests/a.rs", "README.md"].map(|name| at(&user, name));
    assert!(order.is_sorted(), "{user}");
}

#[test]
fn what_looks_like_a_secret_is_not_sent() {
    let key =
        ["+-----BEGIN RSA PRIVATE KEY-----", "+TUlJRXBBSUJBQUtDQVFFQQ==", "+-----END RSA PRIVATE KEY-----"];
    let files = [
        file(
            "src/a.rs",
            "modified",
            &["+let password = \"hunter2-hunter2\";", "+let a = \"AKIAABCDEFGHIJKLMNOP\";"],
        ),
        file("deploy/id_rsa", "added", &key),
    ];
    let (assessment, _) = said("Fix it", &files);
    let text = Value::from(files.to_vec()).to_string();
    let title = "Use ghp_\u{200b}abcdefghijklmnopqrstuvwxyz0123456789";
    let input = PromptInput { description: Some("token: 'abc123abc123abc123'"), ..input(title, &text) };
    let user = Prompt::new(&input, &assessment, CONTEXT_TOKENS).user;
    for secret in ["hunter2", "AKIA", "TUlJRX", "ghp_", "abc123"] {
        assert!(!user.contains(secret), "{secret}: {user}");
    }
    assert_eq!(user.matches("[redacted]").count(), 5, "{user}");
}

#[test]
fn the_budget_holds_whatever_comes() {
    let long = "ä".repeat(50_000);
    let many: Vec<Value> =
        (0..3_000).map(|n| file(&format!("src/{n}/{}.rs", "long".repeat(40)), "modified", &["+x"])).collect();
    let (assessment, _) = said("Fix it", &many);
    let text = Value::from(many).to_string();
    let input = PromptInput {
        title: &long,
        author: Some(&long),
        branch: Some(&long),
        base: Some(&long),
        description: Some(&long),
        files_json: Some(&text),
    };
    for tokens in [2_048, 4_096, 8_192, 100_000] {
        let prompt = Prompt::new(&input, &assessment, tokens);
        let limit = 4 * usize::try_from(tokens - 1_024).expect("a number");
        assert!(prompt.user.len() + prompt.system.len() <= limit, "{tokens}: {}", prompt.user.len());
        assert!(!prompt.omitted.is_empty());
    }
    for files in [None, Some(""), Some("nonsense"), Some("{}"), Some("[7, null, {}, \"src/a.rs\"]")] {
        drop(Prompt::new(&PromptInput { files_json: files, ..PromptInput::default() }, &assessment, 0));
    }
}
