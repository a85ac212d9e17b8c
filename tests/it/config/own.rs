//! `[[commands]]`, and the programs that take over for a while.

use flowlens::config::Checks;
use flowlens::domain::command::Place;
use flowlens::tui::keymap::Keymap;

use super::{Home, shown};

#[test]
fn a_command_is_read_with_its_defaults() {
    let text = r#"
[[commands]]
name = "log"
key = "e"
command = ["git", "log", "--oneline", "{sha}"]

[[commands]]
name = "deploy"
command = ["sh", "-c", "deploy \"$1\"", "sh", "{branch}"]
run = "background"
"#;
    let home = Home::with(text);
    let config = home.load().unwrap();
    let commands: Vec<_> =
        config.commands.iter().map(|(command, origin)| (command, origin.to_string())).collect();
    assert_eq!((commands[0].0.name.as_str(), commands[0].0.key.as_deref()), ("log", Some("e")));
    assert_eq!((commands[0].0.place, commands[1].0.place), (Place::Foreground, Place::Background));
    assert_eq!(commands[1].0.words[4], "{branch}");
    assert_eq!(commands[0].1, "~/.config/flowlens/config.toml:3");
    let shown = shown(&home);
    assert!(shown.contains("[[commands]]  # ~/.config/flowlens/config.toml:8"), "{shown}");
    assert!(shown.contains("command = [\"git\", \"…\"]  # 3 arguments, not shown"), "{shown}");
}

#[test]
fn mistakes_are_named_with_their_place_and_mend() {
    let checks = Checks {
        commands: &|_, keys| Keymap::default().with_commands(keys).err().unwrap_or_default(),
        ..Checks::default()
    };
    for (command, want) in [
        ("command = [\"x\"]", "2: [[commands]] wants a name"),
        ("name = \"a\"", "2: [[commands]] \"a\" wants a command"),
        ("name = \"\"\ncommand = [\"x\"]", "2: [[commands]] name = \"\": expected a name"),
        ("name = \"a\"\ncommand = \"x {title}\"", "3: [[commands]] command: expected a list"),
        (
            "name = \"a\"\ncommand = [\"x\", \"{titel}\"]",
            "3: [[commands]] command: {titel} stands for nothing",
        ),
        (
            "name = \"a\"\ncommand = [\"sh\", \"-c\", \"x {title}\"]",
            "3: [[commands]] command: sh would read {title} as a script; hand it over as an argument: \
             [\"sh\", \"-c\", \"… \\\"$1\\\"\", \"sh\", \"{title}\"]",
        ),
        (
            "name = \"a\"\ncommand = [\"x\"]\nrun = \"later\"",
            "4: [[commands]] run = \"later\": expected one of",
        ),
        (
            "name = \"a\"\ncommand = [\"x\"]\nkey = \"j\"",
            "2: [[commands]] \"a\": j does down already; another key, or [keys] down = [] to free it",
        ),
        (
            "name = \"a\"\ncomand = [\"x\"]",
            "3: unknown key \"comand\" in [[commands]]; did you mean \"command\"?",
        ),
    ] {
        let problems =
            Home::with(&format!("[[commands]]\n{command}\n")).load_with(&checks).unwrap_err().problems;
        let first = problems[0].strip_prefix("~/.config/flowlens/config.toml:").unwrap_or(&problems[0]);
        assert!(first.starts_with(want), "{command}: {first}");
    }
    let twice = "[[commands]]\nname = \"a\"\ncommand = [\"x\"]\n".repeat(2);
    let problems = Home::with(&twice).load().unwrap_err().problems;
    assert!(problems[0].ends_with(":5: [[commands]] \"a\" is there already"), "{problems:?}");
}

#[test]
fn the_editor_is_the_configured_one_else_the_environments() {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let config = Home::with("").load().unwrap();
    assert_eq!((config.dashboard.editor, config.dashboard.pager), (words(&["vi"]), words(&["less", "-R"])));
    let with = |text| Home::with(text).env("EDITOR", "ed").env("VISUAL", "'my code' -w").env("PAGER", "it's");
    let home = with("");
    let config = home.load().unwrap();
    assert_eq!(
        (config.dashboard.editor, config.dashboard.pager),
        (words(&["my code", "-w"]), words(&["less", "-R"]))
    );
    assert!(
        config.warnings.iter().any(|warning| warning.contains("PAGER is not used")),
        "{:?}",
        config.warnings
    );
    let problems = with("[dashboard]\neditor = \"code --wait\"\npager = \"it's\"\n").problems();
    assert!(
        problems[0].ends_with("config.toml:3: [dashboard] pager = \"it's\": a quote is not closed"),
        "{problems:?}"
    );
}
