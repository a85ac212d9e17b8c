//! `flowlens status`: the board as it stands, printed for scripts and people. What is read, how often and with
//! which exit code is the business of `run`; nothing else here connects, waits or looks at a clock.

#[cfg(test)]
mod fixture;
mod run;
mod table;
#[cfg(test)]
mod tests;
mod verdict;
mod watch;

use std::{
    collections::HashSet,
    io::{self, Write},
};

use chrono::{DateTime, SecondsFormat, Utc};

pub use self::{
    run::run,
    verdict::{AwaitedBuilds, Verdict},
    watch::Watch,
};
use crate::cli::Format;
use crate::domain::{
    attention::Order,
    board::{Board, Poll},
    filter::{Context, Filter},
    ids::RepoId,
    insight::Risk,
    pull_request::PullRequest,
    repository::Repository,
    source::Source,
    text::{clean, counted},
    time,
};
pub use crate::report::{Report, json};

/// Which pull requests are meant, and in which order.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// `--filter`; the empty one takes all.
    pub filter: Filter,
    /// `--repo`: `owner/name`, in any case; none means all.
    pub repos: Vec<String>,
    /// The login that `@me` means.
    pub me: Option<String>,
    pub order: Order,
}

impl Selection {
    /// The pull requests that are meant, sorted. `now` is the server's clock.
    pub fn pick<'a>(&self, board: &'a Board, now: DateTime<Utc>) -> Vec<&'a PullRequest> {
        let chosen: HashSet<RepoId> = self.repositories(board).into_iter().map(|r| r.id).collect();
        let context = Context { board, me: self.me.as_deref(), now, noted: None };
        let mut pulls: Vec<&PullRequest> = board
            .pulls()
            .filter(|pr| self.repos.is_empty() || chosen.contains(&pr.key.repo))
            .filter(|pr| self.filter.matches(pr, context))
            .collect();
        self.order.sort(&mut pulls, board, self.me.as_deref(), now);
        pulls
    }

    /// The repositories that are meant, by name. The filter leaves them alone: it picks pull requests.
    pub fn repositories<'a>(&self, board: &'a Board) -> Vec<&'a Repository> {
        let mut list = board.repositories();
        list.retain(|repo| self.repos.is_empty() || self.repos.iter().any(|name| names(name, repo)));
        list
    }

    /// Entries of `repos` that name no repository of the board: most likely typing errors, and then "nothing is
    /// failing" would be a lie.
    pub fn unknown_repos(&self, board: &Board) -> Vec<&str> {
        let known = board.repositories();
        let is_unknown = |name: &&str| !known.iter().any(|repo| names(name, repo));
        self.repos.iter().map(String::as_str).filter(is_unknown).collect()
    }
}

fn names(name: &str, repo: &Repository) -> bool {
    name.eq_ignore_ascii_case(&repo.full_name)
}

/// What the output can show. Only [`Format::Table`] looks at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Cells that a line may take; `None` (a pipe) for as many as it needs.
    pub width: Option<usize>,
    /// Colours may be used. They never say anything that a word or shape doesn't.
    pub color: bool,
    /// Only ASCII for what we draw ourselves; titles and names stay as they are.
    pub ascii: bool,
}

impl<'a> Report<'a> {
    /// Picks and sorts; ages are counted from the server's clock at the poll.
    pub fn new(board: &'a Board, source: &'a Source, poll: Poll, selection: &'a Selection) -> Self {
        Self {
            board,
            source,
            poll,
            me: selection.me.as_deref(),
            repositories: selection.repositories(board),
            pulls: selection.pick(board, poll.server_now),
        }
    }

    /// The same about some of them alone.
    fn only(&self, pulls: Vec<&'a PullRequest>) -> Self {
        Self { pulls, ..self.clone() }
    }

    /// Writes it, with a line break at the end. Many small writes: `out` should be buffered.
    ///
    /// # Errors
    /// Those of `out`, e.g. a broken pipe.
    pub fn write(&self, format: Format, style: Style, out: &mut impl Write) -> io::Result<()> {
        match format {
            Format::Table => table::write(self, style, out),
            Format::Json => self.write_json(out),
            Format::Csv => self.write_csv(out),
            Format::JsonLines => self.write_json_lines(out),
            Format::Markdown => self.write_markdown(out),
        }
    }

    /// One line for people (on stderr, so that data stays data): how much this is, how fresh, and what is missing.
    pub fn footer(&self) -> String {
        let open = || self.pulls.iter().filter(|pr| pr.state.is_open());
        let failing = open().filter(|pr| pr.is_failing()).count();
        // Where nothing is assessed, nobody knows.
        let is_assessed = open().any(|pr| pr.risk().is_some());
        let high = is_assessed.then(|| open().filter(|pr| pr.risk() == Some(&Risk::High)).count());
        let high = high.map(|high| format!(", {high} high risk")).unwrap_or_default();
        let now = self.poll.server_now;
        let newest = self.poll.newest_row_at.map_or("none yet".to_owned(), |at| time::ago(now, at));
        let limit = match (self.board.is_limited(), self.board.loaded_open(), self.board.total().open) {
            (false, ..) => String::new(),
            (true, loaded, all) if loaded < all => {
                format!("; cut short by the limit: {loaded} of {all} open ones were read")
            }
            (true, ..) => "; cut short by the limit: not all that ended were read".to_owned(),
        };
        let origin = self.source.origin.as_ref().map(|origin| format!(" ({origin})")).unwrap_or_default();
        format!(
            "{} of {}, {failing} failing{high}; {} {}{origin} read at {}, newest row: {newest}{limit}",
            self.pulls.len(),
            counted(self.board.len(), "pull request"),
            self.source.engine,
            clean(&self.source.version),
            now.to_rfc3339_opts(SecondsFormat::Secs, true),
        )
    }
}
