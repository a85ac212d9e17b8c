//! Taken away and given back: stops, signals, other programs' scribbles.

use super::ask;
use crate::dashboard::{environment, open, team};
use crate::support::term::Pty;
use crate::support::{PATIENCE, eventually};

/// Back on the screen after a stop: painted, named, and it takes keys.
fn is_back(pty: &mut Pty, from: usize) {
    pty.wait_until("the screen", PATIENCE, |screen| {
        screen.contains("Add OAuth refresh") && screen.contains("? help") && !screen.contains("scribble")
    });
    let named = || {
        let text = String::from_utf8_lossy(pty.raw_output().get(from..).unwrap_or_default()).into_owned();
        text.contains("\x1b]0;flowlens").then_some(())
    };
    assert!(eventually(PATIENCE, named).is_some(), "the title does not come back");
    assert!(pty.is_fullscreen());
    pty.keys("j");
    pty.wait_for("Pipeline acme/api#420", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(pty.is_restored());
}

#[tokio::test]
async fn a_stop_by_key_or_from_outside_gives_the_terminal_back_and_takes_it_again() {
    let db = team("stops").await;
    for way in ["\x1a", "TSTP"] {
        let mut pty = open(&db.url());
        ask(&mut pty, way);
        pty.wait_for_stop();
        pty.wait_for_modes();
        let given_back = eventually(PATIENCE, || (!pty.is_fullscreen()).then_some(()));
        assert!(given_back.is_some(), "{way:?}: the shell has not got its screen back");
        pty.scribble("scribble");
        pty.wait_for("scribble", PATIENCE);
        let from = pty.raw_output().len();
        pty.signal("CONT");
        is_back(&mut pty, from);
    }
}

#[tokio::test]
async fn after_a_stop_that_cannot_be_seen_everything_is_painted_again() {
    let db = team("unseen").await;
    let mut pty = open(&db.url());
    pty.signal("STOP");
    pty.wait_for_stop();
    // As a shell does it.
    pty.cook();
    pty.scribble("\x1b[?1049l\x1b[?25h\x1b[2Jscribble");
    pty.wait_for("scribble", PATIENCE);
    let from = pty.raw_output().len();
    pty.signal("CONT");
    is_back(&mut pty, from);
}

#[tokio::test]
async fn ctrl_l_paints_again_what_another_program_has_spoilt() {
    let db = team("ctrl_l").await;
    let mut pty = open(&db.url());
    for (before, shown) in [("", "? help"), ("?", "Filter: all terms must match"), ("/", "Enter keeps")] {
        pty.keys(before);
        pty.wait_for(shown, PATIENCE);
        pty.scribble("\x1b[?1049l\x1b[5;20Hscribble");
        pty.wait_for("scribble", PATIENCE);
        pty.keys("\x0c");
        pty.wait_until("the screen", PATIENCE, |screen| {
            screen.contains("FlowLens") && screen.contains(shown) && !screen.contains("scribble")
        });
        assert!(pty.is_fullscreen(), "{before:?}");
        if !before.is_empty() {
            pty.keys("\x1b");
            pty.wait_until("the board", PATIENCE, |screen| !screen.contains(shown));
        }
    }
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(pty.is_restored());
}

#[tokio::test]
async fn every_signal_that_ends_it_leaves_the_terminal_restored() {
    let db = team("signals").await;
    for signal in
        ["QUIT", "USR1", "USR2", "ALRM", "ABRT", "VTALRM", "PROF", "XCPU", "IO", "XFSZ", "TRAP", "SYS"]
    {
        let mut pty = open(&db.url());
        pty.signal(signal);
        assert_eq!(pty.exit_code(), Ok(0), "{signal}");
        assert!(pty.is_restored(), "{signal}");
    }
}

/// A log into a pipe that nobody reads, and something to log: the loop itself waits, for ever.
#[tokio::test]
async fn a_log_that_nobody_reads_holds_up_no_signal() {
    let db = team("stuck").await;
    let url = &db.url();
    // All at once: each is ended when the time for that is over.
    std::thread::scope(|scope| {
        for signal in ["TERM", "HUP", "INT", "QUIT"] {
            scope.spawn(move || ends_though_its_log_is_full(url, signal));
        }
    });
}

fn ends_though_its_log_is_full(url: &str, signal: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let made = std::process::Command::new("mkfifo").arg(&log).status().expect("mkfifo");
    assert!(made.success());
    let mut pipe = pipe(&log);
    let log_file = log.display().to_string();
    let empty = folder.path().display().to_string();
    // Without SSH, and without a browser.
    let env = [environment(url)[0], ("FLOWLENS_LOG_FILE", &log_file), ("PATH", &empty)];
    let mut pty = Pty::spawn(&["-i", "200ms"], &env, 140, 40);
    pty.wait_for("Add OAuth refresh", PATIENCE);
    let full =
        eventually(PATIENCE, || std::io::Write::write(&mut pipe, &[b' '; 4096]).is_err().then_some(()));
    assert!(full.is_some(), "the pipe takes everything");
    pty.keys("o");
    // What is logged then goes nowhere.
    pty.wait_for("https://github.com/acme/api/pull/421", PATIENCE);
    pty.signal(signal);
    assert!(pty.ends(), "{signal}:\n{}", pty.screen());
    drop(pty.exit_code());
    assert!(pty.is_restored(), "{signal}");
}

/// Both ends of a named pipe, so that opening and writing it never waits for another.
fn pipe(path: &std::path::Path) -> std::fs::File {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    std::fs::File::options().read(true).write(true).custom_flags(flags).open(path).expect("a pipe")
}
