//! What the program leaves on this machine is its user's alone, and nothing there keeps it waiting.

#![expect(clippy::case_sensitive_file_extension_comparisons, reason = "names of ours")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::{PATIENCE, cli, term::Pty};

/// Opens the dashboard under a umask, on the embedded database, and leaves it again.
fn visit(home: &Path, umask: &str) {
    let script = format!("umask {umask}; exec \"$0\"");
    let home = home.to_str().expect("UTF-8");
    let mut pty = Pty::spawn_program("sh", &["-c", &script, cli::PROGRAM], &[("HOME", home)], 100, 24);
    pty.wait_for("The database is ready, and empty.", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0), "{}", pty.screen());
}

/// All that is below a folder, with its mode.
fn below(folder: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let mode = fs::metadata(&path).expect("it is there").permissions().mode() & 0o7777;
        if path.is_dir() {
            found.extend(below(&path));
        }
        found.push((path, mode));
    }
    found
}

#[test]
fn state_log_and_data_are_for_this_user_alone_whatever_the_umask() {
    for umask in ["000", "022", "077", "777"] {
        let home = tempfile::tempdir().expect("a folder");
        visit(home.path(), umask);
        visit(home.path(), umask);
        let all = below(home.path());
        for (path, mode) in &all {
            let expected = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(*mode, expected, "umask {umask}: {}", path.display());
        }
        let names: Vec<String> =
            all.iter().filter_map(|(path, _)| Some(path.file_name()?.to_str()?.to_owned())).collect();
        assert!(names.iter().any(|name| name.starts_with("state-")), "{names:?}");
        assert!(!names.iter().any(|name| name.contains("draft") || name.ends_with(".tmp")), "{names:?}");
    }
}

#[test]
fn a_folder_that_an_earlier_version_left_open_is_closed() {
    let home = tempfile::tempdir().expect("a folder");
    let state = home.path().join(".local/state/flowlens");
    fs::create_dir_all(&state).expect("a folder");
    fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).expect("its mode");
    visit(home.path(), "022");
    assert_eq!(fs::metadata(&state).expect("it is there").permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_pipe_in_the_place_of_a_file_keeps_nobody_waiting() {
    let home = tempfile::tempdir().expect("a folder");
    visit(home.path(), "022");
    let state = home.path().join(".local/state/flowlens");
    let of = |suffix: &str| {
        let all = below(&state).into_iter().map(|(path, _)| path);
        all.into_iter().find(|path| path.display().to_string().ends_with(suffix)).expect("a file")
    };
    for file in [of(".json"), of("flowlens.log")] {
        fs::remove_file(&file).expect("it is there");
        assert!(Command::new("mkfifo").arg(&file).status().expect("mkfifo").success());
        visit(home.path(), "022");
    }
    assert!(of(".json").is_file(), "the state is written in its place");

    let config = home.path().join(".config/flowlens/config.toml");
    fs::create_dir_all(config.parent().expect("a folder")).expect("a folder");
    assert!(Command::new("mkfifo").arg(&config).status().expect("mkfifo").success());
    let answer = cli::run_in(home.path(), &["status"], &[]);
    assert_eq!(answer.status.code(), Some(2), "{answer}");
    assert!(
        answer.stderr.contains("config.toml: cannot read the config file: it is not a plain file"),
        "{answer}"
    );
}
