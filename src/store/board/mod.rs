//! Reading the board.
//!
//! - [`feed`]: the task that keeps a board current; [`detail`]: reads on demand
//! - `decode` says which columns rows have, and makes rows of them; `sql` composes PostgreSQL's statements; `read` asks
//!   either engine
//! - [`plans`]: what each statement costs on this server

mod decode;
pub mod detail;
pub mod feed;
pub mod plans;
mod read;
mod scope;
mod sql;
