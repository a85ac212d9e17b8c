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

use tokio::time::{Instant, sleep_until};

pub use self::{failure::Failure, output::Output};

/// Tells people something beside the data: one line on standard error.
pub fn notice(text: impl Display) {
    aside(format_args!("flowlens: {text}"));
}

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
