//! `flowlens insight` and `flowlens risk evaluate`, the program itself.

use std::fs;

use serde_json::{Value, json};

use super::{file, lines, pull};
use crate::support::cli::{self, Answer};

fn fed(args: &str, input: &str) -> Answer {
    let home = tempfile::tempdir().expect("a folder");
    let args: Vec<&str> = args.split_whitespace().collect();
    cli::run_fed(home.path(), &args, &[], input.as_bytes())
}

fn change() -> Value {
    pull(
        "Fix the refresh of sessions",
        &[
            file("src/auth/session.rs", "modified", &lines(210)),
            file("db/migrations/0012.sql", "added", &["+ALTER TABLE sessions ADD seen timestamptz;"]),
            file("Cargo.lock", "modified", &["+x"]),
        ],
    )
}

#[test]
fn a_pull_request_on_standard_input_is_assessed_without_a_database() {
    let answer = fed("insight - --explain", &change().to_string());
    insta::assert_snapshot!(answer);
}

#[test]
fn json_has_everything_and_a_file_is_as_good() {
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join("pr.json"), change().to_string()).expect("a file");
    let answer = cli::run_in(home.path(), &["insight", "--file", "pr.json", "--json"], &[]);
    let document: Value = serde_json::from_str(&answer.stdout).expect("JSON");
    assert_eq!((&document["schema_version"], &document["risk"]), (&json!(1), &json!("high")));
    assert_eq!(document["details"]["attention"][0]["file"], "db/migrations/0012.sql");
    assert!(document["score"].is_f64() && document["summary"].is_string());
}

#[test]
fn bad_input_is_told_with_its_place() {
    for (args, input, code, says) in [
        ("insight -", "nonsense", 2, "standard input: this is not JSON: expected ident at line 1 column 2"),
        ("insight -", "[1]", 2, "neither a pull request"),
        ("insight --file nowhere.json", "", 2, "nowhere.json: No such file"),
        ("insight", "", 2, "OWNER/REPO#N"),
        ("insight acme#1", "", 2, "such as acme/api#421"),
        ("insight - --json --explain", "[]", 2, "cannot be used with"),
        ("risk evaluate nowhere.jsonl", "", 2, "nowhere.jsonl: No such file"),
    ] {
        let answer = fed(args, input);
        assert_eq!(answer.status.code(), Some(code), "{args}: {answer}");
        assert!(answer.stderr.contains(says), "{args}: {answer}");
    }
    let home = tempfile::tempdir().expect("a folder");
    let answer = cli::run_fed(home.path(), &["insight", "-"], &[], b"[\xff]");
    assert!(answer.stderr.contains("byte 2 is not UTF-8"), "{answer}");
}

/// Two projects; the model must rank the second's changes well, and the first's cannot be ranked.
fn labelled() -> String {
    let row = |project: &str, label: u8, added: u32| {
        let x = [added / 10, 0, 1, added, added / 5, 0, 0, 0, 0, 0, added / 2, 0, 0, 0, 0, 0];
        json!({"p": project, "c": "0", "t": 0, "y": label, "title": "Change it", "nf": 1,
               "files": [["src/a.rs", "m", added, 0]], "x": x})
        .to_string()
    };
    let mut rows = vec![row("alike", 0, 10), row("alike", 0, 20)];
    rows.extend((0..20).map(|n| row("told apart", u8::from(n >= 10), 1 + 40 * n)));
    rows.join("\n")
}

#[test]
fn labelled_changes_are_evaluated_packed_or_not() {
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join("rows.jsonl"), labelled()).expect("a file");
    let answer = cli::run_in(home.path(), &["risk", "evaluate", "rows.jsonl"], &[]);
    insta::assert_snapshot!(answer);

    fs::write(home.path().join("rows.xz"), packed(labelled().as_bytes())).expect("a file");
    let json = |name: &str| cli::run_in(home.path(), &["risk", "evaluate", name, "--json"], &[]).stdout;
    let evaluation: Value = serde_json::from_str(&json("rows.xz")).expect("JSON");
    assert_eq!(json("rows.xz"), json("rows.jsonl"));
    let project = &evaluation["projects"]["told apart"];
    assert_eq!((&project["n"], &project["auc"], &project["auc_la"]), (&json!(20), &json!(1.0), &json!(1.0)));
    assert_eq!(evaluation["projects"]["alike"]["auc"], Value::Null);

    fs::write(home.path().join("bad.jsonl"), format!("{}\n{{}}\n", labelled())).expect("a file");
    let answer = cli::run_in(home.path(), &["risk", "evaluate", "bad.jsonl"], &[]);
    assert!(answer.stderr.contains("bad.jsonl: line 23: missing field"), "{answer}");
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer =
        lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).expect("a writer");
    writer.write_all(bytes).expect("packed");
    writer.finish().expect("packed")
}
