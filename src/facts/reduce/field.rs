//! The fields of the history's kept entries, by the names under which they are stored.

pub(super) const STATE: &str = "state";
pub(super) const QUEUE: &str = "queue";
pub(super) const FILES: &str = "files";
pub(super) const MERGEABLE: &str = "mergeable";
pub(super) const GONE: &str = "gone";

/// The note of the pull request's `updated_at`, where it is not the entry's own time.
pub(super) const OF: &str = "of";
