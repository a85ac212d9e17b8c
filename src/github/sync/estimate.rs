//! What a pass would do and cost, by what is stored and by GitHub's lists and fingerprints: details and files are counted,
//! not asked for.

use std::collections::BTreeMap;

use super::{
    book::Stored,
    cost::Estimate,
    list::{Which, following},
    plan::{self, Trail},
    prints::PAGES,
    seen::print,
    suites::{self, awaits_suites_by},
    work::{Stop, Work, why},
};
use crate::github::{
    client::Graph,
    payload::{ByName, Fingerprint, List, ListedPull, Repository},
};

/// Checks that details tell in one answer.
const CONTEXTS: usize = 100;
/// Pull requests in a page of a list.
const LISTED: usize = 100;

/// The closed ones that would be read.
#[derive(Default)]
struct ClosedPlan {
    points: usize,
    pulls: usize,
    is_most: bool,
    /// Stored as open, and closed meanwhile.
    were_open: usize,
}

/// Whose details would be read, by its fingerprint.
type Moved<'a> = (&'a ListedPull, Option<Fingerprint>);

impl Work {
    /// What a pass would do now. Asks for lists and fingerprints, as a pass would, and writes nothing.
    pub(super) async fn estimate(&mut self, name: &str, is_stored: bool) -> Result<Estimate, Stop> {
        let (repository, page) = told(self.page(name, Which::Open, None).await?, name)?;
        let stored = self.stored(repository.database_id.filter(|_| is_stored)).await?;
        let (open, pages) = self.all_open(name, page).await?;
        let ids: Vec<&str> = open.values().map(|pull| pull.id.as_str()).collect();
        let prints = self.ask_prints(&ids, name).await?.0;
        let now = self.ask.date();
        let moved = open.values().zip(prints).filter(|(pull, found)| {
            let print = found.as_ref().map(print);
            plan::needs_details(stored.seen.get(pull.number), print.as_deref(), now)
        });
        let moved: Vec<Moved<'_>> = moved.collect();
        let files = open.values().filter(|pull| !has_files(&stored, pull)).count();
        let closed = self.closed_plan(name, &stored).await?;
        let gone = plan::missing(&stored.known, |number| open.contains_key(&number)).len();
        Ok(Estimate {
            repository: repository.name_with_owner,
            open: open.len(),
            pulls: moved.len() + closed.pulls,
            files,
            is_most: closed.is_most,
            points: pages + open.len().div_ceil(PAGES[0]) + details(&stored, &moved) + closed.points,
            // Those that are in no list are asked for one by one.
            requests: files + gone.saturating_sub(closed.were_open),
        })
    }

    async fn stored(&mut self, github_id: Option<i64>) -> Result<Stored, Stop> {
        let Some(id) = github_id else { return Ok(Stored::default()) };
        match self.store.repository(id).await? {
            Some(repo) => Ok(Stored::read(&mut self.store, repo).await?),
            None => Ok(Stored::default()),
        }
    }

    /// The open ones by number, and how many pages they are.
    async fn all_open(
        &self,
        name: &str,
        first: List<ListedPull>,
    ) -> Result<(BTreeMap<i32, ListedPull>, usize), Stop> {
        let (mut open, mut pages, mut page, mut trail) = (BTreeMap::new(), 1, first, Trail::default());
        loop {
            open.extend(page.iter().map(|pull| (pull.number, pull.clone())));
            let Some(after) = following(&page, &mut trail)? else { return Ok((open, pages)) };
            page = told(self.page(name, Which::Open, Some(&after)).await?, name)?.1;
            pages += 1;
        }
    }

    /// All of them down to what was read before; of a first sync as many as the first page and the count let there be.
    async fn closed_plan(&self, name: &str, stored: &Stored) -> Result<ClosedPlan, Stop> {
        let floor = plan::floor(self.ask.date() - self.options.window, stored.closed);
        let size = stored.page.get();
        let (mut plan, mut after, mut trail) = (ClosedPlan::default(), None::<String>, Trail::default());
        loop {
            let page = told(self.page(name, Which::Closed, after.as_deref()).await?, name)?.1;
            let within = || page.iter().filter(|pull| pull.updated_at >= floor);
            let unread = within().filter(|pull| !stored.has_picture(pull.number, pull.updated_at));
            let (were_open, others): (Vec<&ListedPull>, Vec<&ListedPull>) =
                unread.partition(|pull| stored.known.get(&pull.number).is_some_and(|known| known.is_open));
            plan.points += 1 + were_open.len().div_ceil(size) + others.len().div_ceil(size);
            plan.pulls += were_open.len() + others.len();
            plan.were_open += were_open.len();
            let within = within().count();
            let is_last = within < page.iter().count();
            after = if is_last { None } else { following(&page, &mut trail)? };
            if after.is_some() && stored.closed.is_none() {
                let rest = page.total_count.unwrap_or_default().saturating_sub(within);
                plan.points += rest.div_ceil(LISTED) + rest.div_ceil(size);
                plan.pulls += rest;
                plan.is_most = true;
                return Ok(plan);
            }
            if after.is_none() {
                return Ok(plan);
            }
        }
    }
}

/// The repository, and its list.
fn told(graph: Graph<ByName>, name: &str) -> Result<(Repository, List<ListedPull>), Stop> {
    let found = graph.data.repository.and_then(|mut one| {
        let pulls = one.pull_requests.take()?;
        Some((one, pulls))
    });
    found.ok_or_else(|| why(&graph.errors, name).into())
}

fn has_files(stored: &Stored, pull: &ListedPull) -> bool {
    let (Some(head), Some(base)) = (&pull.head_ref_oid, &pull.base_ref_name) else { return true };
    stored.known.get(&pull.number).is_some_and(|known| known.has_files_of(head, base))
}

/// Points for the details of these, with further pages of checks, and suites.
fn details(stored: &Stored, moved: &[Moved<'_>]) -> usize {
    let pages = moved.chunks(stored.page.get()).map(|page| {
        let waiting = page.iter().filter(|(pull, print)| {
            let is_of_fork = pull.is_cross_repository == Some(true);
            print.as_ref().is_some_and(|print| awaits_suites_by(print, is_of_fork))
        });
        1 + waiting.count().div_ceil(suites::PAGE)
    });
    let prints = || moved.iter().filter_map(|(_, print)| print.as_ref());
    let further = prints().map(|print| {
        let contexts = print.status_check_rollup.as_ref().and_then(|rollup| rollup.contexts.as_ref());
        let count = contexts.and_then(|contexts| contexts.total_count).unwrap_or_default();
        count.div_ceil(CONTEXTS).saturating_sub(1)
    });
    // GitHub works out whether they can be merged, and is asked again.
    let unknown = prints().filter(|print| print.mergeable.as_deref() == Some("UNKNOWN")).count();
    pages.sum::<usize>() + further.sum::<usize>() + unknown.div_ceil(PAGES[0])
}
