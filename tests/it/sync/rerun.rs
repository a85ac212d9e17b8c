//! What moves no `updatedAt`, and what does, on a dashboard that runs.

use super::{Trial, built, many};
use crate::support::{PATIENCE, term::Pty};

/// Nobody presses a key: a build that runs is looked at every 25 s.
#[test]
fn a_run_again_and_a_push_come_to_a_running_dashboard_by_themselves() {
    let trial = Trial::new(many(2));
    let suite = built(&mut trial.fake.world(), 0, 1, "unit tests", None);
    let (home, env) = (trial.home.path().display().to_string(), trial.env());
    let mut env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    env.extend([("HOME", home.as_str()), ("FLOWLENS_GITHUB_REPOS", "acme/api")]);
    let mut pty = Pty::spawn(&["-i", "200ms"], &env, 140, 40);
    let line = |screen: &str, of: &str, text: &str| {
        screen.lines().any(|line| line.contains(of) && line.contains(text))
    };
    pty.wait_until("the build that runs", PATIENCE, |screen| {
        line(screen, "FlowLens", "GitHub just now") && line(screen, "Change 1", "CI runs")
    });
    let (sha, head) = {
        let mut world = trial.fake.world();
        let sha = world.repositories[0].pulls[&1].head.clone();
        world.check(0, &sha, suite, "unit tests", Some("FAILURE"));
        (sha, world.push(0, 2))
    };
    assert_ne!(sha, head);
    pty.wait_until("its failure", PATIENCE, |screen| line(screen, "4 Failing", "4 Failing 1"));
    let stored = "SELECT commit_sha FROM pull_requests WHERE pr_number = 2";
    let is_pushed = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let found = runtime.block_on(super::column(&trial.database(), stored));
        (found == [head.clone()]).then_some(())
    };
    crate::support::eventually(PATIENCE, is_pushed).expect("the push");
    // Between two looks the header tells their age, and nothing of them.
    pty.wait_until("its age", PATIENCE, |screen| line(screen, "FlowLens", "GitHub 20 s ago"));
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
}
