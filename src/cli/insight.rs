//! The command line of what makes insights, and of the risk model behind them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use url::Url;

use super::repository;
use crate::domain::duration;

pub(super) fn lease(text: &str) -> Result<Duration, String> {
    let range = Duration::from_secs(1)..=Duration::from_hours(1);
    let lease = duration::parse(text).filter(|lease| range.contains(lease));
    lease.ok_or_else(|| "expected a duration from 1s to 1h, such as 2m".to_owned())
}

pub(super) const EXAMPLES: &str = "\
Examples:
  flowlens insight acme/api#421 --explain
  gh pr view 421 --json title,author,headRefName,files | flowlens insight -
  gh api --paginate repos/acme/api/pulls/421/files | flowlens insight -
  flowlens insight --file pr.json --dry-run      what --llm would send";

#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct InsightArgs {
    /// A pull request of the database, also by its page's address; `-` reads standard input, as --file - does
    #[arg(value_name = "OWNER/REPO#N", required_unless_present = "file", value_parser = InsightTarget::parse)]
    pub target: Option<InsightTarget>,
    /// Read the pull request from this file, and no database: GitHub's JSON of its files, or of itself with `files`
    #[arg(long, value_name = "FILE", conflicts_with = "target")]
    pub file: Option<PathBuf>,
    /// Its title, where the file has none
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "explain")]
    pub json: bool,
    /// Print every term of the model too
    #[arg(long)]
    pub explain: bool,
    /// Have the configured LLM write summary and recommendation
    ///
    /// docs/insights.md says what is sent to whom; --dry-run prints it. If the LLM fails, the built-in words stay.
    #[arg(long)]
    pub llm: bool,
    /// Print exactly what --llm would send, and send nothing
    #[arg(long, conflicts_with_all = ["json", "explain"])]
    pub dry_run: bool,
}

/// Whose risk it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InsightTarget {
    Stdin,
    /// A pull request of the database: `owner/name`, number.
    Stored(String, i32),
}

impl InsightTarget {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "-" {
            return Ok(Self::Stdin);
        }
        let page = address(text);
        let (name, number) = page
            .as_ref()
            .map(|(name, number)| (name.as_str(), number.as_str()))
            .or(text.split_once('#'))
            .unwrap_or_default();
        let number = number.parse().ok().filter(|number| *number > 0);
        repository(name).ok().zip(number).map(|(name, number)| Self::Stored(name, number)).ok_or_else(|| {
            "expected OWNER/REPO#N, such as acme/api#421, or its address; - for standard input; or --file FILE"
                .to_owned()
        })
    }
}

/// Repository and number in the address of a pull request, of one of its tabs or of the API:
/// `https://github.com/acme/api/pull/421/files`.
fn address(text: &str) -> Option<(String, String)> {
    // As a browser shows it, too.
    let url = Url::parse(text).or_else(|_no_scheme| Url::parse(&format!("https://{text}"))).ok();
    let url = url.filter(|url| matches!(url.scheme(), "https" | "http"))?;
    let parts: Vec<&str> = url.path_segments()?.collect();
    let found = parts.windows(4).find(|parts| matches!(parts[2], "pull" | "pulls"))?;
    Some((format!("{}/{}", found[0], found[1]), found[3].to_owned()))
}

impl InsightArgs {
    /// The file to read, `-` for standard input; `None` where the database has the pull request.
    #[must_use]
    pub fn from_file(&self) -> Option<&Path> {
        match (&self.file, &self.target) {
            (Some(file), _) => Some(file),
            (None, Some(InsightTarget::Stdin)) => Some(Path::new("-")),
            (None, _) => None,
        }
    }
}

#[derive(Args, Clone, Debug)]
pub struct WorkerArgs {
    /// Stop when nothing waits any more
    #[arg(long)]
    pub once: bool,
    /// How long a request stays this worker's if it dies, from 1s to 1h [default: 2m]
    #[arg(long, value_name = "DURATION", value_parser = lease)]
    pub lease: Option<Duration>,
}

#[derive(Clone, Debug, Subcommand)]
pub enum RiskCommand {
    /// Print how well the model tells changes that needed a later fix from others
    ///
    /// A line of the file is a JSON object: p (project), y (1: a later fix blamed a line of this change), title, nf
    /// (number of files), files ([[path, first letter of its status, lines added, lines removed], …]) and x (16
    /// counts over the patches of source files). docs/insights.md says which.
    Evaluate(EvaluateArgs),
}

#[derive(Args, Clone, Debug)]
pub struct EvaluateArgs {
    /// Labelled changes, one JSON object a line; may be packed by xz
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
