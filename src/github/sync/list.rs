//! The lists of a repository's pull requests: the open ones, page by page onto the board; the closed ones of the window.

use serde::Serialize;

use super::{
    book::{Book, CLOSED, Listed, unseen},
    event::{Step, SyncEvent},
    plan::{self, Closed, Trail},
    work::{Stop, Work, why},
};
use crate::{
    domain::text::clean,
    facts::fact::Fact,
    github::{
        client::{Error, Graph},
        payload::{ByName, List, ListedPull},
        query,
    },
    store::sync::Mark,
};

/// Pull requests in a page, ever fewer where GitHub finds them too many.
const PAGES: [usize; 3] = [100, 50, 25];
const LEAST: usize = 10;

/// Which pull requests, in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// The oldest first: pages do not shift.
    Open,
    /// What was updated last comes first.
    Closed,
}

#[derive(Serialize)]
struct Variables<'a> {
    owner: &'a str,
    name: &'a str,
    n: usize,
    after: Option<&'a str>,
    states: &'static [&'static str],
    by: &'static str,
    dir: &'static str,
}

impl Work {
    /// A page of a list, with the repository itself.
    pub(super) async fn page(
        &self,
        name: &str,
        which: Which,
        after: Option<&str>,
    ) -> Result<Graph<ByName>, Error> {
        let (owner, repo) = name.split_once('/').unwrap_or((name, ""));
        let (states, by, dir): (&[&str], _, _) = match which {
            Which::Open => (&["OPEN"], "CREATED_AT", "ASC"),
            Which::Closed => (&["CLOSED", "MERGED"], "UPDATED_AT", "DESC"),
        };
        let variables = |n| Variables { owner, name: repo, n, after, states, by, dir };
        for n in PAGES {
            match self.ask.graphql(query::FIRST, &variables(n), name).await {
                Err(Error::TooMuch(_)) => {}
                answer => return answer,
            }
        }
        self.ask.least(query::FIRST, &variables(LEAST), name).await
    }

    /// The first page of the open ones, and the repository's row.
    pub(super) async fn first(&mut self, name: &str) -> Result<(Book, List<ListedPull>), Stop> {
        let graph = self.page(name, Which::Open, None).await?;
        if let Some(viewer) = &graph.data.viewer {
            self.tell(SyncEvent::Login(clean(&viewer.login)));
        }
        let Some(mut repository) = graph.data.repository else { return Err(why(&graph.errors, name).into()) };
        let fact = repository.fact().ok_or_else(|| why(&graph.errors, name))?;
        let pulls = repository.pull_requests.take().ok_or_else(|| why(&graph.errors, name))?;
        let full_name = &fact.repository.full_name;
        self.tell(SyncEvent::Found { name: name.to_owned(), full_name: full_name.clone() });
        if !full_name.eq_ignore_ascii_case(name) {
            self.tell(SyncEvent::Renamed { from: name.to_owned(), to: full_name.clone() });
        }
        self.summary.rows += self.writer.apply(std::slice::from_ref(&fact)).await?.rows;
        let github_id = fact.repository.github_id;
        let Some(repo) = self.store.repository(github_id).await? else {
            // Only if somebody removed it since the line above.
            return Err(Error::NotFound { what: name.to_owned() }.into());
        };
        Ok((Book::open(&mut self.store, repo, &repository, fact).await?, pulls))
    }

    /// The list of open ones, from this page on; those that are not stored yet get their line on the board. `next` is the
    /// page that comes next, also for whoever leaves half-way.
    pub(super) async fn list(
        &mut self,
        book: &mut Book,
        next: &mut Option<List<ListedPull>>,
    ) -> Result<(), Stop> {
        let mut trail = Trail::default();
        while let Some(page) = next {
            let expected = page.total_count.unwrap_or_default();
            let new: Vec<&ListedPull> =
                page.iter().filter(|pull| !book.known.contains_key(&pull.number)).collect();
            let facts: Vec<Fact> =
                new.iter().filter_map(|pull| pull.first_picture(&book.reference)).collect();
            self.apply(book, facts).await?;
            book.known.extend(new.iter().map(|pull| (pull.number, unseen(pull.number))));
            book.open.extend(page.iter().map(|pull| (pull.number, Listed::from(pull))));
            let done = book.open.len();
            self.progress(book, Step::List, done, expected.max(done));
            *next = match following(page, &mut trail)? {
                Some(after) => {
                    let graph = self.page(book.name(), Which::Open, Some(&after)).await?;
                    let pulls = graph.data.repository.and_then(|repository| repository.pull_requests);
                    Some(pulls.ok_or_else(|| why(&graph.errors, book.name()))?)
                }
                None => None,
            };
        }
        Ok(())
    }

    /// The closed ones that were updated within the window and since they were last read; and those that are stored as
    /// open, but are not.
    pub(super) async fn closed(&mut self, book: &mut Book) -> Result<(), Stop> {
        let start = self.ask.date() - self.options.window;
        let floor = plan::floor(start, book.closed);
        let mut newest = book.closed.map(|read| read.through);
        let (mut after, mut done, mut trail): (Option<String>, usize, _) = (None, 0, Trail::default());
        let mut listed = Vec::new();
        loop {
            let graph = self.page(book.name(), Which::Closed, after.as_deref()).await?;
            let pulls = graph.data.repository.and_then(|repository| repository.pull_requests);
            let page = pulls.ok_or_else(|| why(&graph.errors, book.name()))?;
            let within: Vec<&ListedPull> = page.iter().filter(|pull| pull.updated_at >= floor).collect();
            newest = newest.max(within.iter().map(|pull| pull.updated_at).max());
            let (was_open, others): (Vec<&ListedPull>, Vec<&ListedPull>) = within
                .iter()
                .filter(|pull| !book.has_picture(pull.number, pull.updated_at))
                .partition(|pull| book.known.get(&pull.number).is_some_and(|known| known.is_open));
            done += within.len();
            listed.extend(within.iter().map(|pull| (pull.number, pull.updated_at)));
            // The checks of one that was open until a moment ago are on the board.
            for (pulls, checks) in [(was_open, true), (others, false)] {
                let pulls: Vec<(i32, Listed)> =
                    pulls.into_iter().map(|pull| (pull.number, Listed::from(pull))).collect();
                self.closed_details(book, &pulls, checks).await?;
            }
            self.progress(book, Step::Closed, done, done);
            let is_last = within.len() < page.iter().count();
            after = if is_last { None } else { following(&page, &mut trail)? };
            if after.is_none() {
                break;
            }
        }
        self.settle_missing(book).await?;
        // Those that were not told begin the next run.
        let left = listed.into_iter().filter(|(number, updated_at)| !book.has_picture(*number, *updated_at));
        let left = left.map(|(_, updated_at)| updated_at).min();
        let newest = newest.map(|newest| left.map_or(newest, |left| left.min(newest)));
        // A window that begins later was read with the earlier one.
        let since = book.closed.map(|read| read.since).filter(|since| *since <= start).unwrap_or(start);
        let read = Closed { since, through: newest.unwrap_or(start) };
        if book.closed != Some(read) {
            self.mark(book, CLOSED, Some(Mark { etag: None, cursor: Some(read.text()) })).await?;
            book.closed = Some(read);
        }
        Ok(())
    }
}

/// Where the next page begins, if there is one.
pub(super) fn following(page: &List<ListedPull>, trail: &mut Trail) -> Result<Option<String>, Error> {
    if page.is_cut() {
        return Err(Error::Malformed("a list without the place where it goes on".to_owned()));
    }
    let after = page.more().map(str::to_owned);
    after.as_deref().map_or(Ok(()), |after| trail.step(after))?;
    Ok(after)
}
