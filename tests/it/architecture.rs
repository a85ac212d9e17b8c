//! Who may import whom, and what the top of the repository holds.
//!
//! Every path of the source counts, not only `use` lines: inline paths, attributes (`derive`) and, as far as
//! their tokens tell, macros. A *room* is a module with its children.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use syn::visit::{self, Visit};

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
    ("facts", &["domain"]),
    ("http", &["domain", "backoff"]),
    ("store", &[]),
    ("store::engine", &["domain", "backoff", "panics", "private"]),
    ("store::board", &["domain", "backoff", "panics", "store::engine"]),
    ("store::write", &["domain", "facts", "store::engine"]),
    ("store::insights", &["domain", "store::engine"]),
    ("store::sync", &["domain", "store::engine"]),
    ("store::migrate", &["domain", "store::engine"]),
    ("github", &["domain", "backoff", "facts", "github", "store"]),
    ("github::client", &["domain", "github::query", "http"]),
    ("github::payload", &["domain", "facts", "github::client"]),
    ("github::query", &[]),
    ("webhook", &["domain", "backoff", "facts", "github", "store"]),
    ("insight", &["domain", "backoff", "http", "panics", "store"]),
    ("demo", &["domain", "facts"]),
    ("tui", &["tui::app"]),
    ("tui::app", &["*"]),
    ("tui::terminal", &["domain", "panics", "tui::backend", "tui::input"]),
    ("tui::input", &[]),
    ("tui::backend", &["domain"]),
    ("tui::action", &[]),
    ("tui::geometry", &[]),
    ("tui::state_file", &["domain", "private"]),
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
            "tui::action",
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
            "tui::geometry",
            "tui::line",
            "tui::overlay",
            "tui::screen",
            "tui::state_file",
        ],
    ),
    ("tui::panel", &["domain", "tui::geometry", "tui::model"]),
    (
        "tui::update",
        &[
            "domain",
            "tui::action",
            "tui::effect",
            "tui::geometry",
            "tui::model",
            "tui::msg",
            "tui::overlay",
            "tui::panel",
            "tui::screen",
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
    ("tui::perform", &["domain", "panics", "store", "insight", "tui::effect", "tui::msg"]),
];

/// Only `main` imports this one, whatever the table says.
const ONLY_MAIN: &str = "commands";

/// Foreign crates that stay in some rooms.
const CRATES: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("reqwest", &["http"]),
    ("rustls", &["http"]),
    ("rustls_native_certs", &["http"]),
    ("axum", &["webhook"]),
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
    ("rustix", &["private", "tui::terminal", "tui::backend"]),
];

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
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    let sources: Vec<(String, String)> = files
        .iter()
        .map(|file| {
            let name = file.strip_prefix(root.join("src")).expect("a file of src").display().to_string();
            (name, std::fs::read_to_string(file).expect("a source file"))
        })
        .collect();
    assert!(sources.len() > 2, "no source found");
    let sources: Vec<(&str, &str)> =
        sources.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let found = offences(&sources);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
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
        let mut imports = Imports { module: home, modules: &modules, found: BTreeSet::new() };
        match syn::parse_file(text) {
            Ok(file) => imports.visit_file(&file),
            Err(error) => found.push(format!("{name}: {error}")),
        }
        for import in imports.found {
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

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Import {
    Local(Vec<String>),
    Foreign(String),
}

/// Collects what one file imports.
struct Imports<'a> {
    /// Where we are, inline modules included.
    module: Vec<String>,
    modules: &'a HashSet<String>,
    found: BTreeSet<Import>,
}

impl Imports<'_> {
    /// Notes a path as it is written in the present module.
    fn note(&mut self, path: &[String]) {
        let Some(first) = path.first() else { return };
        let root = || if self.module.first().is_some_and(|first| first == "main") { "main" } else { "lib" };
        let mut base = if self.is_root() { Vec::new() } else { self.module.clone() };
        let mut rest = path;
        match first.as_str() {
            "crate" | "flowlens" => (base, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|word| word == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            name => {
                let child = [base.as_slice(), &[name.to_owned()]].concat().join("::");
                if !self.modules.contains(&child) {
                    self.found.insert(Import::Foreign(name.to_owned()));
                    // A crate that another one hands on.
                    if let Some(inner) = path.get(1).filter(|_| name == "ratatui") {
                        self.found.insert(Import::Foreign(inner.clone()));
                    }
                    return;
                }
            }
        }
        base.extend_from_slice(rest);
        // An item of the crate's root itself: no room has it.
        if base
            .first()
            .is_none_or(|first| !self.modules.iter().any(|name| name.split("::").next() == Some(first)))
        {
            base.insert(0, root().to_owned());
        }
        self.found.insert(Import::Local(base));
    }

    fn is_root(&self) -> bool {
        matches!(self.module.as_slice(), [only] if only == "lib" || only == "main")
    }

    fn note_use(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| {
            let mut path = prefix.to_vec();
            path.extend((name != "self" || prefix.is_empty()).then(|| name.to_string()));
            path
        };
        match tree {
            syn::UseTree::Path(path) => self.note_use(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.note(&with(&name.ident)),
            syn::UseTree::Rename(name) => self.note(&with(&name.ident)),
            syn::UseTree::Glob(_) => self.note(prefix),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.note_use(prefix, tree)),
        }
    }

    /// Notes the paths among tokens, as they print: words joined by `::`.
    fn note_tokens(&mut self, tokens: &str) {
        let mut outside = String::new(); // of string literals
        let mut quoted = false;
        let mut escaped = false;
        for c in tokens.chars() {
            quoted ^= c == '"' && !escaped;
            escaped = quoted && c == '\\' && !escaped;
            outside.push(if quoted || c == '"' { ' ' } else { c });
        }
        let joined = outside.replace(" :: ", "::").replace(":: ", "::");
        for word in joined.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
            let path: Vec<String> = word.split("::").map(str::to_owned).collect();
            if path.len() > 1 && path.iter().all(|name| !name.is_empty() && !name.contains(':')) {
                self.note(&path);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.note_use(&[], &item.tree);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_some() {
            let outer = self.module.clone();
            if self.is_root() {
                self.module.clear();
            }
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module = outer;
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let words: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.note(&words);
        }
        visit::visit_path(self, path);
    }

    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {} // `pub(in path)` imports nothing

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_macro(self, call);
        self.note_tokens(&call.tokens.to_string());
    }

    fn visit_meta_list(&mut self, list: &'ast syn::MetaList) {
        visit::visit_meta_list(self, list);
        self.note_tokens(&list.tokens.to_string());
    }
}

/// Each rule bites, in each way of writing a path, and lets pass what it should.
mod rules {
    use super::{offences, strangers};

    const FILES: [&str; 15] = [
        "lib.rs",
        "main.rs",
        "cli.rs",
        "config.rs",
        "commands/mod.rs",
        "domain/mod.rs",
        "domain/text.rs",
        "facts/mod.rs",
        "store/mod.rs",
        "store/engine/mod.rs",
        "store/write/mod.rs",
        "tui/mod.rs",
        "tui/model.rs",
        "tui/update.rs",
        "tui/app.rs",
    ];

    /// What is wrong with one file, in the midst of the others.
    fn check(file: &str, text: &str) -> Vec<String> {
        let mut sources = vec![(file, text)];
        sources.extend(FILES.iter().filter(|name| **name != file).map(|name| (*name, "")));
        offences(&sources)
    }

    #[test]
    fn what_is_forbidden_is_found() {
        let bad = [
            // Rooms.
            ("domain/text.rs", "use crate::store::Feed;"),
            ("config.rs", "use crate::store::Feed;"),
            ("store/mod.rs", "use crate::config::Config;"),
            ("store/engine/mod.rs", "use crate::store::write::Writer;"),
            ("store/board/mod.rs", "use crate::store::write::Writer;"),
            ("store/engine/mod.rs", "use crate::facts::Fact;"),
            ("cli.rs", "use crate::tui::model::Model;"),
            ("tui/model.rs", "use crate::store::Feed;"),
            ("tui/msg.rs", "use super::update::update;"),
            ("tui/effect.rs", "use crate::tui::app::App;"),
            ("tui/update.rs", "use crate::store::Feed;"),
            ("tui/keymap.rs", "use super::update::update;"),
            ("tui/view/pulls.rs", "use crate::tui::msg::Msg;"),
            ("tui/view/pulls.rs", "use super::super::update::update;"),
            ("tui/perform.rs", "use super::model::Model;"),
            ("tui/terminal.rs", "use super::app::App;"),
            ("tui/input/mod.rs", "use super::terminal::size;"),
            ("tui/app.rs", "use crate::commands::run;"),
            ("lib.rs", "use crate::store::Feed;"),
            ("facts/fact.rs", "use crate::store::Feed;"),
            // Ways to write it.
            ("tui/update.rs", "use super::{model::Model, app::{self, App}};"),
            ("tui/update.rs", "use super::app as other;"),
            ("tui/update.rs", "use crate::*;"),
            ("tui/update.rs", "use super::*;"),
            ("tui/update.rs", "use crate::tui;"),
            ("tui/update.rs", "fn f() { crate::store::read(); }"),
            ("tui/update.rs", "fn f(feed: &super::super::store::Feed) {}"),
            ("tui/update.rs", "fn f() -> Vec<crate::store::Feed> { Vec::new() }"),
            ("tui/update.rs", "mod tests { use super::super::app::App; }"),
            ("tui/update.rs", "mod tests { fn f() { super::super::app::run() } }"),
            ("tui/update.rs", "fn f() { select! { x = crate::store::read() => x } }"),
            ("tui/update.rs", "fn f() { println!(\"{}\", crate::store::read()) }"),
            ("tui/mod.rs", "pub use update::update;"),
            // Foreign crates.
            ("domain/mod.rs", "use sqlx::PgConnection;"),
            ("commands/mod.rs", "fn f() -> sqlx::Result<()> { Ok(()) }"),
            ("domain/mod.rs", "#[derive(sqlx::FromRow)] struct Row;"),
            ("config.rs", "#[derive(clap::ValueEnum)] enum Mode { A }"),
            ("main.rs", "use clap_mangen::Man;"),
            ("commands/mod.rs", "use clap as parser;"),
            ("tui/model.rs", "use ratatui::widgets::TableState;"),
            ("tui/update.rs", "use crossterm::event::KeyEvent;"),
            ("tui/view.rs", "use ratatui::{Frame, crossterm::event::KeyEvent};"),
            ("tui/view.rs", "fn f() { ratatui::crossterm::execute() }"),
            ("store/mod.rs", "use reqwest::Client;"),
            ("commands/llm.rs", "use reqwest::Client;"),
            ("commands/serve.rs", "use ::axum::Router;"),
            // Files that no row is about.
            ("util.rs", ""),
        ];
        for (file, text) in bad {
            assert!(!check(file, text).is_empty(), "{file} passes with: {text}");
        }
    }

    #[test]
    fn what_is_allowed_passes() {
        let good = [
            ("main.rs", "use flowlens::commands; fn main() { flowlens::cli::parse(); commands::run() }"),
            ("main.rs", "use clap::Parser;"),
            ("lib.rs", "pub mod domain; mod cli;"),
            ("cli.rs", "use crate::config::Config; use crate::domain::text; use clap::Parser;"),
            ("commands/mod.rs", "use crate::{cli, config, domain, store, tui::app};"),
            ("commands/status.rs", "use super::shared; use crate::store::Feed;"),
            ("domain/mod.rs", "pub mod text; pub use text::clean; use self::text::cut;"),
            ("domain/text.rs", "use super::Other; use std::fmt; use chrono::Utc;"),
            (
                "store/engine/mod.rs",
                "use sqlx::PgConnection; use crate::domain::Engine; fn f() { sqlx::query(\"x\"); }",
            ),
            ("tui/mod.rs", "mod app; pub use app::run;"),
            ("tui/update.rs", "use crate::tui::msg::Msg; /// See [`crate::store`]\nstruct Model;"),
            ("tui/model.rs", "fn f() { println!(\"crate::store::read\", 1) }"),
            ("tui/update.rs", "use super::model::{Model, Selection}; mod tests { use super::*; }"),
            ("tui/update.rs", "pub(in crate::tui) fn f() { Self::g(); Model::new(); }"),
            ("tui/view.rs", "use ratatui::Frame; use super::keymap::HELP; mod pulls;"),
            ("tui/app.rs", "use crate::store::Feed; use super::{model, update, view}; use crossterm::event;"),
            ("tui/perform.rs", "use super::{effect::Effect, msg::Msg}; use crate::store::Feed;"),
            ("github/sync.rs", "use crate::store::Feed; use crate::facts::Fact; use super::client;"),
            ("store/write/mod.rs", "use crate::{facts::Fact, store::engine::Session};"),
        ];
        for (file, text) in good {
            assert_eq!(check(file, text), Vec::<String>::new(), "{file} with: {text}");
        }
    }

    #[test]
    fn strangers_at_the_top_are_found() {
        let top = ["src", ".ci", "notes.md", "README.md"].map(str::to_owned).into();
        assert_eq!(strangers(&top), ["notes.md"]);
    }
}
