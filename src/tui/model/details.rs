//! Details read on demand, and the reader's place in the insight pane.

use std::collections::VecDeque;

use super::Model;
use crate::{
    domain::{
        assessment,
        check::Detail,
        ids::{InsightId, PrKey},
        insight::Insight,
    },
    tui::screen::Screen,
};

/// Most pull requests whose details are kept.
const DETAILS_KEPT: usize = 16;

/// Details of the pull requests read last; the oldest gives way.
#[derive(Clone, Debug, Default)]
pub struct DetailCache {
    kept: VecDeque<(PrKey, Result<Detail, String>)>,
}

impl DetailCache {
    pub fn get(&self, key: PrKey) -> Option<&Result<Detail, String>> {
        self.kept.iter().find(|(k, _)| *k == key).map(|(_, detail)| detail)
    }

    pub fn put(&mut self, key: PrKey, detail: Result<Detail, String>) {
        self.kept.retain(|(k, _)| *k != key);
        self.kept.push_back((key, detail));
        if self.kept.len() > DETAILS_KEPT {
            self.kept.pop_front();
        }
    }

    /// Drops a changed pull request's details.
    pub fn forget(&mut self, key: PrKey) {
        self.kept.retain(|(k, _)| *k != key);
    }
}

/// The reader's place in the insight pane. Another insight begins at its top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    of: Option<(PrKey, InsightId)>,
    /// The reader has moved: from then on all lines are shown, in their order.
    pub begun: bool,
    /// Index of the chosen spot.
    pub cursor: usize,
    /// First line shown.
    pub top: usize,
}

impl Model {
    /// Whether keys act on the marked pull requests. On a pull request's own screen nobody sees these.
    pub fn acts_on_marked(&self) -> bool {
        self.screen == Screen::Board && !self.list.marked.is_empty()
    }

    /// The marked pull requests, else the selected one; on a pull request's own screen that alone.
    pub fn chosen(&self) -> Vec<PrKey> {
        if self.acts_on_marked() {
            self.list.marked.iter().copied().collect()
        } else {
            self.selected().map(|pr| pr.key).into_iter().collect()
        }
    }

    /// The insight of the selected pull request.
    pub fn insight(&self) -> Option<&Insight> {
        self.insight_of(self.selected()?)
    }

    /// The details of the selected pull request, once they are read.
    pub fn detail(&self) -> Option<&Detail> {
        self.details.get(self.current()?)?.as_ref().ok()
    }

    /// The findings of the selected pull request's insight, once they are read.
    pub fn findings(&self) -> Option<&assessment::Findings> {
        if let Some(local) = self.asking.local(self.current()?) {
            return Some(&local.details);
        }
        let id = self.insight()?.id;
        self.detail()?.insights.iter().find(|past| past.id == id)?.details.as_deref()
    }

    pub fn reading(&self) -> Reading {
        let of = self.current().zip(self.insight().map(|insight| insight.id));
        if self.read.of == of { self.read } else { Reading { of, ..Reading::default() } }
    }
}
