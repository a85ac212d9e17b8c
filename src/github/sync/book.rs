//! What a sync knows of a repository while it is at work on it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SubsecRound as _, Utc};

use super::{
    heat::Pulse,
    plan::{Closed, PageSize},
    seen::SeenPulls,
};
use crate::{
    domain::ids::{PrNumber, RepoId},
    facts::fact::{Fact, RepositoryRef},
    github::payload::{ListedPull, Repository},
    store::{
        engine::error::StoreError,
        sync::{KnownPull, Mark, SyncStore},
    },
};

/// Pull requests that are read from the database at once.
const KNOWN_PAGE: u32 = 1_000;
pub(super) const CLOSED: &str = "closed";
pub(super) const PAGE: &str = "page";

/// A pull request that is to be read.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) number: i32,
    /// For queries.
    pub(super) node: String,
}

/// What is stored of a repository.
#[derive(Default)]
pub(super) struct Stored {
    /// Its pull requests, by number.
    pub(super) known: BTreeMap<i32, KnownPull>,
    pub(super) seen: SeenPulls,
    pub(super) closed: Option<Closed>,
    pub(super) page: PageSize,
}

impl Stored {
    pub(super) async fn read(store: &mut SyncStore, repo: RepoId) -> Result<Self, StoreError> {
        let marks = store.marks(repo).await?;
        let cursor = |name: &str| marks.get(name).and_then(|mark: &Mark| mark.cursor.as_deref());
        Ok(Self {
            known: known(store, repo).await?,
            seen: SeenPulls::read(&marks),
            closed: cursor(CLOSED).and_then(Closed::parse),
            page: PageSize::parse(cursor(PAGE)),
        })
    }

    /// Whether its details are as new as what GitHub lists.
    pub(super) fn has_picture(&self, number: i32, updated_at: DateTime<Utc>) -> bool {
        has_picture(&self.known, number, updated_at)
    }
}

/// A repository: what GitHub calls it, and what is stored of it.
pub(super) struct Book {
    /// For queries.
    pub(super) node: String,
    pub(super) reference: RepositoryRef,
    /// The repository itself: told beside all that belongs to it.
    pub(super) fact: Fact,
    pub(super) repo: RepoId,
    pub(super) is_archived: bool,
    /// Those that GitHub lists as open.
    pub(super) open: BTreeMap<i32, Listed>,
    /// As they are stored.
    pub(super) known: BTreeMap<i32, KnownPull>,
    pub(super) seen: SeenPulls,
    /// What was last seen of the open ones.
    pub(super) pulses: BTreeMap<i32, Pulse>,
    pub(super) closed: Option<Closed>,
    pub(super) page: PageSize,
    /// An answer had nothing of these.
    pub(super) doubtful: BTreeSet<i32>,
    /// These moved while they were read.
    pub(super) moved: BTreeSet<i32>,
    /// Whose files could not be read, by head and base: they are left for the next pass.
    pub(super) put_off: BTreeMap<i32, (String, String)>,
}

/// A pull request in GitHub's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// For queries.
    pub(super) node: String,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) head: Option<String>,
    pub(super) base: Option<String>,
    /// As details tell it.
    pub(super) changed_files: Option<i32>,
    /// GitHub works out whether it can be merged.
    pub(super) is_merge_unknown: bool,
    pub(super) is_auto_merge: bool,
}

impl From<&ListedPull> for Listed {
    fn from(pull: &ListedPull) -> Self {
        Self {
            node: pull.id.clone(),
            updated_at: pull.updated_at,
            head: pull.head_ref_oid.clone(),
            base: pull.base_ref_name.clone(),
            changed_files: None,
            is_merge_unknown: false,
            is_auto_merge: false,
        }
    }
}

impl Listed {
    /// The same with its heads as they are stored.
    pub(super) fn with_heads(self, book: &Book, number: i32) -> Self {
        let known = book.known.get(&number);
        let head = known.and_then(|known| known.head_sha.clone());
        let base = known.and_then(|known| known.base_branch.clone());
        Self { head, base, ..self }
    }
}

impl Book {
    /// Opens it: what was kept of a repository whose row is there.
    pub(super) async fn open(
        store: &mut SyncStore,
        repo: RepoId,
        repository: &Repository,
        fact: Fact,
    ) -> Result<Self, StoreError> {
        let Stored { known, seen, closed, page } = Stored::read(store, repo).await?;
        Ok(Self {
            node: repository.id.clone(),
            reference: fact.repository.clone(),
            fact,
            repo,
            is_archived: repository.is_archived == Some(true),
            open: BTreeMap::new(),
            known,
            seen,
            pulses: BTreeMap::new(),
            closed,
            page,
            doubtful: BTreeSet::new(),
            moved: BTreeSet::new(),
            put_off: BTreeMap::new(),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.reference.full_name
    }

    /// An open one, to be asked for.
    pub(super) fn wanted(&self, number: i32) -> Option<Wanted> {
        Some(Wanted { number, node: self.open.get(&number)?.node.clone() })
    }

    /// For messages.
    pub(super) fn named(&self, number: i32) -> String {
        format!("{}#{number}", self.name())
    }

    /// Whether its details are as new as what GitHub lists.
    pub(super) fn has_picture(&self, number: i32, updated_at: DateTime<Utc>) -> bool {
        has_picture(&self.known, number, updated_at)
    }

    /// Leaves the files of its head for the next pass.
    pub(super) fn put_off(&mut self, number: i32) {
        let heads = self.open.get(&number).and_then(|listed| listed.head.clone().zip(listed.base.clone()));
        self.put_off.extend(heads.map(|heads| (number, heads)));
    }

    /// Whether the files between this head and this base are stored.
    pub(super) fn has_files(&self, number: i32, head: &str, base: &str) -> bool {
        self.known.get(&number).is_some_and(|known| known.has_files_of(head, base))
    }
}

fn has_picture(known: &BTreeMap<i32, KnownPull>, number: i32, updated_at: DateTime<Utc>) -> bool {
    // Databases keep microseconds.
    let listed = updated_at.trunc_subsecs(6);
    known.get(&number).and_then(|known| known.updated_at).is_some_and(|known| known >= listed)
}

/// An open one of which a line is stored at most.
pub(super) fn unseen(number: i32) -> KnownPull {
    KnownPull {
        number: PrNumber::new(number),
        is_open: true,
        head_sha: None,
        base_branch: None,
        updated_at: None,
        mergeable_state: None,
        queue_position: None,
        files: None,
    }
}

/// All that is stored of a repository's pull requests.
pub(super) async fn known(
    store: &mut SyncStore,
    repo: RepoId,
) -> Result<BTreeMap<i32, KnownPull>, StoreError> {
    let mut all = BTreeMap::new();
    let mut after = None;
    loop {
        let page = store.pulls(repo, after, KNOWN_PAGE).await?;
        let is_last = page.len() < KNOWN_PAGE as usize;
        after = page.last().map(|pull| pull.number).or(after);
        all.extend(page.into_iter().map(|pull| (PrNumber::get(pull.number), pull)));
        if is_last {
            return Ok(all);
        }
    }
}
