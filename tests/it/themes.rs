//! Themes through the real program: files of one's own, what the terminal answers, and the choice on the screen.

use std::path::Path;

use crate::support::{PATIENCE, cli::run, eventually, term::Pty};

/// The demo in a theme, with the folder of configuration in `home`.
fn demo(home: &Path, theme: &str) -> Pty {
    let folder = home.display().to_string();
    let env = [
        ("XDG_CONFIG_HOME", folder.as_str()),
        ("TERM", "xterm-256color"),
        ("COLORTERM", "truecolor"),
        ("FLOWLENS_COLOR", "always"),
    ];
    Pty::spawn(&["demo", "--speed", "0.01", "--theme", theme], &env, 160, 30)
}

/// Waits until the program has written this.
fn wait_for_bytes(pty: &Pty, wanted: &str) {
    let is_there = || String::from_utf8_lossy(&pty.raw_output()).contains(wanted).then_some(());
    assert!(eventually(PATIENCE, is_there).is_some(), "no {wanted:?}");
}

#[test]
fn a_theme_of_ones_own_is_worn_and_another_one_chosen_on_the_screen() {
    let home = tempfile::tempdir().expect("a folder");
    let themes = home.path().join("flowlens/themes");
    std::fs::create_dir_all(&themes).expect("a folder");
    let text = "[dark]\nbad = \"#ff0001\"\nselected = 237\n";
    std::fs::write(themes.join("mine.toml"), text).expect("a file");
    std::fs::write(themes.join("wrong.toml"), "[dark]\ngodo = 3\n").expect("a file");

    let mut pty = demo(home.path(), "mine");
    pty.wait_for("4 Failing", PATIENCE);
    wait_for_bytes(&pty, "\x1b]11;?");
    wait_for_bytes(&pty, "38;2;255;0;1");
    // The selected row has its background once the terminal has answered.
    assert!(!String::from_utf8_lossy(&pty.raw_output()).contains("48;5;237"));
    pty.keys("\x1b]11;rgb:1010/1010/1818\x1b\\");
    wait_for_bytes(&pty, "48;5;237");
    pty.keys(":theme high\r");
    pty.wait_for("The theme is high-contrast", PATIENCE);
    wait_for_bytes(&pty, "38;2;255;179;179");
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));

    for (theme, says) in [
        ("wrong", "wrong.toml:2: [dark] godo: unknown key; did you mean \"good\"?"),
        ("hihg-contrast", "--theme: there is no theme \"hihg-contrast\"; did you mean \"high-contrast\"?"),
        ("nope", "--theme: there is no theme \"nope\": there are default, high-contrast, colour-blind, mine"),
        ("/nowhere/x.toml", "/nowhere/x.toml: cannot read the theme"),
    ] {
        let mut pty = demo(home.path(), theme);
        assert_eq!(pty.exit_code(), Ok(2), "{theme}");
        let told = String::from_utf8_lossy(&pty.raw_output()).into_owned();
        assert!(told.contains(says), "{told}");
        let folder = home.path().display().to_string();
        let checked = run(&["config", "check", "--theme", theme], &[("XDG_CONFIG_HOME", &folder)]);
        assert!(checked.status.code() == Some(2) && checked.stdout.contains(says), "{checked}");
    }
    // Whatever else is wrong with the start, and whoever starts: as all of the configuration.
    let named = [("XDG_CONFIG_HOME", home.path().to_str().expect("UTF-8")), ("FLOWLENS_THEME", "nope")];
    for command in
        [&["config", "show"][..], &["status"], &[], &["--database-url", "sqlite:none.db", "status"]]
    {
        let told = run(command, &named);
        let says = "flowlens: FLOWLENS_THEME: there is no theme \"nope\": there are default";
        assert!(told.status.code() == Some(2) && told.stderr.starts_with(says), "{told}");
    }
    // None hides another, and each has its place.
    let file = home.path().join("flowlens/config.toml");
    let folder = home.path().display().to_string();
    for (theme, says) in [
        ("wrong", "themes/wrong.toml:2: [dark] godo: unknown key; did you mean \"good\"?"),
        (
            "defualt",
            "config.toml:3: [dashboard] theme: there is no theme \"defualt\"; did you mean \"default\"?",
        ),
        ("/nowhere/x.toml", "config.toml:3: [dashboard] theme: /nowhere/x.toml: cannot read the theme: "),
    ] {
        std::fs::write(&file, format!("[dashboard]\nsort = \"agee\"\ntheme = {theme:?}\n")).expect("a file");
        let checked = run(&["config", "check"], &[("XDG_CONFIG_HOME", &folder)]);
        let sort = "config.toml:2: [dashboard] sort = \"agee\": expected ";
        assert!(
            checked.status.code() == Some(2)
                && checked.stdout.contains(sort)
                && checked.stdout.contains(says),
            "{checked}"
        );
    }
}
