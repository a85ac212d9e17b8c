//! Keeping a database as GitHub is. What to ask next is decided here, without I/O and without a clock.

pub mod heat;
pub mod pages;
pub mod print;
pub mod watch;
