//! Terminals that do not read.

use super::ask;
use crate::dashboard::{open, team};
use crate::support::proxy::Proxy;
use crate::support::{PATIENCE, eventually};

#[tokio::test]
async fn a_terminal_that_is_held_blocks_neither_a_signal_nor_a_key() {
    let db = team("held").await;
    for way in ["TERM", "HUP", "INT", "q", "\x03"] {
        let mut pty = open(&db.url());
        pty.hold();
        pty.piece(b"jj?");
        ask(&mut pty, way);
        if way == "q" {
            // The help is closed first.
            ask(&mut pty, way);
        }
        assert_eq!(pty.exit_code(), Ok(0), "{way:?}");
        pty.wait_for_modes();
    }
}

#[tokio::test]
async fn a_terminal_that_nobody_reads_is_given_back_all_the_same() {
    let db = team("clogged").await;
    for way in ["TERM", "HUP", "q"] {
        let mut pty = open(&db.url());
        pty.clog();
        pty.piece(b"j");
        ask(&mut pty, way);
        assert!(pty.ends(), "{way:?}:\n{}", pty.screen());
        // What was under way is lost; that the screen is given back is not.
        pty.unclog();
        assert_eq!(pty.exit_code(), Ok(0), "{way:?}");
        assert!(pty.is_restored(), "{way:?}");
    }
}

#[tokio::test]
async fn while_the_terminal_is_held_the_feed_goes_on_and_then_the_newest_is_shown() {
    let db = team("goes_on").await;
    let proxy = Proxy::before(&db.url());
    let mut pty = open(&proxy.url(&db.url()));
    pty.hold();
    let written = pty.raw_output().len();
    for title in ["AAAAAAAA", "BBBBBBBB", "CCCCCCCC"] {
        let sql =
            format!("UPDATE pull_requests SET title = '{title}', updated_at = now() WHERE pr_number = 7");
        db.execute(&sql).await;
        let from = proxy.round_trips();
        let came = eventually(PATIENCE, || (proxy.round_trips() >= from + 6).then_some(()));
        assert!(came.is_some(), "it does not poll");
        pty.piece(b"j");
    }
    pty.piece(b"y"); // what goes to the clipboard waits, too
    assert_eq!(pty.raw_output().len(), written, "the terminal is not held");
    pty.release();
    pty.wait_for("CCCCCCCC", PATIENCE);
    pty.wait_for("Sent to the clipboard: acme/web#7", PATIENCE);
    pty.keys("k");
    pty.wait_for("Pipeline acme/api#419", PATIENCE);
    let text = String::from_utf8_lossy(&pty.raw_output()[written..]).into_owned();
    assert!(!text.contains("BBBB"), "frames in between are left out");
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(pty.is_restored());
}
