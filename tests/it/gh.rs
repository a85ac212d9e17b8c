//! `gh`, asked for the login: it may hang, and holds nobody up for long.

use std::{path::Path, process::Command};

use crate::support::{PATIENCE, cli, eventually, term::Pty};

/// For how long this `gh` hangs: longer than any failing test waits.
const HANGS: u64 = 2 * PATIENCE;

/// A folder with a `gh` that notes its process and then does this.
fn gh(then: &str) -> tempfile::TempDir {
    let bin = tempfile::tempdir().expect("a folder");
    // Written by another process: a file that this one has just written may be busy for a moment.
    let script = format!("printf '#!/bin/sh\\necho $$ > %s/pid\\n%s\\n' \"$PWD\" '{then}' > gh; chmod +x gh");
    let written = Command::new("sh").args(["-c", &script]).current_dir(bin.path()).status().expect("sh");
    assert!(written.success());
    bin
}

fn path(bin: &tempfile::TempDir) -> String {
    format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap_or_default())
}

/// Whether the `gh` that was started has ended; it may have ended before it could note anything.
fn has_ended(bin: &tempfile::TempDir) -> Option<()> {
    let pid = std::fs::read_to_string(bin.path().join("pid")).unwrap_or_default();
    let runs = !pid.trim().is_empty() && Path::new("/proc").join(pid.trim()).exists();
    (!runs).then_some(())
}

#[test]
fn a_gh_that_hangs_costs_a_moment_and_no_time_that_the_user_gave() {
    let bin = gh(&format!("exec sleep {HANGS}"));
    for args in [
        &["status", "--filter", "is:mine"][..],
        &["status", "--filter", "is:mine", "--timeout", "2s"],
        &["status", "--filter", "is:mine", "--timeout", "100ms", "--watch"],
    ] {
        let answer = cli::run(args, &[("PATH", &path(&bin))]);
        assert_eq!(answer.status.code(), Some(2), "{answer}");
        assert!(answer.stderr.contains("need your login"), "{answer}");
        assert_eq!(eventually(PATIENCE, || has_ended(&bin)), Some(()), "it is not left behind");
    }
    // Where the login is not needed, nobody asks.
    assert_eq!(cli::run(&["status"], &[("PATH", &path(&bin))]).status.code(), Some(0));

    // The dashboard goes on without it.
    let path = path(&bin);
    let mut pty = Pty::spawn(&[], &[("PATH", &path)], 100, 24);
    pty.wait_for("The database is ready, and empty.", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
}

#[test]
fn a_token_that_a_hanging_gh_keeps_is_told_as_that() {
    let bin = gh(&format!("exec sleep {HANGS}"));
    let path = path(&bin);
    let said = "there is no token for github.com: `gh` did not answer within 2 s";
    let answer = cli::run(&["sync", "acme/api"], &[("PATH", &path)]);
    assert_eq!(answer.status.code(), Some(2), "{answer}");
    let mend =
        "see what `gh auth token --hostname github.com` waits for, or run flowlens again with GH_TOKEN set";
    assert!(answer.stderr.contains(&format!("{said}; {mend}")), "{answer}");
    let hook = ["hook", "acme/api", "--url", "https://a.test"];
    let answer = cli::run(&hook, &[("PATH", &path), ("FLOWLENS_WEBHOOK_SECRET", "x")]);
    assert_eq!(answer.status.code(), Some(8), "{answer}");
    assert!(answer.stderr.contains(&format!("{said}, so this is yours to do")), "{answer}");
    // One that answers knows none.
    let bin = self::gh("exit 1");
    let answer = cli::run(&["sync", "acme/api"], &[("PATH", &self::path(&bin))]);
    assert!(
        answer.stderr.contains("there is no token for github.com; log in with `gh auth login"),
        "{answer}"
    );
}

#[test]
fn the_login_is_that_at_the_github_that_is_read() {
    let bin = gh("test \"$5\" = ghe.acme.test && echo ana");
    let path = path(&bin);
    for (variable, code) in [
        (("FLOWLENS_GITHUB_URL", "https://ghe.acme.test/api/v3"), 0),
        (("GH_HOST", "https://ghe.acme.test"), 0),
        (("GH_HOST", ""), 2),
    ] {
        let answer = cli::run(&["status", "--filter", "is:mine"], &[("PATH", &path), variable]);
        assert_eq!(answer.status.code(), Some(code), "{variable:?}: {answer}");
    }
    let both = [("PATH", path.as_str()), ("FLOWLENS_GITHUB_URL", "ghe.acme.test"), ("GH_HOST", "b.test")];
    let answer = cli::run(&["status", "--filter", "is:mine"], &both);
    assert_eq!(answer.status.code(), Some(0), "what is set for FlowLens goes first: {answer}");
}

#[test]
fn an_answer_is_taken_though_somebody_holds_the_pipe() {
    let bin = gh(&format!("sleep {HANGS} & echo $! > \"$(dirname \"$0\")\"/child; echo ana"));
    let answer = cli::run(&["status", "--filter", "is:mine"], &[("PATH", &path(&bin))]);
    assert_eq!(answer.status.code(), Some(0), "{answer}");
    let child = std::fs::read_to_string(bin.path().join("child")).expect("its child");
    assert!(Command::new("kill").arg(child.trim()).status().expect("kill").success());
}

#[test]
fn a_signal_is_heard_while_gh_is_asked() {
    let bin = gh(&format!("kill -TERM $PPID; exec sleep {HANGS}"));
    let answer = cli::run(&["status", "--filter", "is:mine"], &[("PATH", &path(&bin))]);
    assert_eq!(answer.status.code(), Some(143), "{answer}");
}
