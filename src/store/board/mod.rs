//! Reading the board.
//!
//! - [`feed`]: the task that keeps a board current; [`detail`]: reads on demand
//! - `sql` composes their statements from the lists of `columns`; `read` is the answer of either engine, and `decode`
//!   makes rows of it

mod columns;
mod decode;
pub mod detail;
pub mod feed;
mod read;
mod sql;
