//! The examples for deployment: their commands and variables are the program's.

use std::collections::BTreeSet;

use flowlens::cli::{Cli, Command};

use super::{collect, root};

const UNIT: &str = include_str!("../../../docs/deploy/flowlens-serve.service");
const DOCKERFILE: &str = include_str!("../../../docs/deploy/Dockerfile");
const ENVIRONMENT: &str = include_str!("../../../docs/deploy/serve.env");

fn is_serve(words: &[&str]) {
    let cli = Cli::read(words).unwrap_or_else(|error| panic!("{words:?}: {error}"));
    assert!(matches!(cli.command, Command::Serve(_)), "{words:?}");
}

/// What follows a word at a line's beginning.
fn after<'a>(text: &'a str, word: &str) -> &'a str {
    text.lines().find_map(|line| line.strip_prefix(word)).unwrap_or_else(|| panic!("no {word}")).trim()
}

#[test]
fn the_unit_and_the_image_start_a_receiver() {
    let command: Vec<&str> = after(UNIT, "ExecStart=").split(' ').collect();
    is_serve(&command);
    let [entry, more] = ["ENTRYPOINT ", "CMD "]
        .map(|word| serde_json::from_str::<Vec<String>>(after(DOCKERFILE, word)).expect("a list of words"));
    let words: Vec<&str> = entry.iter().chain(&more).map(String::as_str).collect();
    is_serve(&words);
    let version = after(DOCKERFILE, "FROM rust:").split('-').next().unwrap_or_default();
    assert!(super::MANIFEST.contains(&format!("rust-version = \"{version}\"")), "{version}");
}

#[test]
fn the_variables_of_the_environment_are_read() {
    let mut read = String::new();
    collect(&root().join("src"), &mut read);
    let lines = ENVIRONMENT.lines().map(|line| line.trim_start_matches('#'));
    let names: BTreeSet<&str> = lines
        .filter_map(|line| Some(line.split_once('=')?.0))
        .filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .collect();
    assert!(names.len() >= 5, "{names:?}");
    for name in names {
        assert!(read.contains(&format!("\"{name}\"")), "nothing reads {name}");
    }
}
