//! What the board is about: pure types and rules. Imports nothing else of this crate.

pub mod source;
