//! Whatever bytes a log has: lines come of them that may be shown.

use flowlens::domain::log::{Kind, Log, LogNews, Withheld};
use serde_json::json;

use super::{ask, log, read, world};
use crate::github::fake::dialect::{Dialect, Wire};

/// What comes of these bytes, in one piece or in many.
async fn news_of(bytes: &[u8], wire: Wire) -> Vec<LogNews> {
    let (mut world, id, _) = world();
    world.log(id, bytes);
    world.dialect = Dialect { wire, ..Dialect::default() };
    let note = json!({"path": "src/a.rs", "start_line": 3, "end_line": 3, "annotation_level": "failure", "message": "wrong"});
    world.logs.annotations.insert(id, vec![note]);
    read(world, &ask(id)).await.0
}

async fn log_of(bytes: &[u8]) -> Log {
    let whole = log(&news_of(bytes, Wire::Length).await).clone();
    let pieces = log(&news_of(bytes, Wire::Chunked).await).clone();
    assert_eq!(whole, pieces, "the same, however it comes");
    assert!(whole.held() < 8 * 1024 * 1024, "{}", whole.held());
    let is_shown = |c: char| {
        !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    for row in whole.rows() {
        assert!(row.text.chars().all(is_shown), "{:?}", row.text);
    }
    whole
}

fn texts(log: &Log) -> Vec<String> {
    log.rows().map(|row| row.text.to_owned()).collect()
}

const STAMP: &str = "2026-11-25T10:00:00.1234567Z ";

#[tokio::test]
async fn a_line_of_5_mb_is_cut_and_those_around_it_are_not() {
    let wide = "é".repeat(2_500_000);
    let bytes = format!("{STAMP}before\n{STAMP}{wide}\n{STAMP}##[error]behind\n");
    let log = log_of(bytes.as_bytes()).await;
    assert_eq!(log.bytes, bytes.len() as u64);
    let texts = texts(&log);
    assert_eq!((texts[0].as_str(), texts[2].as_str(), texts.len()), ("before", "behind", 3));
    assert!(
        texts[1].starts_with("éé") && texts[1].ends_with("4.9 MB more in this line"),
        "{}",
        texts[1].len()
    );
    assert!(log.error.is_some());
    // Nothing but it, and no end.
    let alone = log_of(wide.as_bytes()).await;
    assert_eq!(alone.len(), 1);
}

#[tokio::test]
async fn no_byte_of_a_log_is_obeyed() {
    for (bytes, expected) in [
        (&b"a\0b\x07c\x08d\n"[..], &["abcd"][..]),
        (b"\x1b[2Ja\x1b]0;title\x07b\x1b[31mred\x1b[0m\x1bc\n", &["abred"]),
        (b"\xff\xfe\x80a\xc3(\xe2\x82\n", &["\u{fffd}\u{fffd}\u{fffd}a\u{fffd}(\u{fffd}"]),
        (b"one\r\ntwo\r\n\r\nthree", &["one", "two", "", "three"]),
        (b"10%\r20%\r30%\n", &["30%"]),
        ("\u{202e}evil\u{2066} \u{200b}\u{feff}x\n".as_bytes(), &["evil x"]),
        (b"\xef\xbb\xbfwith a mark\n\xef\xbb\xbf\xef\xbb\xbfand two\n", &["with a mark", "and two"]),
        (b"\n\n", &["", ""]),
        (b"x", &["x"]),
    ] {
        assert_eq!(texts(&log_of(bytes).await), expected, "{bytes:?}");
    }
}

#[tokio::test]
async fn groups_that_do_not_match_fold_what_they_can() {
    let deep = "##[group]deep\n".repeat(300);
    for bytes in [
        "##[endgroup]\n##[endgroup]\na\n##[error]b\n".to_owned(),
        "##[group]one\n##[group]two\na\n##[error]b\n".to_owned(),
        "##[end-action id=x;outcome=failure]\n##[group]\n##[start-action]\n##[error]b\n".to_owned(),
        format!("{deep}##[error]b\n"),
    ] {
        let log = log_of(bytes.as_bytes()).await;
        let error = log.row(log.index_of(log.error.expect("an error"))).expect("a line");
        assert_eq!((error.kind, error.text), (Kind::Error, "b"), "{bytes}");
    }
}

/// An archive, or what a store has packed though it was asked not to.
#[tokio::test]
async fn what_is_packed_is_told_and_not_shown() {
    for bytes in [&b"PK\x03\x04\x14\0\0\0\x08\0rest"[..], b"\x1f\x8b\x08\0\0\0\0\0\0\x03rest"] {
        for wire in [Wire::Length, Wire::Chunked] {
            let news = news_of(bytes, wire).await;
            let why =
                news.iter().find_map(|news| if let LogNews::Failed(why) = news { Some(why) } else { None });
            assert_eq!(why.map(String::as_str), Some("The log came packed, and is not unpacked here."));
            assert!(!news.iter().any(|news| matches!(news, LogNews::Log(_))));
            assert!(matches!(news.last(), Some(LogNews::Annotations(notes)) if notes.len() == 1), "{news:?}");
        }
    }
}

/// Annotations say what an empty log does not.
#[tokio::test]
async fn a_log_without_a_byte_is_told() {
    let news = news_of(b"", Wire::Length).await;
    assert!(news.contains(&LogNews::Withheld(Withheld::Empty)), "{news:?}");
    assert!(matches!(news.last(), Some(LogNews::Annotations(notes)) if notes.len() == 1), "{news:?}");
}
