//! What was read on demand, and where the reader is in it.

use std::collections::VecDeque;

use super::Model;
use crate::domain::{
    assessment,
    check::Detail,
    ids::{InsightId, PrKey},
    insight::Insight,
};

/// Details kept of pull requests that were looked at.
const DETAILS_KEPT: usize = 16;

/// A small least-recently-used store of details.
#[derive(Clone, Debug, Default)]
pub struct DetailCache {
    kept: VecDeque<(PrKey, Result<Detail, String>)>,
}

impl DetailCache {
    pub fn get(&self, key: PrKey) -> Option<&Result<Detail, String>> {
        self.kept.iter().find(|(k, _)| *k == key).map(|(_, detail)| detail)
    }

    /// Keeps it as the newest.
    pub fn put(&mut self, key: PrKey, detail: Result<Detail, String>) {
        self.kept.retain(|(k, _)| *k != key);
        self.kept.push_back((key, detail));
        if self.kept.len() > DETAILS_KEPT {
            self.kept.pop_front();
        }
    }

    /// Forgets one whose pull request has changed; it stays where `keep` says that it is being read again.
    pub fn forget(&mut self, key: PrKey) {
        self.kept.retain(|(k, _)| *k != key);
    }
}

/// Where the reader is in the insight pane. It holds for one insight: another begins at its top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    of: Option<(PrKey, InsightId)>,
    /// Whether the cursor has been moved: then all lines are there, in their order.
    pub begun: bool,
    /// Index of the chosen one among its places in files.
    pub cursor: usize,
    /// First line shown.
    pub top: usize,
}

impl Model {
    /// The insight of the selected pull request.
    pub fn insight(&self) -> Option<&Insight> {
        self.insight_of(self.selected()?)
    }

    /// What is known beyond the board's own row of the selected pull request.
    pub fn detail(&self) -> Option<&Detail> {
        self.details.get(self.list.selected?)?.as_ref().ok()
    }

    /// What the insight of the selected pull request found, once that has been read.
    pub fn findings(&self) -> Option<&assessment::Details> {
        if let Some(local) = self.asking.local(self.list.selected?) {
            return Some(&local.details);
        }
        let id = self.insight()?.id;
        self.detail()?.insights.iter().find(|past| past.id == id)?.details.as_deref()
    }

    pub fn reading(&self) -> Reading {
        let of = self.list.selected.zip(self.insight().map(|insight| insight.id));
        if self.read.of == of { self.read } else { Reading { of, ..Reading::default() } }
    }
}
