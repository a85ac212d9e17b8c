//! `flowlens sync` in a terminal: the line that lives there.

use std::time::Duration;

use super::{TOKEN, Trial, built, many, world};
use crate::{
    github::fake::{faults::Fault, world::Asked},
    support::{PATIENCE, term::Pty},
};

#[test]
fn the_line_tells_repositories_pull_requests_and_what_is_left() {
    let mut world = world();
    for name in ["acme/api", "zeta/tool"] {
        let at = world.add_repository(name);
        for n in 1..=12 {
            world.add_pull(at, &format!("Change {n}"));
        }
    }
    let trial = Trial::slow(world, Duration::from_millis(5));
    let (home, ours) = (trial.home.path().display().to_string(), trial.env());
    let mut env = vec![("HOME", home.as_str())];
    env.extend(ours.iter().map(|(name, value)| (*name, value.as_str())));
    let mut pty = Pty::spawn(&["sync", "acme/api", "zeta/tool"], &env, 120, 30);
    assert_eq!(pty.exit_code(), Ok(0));
    let written = String::from_utf8_lossy(&pty.raw_output()).into_owned();
    for text in ["1/2 acme/api [##########] 12/12 read", "2/2 zeta/tool [##########] 12/12 with files"] {
        assert!(written.contains(text), "{text}: {written}");
    }
    assert!(written.contains(" requests left"), "{written}");
    assert!(!written.contains(TOKEN), "{written}");
    // Nothing of it stays behind.
    let screen = pty.screen();
    assert!(screen.contains("acme/api: 12 open; 12 read, 12 with files; "), "{screen}");
    assert!(!screen.contains("##"), "{screen}");
    assert!(screen.lines().any(|line| line == "flowlens shows them"), "{screen}");
    // Of another database than its own, it would not be true.
    let other = format!("sqlite:{}", trial.home.path().join("other.db").display());
    let mut pty = Pty::spawn(&["sync", "acme/api", "--database-url", &other], &env, 120, 30);
    assert_eq!(pty.exit_code(), Ok(0));
    let screen = pty.screen();
    assert!(screen.contains("acme/api: 12 open; ") && !screen.contains("shows them"), "{screen}");
}

/// The countdown of a wait goes when it is over, and never says nothing: a watch has no other line to take its place.
#[test]
fn a_watch_counts_an_outage_down_and_is_silent_again() {
    let trial = Trial::new(many(1));
    built(&mut trial.fake.world(), 0, 1, "test", None);
    let (home, ours) = (trial.home.path().display().to_string(), trial.env());
    let mut env = vec![("HOME", home.as_str())];
    env.extend(ours.iter().map(|(name, value)| (*name, value.as_str())));
    let mut pty = Pty::spawn(&["sync", "--watch", "acme/api"], &env, 120, 30);
    pty.wait_for("acme/api: 1 open; ", PATIENCE);
    // The next look fails.
    let probe = |asked: &Asked| asked.what == "Probe";
    trial.fake.world().fault(3, probe, Fault::answer(503, "Content-Type: text/html\r\n", "<html>"));
    pty.wait_until("the countdown", PATIENCE, |screen| {
        screen
            .lines()
            .any(|line| line.starts_with("asks again in ") && line.ends_with(" s: GitHub is down (503)"))
    });
    pty.wait_until("its end", PATIENCE, |screen| !screen.contains("asks again"));
    assert!(trial.fake.world().faults.is_empty());
    pty.keys("\u{3}");
    assert_eq!(pty.exit_code(), Ok(130));
    let written = String::from_utf8_lossy(&pty.raw_output()).into_owned();
    assert!(!written.contains(" in 0"), "{written}");
}
