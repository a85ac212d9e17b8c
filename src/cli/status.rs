//! The command line of `flowlens status`.

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};

use super::ViewArgs;
use crate::domain::duration;

pub(super) const EXAMPLES: &str = "\
Examples:
  flowlens status -R acme/api --filter 'is:failing author:@me'
  flowlens status --format csv > pulls.csv
  flowlens status --filter 'repo:api is:mine' --wait --timeout 30m
  flowlens status --fail-on is:failing --wait --timeout 30m
        exit code 5 as soon as one fails, 8 if a build still runs in the end";

#[derive(Args, Clone, Debug)]
pub struct StatusArgs {
    /// Print JSON: the same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Print in this format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Print again whenever something changes
    #[arg(long, conflicts_with = "wait")]
    pub watch: bool,
    /// Wait until no build runs any more, then print
    ///
    /// One that has not begun is waited for, too, where it is to be expected: up to 15 minutes after the head came, if
    /// others of its repository are built, or after the start, if GitHub holds an approved one back. If one still runs,
    /// or has not begun, when --timeout is over: exit code 8.
    #[arg(long)]
    pub wait: bool,
    /// Exit with code 5 if a pull request matches this filter
    ///
    /// It is held against the pull requests that --repo and --filter pick; with --watch and --wait, as soon as
    /// one matches. The table (and Markdown) then shows the matching ones alone, and standard error names them and
    /// counts the others.
    #[arg(long, value_name = "FILTER", value_parser = NonEmptyStringValueParser::new())]
    pub fail_on: Option<String>,
    /// Give up after this time, with exit code 7
    ///
    /// Until then a database that cannot be reached is tried again, as with --watch and --wait.
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    pub timeout: Option<Duration>,
    #[command(flatten)]
    pub view: ViewArgs,
}

impl StatusArgs {
    #[must_use]
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns.
    #[default]
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    #[value(name = "jsonl")]
    JsonLines,
    /// A Markdown table.
    Markdown,
    /// One JSON document.
    Json,
}

fn timeout(text: &str) -> Result<Duration, String> {
    duration::parse(text)
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "expected a duration, such as 30s or 10m".to_owned())
}
