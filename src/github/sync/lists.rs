//! An organisation's list of repositories, which a watch asks for again and again: only what has changed is sent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use url::Url;

use crate::github::{client::Etag, payload::OrgRepository};

/// A page of such a list.
#[derive(Debug)]
pub(super) struct ListPage {
    pub(super) repositories: Vec<OrgRepository>,
    pub(super) next: Option<Url>,
}

/// The pages of this run, each with the tag by which GitHub knows it.
#[derive(Debug, Default)]
pub(super) struct Lists(Mutex<HashMap<Url, (Etag, Arc<ListPage>)>>);

impl Lists {
    pub(super) fn get(&self, url: &Url) -> Option<(Etag, Arc<ListPage>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned()
    }

    pub(super) fn keep(&self, etag: Etag, page: Arc<ListPage>) {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.insert(etag.url.clone(), (etag, page));
    }
}
