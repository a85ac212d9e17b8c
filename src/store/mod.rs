//! The database: the only module that knows SQL and the driver.
//!
//! - [`address`], [`options`]: a database's address, and the options of each of its nodes
//! - [`database`]: what was named, of either engine; [`sqlite`]: the embedded one
//! - [`connect`]: opening connections under time limits, node by node
//! - [`error`], [`retry`]: what went wrong, and whether to try again
//! - [`discovery`]: what this database and this login offer; everything else asks it first
//! - [`feed`]: the task that keeps a board current; [`detail`]: what is read on demand; `sql` composes
//!   their statements from the lists of `columns`, `read` is what both engines answer, `decode` decodes the rows
//! - [`mod@write`]: facts, folded into the stored rows; `session` runs what writes until it goes through, `transaction`
//!   is a connection of either engine as far as that needs it
//! - [`queue`]: requests for insights: who asks, and the workers
//! - [`migrate`]: bringing a database up to the schema of this version

pub mod address;
mod columns;
pub mod connect;
pub mod database;
mod decode;
pub mod detail;
pub mod discovery;
pub mod error;
pub mod feed;
pub mod migrate;
mod missing;
pub mod options;
pub mod queue;
mod read;
pub mod retry;
mod session;
mod sql;
pub mod sqlite;
mod tables;
mod transaction;
pub mod write;
