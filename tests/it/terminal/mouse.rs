//! The mouse in a real terminal, and the keys that notices name.

use crate::dashboard::{environment, team};
use crate::support::PATIENCE;
use crate::support::term::Pty;

/// The wheel turned down over a cell, as terminals write it.
fn wheel_down(pty: &mut Pty, column: u16, line: u16) {
    pty.keys(&format!("\x1b[<65;{column};{line}M"));
}

#[tokio::test]
async fn the_wheel_scrolls_what_is_under_it_and_notices_name_the_keys_as_they_are_bound() {
    let db = team("mouse").await;
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("flowlens/config.toml");
    std::fs::create_dir_all(config.parent().expect("a folder")).expect("a folder");
    std::fs::write(&config, "[keys]\nmouse = \"f2\"\nfreeze = \"f6\"\nopen = []\n").expect("a file");
    let (url, home) = (db.url(), folder.path().display().to_string());
    let env = [environment(&url)[0], environment(&url)[1], ("XDG_CONFIG_HOME", home.as_str())];
    let mut pty = Pty::spawn(&["-i", "200ms"], &env, 140, 24);
    pty.wait_for("Pipeline acme/api#421", PATIENCE);
    pty.keys("\x1b[12~");
    pty.wait_for("Mouse on: click and wheel; F2 lets it go", PATIENCE);
    pty.keys("\x1b[17~");
    pty.wait_for("Order frozen, while rows still update in place; F6 lets it go", PATIENCE);
    // What has no key is not offered.
    pty.keys("O");
    pty.wait_until("the notice alone", PATIENCE, |screen| {
        screen.lines().last().is_some_and(|line| line.trim() == "No failing check with an address is known")
    });
    // Over the list, while the repositories have the focus.
    pty.keys("p");
    wheel_down(&mut pty, 80, 5);
    pty.wait_for("Pipeline acme/web#7", PATIENCE);
    pty.wait_for("4/5 open", PATIENCE);
    // Over the help, and beside it.
    pty.keys("?");
    pty.wait_for("line up", PATIENCE);
    wheel_down(&mut pty, 70, 10);
    pty.wait_until("the help, scrolled", PATIENCE, |screen| {
        screen.contains(" Help 2/") && !screen.contains("line up")
    });
    pty.keys("qq");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(pty.is_restored());
}
