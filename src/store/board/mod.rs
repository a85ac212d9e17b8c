//! Reading the board.
//!
//! - [`feed`]: the task that keeps a board current; [`detail`]: reads on demand
//! - `decode` says which columns rows have, and makes rows of them; `sql` composes PostgreSQL's statements; `read` asks
//!   either engine
//! - [`plans`]: what each statement costs on this server

mod decode;
pub mod detail;
mod failed;
pub mod feed;
pub mod plans;
mod read;
mod scope;
mod sql;

use chrono::{DateTime, Utc};

/// This machine's clock, which is the embedded database's, too.
#[expect(clippy::disallowed_methods, reason = "the feed stamps its events; ages are drawn from them")]
fn own_clock() -> DateTime<Utc> {
    Utc::now()
}
