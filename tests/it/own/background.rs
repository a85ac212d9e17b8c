//! Beside the screen: what reaches a program, and what it is said to have said.

use std::time::Duration;

use flowlens::{
    domain::command::{OwnCommand, Place},
    tui::effect::{Program, RuleCommand, ServiceCall},
    tui::msg::Msg,
};
use proptest::prelude::*;

use super::{RECORDER, hostile, perform, perform_all, recorded, script};
use crate::support::PATIENCE;

fn run(words: Vec<String>, facts: [String; 6]) -> Option<Msg> {
    perform(ServiceCall::Background(3, Box::new(Program { name: "x".to_owned(), words, facts })))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Titles, branches, and whatever else: exactly one argument each, as it is.
    #[test]
    fn a_value_is_exactly_one_argument_whatever_it_holds(title in hostile(1), branch in hostile(1)) {
        let folder = tempfile::tempdir().expect("a folder");
        let program = script(folder.path(), "told", RECORDER);
        let words = [program.as_str(), "--about={title}", "--", "{branch}", "{title}", "{repo}#{number}"];
        let command = OwnCommand {
            name: "x".to_owned(),
            key: None,
            words: words.map(str::to_owned).to_vec(),
            place: Place::Background,
        };
        OwnCommand::check(&command.words).expect("a command");
        let facts = ["acme/api", "421", &branch, "abc1234", "https://x", &title].map(str::to_owned);
        let filled = command.filled(&facts).expect("values");
        prop_assert_eq!(run(filled, facts), Some(Msg::Ended(3, Ok("ended well".to_owned()))));
        let about = format!("--about={title}");
        let want = [about.as_str(), "--", &branch, &title, "acme/api#421"].map(str::to_owned).to_vec();
        prop_assert_eq!(recorded(folder.path(), "args"), Some(want));
        let env = recorded(folder.path(), "env").expect("an environment");
        let variable = format!("FLOWLENS_BRANCH={branch}");
        prop_assert!(env.contains(&variable));
        let names = std::fs::read_dir(folder.path()).expect("a folder").count();
        prop_assert_eq!(names, 3, "nothing was run beside");
        // At the place of an option it is refused.
        let bare = OwnCommand { words: vec!["x".to_owned(), "{branch}".to_owned()], ..command };
        let facts = ["", "", &branch, "", "", ""].map(str::to_owned);
        prop_assert_eq!(bare.filled(&facts).is_err(), branch.starts_with('-'));
    }
}

#[test]
fn its_end_is_told_with_its_last_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = |text: &str| match run(vec![script(folder.path(), "told", text)], Default::default()) {
        Some(Msg::Ended(3, end)) => end,
        other => panic!("{other:?}"),
    };
    assert_eq!(said("echo one; echo two; echo"), Ok("ended well: two".to_owned()));
    assert_eq!(said("printf 'a\\033[31mb\\n' >&2; exit 3"), Err("ended with 3: a[31mb".to_owned()));
    assert_eq!(said("kill -9 $$"), Err("was ended by a signal".to_owned()));
    // A loud one ends, and one whose children hold its output does not hold us.
    assert_eq!(said("yes 2>/dev/null | head -c 300000; exit 4"), Err("ended with 4: y".to_owned()));
    assert_eq!(said("sleep 2 & exit 0"), Ok("ended well".to_owned()));
    let missing = run(vec!["/nothing/there".to_owned()], Default::default());
    let Some(Msg::Ended(3, Err(why))) = missing else { panic!("{missing:?}") };
    assert!(why.starts_with("/nothing/there cannot be started: "), "{why}");
}

/// The programs of the rules wait for what the command does.
#[test]
fn a_flood_of_notifications_holds_no_command_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = script(folder.path(), "told", "until [ -e \"${0%/*}/done\" ]; do sleep 0.05; done\n");
    let run = RuleCommand {
        rule: "late".to_owned(),
        command: vec![told],
        facts: Default::default(),
        timeout: Duration::from_secs(PATIENCE),
    };
    let rules = vec![ServiceCall::Run(Box::new(run)); 9];
    let words = vec![script(folder.path(), "own", "touch \"${0%/*}/done\"\n")];
    let own = Program { name: "x".to_owned(), words, facts: Default::default() };
    let calls = rules.into_iter().chain([ServiceCall::Background(3, Box::new(own))]);
    assert_eq!(perform_all(calls), [Msg::Ended(3, Ok("ended well".to_owned()))]);
}
