//! In a real terminal: it is given away, and comes back whatever a program does to it.

use std::path::Path;

use super::{RECORDER, recorded, script};
use crate::dashboard::{environment, team};
use crate::support::pg::Database;
use crate::support::term::Pty;
use crate::support::{PATIENCE, eventually};

/// The dashboard with a command on the key `e`.
fn open(db: &Database, folder: &Path, words: &str, run: &str) -> Pty {
    let config = folder.join("flowlens/config.toml");
    std::fs::create_dir_all(config.parent().expect("a folder")).expect("a folder");
    let text = format!("[[commands]]\nname = \"try\"\nkey = \"e\"\ncommand = {words}\nrun = \"{run}\"\n");
    std::fs::write(&config, text).expect("a file");
    let (url, home) = (db.url(), folder.display().to_string());
    let env = [environment(&url)[0], environment(&url)[1], ("XDG_CONFIG_HOME", home.as_str())];
    let mut pty = Pty::spawn(&["-i", "200ms"], &env, 140, 40);
    pty.wait_for("Pipeline acme/api#421", PATIENCE);
    pty.wait_for(" live", PATIENCE);
    pty
}

/// The screen is ours again, takes keys, and is left as it was found.
fn is_back(pty: &mut Pty) {
    pty.wait_until("the board", PATIENCE, |screen| {
        screen.contains("Add OAuth refresh") && screen.contains("FlowLens")
    });
    assert!(pty.is_fullscreen());
    pty.keys("j");
    pty.wait_for("Pipeline acme/api#420", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(pty.is_restored());
}

#[tokio::test]
async fn a_program_gets_the_terminal_its_keys_and_its_signals() {
    let db = team("own_foreground").await;
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        "{RECORDER}[ -t 0 ] && [ -t 1 ] && stty -a | grep -q ' icanon' && echo cooked\n\
         printf 'your name? '; read -r name; echo \"hello $name\"; read -r more\n\
         stty raw -echo; printf '\\033[?1049h\\033[?25lmess'\n"
    );
    let words = format!("[\"{}\", \"--\", \"{{title}}\", \"{{sha}}\"]", script(folder.path(), "told", &text));
    let mut pty = open(&db, folder.path(), &words, "foreground");
    pty.keys("e");
    pty.wait_for("your name?", PATIENCE);
    assert!(pty.screen().contains("cooked"), "{}", pty.screen());
    assert!(!pty.is_fullscreen());
    // Keys of ours are text to it.
    pty.keys("qj?\r");
    pty.wait_for("hello qj?", PATIENCE);
    pty.keys("\r");
    assert_eq!(recorded(folder.path(), "args").expect("arguments"), ["--", "Add OAuth refresh", "abc421"],);
    let env = recorded(folder.path(), "env").expect("an environment");
    assert!(env.iter().any(|line| line == "FLOWLENS_REPO=acme/api"), "{env:?}");
    assert!(!env.iter().any(|line| line.starts_with("FLOWLENS_DATABASE_URL")), "{env:?}");
    is_back(&mut pty);
}

#[tokio::test]
async fn an_interrupt_is_for_the_program_and_a_failure_is_shown_first() {
    let db = team("own_interrupt").await;
    let folder = tempfile::tempdir().expect("a folder");
    for key in ["\x03", "\x1c"] {
        let mut pty =
            open(&db, folder.path(), r#"["sh", "-c", "echo begun; exec sleep 1000"]"#, "foreground");
        pty.keys("e");
        pty.wait_for("begun", PATIENCE);
        pty.keys(key);
        pty.wait_for("was ended by a signal. Enter leads back to FlowLens.", PATIENCE);
        pty.keys("\r");
        pty.wait_for("try acme/api#421: was ended by a signal", PATIENCE);
        is_back(&mut pty);
    }
}

/// A shell with jobs of its own takes the terminal, and is killed before it gives it back.
#[tokio::test]
async fn a_terminal_that_was_taken_is_taken_back() {
    let db = team("own_taken").await;
    let folder = tempfile::tempdir().expect("a folder");
    let job = script(folder.path(), "job", "kill -9 \"$PPID\"; stty raw -echo; echo all is done\n");
    let words = format!("[\"bash\", \"-i\", \"-c\", \"set -m; \\\"$0\\\"; true\", \"{job}\"]");
    let mut pty = open(&db, folder.path(), &words, "foreground");
    pty.keys("e");
    // The job lives on: it has written its last before the board is drawn.
    pty.wait_for("all is done", PATIENCE);
    pty.wait_for("Enter leads back to FlowLens.", PATIENCE);
    pty.keys("\r");
    is_back(&mut pty);
}

#[tokio::test]
async fn a_stop_stops_both_and_a_signal_to_end_ends_both() {
    let db = team("own_stop").await;
    let folder = tempfile::tempdir().expect("a folder");
    let text = "echo $$ >\"${0%/*}/pid\"\necho begun; read -r line; echo \"read $line\"; exec sleep 1000\n";
    let words = format!("[\"{}\"]", script(folder.path(), "told", text));
    let mut pty = open(&db, folder.path(), &words, "foreground");
    pty.keys("e");
    pty.wait_for("begun", PATIENCE);
    pty.keys("\x1a");
    pty.wait_for_stop();
    let pid = std::fs::read_to_string(folder.path().join("pid")).expect("a file");
    let pid: u32 = pid.trim().parse().expect("a process id");
    pty.signal("CONT");
    let sent = std::process::Command::new("sh").args(["-c", &format!("kill -CONT {pid}")]).status();
    assert!(sent.expect("sh").success());
    pty.keys("on\r");
    pty.wait_for("read on", PATIENCE);
    pty.signal("TERM");
    assert_eq!(pty.exit_code(), Ok(0));
    let gone = || crate::support::term::state_of(pid).is_none_or(|state| state == 'Z').then_some(());
    assert!(eventually(PATIENCE, gone).is_some(), "the program lives on");
    assert!(pty.is_restored());
}

#[tokio::test]
async fn an_output_goes_to_the_pager_and_a_background_end_is_told() {
    let db = team("own_pager").await;
    let folder = tempfile::tempdir().expect("a folder");
    let pager = script(folder.path(), "pager", "cat; printf 'more? '; read -r line </dev/tty\n");
    let config = folder.path().join("flowlens/config.toml");
    std::fs::create_dir_all(config.parent().expect("a folder")).expect("a folder");
    let text = format!(
        "[dashboard]\npager = \"{pager}\"\n[[commands]]\nname = \"list\"\nkey = \"e\"\n\
         command = [\"echo\", \"number\", \"{{number}}\"]\nrun = \"pager\"\n\
         [[commands]]\nname = \"beside\"\nkey = \"E\"\ncommand = [\"echo\", \"{{repo}}\"]\nrun = \"background\"\n"
    );
    std::fs::write(&config, text).expect("a file");
    let (url, home) = (db.url(), folder.path().display().to_string());
    let env = [environment(&url)[0], environment(&url)[1], ("XDG_CONFIG_HOME", home.as_str())];
    let mut pty = Pty::spawn(&["-i", "200ms"], &env, 140, 40);
    pty.wait_for("Pipeline acme/api#421", PATIENCE);
    pty.keys("e");
    pty.wait_for("more?", PATIENCE);
    assert!(pty.screen().contains("number 421"), "{}", pty.screen());
    pty.keys("\r");
    pty.wait_for("list acme/api#421: was shown", PATIENCE);
    pty.keys("E");
    pty.wait_for("beside acme/api#421: ended well: acme/api", PATIENCE);
    pty.keys(":log\r");
    pty.wait_for("Done and told in this session", PATIENCE);
    pty.wait_for("list acme/api#421: was shown", PATIENCE);
    pty.keys("q");
    is_back(&mut pty);
}
