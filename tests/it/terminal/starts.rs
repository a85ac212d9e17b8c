//! Starts that are not usual.

use crate::dashboard::{environment, team};
use crate::support::term::Pty;
use crate::support::{PATIENCE, cli, eventually};

#[tokio::test]
async fn a_terminal_of_no_size_is_taken_for_80_by_24() {
    let db = team("no_size").await;
    let url = db.url();
    let mut pty = Pty::spawn(&["-i", "200ms"], &environment(&url), 0, 0);
    pty.wait_for("Add OAuth refresh", PATIENCE);
    pty.wait_until("a screen of 24 lines", PATIENCE, |screen| {
        screen.lines().nth(23).is_some_and(|last| last.contains("? help"))
    });
    // It has a size after all.
    pty.resize(140, 40);
    pty.wait_for("Pipeline acme/api#421", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(pty.is_restored());
}

#[tokio::test]
async fn a_size_that_no_terminal_has_is_not_believed() {
    let db = team("vast").await;
    let vast = format!("stty cols 65535 rows 65535; exec '{}'", cli::PROGRAM);
    let mut pty = Pty::spawn_program("sh", &["-c", &vast], &environment(&db.url()), 140, 40);
    pty.wait_for("Add OAuth refresh", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(pty.is_restored());
}

/// Each step of the start fails once: for want of a file.
#[tokio::test]
async fn a_start_that_fails_half_way_gives_the_terminal_back() {
    let db = team("half_way").await;
    let url = db.url();
    let (mut failed, mut taken) = (0, 0);
    for files in 3.. {
        let limited = format!("ulimit -n {files}; exec '{}'", cli::PROGRAM);
        let mut pty = Pty::spawn_program("sh", &["-c", &limited], &environment(&url), 140, 40);
        let started = eventually(PATIENCE, || {
            if pty.has_ended() { Some(false) } else { pty.screen().contains(" FlowLens ").then_some(true) }
        });
        if started.expect("it neither starts nor ends") {
            pty.keys("q");
            assert_eq!(pty.exit_code(), Ok(0));
            assert!(pty.is_restored(), "{files} files");
            break;
        }
        failed += 1;
        assert_ne!(pty.exit_code(), Ok(0), "{files} files");
        assert!(pty.is_restored(), "{files} files:\n{}", pty.screen());
        taken += usize::from(pty.raw_output().windows(8).any(|bytes| bytes == b"\x1b[?1049h"));
    }
    assert!(failed > 0 && taken > 0, "{failed} starts failed, {taken} after the terminal was taken");
}
