//! `flowlens insight` and `flowlens risk evaluate`, the program itself.

#![expect(clippy::similar_names, reason = "short names of a test")]

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
        ("insight -", "", 2, "standard input: there is nothing to read"),
        (
            "insight -",
            r#"{"message":"Not Found","status":"404"}"#,
            2,
            r#"GitHub answered: "Not Found" (404)"#,
        ),
        ("insight -", r#"[{"filename":"a.rs"}]{"message":"API rate limit exceeded"}"#, 2, "limit exceeded"),
        ("insight acme#1", "", 2, "such as acme/api#421"),
        ("insight https://github.com/acme/api/issues/421", "", 2, "such as acme/api#421"),
        ("insight https://github.com/acme/api/pull/x", "", 2, "such as acme/api#421"),
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

fn output(args: &[&str], input: &[u8]) -> Value {
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join("pr.json"), input).expect("a file");
    let answer = cli::run_in(home.path(), &[&["insight", "--file", "pr.json", "--json"], args].concat(), &[]);
    serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[test]
fn pages_of_files_are_read_as_gh_prints_them() {
    let one = file("src/a.rs", "modified", &lines(3)).to_string();
    let two = file("src/b.rs", "modified", &lines(4)).to_string();
    let whole = output(&[], format!("[{one},{two}]").as_bytes());
    assert!(whole["summary"].as_str().expect("a text").contains("+7 −0 source lines in 2 files"), "{whole}");
    for pages in [
        format!("[{one}][{two}]"),
        format!("[{one}]\n[{two}]\n"),
        format!("[[{one}],[{two}]]"),
        format!("{one}\n{two}"),
    ] {
        assert_eq!(output(&[], pages.as_bytes()), whole, "{pages}");
        // An LLM would be sent the same files.
        let answer = fed("insight - --dry-run", &pages);
        assert!(answer.stdout.contains("File src/a.rs (+3 −0)"), "{answer}");
        assert!(answer.stdout.contains("File src/b.rs (+4 −0)"), "{answer}");
    }
    for none in ["[]", "[[],[]]", "[][]"] {
        let answer = fed("insight -", none);
        assert!(answer.status.success() && answer.stdout.contains("UNKNOWN: no probability"), "{answer}");
        assert!(answer.stdout.contains("for its file list is empty"), "{answer}");
    }
}

#[test]
fn files_are_read_as_other_programs_write_them() {
    let text = change().to_string().replace("Fix the refresh", "Fix \\ud83d the refresh");
    let whole = output(&[], text.as_bytes());
    assert_eq!(whole["title"], "Fix \u{fffd} the refresh of sessions");
    let utf16 = |unit: fn(u16) -> [u8; 2]| {
        format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect::<Vec<u8>>()
    };
    for bytes in [format!("\u{feff}{text}").into_bytes(), utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)] {
        assert_eq!(output(&[], &bytes), whole);
    }
    let home = tempfile::tempdir().expect("a folder");
    let rows = labelled().replace("Change it", "Change \\udc00 it");
    let evaluated = |bytes: &[u8]| {
        fs::write(home.path().join("rows.jsonl"), bytes).expect("a file");
        cli::run_in(home.path(), &["risk", "evaluate", "rows.jsonl"], &[]).to_string()
    };
    let plain = evaluated(labelled().as_bytes());
    assert!(plain.contains("told apart"), "{plain}");
    let wide: Vec<u8> = rows.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [rows.as_bytes(), format!("\u{feff}{rows}").as_bytes(), &wide, &packed(&wide)] {
        assert_eq!(evaluated(bytes), plain);
    }
}

#[test]
fn a_title_stands_in_for_one_that_is_missing() {
    let files = json!([file("src/a.rs", "modified", &lines(3))]);
    let titled = |title: &str| json!({"title": title, "files": files}).to_string();
    for (input, title) in [
        (files.to_string(), "Fix the refresh"),
        (titled(" "), "Fix the refresh"),
        (titled("Add a page"), "Add a page"),
    ] {
        assert_eq!(output(&["--title", "Fix the refresh"], input.as_bytes())["title"], title, "{input}");
    }
    let answer = fed("insight acme/api#1 --title X", "");
    assert_eq!(answer.status.code(), Some(2), "{answer}");
    assert!(answer.stderr.contains("--title is for a file"), "{answer}");
}

#[test]
fn a_list_that_is_stored_as_text_is_read_for_the_llm_too() {
    let files = json!([file("src/a.rs", "modified", &lines(3)), file("src/b.rs", "modified", &lines(4))]);
    let plain = json!({"title": "Fix it", "files": files}).to_string();
    for key in ["files", "files_changed"] {
        let stored = json!({"title": "Fix it", key: files.to_string()}).to_string();
        let prompt = |input: &str| fed("insight - --dry-run", input).stdout;
        assert!(prompt(&stored).contains("File src/b.rs (+4 −0)"), "{}", prompt(&stored));
        assert_eq!(prompt(&stored), prompt(&plain));
    }
}

/// What needs attention: the rule, and what is said of it.
fn attention(files: &[Value]) -> Vec<(String, String)> {
    let document = output(&[], Value::from(files).to_string().as_bytes());
    let entries = document["details"]["attention"].as_array().expect("a list").clone();
    let text = |entry: &Value, key: &str| entry[key].as_str().expect("a text").to_owned();
    entries.iter().map(|entry| (text(entry, "rule"), text(entry, "text"))).collect()
}

#[test]
fn what_is_moved_away_is_alerted_as_what_is_deleted() {
    let moves = [
        ("tests/test_login.py", "attic/login.txt", "tests moved away from tests/test_login.py"),
        (
            ".github/workflows/deploy.yml",
            "attic/deploy.bak",
            "CI or infrastructure moved away from .github/workflows/deploy.yml",
        ),
        ("k8s/api.yaml", "docs/api.md", "CI or infrastructure moved away from k8s/api.yaml"),
        (
            "src/auth/session.rs",
            "docs/old.md",
            "login, crypto or session code moved away from src/auth/session.rs",
        ),
        (
            "migrations/0007_drop.sql",
            "old/0007.txt",
            "migration, schema or SQL moved away from migrations/0007_drop.sql",
        ),
        ("db/schema.rb", "vendor/schema.rb", "migration, schema or SQL moved away from db/schema.rb"),
    ];
    for (from, to, says) in moves {
        let moved = |to: &str| json!([{"filename": to, "previous_filename": from, "status": "renamed", "additions": 0, "deletions": 0}]);
        let gone =
            attention(&[json!({"filename": from, "status": "removed", "additions": 0, "deletions": 0})]);
        let found = attention(moved(to).as_array().expect("a list"));
        assert!(!gone.is_empty(), "{from}");
        for (rule, _) in &gone {
            assert!(found.iter().any(|(other, _)| other == rule), "{from}: {rule} is not in {found:?}");
        }
        assert!(found.iter().any(|(_, text)| text == says), "{found:?}");
        // To a place of the same kind it is a change there, and no loss.
        let (folder, name) = from.rsplit_once('/').expect("a folder");
        let beside = attention(moved(&format!("{folder}/other/{name}")).as_array().expect("a list"));
        assert!(beside.iter().all(|(_, text)| !text.contains("moved away")), "{beside:?}");
    }
    // A copy leaves what it is made from.
    let copy = json!({"filename": "attic/x.txt", "previous_filename": "tests/x.py", "status": "copied"});
    assert_eq!(attention(&[copy]), []);
    let moved = json!({"filename": "attic/login.txt", "previous_filename": "tests/test_login.py", "status": "renamed"});
    let said = super::said("Tidy up", &[moved]).1;
    assert_eq!(said.summary, "Documentation only: 1 file, +0 −0; deletes tests.");
    assert!(said.recommendation.starts_with("Ask @ann why tests/test_login.py is gone."), "{said:?}");
}

#[test]
fn deleted_tests_are_not_called_untouched_too() {
    let source = file("src/a.rs", "modified", &lines(60));
    let deleted = file("tests/a.rs", "removed", &["-assert!(true);"]);
    let moved = json!({"filename": "attic/a.txt", "previous_filename": "tests/a.rs", "status": "renamed"});
    for test in [deleted, moved] {
        let text = Value::from(vec![source.clone(), test.clone()]).to_string();
        let rules: Vec<String> =
            attention(&[source.clone(), test]).into_iter().map(|(rule, _)| rule).collect();
        assert!(rules.iter().any(|rule| rule == "tests_deleted"), "{rules:?}");
        assert!(rules.iter().all(|rule| rule != "untested"), "{rules:?}");
        assert_eq!(output(&[], text.as_bytes())["details"]["tests_touched"], true);
        let answer = fed("insight -", &text);
        assert!(
            !answer.stdout.contains("no test changed") && !answer.stdout.contains("changes no test"),
            "{answer}"
        );
    }
    let rules: Vec<String> = attention(&[source]).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules, ["untested"]);
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
