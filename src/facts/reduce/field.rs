//! The fields of the history's kept entries, by the names under which they are stored.

pub(super) const STATE: &str = "state";
pub(super) const QUEUE: &str = "queue";
pub(super) const FILES: &str = "files";
pub(super) const MERGEABLE: &str = "mergeable";
pub(super) const GONE: &str = "gone";
