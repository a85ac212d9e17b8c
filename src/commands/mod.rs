//! One module a subcommand: they join features, and only `main` calls them.

pub mod config;
pub mod dashboard;
pub mod database;
pub mod db;
pub mod demo;
mod failure;
pub mod github;
pub mod hook;
pub mod inbox;
pub mod insight;
pub mod llm;
pub mod me;
mod output;
mod question;
pub mod risk;
pub mod serve;
pub mod signals;
pub mod status;
pub mod sync;
pub mod worker;

use std::fmt::Display;
use std::io::{self, Write as _};
use std::os::fd::AsFd;

use terminal_size::{Width, terminal_size_of};
use tokio::time::{Instant, sleep_until};

pub use self::{failure::Failure, output::Output};
use crate::domain::text::{width, wrap};

/// Tells people something beside the data: one line on standard error.
pub fn notice(text: impl Display) {
    aside(fitted(&format!("flowlens: {text}"), io::stderr()));
}

/// A line for this terminal, which would break it within words. A word that must be copied whole keeps it as it is, and
/// so does what is no terminal.
fn fitted(line: &str, terminal: impl AsFd) -> String {
    let Some((Width(columns), _)) = terminal_size_of(terminal) else { return line.to_owned() };
    let cells = usize::from(columns);
    let room = cells.saturating_sub(INDENT.len());
    if width(line) <= cells || line.split_whitespace().any(|word| width(word) > room) {
        return line.to_owned();
    }
    wrap(line, room, usize::MAX).join(INDENT)
}

/// What follows a line that is broken.
const INDENT: &str = "\n  ";

/// The same without a name before it, for a line that belongs to the data above it.
fn aside(line: impl Display) {
    // Who closed standard error does not want to know.
    drop(writeln!(io::stderr().lock(), "{line}"));
}

/// Waits for a moment; without one, for ever.
async fn after(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
