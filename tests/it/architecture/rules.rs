//! Each rule bites, in each way of writing a path, and lets pass what it should.

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
