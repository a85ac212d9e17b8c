//! Acting from the dashboard, in a terminal, against the fake: by the keys, to the log.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::{
    github::fake::faults::What,
    support::{PATIENCE, eventually, term::Pty},
    sync::{TOKEN, Trial, world},
};

fn trial() -> Trial {
    let mut world = world();
    let at = world.add_repository("acme/api");
    world.add_pull(at, "Renew the tokens");
    Trial::new(world)
}

/// The dashboard with its board.
fn board(trial: &Trial, args: &[&str], env: &[(&str, &str)]) -> Pty {
    let (home, ours) = (trial.home.path().display().to_string(), trial.env());
    let mut all =
        vec![("HOME", home.as_str()), ("SSH_TTY", "/dev/pts/0"), ("FLOWLENS_GITHUB_REPOS", "acme/api")];
    all.extend(ours.iter().map(|(name, value)| (*name, value.as_str())));
    all.extend(env);
    let mut pty = Pty::spawn(&[&["-i", "200ms"], args].concat(), &all, 140, 40);
    pty.wait_for("Renew the tokens", PATIENCE);
    pty.wait_for("GitHub just now", PATIENCE);
    pty
}

/// The menu with GitHub's answer.
fn menu(trial: &Trial, args: &[&str], env: &[(&str, &str)]) -> Pty {
    let mut pty = board(trial, args, env);
    pty.keys("a");
    pty.wait_until("the menu", PATIENCE, |screen| {
        screen.contains("Act on acme/api#1") && !screen.contains("being asked")
    });
    pty
}

fn leave(pty: &mut Pty, trial: &Trial) -> String {
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    let log = trial.home.path().join(".local/state/flowlens/log/flowlens.log");
    let log = std::fs::read_to_string(log).expect("a log");
    assert!(!log.contains(TOKEN), "the token is in the log");
    log
}

#[test]
fn an_action_is_done_once_read_again_and_written_down() {
    let trial = trial();
    let mut pty = menu(&trial, &[], &[]);
    pty.keys("C");
    pty.wait_for("Close: acme/api#1?", PATIENCE);
    // Enter alone is a no.
    pty.keys("\r");
    pty.wait_until("the board", PATIENCE, |screen| !screen.contains("Close: acme/api#1?"));
    assert_eq!(trial.fake.world().write_requests().len(), 0);
    pty.keys("a");
    pty.wait_until("the menu", PATIENCE, |screen| {
        screen.contains("Act on acme/api#1") && !screen.contains("being asked")
    });
    pty.keys("C");
    pty.wait_for("Close: acme/api#1?", PATIENCE);
    pty.keys("y");
    pty.wait_for("acme/api#1: closed", PATIENCE);
    assert_eq!(trial.fake.world().write_requests().len(), 1);
    assert_eq!(trial.fake.world().repositories[0].pulls[&1].state, "CLOSED");
    // It is asked for at once, by its number, and the board shows it.
    let is_closed = || (trial.board()["acme/api#1"]["state"] == "closed").then_some(());
    assert!(eventually(PATIENCE, is_closed).is_some(), "the database does not show it");
    // One's own doing is no news.
    pty.wait_for("1 Open 0", PATIENCE);
    let written = String::from_utf8_lossy(&pty.raw_output()).into_owned();
    assert!(!written.contains("you last looked") && !written.contains('•'), "{}", pty.screen());
    let log = leave(&mut pty, &trial);
    let head = trial.fake.world().repositories[0].pulls[&1].head.clone();
    for line in ["sending", "closed"] {
        assert!(log.contains(&format!("acme/api#1 at {head}: Close: {line}")), "{log}");
    }
}

/// Nobody waits for GitHub to type on; and no key of before answers the question.
#[test]
fn what_is_typed_before_github_has_answered_is_held_as_far_as_to_the_question() {
    let trial = trial();
    let mut pty = board(&trial, &[], &[]);
    let until = Arc::new(AtomicBool::new(false));
    trial.fake.world().fault(1, |asked| asked.what == "Gate", What::Hold(Arc::clone(&until)));
    pty.keys("acy. fine\ryy");
    pty.wait_for("Comment: as soon as GitHub has answered", PATIENCE);
    until.store(true, Ordering::SeqCst);
    pty.wait_for("Comment: acme/api#1?", PATIENCE);
    pty.wait_for("> y. fine", PATIENCE);
    pty.keys("\r");
    pty.wait_for("your words are kept", PATIENCE);
    assert_eq!(trial.fake.world().write_requests().len(), 0);
    // By its name, with the words of before.
    pty.keys(":comment\r");
    pty.wait_for("> y. fine", PATIENCE);
    pty.keys("\r");
    pty.wait_for("Comment: acme/api#1?", PATIENCE);
    pty.keys("y");
    pty.wait_for("acme/api#1: commented", PATIENCE);
    let comments = trial.fake.world().repositories[0].pulls[&1].acts.comments.clone();
    assert_eq!(comments.iter().map(|one| one.body.as_str()).collect::<Vec<_>>(), ["y. fine"]);
    leave(&mut pty, &trial);
}

#[test]
fn read_only_no_writing_request_leaves() {
    for (args, env, why) in [
        (&["--readonly"][..], &[][..], "this dashboard was started with --readonly"),
        (&[], &[("FLOWLENS_GITHUB_ACTIONS", "false")], "actions are off"),
    ] {
        let trial = trial();
        let mut pty = menu(&trial, args, env);
        pty.wait_for(why, PATIENCE);
        // Every line of the menu, and a yes to whatever it may ask.
        for key in "fFxXwarcvmMeudClso".chars() {
            pty.keys(&format!("{key}\r"));
            pty.keys("y");
        }
        pty.wait_for(why, PATIENCE);
        pty.keys("\u{1b}");
        pty.wait_until("the board", PATIENCE, |screen| !screen.contains(why));
        leave(&mut pty, &trial);
        assert_eq!(trial.fake.world().write_requests().len(), 0, "{args:?}");
        assert!(trial.fake.world().log.iter().any(|asked| asked.what == "Gate"), "GitHub was asked");
    }
}
