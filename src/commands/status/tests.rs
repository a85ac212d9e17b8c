//! Every format over the [`fixture`]'s board.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{
    fixture::{ACME, FORMATS, board, now, pull, row, selection, with_report},
    *,
};
use crate::domain::{
    attention::{Owner, Verb},
    source::Engine,
    text,
};

fn written(filter: &str, format: Format, style: Style) -> String {
    let mut out = Vec::new();
    with_report(&board(), &selection(filter), |r| r.write(format, style, &mut out)).unwrap();
    String::from_utf8(out).unwrap()
}

fn style(width: usize) -> Style {
    Style { width: Some(width), ..Style::default() }
}

#[test]
fn table_in_a_pipe() {
    assert_snapshot!(written("", Format::Table, Style::default()));
}

#[test]
fn table_in_a_terminal() {
    let plain = [160, 100, 60, 30, 8].map(|width| written("", Format::Table, style(width))).join("\n");
    assert_snapshot!(plain);
}

#[test]
fn table_in_ascii_and_in_colour() {
    let ascii = written("", Format::Table, Style { ascii: true, ..style(100) });
    let color = written("", Format::Table, Style { color: true, ..style(100) }).replace('\u{1b}', "^[");
    assert_snapshot!(format!("{ascii}\n{color}"));
}

#[test]
fn json_document() {
    assert_snapshot!(written("repo:api", Format::Json, Style::default()));
}

#[test]
fn json_lines() {
    assert_snapshot!(written("repo:web", Format::JsonLines, Style::default()));
}

#[test]
fn csv_rows() {
    assert_snapshot!(written("", Format::Csv, Style::default()));
}

#[test]
fn markdown_table() {
    assert_snapshot!(written("", Format::Markdown, Style::default()));
}

#[test]
fn nothing_matches() {
    for (format, lines) in
        [(Format::Table, 1), (Format::Csv, 1), (Format::JsonLines, 0), (Format::Markdown, 2)]
    {
        assert_eq!(written("nosuchword", format, style(80)).lines().count(), lines, "{format:?}");
    }
    let document: Value = serde_json::from_str(&written("nosuchword", Format::Json, style(80))).unwrap();
    assert_eq!(document["pull_requests"], json!([]));
}

#[test]
fn no_control_character_passes() {
    for format in FORMATS {
        for style in [Style::default(), style(160), Style { ascii: true, ..style(40) }] {
            let text = written("", format, style);
            let hostile = text.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
            assert_eq!(hostile, None, "{format:?}");
        }
    }
    let colored = written("", Format::Table, Style { color: true, ..style(160) });
    let sgr = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m"];
    let bare = sgr.iter().fold(colored, |text, code| text.replace(code, ""));
    assert_eq!(bare, written("", Format::Table, style(160)), "colour adds nothing but its own codes");
}

#[test]
fn every_line_fits() {
    for width in 0..=170 {
        for line in written("", Format::Table, style(width)).lines() {
            assert!(text::width(line) <= width.max(1), "{width}: {line:?}");
            assert_eq!(line.trim_end(), line);
        }
    }
}

#[test]
fn an_absurd_title_pads_no_line_beyond_reason() {
    let mut board = Board::default();
    let title = "long ".repeat(10_000);
    board.apply_pulls(vec![pull(ACME, 1, Some(row(&title, "ana", "open", 1)), None, None)], &[], None);
    let mut out = Vec::new();
    with_report(&board, &selection(""), |r| r.write(Format::Table, Style::default(), &mut out)).unwrap();
    assert!(String::from_utf8(out).unwrap().lines().all(|line| text::width(line) < 400));
}

#[test]
fn one_line_a_pull_request() {
    for (format, head) in
        [(Format::Table, 1), (Format::Csv, 1), (Format::JsonLines, 0), (Format::Markdown, 2)]
    {
        assert_eq!(written("", format, Style::default()).lines().count(), head + 8, "{format:?}");
    }
    for line in written("", Format::Markdown, Style::default()).lines() {
        let bars = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
        assert_eq!(bars, 12, "{line}");
    }
}

#[test]
fn the_document_has_exactly_the_documented_keys() {
    let document: Value = serde_json::from_str(&written("", Format::Json, Style::default())).unwrap();
    let mut paths = BTreeSet::new();
    collect("", &document, &mut paths);
    let stages = ["pr", "build", "approval", "merge"];
    let stage_keys = stages.iter().flat_map(|s| ["status", "raw", "since"].map(|k| format!("{s}.{k}")));
    let documented: BTreeSet<String> = [
        "schema_version source.engine source.version source.polled_at source.newest_row_at",
        "repositories.full_name repositories.open repositories.failing repositories.high_risk",
        "pull_requests.repository pull_requests.number pull_requests.title pull_requests.author",
        "pull_requests.branch pull_requests.head_sha pull_requests.state pull_requests.url",
        "pull_requests.created_at pull_requests.updated_at pull_requests.insight pull_requests.next_action",
        "pull_requests.insight.risk pull_requests.insight.score pull_requests.insight.summary",
        "pull_requests.insight.recommendation pull_requests.insight.stale pull_requests.insight.created_at",
        "pull_requests.next_action.verb pull_requests.next_action.owner pull_requests.next_action.since",
    ]
    .iter()
    .flat_map(|line| line.split(' ').map(str::to_owned))
    .chain(stage_keys.map(|key| format!("pull_requests.stages.{key}")))
    .collect();
    assert_eq!(paths, documented);

    let lines = written("", Format::JsonLines, Style::default());
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(document["pull_requests"], Value::Array(lines), "jsonl is the same, one a line");
}

/// The paths of all leaves; a `null` counts as one, so that objects that may be missing are listed both ways.
fn collect(path: &str, value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                collect(format!("{path}.{key}").trim_start_matches('.'), value, into);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| collect(path, value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            into.insert(path.to_owned());
        }
    }
}

#[test]
fn the_footer_counts_and_tells_the_age() {
    let mut board = board();
    let footer = |board: &Board| with_report(board, &selection("repo:api"), |report| report.footer());
    assert_snapshot!(footer(&board), @"3 of 8 pull requests, 1 failing, 1 high risk; PostgreSQL 18.1 read at 2026-03-01T12:00:00Z, newest row: 1h ago");
    board.set_limited(true);
    board.set_open_counts(Some([(RepoId::new(uuid::Uuid::nil()), 5_000_000)].into()));
    assert!(footer(&board).ends_with("; cut short by the limit: 6 of 5000000 open ones were read"));
}

#[test]
fn repositories_are_chosen_by_name() {
    let board = board();
    for (repos, want) in [
        (vec![], 8),
        (vec!["ACME/API"], 3),
        (vec!["acme/web"], 4),
        (vec!["acme/api", "acme/web"], 7),
        (vec!["api"], 0),
        (vec!["acme/ap"], 0),
    ] {
        let repos = repos.into_iter().map(str::to_owned).collect();
        let selection = Selection { repos, ..Selection::default() };
        assert_eq!(selection.pick(&board, now()).len(), want, "{:?}", selection.repos);
    }
    let selection = Selection { repos: vec!["acme/api".into(), "acme/typo".into()], ..Selection::default() };
    assert_eq!(selection.unknown_repos(&board), ["acme/typo"]);
}

#[test]
fn the_contract_names_each_verb_owner_and_engine() {
    let contract = include_str!("../../report/json.rs");
    let owners =
        [Owner::Author(None), Owner::Reviewers(Box::default()), Owner::Someone, Owner::Ci, Owner::MergeQueue];
    let engines = Engine::ALL.map(|engine| engine.to_string());
    let words = Verb::ALL.map(|verb| verb.word().to_owned()).into_iter();
    for word in words.chain(owners.iter().map(|owner| owner.word().to_owned())).chain(engines) {
        assert!(contract.contains(&format!("`{word}`")), "{word}");
    }
}
