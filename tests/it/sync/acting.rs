//! From the key to GitHub and back to the row: the dashboard in a terminal, against a small GitHub.

use super::{
    Trial,
    dashboard::{CONFIGURED, leave, open_with, pulls},
};
use crate::support::{PATIENCE, term::Pty};

/// The dashboard with the cursor on #1.
fn open(trial: &Trial) -> Pty {
    let mut pty = open_with(trial, &[], &[CONFIGURED], 140, 40);
    pty.wait_for("Renew the tokens", PATIENCE);
    // What was typed the last time is remembered.
    pty.keys("/\x15Renew\r");
    pty.wait_for("Pipeline acme/api#1", PATIENCE);
    pty
}

/// From the menu to the question.
fn ask_to_merge(pty: &mut Pty) {
    pty.keys("a");
    pty.wait_for("may be merged", PATIENCE);
    pty.keys("m");
    pty.wait_for("Merge: acme/api#1?", PATIENCE);
    pty.wait_for("Merge (squash)", PATIENCE);
}

#[test]
fn a_yes_is_one_write_and_a_no_is_none_and_the_row_tells() {
    let trial = Trial::new(pulls("Renew the tokens", 2));
    let mut pty = open(&trial);
    for no in ["\r", "n", "\x1b"] {
        ask_to_merge(&mut pty);
        pty.keys(no);
        pty.wait_until("the board", PATIENCE, |screen| !screen.contains("Merge: acme/api#1?"));
    }
    assert_eq!(trial.fake.world().write_requests().len(), 0);
    ask_to_merge(&mut pty);
    pty.keys("y");
    pty.wait_for("acme/api#1: merged", PATIENCE);
    // The sync looks at once, and the database tells.
    pty.wait_for("1 Open 1", PATIENCE);
    assert_eq!(trial.fake.world().write_requests().len(), 1);
    assert_eq!(trial.fake.world().repositories[0].pulls[&1].state, "MERGED");
    pty.keys(":log\r");
    pty.wait_for("Merge (squash): merged", PATIENCE);
    pty.keys("q");
    leave(&mut pty);
}
