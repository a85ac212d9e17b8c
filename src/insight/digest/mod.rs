//! What is kept of each changed file: its kind, its numbers of lines, and what its patch holds.

pub mod file;
pub mod patch;
pub mod path;
pub(in crate::insight) mod word;
