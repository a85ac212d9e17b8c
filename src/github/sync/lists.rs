//! An organisation's list of repositories: only what has changed since the last time is sent. Its pages are kept as marks
//! beside the repository that is read next, each with the tag by which GitHub knows it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    github::{
        client::{Client, Etag},
        payload::OrgRepository,
    },
    store::sync::Mark,
};

/// What the names of their marks begin with.
const PREFIX: &str = "list:";
/// Digits of the token's mark that tell whose list it is.
const DIGITS: usize = 8;

/// A page of such a list, without those that are not synced: nobody else is to hear of them.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct ListPage {
    pub(super) repositories: Vec<OrgRepository>,
    /// The address of the page that follows.
    pub(super) next: Option<String>,
}

/// The pages that are known.
#[derive(Debug, Default)]
pub(super) struct Lists(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    all: HashMap<Url, Kept>,
    /// What is stored of them was read.
    is_recalled: bool,
}

#[derive(Clone, Debug)]
struct Kept {
    etag: Etag,
    page: Arc<ListPage>,
    is_stored: bool,
}

impl Lists {
    pub(super) fn get(&self, url: &Url) -> Option<(Etag, Arc<ListPage>)> {
        self.pages().all.get(url).map(|kept| (kept.etag.clone(), Arc::clone(&kept.page)))
    }

    pub(super) fn keep(&self, etag: Etag, page: Arc<ListPage>) {
        self.pages().all.insert(etag.url.clone(), Kept { etag, page, is_stored: false });
    }

    pub(super) fn is_recalled(&self) -> bool {
        self.pages().is_recalled
    }

    /// Takes in what was stored under names that begin so.
    pub(super) fn recall(&self, marks: BTreeMap<String, Mark>, prefix: &str, client: &Client) {
        let mut pages = self.pages();
        pages.is_recalled = true;
        for (name, mark) in marks {
            let kept = name.strip_prefix(prefix).and_then(|url| {
                let page: ListPage = serde_json::from_str(mark.cursor.as_deref()?).ok()?;
                let etag = client.etag(Url::parse(url).ok()?, mark.etag?);
                // Whoever writes into the database could lead the token elsewhere.
                let is_home = page.next.iter().all(|next| client.address(next).is_ok());
                is_home.then_some(())?;
                Some(Kept { etag, page: Arc::new(page), is_stored: true })
            });
            if let Some(kept) = kept {
                pages.all.entry(kept.etag.url.clone()).or_insert(kept);
            }
        }
    }

    /// What is new, as marks whose names begin so.
    pub(super) fn take_new(&self, prefix: &str) -> Vec<(String, Mark)> {
        let mut pages = self.pages();
        let new = pages.all.values_mut().filter(|kept| !kept.is_stored);
        let marks = new.map(|kept| {
            kept.is_stored = true;
            let cursor = serde_json::to_string(&*kept.page).ok();
            (format!("{prefix}{}", kept.etag.url), Mark { etag: Some(kept.etag.value.clone()), cursor })
        });
        marks.collect()
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Another token sees another list, and in another window others are synced.
pub(super) fn prefix(client: &Client, window: Duration) -> String {
    let mut whose = client.mark().simple().to_string();
    whose.truncate(DIGITS);
    format!("{PREFIX}{whose}:{}:", window.as_secs())
}
