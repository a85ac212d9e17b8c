//! Whole logs, as runners write them and as nobody should.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{Job, Kind, LIMIT, Log, LogReader, Row, Step, StepEnd, job_of, size};
use crate::domain::text::is_invisible;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).expect("a time")
}

fn step(number: i64, name: &str, conclusion: &str, from: i64, to: i64) -> Step {
    let at = |seconds| Some(start() + TimeDelta::seconds(seconds));
    let conclusion = Some(conclusion.to_owned());
    Step { number, name: name.to_owned(), conclusion, started_at: at(from), completed_at: at(to) }
}

fn job(steps: Vec<Step>) -> Job {
    Job { status: "completed".to_owned(), conclusion: Some("failure".to_owned()), steps, ..Job::default() }
}

/// A line so many seconds after the start.
fn line(seconds: f64, text: &str) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a short time")]
    let at = start() + TimeDelta::milliseconds((seconds * 1_000.0) as i64);
    let stamp = at.format("%Y-%m-%dT%H:%M:%S%.9f").to_string();
    format!("{stamp}Z {text}\n")
}

fn read(job: &Job, bytes: &[u8]) -> Log {
    let mut reader = LogReader::new(job);
    reader.feed(bytes);
    reader.finish()
}

/// The lines as `depth kind text`.
fn told(log: &Log) -> Vec<String> {
    let told = |row: Row<'_>| format!("{} {:?} {}", row.depth, row.kind, row.text);
    log.rows().map(told).collect()
}

/// The line with the first error.
fn error(log: &Log) -> Option<String> {
    let id = log.error?;
    log.row(log.index_of(id)).filter(|row| row.id == id).map(|row| row.text.to_owned())
}

fn steps() -> Vec<Step> {
    vec![
        step(1, "Set up job", "success", 0, 2),
        step(2, "Lint", "failure", 2, 4),
        step(3, "Never", "skipped", 4, 4),
        step(4, "Test", "success", 4, 9),
        step(5, "Complete job", "success", 9, 9),
    ]
}

/// A log of these steps.
fn text() -> String {
    [
        line(0.1, "Current runner version: '2.330.0'"),
        line(2.2, "still of the set-up, in the second of the next step"),
        line(2.4, "##[group]Run make lint"),
        line(2.4, "\u{1b}[36;1mmake lint\u{1b}[0m"),
        line(2.5, "##[endgroup]"),
        line(3.0, "##[error]src/a.rs:3 is wrong"),
        "its second line\n".to_owned(),
        line(3.5, "##[error]Process completed with exit code 2."),
        line(4.1, "##[group]Run make test"),
        line(4.1, "##[endgroup]"),
        line(5.0, "##[error]of a step that may fail"),
        line(10.1, "Cleaning up orphan processes"),
    ]
    .concat()
}

#[test]
fn steps_are_windows_and_the_first_error_is_the_failing_ones() {
    let log = read(&job(steps()), text().as_bytes());
    assert_eq!(
        told(&log),
        [
            "0 Step(Well) Set up job  2s",
            "1 Text Current runner version: '2.330.0'",
            "1 Text still of the set-up, in the second of the next step",
            "0 Step(Badly) Lint  2s",
            "1 Group Run make lint",
            "2 Text make lint",
            "1 Error src/a.rs:3 is wrong",
            "1 Text its second line",
            "1 Error Process completed with exit code 2.",
            "0 Step(Well) Test  5s",
            "1 Group Run make test",
            "1 Error of a step that may fail",
            "0 Step(Well) Complete job  0s",
            "1 Text Cleaning up orphan processes",
        ]
    );
    assert_eq!((error(&log).as_deref(), log.is_exit), (Some("src/a.rs:3 is wrong"), false));
    assert_eq!(log.row(5).expect("a line").spans.len(), 1);
    assert!(log.row(6).expect("a line").stamp.is_some() && log.row(7).expect("a line").stamp.is_none());
}

#[test]
fn without_steps_or_with_mixed_ones_the_last_error_leads() {
    let mixed = vec![step(1, "One", "success", 0, 5), step(2, "Two", "failure", 3, 9)];
    for steps in [vec![], mixed] {
        let log = read(&job(steps), text().as_bytes());
        assert_eq!(error(&log).as_deref(), Some("of a step that may fail"));
        assert_eq!(log.row(3).expect("a line").kind, Kind::Text);
    }
    let exit = [
        line(0.0, "##[group]Run x"),
        line(0.1, "why"),
        line(0.2, "##[error]Process completed with exit code 1."),
    ];
    let log = read(&job(vec![]), exit.concat().as_bytes());
    assert_eq!((error(&log).as_deref(), log.is_exit), (Some("Process completed with exit code 1."), true));
}

#[test]
fn the_error_is_known_before_the_end() {
    let mut reader = LogReader::new(&job(steps()));
    let text = text();
    let at = text.find("its second line").expect("a line");
    let before = text.find("##[error]src").expect("an error");
    reader.feed(&text.as_bytes()[..before]);
    assert!(reader.early().is_none());
    reader.feed(&text.as_bytes()[before..at]);
    let early = reader.early().expect("an error");
    assert!(early.is_early);
    assert_eq!(error(&early).as_deref(), Some("src/a.rs:3 is wrong"));
    reader.feed(&text.as_bytes()[at..]);
    assert_eq!(reader.finish().error, early.error, "the same line");
}

#[test]
fn groups_and_actions_stand_in_each_other() {
    let text = "##[start-action display=Set up;id=a]\n##[group]one\nin it\n##[group]two\nin two\n##[endgroup]\n\
                of the action\n##[group]three\n##[end-action id=a;outcome=success]\noutside\n##[endgroup]\n##[end-action id=b]\n";
    let log = read(&Job::default(), text.as_bytes());
    assert_eq!(
        told(&log),
        [
            "0 Action Set up",
            "1 Group one",
            "2 Text in it",
            "1 Group two",
            "2 Text in two",
            "1 Text of the action",
            "1 Group three",
            "0 Text outside",
        ]
    );
}

#[test]
fn hostile_logs_are_only_text() {
    let mut bytes =
        b"\xef\xbb\xbfa\x00b\xffc\r\nover\rwritten\n##[error]\x1b]0;x\x07 no \xe2\x80\xaeend".to_vec();
    let log = read(&Job::default(), &bytes);
    assert_eq!(told(&log), ["0 Text ab\u{fffd}c", "0 Text written", "0 Error  no end"]);
    bytes.clear();
    bytes.extend(std::iter::repeat_n(b'x', 5_000_000));
    let log = read(&Job::default(), &bytes);
    let row = log.row(0).expect("a line");
    assert!(
        row.text.len() < 20_000 && row.text.ends_with(" … 4.9 MB more in this line"),
        "{}",
        row.text.len()
    );
    assert!(read(&Job::default(), b"").is_empty());
    assert!(read(&Job::default(), b"Requested labels: ubuntu\n").is_preamble);
}

#[test]
fn of_a_long_log_the_failing_part_and_the_end_are_held() {
    let noise = |text: &mut String, seconds: f64, lines: usize| {
        for n in 0..lines {
            text.push_str(&line(seconds, &format!("noise {n:08} {}", "x".repeat(900))));
        }
    };
    let mut text = String::new();
    noise(&mut text, 0.5, 6_000);
    text.push_str(&line(2.1, "##[group]Run make lint"));
    text.push_str(&line(2.1, "the begin"));
    noise(&mut text, 2.5, 6_000);
    text.push_str(&line(3.0, "##[error]here"));
    text.push_str(&line(3.0, "##[error]Process completed with exit code 2."));
    noise(&mut text, 5.5, 12_000);
    text.push_str(&line(9.9, "the end"));
    let log = read(&job(steps()), text.as_bytes());
    assert!(log.held() < LIMIT + 200_000, "{}", log.held());
    assert_eq!(error(&log).as_deref(), Some("here"));
    let has = |wanted: &str| log.rows().any(|row| row.text == wanted);
    assert!(has("the begin") && has("the end") && has("Process completed with exit code 2."));
    let gaps: Vec<String> =
        log.rows().filter(|row| row.kind == Kind::Gap).map(|row| row.text.to_owned()).collect();
    assert!(gaps.len() >= 2 && gaps.iter().all(|gap| gap.ends_with(" MB left out")), "{gaps:?}");
    assert!(log.left_out() + LIMIT as u64 > log.bytes * 9 / 10 && log.left_out() < log.bytes);
    // Each line is found by its id.
    for (index, row) in log.rows().enumerate() {
        assert_eq!(log.index_of(row.id), index);
        assert_eq!(log.row(index).map(|row| row.id), Some(row.id));
    }
}

#[test]
fn words_for_sizes_and_addresses() {
    assert_eq!([999, 48_123, 5_200_000].map(size), ["999 bytes", "48 KB", "5.2 MB"]);
    assert_eq!(job_of("https://github.com/acme/api/actions/runs/1/job/22?pr=3"), Some(22));
    assert_eq!(job_of("https://github.com/acme/api/runs/22"), Some(22));
    assert_eq!(job_of("https://ci.test/22"), None);
    assert_eq!(step(1, "x", "failure", 0, 1).ended(), StepEnd::Badly);
}

/// Pieces of which logs are made, good ones and bad ones.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let known = select(
        [
            "2026-09-21T13:46:41.1234567Z ",
            "2026-09-21T13:46:43.0000000Z ",
            "\u{feff}",
            "##[group]Run ",
            "##[endgroup]",
            "##[error]",
            "##[error]Process completed with exit code 1.",
            "##[start-action display=a]",
            "##[end-action x]",
            "text",
            "\u{1b}[31m",
            "\u{1b}[0m",
            "\u{1b}]0;",
            "\u{7}",
            "\u{9b}",
            "\t",
            "\r",
            "\n",
            "\n",
            "\r\n",
            "\u{202e}",
            "\u{301}",
            "日本",
            "👩‍👩‍👧",
            "\0",
        ]
        .map(|text| text.as_bytes().to_vec())
        .to_vec(),
    );
    let long = (1_usize..40_000).prop_map(|len| vec![b'x'; len]);
    prop_oneof![20 => known, 2 => vec(any::<u8>(), 0..8), 1 => long]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_log_is_safe_and_the_same_however_it_comes(
        pieces in vec(pieces(), 0..200),
        cuts in vec(1_usize..5_000, 1..20),
        has_steps: bool,
    ) {
        let limit = 256 * 1024;
        let bytes: Vec<u8> = pieces.concat();
        let job = job(if has_steps { steps() } else { vec![] });
        let mut whole = LogReader::holding(&job, limit);
        whole.feed(&bytes);
        let whole = whole.finish();
        let mut parts = LogReader::holding(&job, limit);
        let (mut rest, mut cut) = (&bytes[..], cuts.iter().cycle());
        while !rest.is_empty() {
            let (part, more) = rest.split_at((*cut.next().expect("a length")).min(rest.len()));
            parts.feed(part);
            // Needed are the end, and a step's begin and what is around its error, twice.
            prop_assert!(parts.held() < limit + 9 * 1024 * 1024);
            rest = more;
        }
        prop_assert_eq!(&parts.finish(), &whole);
        for row in whole.rows() {
            prop_assert!(!row.text.chars().any(is_invisible), "{:?}", row.text);
            prop_assert!(row.spans.is_sorted_by_key(|span| span.from));
            prop_assert!(row.text.len() < 200_000);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3))]

    #[test]
    fn what_is_held_has_a_bound(sizes in vec(1_usize..2_000, 1..20), errors in vec(any::<bool>(), 20)) {
        let mut reader = LogReader::new(&Job::default());
        for _ in 0..10 {
            for (size, is_error) in sizes.iter().zip(&errors) {
                let mut text = String::from("##[group]Run x\n");
                for n in 0..*size {
                    let mark = if *is_error && n == size / 2 { "##[error]" } else { "" };
                    writeln!(text, "{mark}a line of some length, number {n}, {}", "x".repeat(100)).expect("text");
                }
                reader.feed(text.as_bytes());
                prop_assert!(reader.held() <= LIMIT + 128 * 1024, "{}", reader.held());
            }
        }
        prop_assert!(reader.finish().held() <= 8 * 1024 * 1024);
    }
}
