//! The files of new heads, which no webhook tells: fetched once the rest is stored, where there is a token.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use tokio::{sync::mpsc, time::sleep};

use super::metrics::Metrics;
use crate::{
    backoff::SERVICE,
    domain::ids::PrNumber,
    facts::fact::{Fact, FilesSeen, RepositoryRef, What},
    github::{
        client::{Client, Error},
        payload::{FilePage, files_heads},
        webhook::ParsedDelivery,
    },
    panics::caught,
    store::{
        engine::{database::Database, error::StoreError},
        sync::SyncStore,
        write::Writer,
    },
};

/// How often one that cannot be fetched is tried.
const TRIES: u32 = 4;
/// A limit may end later than any wish is worth.
const LONGEST: Duration = Duration::from_hours(1);
/// Pages of a hundred: GitHub tells 3 000 files at most.
const PAGES: usize = 40;

/// A head whose files may be new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    repository: RepositoryRef,
    number: i32,
    head_sha: String,
    base_branch: String,
    /// When the pull request was so.
    at: DateTime<Utc>,
}

impl Wish {
    /// What a delivery makes one wish for.
    pub(super) fn of(told: &ParsedDelivery) -> Vec<Self> {
        let Some(repository) = &told.repository else { return Vec::new() };
        let wish = |wanted: &crate::github::webhook::WantedFiles| {
            let about = |fact: &&Fact| fact.what.number() == Some(wanted.number);
            Some(Self {
                repository: repository.clone(),
                number: wanted.number,
                head_sha: wanted.head_sha.clone(),
                base_branch: wanted.base_branch.clone(),
                at: told.facts.iter().find(about)?.at,
            })
        };
        told.wants_files.iter().filter_map(wish).collect()
    }

    fn name(&self) -> String {
        format!("{}#{}", self.repository.full_name, self.number)
    }
}

/// Fetches files, one pull request at a time.
pub(super) struct Fetcher {
    client: Client,
    store: SyncStore,
    writer: Writer,
    metrics: Arc<Metrics>,
}

/// Why there is no list of files.
enum Unfetched {
    Github(Error),
    Store(StoreError),
}

impl From<Error> for Unfetched {
    fn from(error: Error) -> Self {
        Self::Github(error)
    }
}

impl From<StoreError> for Unfetched {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Fetcher {
    pub(super) fn new(client: Client, database: &Database, metrics: Arc<Metrics>) -> Self {
        let (store, writer) = (SyncStore::new(database.clone()), Writer::new(database.clone()));
        Self { client, store, writer, metrics }
    }

    /// Fetches what is wished for, until nobody wishes any more.
    pub(super) async fn run(mut self, mut wishes: mpsc::Receiver<Wish>) {
        while let Some(wish) = wishes.recv().await {
            let name = wish.name();
            match caught(self.patiently(&wish)).await.unwrap_or_else(Err) {
                Ok(true) => {
                    tracing::info!(pull = name, "its files are stored");
                    self.metrics.files("stored");
                }
                Ok(false) => {}
                Err(why) => {
                    tracing::warn!(pull = name, why, "its files are left to the next sync");
                    self.metrics.files("failed");
                }
            }
        }
    }

    /// Whether they were fetched; in the end, why not.
    async fn patiently(&mut self, wish: &Wish) -> Result<bool, String> {
        let mut failures = 0;
        loop {
            let (why, pause) = match self.fetch(wish).await {
                Ok(fetched) => return Ok(fetched),
                Err(Unfetched::Github(error @ Error::Wait(_))) => (error.to_string(), None),
                Err(Unfetched::Github(error)) if !error.is_everywhere() => return Err(error.to_string()),
                Err(Unfetched::Github(error)) => (error.to_string(), Some(SERVICE.pause(failures))),
                Err(Unfetched::Store(error)) => (error.to_string(), Some(error.backoff().pause(failures))),
            };
            failures += 1;
            if failures >= TRIES {
                return Err(why);
            }
            // A limit of GitHub's ends at a time of its own.
            sleep(pause.unwrap_or(LONGEST / TRIES)).await;
        }
    }

    async fn fetch(&mut self, wish: &Wish) -> Result<bool, Unfetched> {
        if !self.is_wanted(wish).await? {
            return Ok(false);
        }
        let Some(files) = self.read(wish).await? else { return Ok(false) };
        let what = What::Files(FilesSeen {
            number: wish.number,
            head_sha: wish.head_sha.clone(),
            base_branch: Some(wish.base_branch.clone()),
            files: Arc::new(Value::Array(files)),
        });
        self.writer.apply(&[Fact { repository: wish.repository.clone(), at: wish.at, what }]).await?;
        Ok(true)
    }

    /// The head is still this one, and its files are not stored.
    async fn is_wanted(&mut self, wish: &Wish) -> Result<bool, StoreError> {
        let Some(repo) = self.store.repository(wish.repository.github_id).await? else { return Ok(false) };
        let before = PrNumber::new(wish.number.saturating_sub(1));
        let known = self.store.pulls(repo, Some(before), 1).await?.pop();
        Ok(known.is_some_and(|known| {
            known.number.get() == wish.number
                && known.is_open
                && known.head_sha.as_deref() == Some(&wish.head_sha)
                && !known.has_files_of(&wish.head_sha, &wish.base_branch)
        }))
    }

    /// All of its files; `None` if they are another head's by now, whose own delivery is on its way.
    async fn read(&self, wish: &Wish) -> Result<Option<Vec<Value>>, Error> {
        let (name, what) = (&wish.repository.full_name, wish.name());
        let path = format!("repos/{name}/pulls/{}", wish.number);
        let mut next = Some(self.client.address(&format!("{path}/files?per_page=100"))?);
        let (mut all, mut is_sure) = (Vec::new(), false);
        for _ in 0..PAGES {
            let Some(url) = next else { break };
            let page = self.client.page::<FilePage>(&url, &what).await?;
            let heads: Vec<String> = files_heads(&page.content).collect();
            is_sure = heads.contains(&wish.head_sha);
            if !is_sure && !heads.is_empty() {
                return Ok(None);
            }
            all.extend(page.content);
            next = page.next;
        }
        // Where the files do not say whose they are, the head must be the same behind them as before.
        if !is_sure {
            let pull = self.client.page::<Pull>(&self.client.address(&path)?, &what).await?;
            is_sure = pull.content.head.sha == wish.head_sha;
        }
        Ok(is_sure.then_some(all))
    }
}

#[derive(Deserialize)]
struct Pull {
    head: Head,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
}
