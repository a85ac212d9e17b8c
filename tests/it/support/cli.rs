//! The program on a command line: in a clean environment, its answer as text.

use std::ffi::OsString;
use std::fmt;
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::process::{Command, ExitStatus};

use super::{PATIENCE, eventually};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_flowlens");

/// The whole environment of a program under test: nothing of the developer's own shows through.
pub(crate) fn environment(home: &Path) -> Vec<(&'static str, OsString)> {
    vec![
        ("PATH", std::env::var_os("PATH").unwrap_or_default()),
        ("HOME", home.into()),
        ("TERM", "xterm-256color".into()),
        ("LANG", "C.UTF-8".into()),
        ("TZ", "UTC".into()),
    ]
}

/// What the program answered; as text (`to_string`) it is made for a snapshot.
pub(crate) struct Answer {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program to its end, without a terminal and without input, in a home of its own.
pub(crate) fn run(args: &[&str], env: &[(&str, &str)]) -> Answer {
    let home = tempfile::tempdir().expect("a temporary folder");
    run_in(home.path(), args, env)
}

/// The same with this home, which is also the current folder.
pub(crate) fn run_in(home: &Path, args: &[&str], env: &[(&str, &str)]) -> Answer {
    run_fed(home, args, env, b"")
}

/// The same, and it is fed this.
pub(crate) fn run_fed(home: &Path, args: &[&str], env: &[(&str, &str)], input: &[u8]) -> Answer {
    let mut fed = tempfile::tempfile().expect("a file");
    fed.write_all(input).and_then(|()| fed.rewind()).expect("a file");
    let outputs = tempfile::tempdir().expect("a temporary folder");
    let file = |name| std::fs::File::create(outputs.path().join(name)).expect("a file");
    let mut child = Command::new(PROGRAM)
        .args(args)
        .env_clear()
        .envs(environment(home))
        .envs(env.iter().copied())
        .current_dir(home)
        .stdin(fed)
        .stdout(file("stdout"))
        .stderr(file("stderr"))
        .spawn()
        .expect("the program");
    let status = eventually(PATIENCE, || child.try_wait().expect("a child"));
    let text = |name| {
        let bytes = std::fs::read(outputs.path().join(name)).expect("a file");
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let (stdout, stderr) = (text("stdout"), text("stderr"));
    let Some(status) = status else {
        child.kill().and_then(|()| child.wait()).expect("a child");
        panic!("{args:?} does not end\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
    };
    Answer { status, stdout, stderr }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n--- stdout\n{}\n--- stderr\n{}",
            self.status,
            self.stdout.trim_end(),
            self.stderr.trim_end()
        )
    }
}

/// While the guard lives, snapshots have stable words for ports, names of databases and temporary folders.
#[must_use = "snapshots are redacted only while the guard lives"]
pub(crate) fn redacted() -> impl Drop {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"(127\.0\.0\.1|localhost):[0-9]+", "$1:[port]");
    settings.add_filter(r"flowlens_test_[0-9]+_[0-9]+_[0-9]+_", "");
    let temporary = std::env::temp_dir().display().to_string();
    for folder in ["/tmp", temporary.trim_end_matches('/')] {
        let escaped: String =
            folder.chars().flat_map(|c| [(c == '.').then_some('\\'), Some(c)]).flatten().collect();
        settings.add_filter(&format!(r"{escaped}/(\.tmp|flowlens-test\.)[A-Za-z0-9]+"), "[temporary]");
    }
    settings.bind_to_scope()
}
