//! A pass over a repository: the list, details, files, closed ones. What is stored already is not asked for again, and
//! marks come after the facts that they speak of, so that a pass may end anywhere and the next one goes on.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    SyncOptions,
    asking::Asking,
    book::{Book, PAGE, known},
    event::{Because, Step, Summary, SyncEvent},
    holder::Holder,
    lease::{Leases, Other},
};
use crate::{
    domain::{ids::RepoId, sync::Trouble},
    facts::fact::{Fact, MergeQueueSeen, PullRequestGone, What},
    github::{
        client::{Error, GraphError, nothing},
        payload::{List, ListedPull},
    },
    store::{
        engine::{database::Database, error::StoreError},
        sync::{Mark, SyncStore},
        write::Writer,
    },
};

/// How often it is looked whether another sync is done.
const OTHERS: TimeDelta = TimeDelta::seconds(2);
/// How long one that never ends is waited for: with enough of the limit it looks at GitHub twice a minute.
pub(super) const LONGEST: TimeDelta = TimeDelta::minutes(3);

/// Why a pass ended before its end.
#[derive(Debug)]
pub(super) enum Stop {
    Github(Error),
    Store(StoreError),
    /// Another sync has taken the repository over, or has had it from the start.
    Other,
    /// Another one that stays has read all of it since.
    ReadByOther {
        holder: Holder,
        open: usize,
    },
    /// Another one has it for too long, and has not read all of it: this may be why.
    Held {
        holder: Holder,
        trouble: Option<Trouble>,
    },
}

impl Stop {
    /// It is about this repository and this token: another sync may fare better.
    fn is_ours(&self) -> bool {
        matches!(self, Self::Github(error) if !error.is_everywhere())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Github(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A pass that is under way: whoever leaves it half-way goes on with what it has.
pub(super) struct Pass {
    book: Book,
    /// The page of the list of open ones that comes next; `None`: all of them are listed.
    page: Option<List<ListedPull>>,
}

/// All that is needed at work, and what came of the present pass.
pub(super) struct Work {
    pub(super) ask: Arc<Asking>,
    pub(super) writer: Writer,
    pub(super) store: SyncStore,
    pub(super) leases: Leases,
    pub(super) options: SyncOptions,
    pub(super) summary: Summary,
    /// When this run first found another one at work, by the database's clock: what is as on GitHub since will do.
    pub(super) asked_at: Option<DateTime<Utc>>,
    /// A pass is under way: else it is not told how far it is.
    is_passing: bool,
    /// That checks cannot be read is told once.
    pub(super) told_unreadable: bool,
    /// The same of workflows.
    pub(super) told_forbidden: bool,
    /// What was told last of a repository or a pull request: a watch finds the same at each look.
    pub(super) problems: HashMap<(RepoId, Option<i32>), String>,
}

impl Work {
    pub(super) fn new(ask: Arc<Asking>, leases: Leases, database: Database, options: SyncOptions) -> Self {
        Self {
            ask,
            writer: Writer::new(database.clone()),
            store: SyncStore::new(database),
            leases,
            options,
            summary: Summary::default(),
            asked_at: None,
            is_passing: false,
            told_unreadable: false,
            told_forbidden: false,
            problems: HashMap::new(),
        }
    }

    /// Brings a repository up to date, the nth of so many. One that cannot be read is left to others, who may have another
    /// token. `left` is a pass over it that was left half-way; one that is left now is found there.
    pub(super) async fn pass(
        &mut self,
        name: &str,
        (nth, of): (usize, usize),
        left: &mut Option<Pass>,
    ) -> Result<Book, Stop> {
        self.summary = Summary::default();
        self.tell(SyncEvent::Begun { repository: name.to_owned(), nth, of });
        self.is_passing = true;
        let ended = self.whole(name, left).await;
        self.is_passing = false;
        ended
    }

    async fn whole(&mut self, name: &str, left: &mut Option<Pass>) -> Result<Book, Stop> {
        let held = left.take().filter(|pass| self.leases.hold(pass.book.repo));
        let begun = if let Some(pass) = held {
            pass
        } else {
            let (book, page) = self.begin(name).await?;
            Pass { book, page: Some(page) }
        };
        let done = self.all(left.insert(begun)).await;
        let book = left.take().map(|pass| pass.book).ok_or(Stop::Other)?;
        if done.as_ref().is_err_and(Stop::is_ours) {
            self.leases.give_back(&mut self.store, book.repo).await;
        }
        done.map(|()| book)
    }

    /// With the lease: whoever does not have it asks GitHub nothing, so that many viewers cost one quota.
    async fn begin(&mut self, name: &str) -> Result<(Book, List<ListedPull>), Stop> {
        loop {
            let known = self.store.repository_named(name).await?;
            if let Some(repo) = known {
                self.lease(name, repo).await?;
            }
            let first = self.first(name).await;
            let is_known = first.as_ref().is_ok_and(|(book, _)| known == Some(book.repo));
            let is_left = !is_known && first.as_ref().err().is_none_or(Stop::is_ours);
            if let Some(repo) = known.filter(|_| is_left) {
                self.leases.give_back(&mut self.store, repo).await;
            }
            let (book, page) = first?;
            // Its name was not stored, or was another's: somebody may have been quicker.
            if is_known || self.leases.take(&mut self.store, book.repo).await? {
                self.problems.retain(|(repository, _), _| *repository != book.repo);
                return Ok((book, page));
            }
            self.wait_for_other(book.name(), book.repo).await?;
        }
    }

    async fn all(&mut self, Pass { book, page }: &mut Pass) -> Result<(), Stop> {
        self.list(book, page).await?;
        let all: Vec<i32> = book.open.keys().copied().collect();
        self.refresh(book, all).await?;
        self.closed(book).await?;
        self.ask_again(book).await?;
        self.keep_lists(book).await?;
        self.summary.open = book.open.len();
        self.tell(SyncEvent::Done { repository: book.name().to_owned(), summary: self.summary });
        self.is_fresh(book);
        Ok(self.leases.keep_age(&mut self.store, book.repo).await?)
    }

    /// All that is stored of it is as on GitHub.
    pub(super) fn is_fresh(&self, book: &Book) {
        let at = self.now();
        self.leases.freshen(book.repo, at);
        self.tell(SyncEvent::Fresh { repository: book.name().to_owned(), at });
    }

    async fn lease(&mut self, name: &str, repo: RepoId) -> Result<(), Stop> {
        while !self.leases.take(&mut self.store, repo).await? {
            self.wait_for_other(name, repo).await?;
        }
        Ok(())
    }

    /// Until another sync is done, if this one waits. One that stays has only to read all of it, within a while.
    async fn wait_for_other(&mut self, name: &str, repo: RepoId) -> Result<(), Stop> {
        let began = self.now();
        while self.options.waits {
            let Some(other) = self.leases.other(&mut self.store, repo).await? else { return Ok(()) };
            let Other { holder, now, fresh_at, trouble } = other;
            let asked_at = *self.asked_at.get_or_insert(now);
            let now = self.now();
            if holder.stays() && fresh_at.is_some_and(|at| at >= asked_at) {
                let stored = known(&mut self.store, repo).await?;
                let open = stored.values().filter(|pull| pull.is_open).count();
                return Err(Stop::ReadByOther { holder, open });
            }
            if holder.stays() && now - began >= LONGEST {
                return Err(Stop::Held { holder, trouble: trouble.map(|trouble| trouble.why) });
            }
            let because = Because::OtherSync(Some(holder));
            let until = now + OTHERS;
            self.tell(SyncEvent::Waiting { repository: Some(name.to_owned()), until, because });
            self.ask.time.until(until).await;
        }
        Err(Stop::Other)
    }

    /// GitHub works out whether a pull request can be merged when it is asked for the first time.
    async fn ask_again(&mut self, book: &mut Book) -> Result<(), Stop> {
        let unknown = book.open.iter().filter(|(_, pull)| pull.is_merge_unknown).map(|(number, _)| *number);
        let unknown: Vec<i32> = unknown.collect();
        self.prints(book, &unknown).await.map(drop)
    }

    /// Writes facts, the repository's own beside them.
    pub(super) async fn apply(&mut self, book: &Book, mut facts: Vec<Fact>) -> Result<(), Stop> {
        if facts.is_empty() {
            return Ok(());
        }
        if !self.leases.hold(book.repo) {
            return Err(Stop::Other);
        }
        facts.push(book.fact.clone());
        let rows = self.writer.apply(&facts).await?.rows;
        self.summary.rows += rows;
        if rows > 0 {
            self.tell(SyncEvent::Written { repository: book.name().to_owned(), rows });
        }
        Ok(())
    }

    /// Keeps a mark, or forgets it.
    pub(super) async fn mark(&mut self, book: &Book, of: &str, mark: Option<Mark>) -> Result<(), Stop> {
        match mark {
            Some(mark) => self.store.mark(book.repo, of, &mark).await?,
            None => self.store.unmark(book.repo, of).await?,
        };
        Ok(())
    }

    /// Keeps how many pull requests are asked for at once.
    pub(super) async fn mark_page(&mut self, book: &Book) -> Result<(), Stop> {
        let mark = book.page.text().map(|text| Mark { etag: None, cursor: Some(text) });
        self.mark(book, PAGE, mark).await
    }

    /// Keeps what was seen of these.
    pub(super) async fn mark_seen(
        &mut self,
        book: &Book,
        numbers: impl IntoIterator<Item = i32>,
    ) -> Result<(), Stop> {
        for (name, mark) in book.seen.marks(numbers) {
            self.mark(book, &name, mark).await?;
        }
        Ok(())
    }

    /// Tells that GitHub has no such pull request.
    pub(super) async fn gone(&mut self, book: &mut Book, number: i32, at: DateTime<Utc>) -> Result<(), Stop> {
        let gone = What::Gone(PullRequestGone { number });
        self.apply(book, vec![Fact { repository: book.reference.clone(), at, what: gone }]).await?;
        self.summary.gone += 1;
        book.open.remove(&number);
        book.pulses.remove(&number);
        if let Some(known) = book.known.get_mut(&number) {
            known.is_open = false;
        }
        if book.seen.forget(number) {
            self.mark_seen(book, [number]).await?;
        }
        Ok(())
    }

    pub(super) fn problem(&mut self, book: &Book, number: Option<i32>, error: &Error) {
        let said = error.to_string();
        if self.problems.insert((book.repo, number), said.clone()) == Some(said) {
            return;
        }
        self.summary.problems += 1;
        self.tell(SyncEvent::Problem(super::event::Problem::new(Some(book.name()), number, error)));
    }

    pub(super) fn progress(&self, book: &Book, step: Step, done: usize, expected: usize) {
        if self.is_passing {
            self.tell(SyncEvent::Progress { repository: book.name().to_owned(), step, done, expected });
        }
    }

    /// Ends a pass that was left half-way.
    pub(super) fn leave_pass(&mut self) {
        self.is_passing = false;
    }

    pub(super) fn tell(&self, event: SyncEvent) {
        self.ask.tell.tell(event);
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.ask.time.now()
    }
}

/// A place in the merge queue; that there is none, where one is stored.
pub(super) fn queue(
    book: &Book,
    number: i32,
    position: Option<i32>,
    (updated_at, at): (DateTime<Utc>, DateTime<Utc>),
) -> Option<Fact> {
    let known = book.known.get(&number).and_then(|known| known.queue_position);
    let what = What::MergeQueue(MergeQueueSeen { number, position, updated_at: Some(updated_at) });
    position.or(known).map(|_| Fact { repository: book.reference.clone(), at, what })
}

/// Why a part of an answer is missing.
pub(super) fn why(errors: &[GraphError], what: &str) -> Error {
    nothing(errors.to_vec(), what)
}
