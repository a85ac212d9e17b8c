//! What somebody waits for.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::domain::ids::PrKey;

/// The pull requests for whose new insights somebody waits here, whoever asked for them. Its copies are one.
#[derive(Clone, Debug, Default)]
pub struct Awaited(Arc<Mutex<BTreeSet<PrKey>>>);

impl Awaited {
    /// Somebody waits for these, too.
    pub fn add(&self, keys: &[PrKey]) {
        self.set().extend(keys);
    }

    /// Nobody waits for these any more.
    pub(super) fn remove(&self, keys: &[PrKey]) {
        self.set().retain(|key| !keys.contains(key));
    }

    /// All of them.
    pub(super) fn keys(&self) -> Vec<PrKey> {
        self.set().iter().copied().collect()
    }

    fn set(&self) -> MutexGuard<'_, BTreeSet<PrKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
