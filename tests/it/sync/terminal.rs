//! `flowlens sync` in a terminal: the line that lives there.

use std::time::Duration;

use super::{TOKEN, Trial, world};
use crate::support::term::Pty;

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
}
