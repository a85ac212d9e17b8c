//! Pull requests in order, written for scripts and spreadsheets: what `flowlens status` prints, and what the dashboard
//! exports.

mod csv;
pub mod json;
mod markdown;

use std::io::{self, Write};

use crate::domain::{
    attention::NextAction,
    board::{Board, Poll},
    pull_request::PullRequest,
    repository::Repository,
    source::Source,
    time,
};

/// What one poll found, and what of it was asked for.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    pub board: &'a Board,
    pub source: &'a Source,
    /// Ages count from its clock.
    pub poll: Poll,
    /// The login that `@me` means.
    pub me: Option<&'a str>,
    /// Those that were asked for, by name.
    pub repositories: Vec<&'a Repository>,
    /// The pull requests that it is about, in order.
    pub pulls: Vec<&'a PullRequest>,
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Csv,
    Json,
    Markdown,
}

impl Form {
    pub const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::Markdown];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Markdown => "Markdown",
        }
    }

    /// The ending of its files' names.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Markdown => "md",
        }
    }
}

impl Report<'_> {
    /// Writes it in this form.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_as(&self, form: Form, out: &mut impl Write) -> io::Result<()> {
        match form {
            Form::Csv => self.write_csv(out),
            Form::Json => self.write_json(out),
            Form::Markdown => self.write_markdown(out),
        }
    }

    /// `acme/api#421`
    pub fn name(&self, pr: &PullRequest) -> String {
        format!("{}{}", self.board.full_name(pr.key.repo), pr.key.number)
    }

    /// What happens next with one of them.
    pub fn next_action(&self, pr: &PullRequest) -> Option<NextAction> {
        NextAction::of(pr, self.board, self.poll.server_now)
    }

    /// `@ana to fix the build (40m)`; empty once it is merged or closed.
    pub fn next_sentence(&self, pr: &PullRequest) -> String {
        let now = self.poll.server_now;
        let Some(next) = self.next_action(pr) else { return String::new() };
        let since = next.since.map(|since| format!(" ({})", time::age(now, since))).unwrap_or_default();
        next.sentence() + &since
    }

    /// Comma-separated values with a header.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_csv(&self, out: &mut impl Write) -> io::Result<()> {
        csv::write(self, out)
    }

    /// One JSON document.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        json::write(self, out)
    }

    /// One JSON object a line.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_json_lines(&self, out: &mut impl Write) -> io::Result<()> {
        json::write_lines(self, out)
    }

    /// A Markdown table.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_markdown(&self, out: &mut impl Write) -> io::Result<()> {
        markdown::write(self, out)
    }
}
