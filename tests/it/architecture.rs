//! Who may import whom, and what the top of the repository holds.
//!
//! Every path of the source counts, not only `use` lines: inline paths, attributes (`derive`) and, as far as
//! their tokens tell, macros. A *room* is a module with its children.

mod circles;
mod imports;
mod rules;
mod seldom;

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use self::{
    circles::circles,
    imports::{Import, imports},
};

/// A room, and the rooms that it may import beside itself, with the rooms inside these. The room with the longest
/// fitting name counts; `*` is every room.
const ROOMS: &[(&str, &[&str])] = &[
    ("main", &["*"]),
    ("lib", &[]),
    ("cli", &["config", "domain"]),
    ("config", &["domain", "private"]),
    ("exit", &["domain"]),
    ("logging", &["config", "domain", "private"]),
    ("commands", &["*"]),
    ("domain", &[]),
    ("backoff", &[]),
    ("panics", &[]),
    ("private", &[]),
    ("programs", &[]),
    ("facts", &["domain"]),
    ("report", &["domain"]),
    ("http", &["domain", "backoff"]),
    ("store", &[]),
    ("store::engine", &["domain", "backoff", "panics", "private"]),
    ("store::board", &["domain", "backoff", "panics", "store::engine"]),
    ("store::write", &["domain", "facts", "store::engine"]),
    ("store::inbox", &["domain", "store::engine"]),
    ("store::insights", &["domain", "store::engine"]),
    ("store::sync", &["domain", "store::engine"]),
    ("store::migrate", &["domain", "store::engine"]),
    ("github", &["domain", "backoff", "facts", "github", "store"]),
    ("github::act", &["domain", "github"]),
    ("github::client", &["domain", "github::query", "http"]),
    ("github::payload", &["domain", "facts", "github::client"]),
    ("github::query", &[]),
    ("github::webhook", &["domain", "facts", "github::payload"]),
    ("serve", &["domain", "backoff", "facts", "github", "panics", "store"]),
    ("insight", &["domain", "backoff", "http", "panics", "store"]),
    ("demo", &["domain", "facts"]),
    ("tui", &["tui::app"]),
    ("tui::app", &["*"]),
    ("tui::terminal", &["domain", "panics", "tui::backend", "tui::input"]),
    ("tui::input", &[]),
    ("tui::backend", &["domain"]),
    ("tui::action", &[]),
    ("tui::geometry", &[]),
    ("tui::columns", &["domain"]),
    ("tui::state_file", &["domain", "private", "tui::geometry"]),
    ("tui::screen", &[]),
    ("tui::theme", &["domain"]),
    ("tui::pen", &["domain", "tui::geometry", "tui::theme"]),
    ("tui::keymap", &["tui::action"]),
    ("tui::msg", &["domain", "tui::action"]),
    ("tui::effect", &["domain"]),
    ("tui::line", &["domain", "tui::keymap", "tui::msg", "tui::pen"]),
    // A layer over the screen: its state, its keys and its drawing are one room, below the model that holds it.
    (
        "tui::overlay",
        &[
            "domain",
            "report",
            "tui::action",
            "tui::columns",
            "tui::geometry",
            "tui::keymap",
            "tui::line",
            "tui::msg",
            "tui::pen",
            "tui::theme",
        ],
    ),
    (
        "tui::model",
        &[
            "domain",
            "tui::action",
            "tui::columns",
            "tui::geometry",
            "tui::line",
            "tui::overlay",
            "tui::screen",
            "tui::state_file",
            "tui::theme",
        ],
    ),
    ("tui::panel", &["domain", "tui::geometry", "tui::model"]),
    (
        "tui::update",
        &[
            "domain",
            "report",
            "tui::action",
            "tui::effect",
            "tui::geometry",
            "tui::model",
            "tui::msg",
            "tui::overlay",
            "tui::panel",
            "tui::screen",
            "tui::theme",
        ],
    ),
    (
        "tui::translate",
        &["tui::action", "tui::keymap", "tui::line", "tui::model", "tui::msg", "tui::overlay"],
    ),
    (
        "tui::view",
        &[
            "domain",
            "tui::action",
            "tui::columns",
            "tui::geometry",
            "tui::keymap",
            "tui::model",
            "tui::overlay",
            "tui::panel",
            "tui::pen",
            "tui::screen",
            "tui::theme",
        ],
    ),
    (
        "tui::perform",
        &["domain", "panics", "private", "programs", "store", "insight", "tui::effect", "tui::msg"],
    ),
];

/// Only `main` imports this one, whatever the table says.
const ONLY_MAIN: &str = "commands";

/// Foreign crates that stay in some rooms.
const CRATES: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("reqwest", &["http"]),
    ("axum", &["serve"]),
    ("hyper", &["serve"]),
    ("hyper_util", &["serve"]),
    ("prometheus_client", &["serve"]),
    // The client's TLS names it, too.
    ("ring", &["http", "serve"]),
    ("rustls", &["http"]),
    ("rustls_native_certs", &["http"]),
    ("clap", &["cli", "main"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    (
        "ratatui",
        &[
            "tui::view",
            "tui::overlay",
            "tui::line",
            "tui::pen",
            "tui::theme",
            "tui::terminal",
            "tui::backend",
            "tui::app",
        ],
    ),
    ("tui_input", &["tui::line"]),
    ("shlex", &["commands", "config"]),
    ("nix", &["tui::perform"]),
    (
        "crossterm",
        &[
            "tui::keymap",
            "tui::line",
            "tui::translate",
            "tui::app",
            "tui::terminal",
            "tui::backend",
            "tui::input",
        ],
    ),
    ("rustix", &["commands", "private", "serve", "tui::terminal", "tui::backend", "tui::perform"]),
];

/// Lines that a file may have.
const LONGEST: usize = 400;

/// The packages that the project is built on.
const PACKAGES: &[&str] =
    &["ratatui", "crossterm", "tokio", "sqlx", "uuid", "chrono", "serde_json", "color-eyre"];

/// What the top of the repository may hold, beside dot-files.
const TOP: &[&str] = &[
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "assets",
    "benches",
    "build.rs",
    "config.example.toml",
    "docs",
    "src",
    "tests",
];

#[test]
fn the_source_keeps_to_the_table() {
    let sources = sources();
    let sources: Vec<(&str, &str)> =
        sources.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let found = offences(&sources);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
    let found = circles(&sources);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
    let files = sources.iter().map(|(name, _)| module(name));
    let rooms: HashSet<&str> = files.filter_map(|path| Some(room(&path)?.0)).collect();
    let empty: Vec<&str> = ROOMS.iter().map(|(name, _)| *name).filter(|name| !rooms.contains(name)).collect();
    assert!(empty.is_empty(), "rows of the table about no file: {empty:?}");
}

#[test]
fn no_file_is_longer_than_a_reader_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches"] {
        collect(&root.join(folder), &mut files);
    }
    let lines = |file: &PathBuf| std::fs::read_to_string(file).expect("a source file").lines().count();
    let long: Vec<&PathBuf> = files.iter().filter(|file| lines(file) > LONGEST).collect();
    assert!(long.is_empty(), "more than {LONGEST} lines: {long:?}");
}

#[test]
fn the_top_of_the_repository_is_clean() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let top = top_level(root);
    let strangers = strangers(&top);
    assert!(strangers.is_empty(), "at the top of the repository, but not in this test's list: {strangers:?}");
}

#[test]
fn the_packages_asked_for_are_there() {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().expect("Cargo.toml");
    let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table).expect("dependencies");
    for package in PACKAGES {
        assert!(dependencies.contains_key(*package), "{package} is not among the dependencies");
    }
}

/// The files of src, each a name such as `tui/view.rs` with its text.
fn sources() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    assert!(files.len() > 2, "no source found");
    let source = |file: &PathBuf| {
        let name = file.strip_prefix(&src).expect("a file of src").display().to_string();
        (name, std::fs::read_to_string(file).expect("a source file"))
    };
    files.iter().map(source).collect()
}

/// Every `.rs` file below a folder.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// What the repository has at its top: what git tracks, or all without git.
fn top_level(root: &Path) -> BTreeSet<String> {
    let tracked = Command::new("git").arg("-C").arg(root).args(["ls-files", "--cached"]).output();
    match tracked {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|path| path.split('/').next().unwrap_or_default().to_owned())
            .collect(),
        _ => std::fs::read_dir(root)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .filter(|name| name != "target")
            .collect(),
    }
}

fn strangers(top: &BTreeSet<String>) -> Vec<&String> {
    top.iter().filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str())).collect()
}

/// What breaks a rule in these files of src, each a name such as `tui/view.rs` with its text.
fn offences(sources: &[(&str, &str)]) -> Vec<String> {
    let modules: HashSet<String> = sources.iter().map(|(name, _)| module(name).join("::")).collect();
    let mut found = Vec::new();
    for (name, text) in sources {
        let home = module(name);
        let Some((here, allowed)) = room(&home) else {
            found.push(format!("{name}: no row of the table is about this file"));
            continue;
        };
        let file = syn::parse_file(text).expect("Rust");
        for import in imports(&home, &modules, &file) {
            let refused = match &import {
                Import::Local(path) => match room(path) {
                    Some((there, _)) if there == here => false,
                    Some((there, _)) if there == ONLY_MAIN => here != "main",
                    Some((there, _)) => !allowed.iter().any(|room| *room == "*" || is_in(there, room)),
                    None => true,
                },
                Import::Foreign(name) => CRATES
                    .iter()
                    .any(|(limited, rooms)| limited == name && !rooms.iter().any(|room| is_in(here, room))),
            };
            if refused {
                let import = match import {
                    Import::Local(path) => path.join("::"),
                    Import::Foreign(name) => name,
                };
                found.push(format!("{name}: {here} may not import {import}"));
            }
        }
    }
    found
}

/// Whether a room is another one or stands in it.
fn is_in(room: &str, outer: &str) -> bool {
    room.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The path of a file's module: `tui/view.rs` is `tui::view`; the roots are `lib` and `main`.
fn module(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').map(str::to_owned).collect()
}

/// The row of the table for a module or an item in it.
fn room(path: &[String]) -> Option<(&'static str, &'static [&'static str])> {
    let fits =
        |name: &str| name.split("::").zip(path).filter(|(a, b)| a == b).count() == name.split("::").count();
    ROOMS.iter().filter(|(name, _)| fits(name)).max_by_key(|(name, _)| name.len()).copied()
}
