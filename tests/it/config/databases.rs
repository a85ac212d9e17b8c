//! `[[databases]]`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use flowlens::config::DatabaseChoice;

use super::{Home, shown};

const TWO: &str = r#"
[database]
url = "postgres://ana@prod/flow"
nodes = ["p2:5433"]

[[databases]]
name = "staging"
url = "postgres://ana:hunter2@staging/flow"

[[databases]]
name = "own"
url = "sqlite:///tmp/own.db"
"#;

fn chosen(home: &Home) -> (String, String, usize) {
    let config = home.load().unwrap();
    match &config.database.choice {
        DatabaseChoice::Named { url, origin } => {
            (url.expose().to_owned(), origin.to_string(), config.database.nodes.len())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_name_chooses_and_beats_every_address() {
    let mut home = Home::with(TWO).env("FLOWLENS_DATABASE_URL", "postgres://ana@env/flow");
    assert_eq!(chosen(&home).0, "postgres://ana@env/flow");
    home.flags.database = Some("Staging".to_owned());
    let place = "~/.config/flowlens/config.toml:7".to_owned();
    assert_eq!(chosen(&home), ("postgres://ana:hunter2@staging/flow".to_owned(), place, 0));
    home.flags.database = Some("prod".to_owned());
    let error = home.load().unwrap_err().to_string();
    assert_eq!(error, "--database \"prod\": the config file has \"staging\", \"own\"");
    let mut home = Home::new();
    home.flags.database = Some("prod".to_owned());
    assert!(home.load().unwrap_err().to_string().ends_with("has none: it has no [[databases]]"));
}

#[test]
fn a_password_is_shown_nowhere_and_wants_a_file_of_ones_own() {
    let home = Home::with(TWO);
    assert_eq!(home.load().unwrap().warnings, [""; 0]);
    let shown = shown(&home);
    assert!(
        shown.contains("[[databases]]  # ~/.config/flowlens/config.toml:7\nname = \"staging\""),
        "{shown}"
    );
    assert!(!shown.contains("hunter2"), "{shown}");
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(home.load().unwrap().warnings[0].contains("holds a password and others can read it"));
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (table, want) in [
        ("url = \"sqlite:a.db\"", "2: [[databases]] wants a name"),
        ("name = \"a\"", "2: [[databases]] \"a\" wants a url"),
        ("name = \"\"\nurl = \"sqlite:a.db\"", "2: [[databases]] name: expected a name of 1 to 24 cells"),
        ("name = \"a\"\nurl = \"\"", "3: [[databases]] url: expected postgres://USER@HOST"),
        ("name = \"a\"\nurl = \"mysql://u:hunter2@h/d\"", "3: [[databases]] url: "),
        ("name = \"a\"\nurl = \"postgres://u:hunter2@h:x/d\"", "3: [[databases]] url: "),
        (
            "name = \"a\"\nurl = \"sqlite:a.db\"\nnodes = [\"x\"]",
            "4: [[databases]] nodes: expected a list such as",
        ),
        (
            "name = \"a\"\nurl = \"sqlite:a.db\"\nnods = []",
            "4: unknown key \"nods\" in [[databases]]; did you mean \"nodes\"?",
        ),
    ] {
        let error = Home::with(&format!("[[databases]]\n{table}\n")).load().unwrap_err().to_string();
        assert!(error.starts_with(&format!("~/.config/flowlens/config.toml:{want}")), "{table}\n{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    let twice = "[[databases]]\nname = \"a\"\nurl = \"sqlite:a.db\"\n".repeat(2);
    let error = Home::with(&twice).load().unwrap_err().to_string();
    assert!(error.contains(":5: [[databases]] \"a\" is there already"), "{error}");
}
