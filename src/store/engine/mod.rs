//! Either engine: how it is named, reached, asked and written to.
//!
//! - [`address`], [`options`]: a database's address, and the options of each of its nodes
//! - [`database`]: a named database of either engine; [`sqlite`]: the embedded one
//! - [`connect`]: opening connections under time limits, node by node
//! - [`discovery`]: what this database and this login offer; everything else asks it first. `tables` lists what this
//!   version knows, `missing` tells what lacks
//! - [`error`], [`retry`]: what went wrong, and whether to try again
//! - `session`: runs a task until it goes through; `transaction`: a connection of either engine as far as that needs it
//! - `cells`: the columns of a row

pub mod address;
pub(in crate::store) mod cells;
pub(in crate::store) mod columns;
pub mod connect;
pub mod database;
pub mod discovery;
pub mod error;
pub mod migrations;
pub(in crate::store) mod missing;
pub mod options;
pub mod retry;
pub(in crate::store) mod rows;
mod select;
pub(in crate::store) mod session;
pub mod sqlite;
pub(in crate::store) mod tables;
pub(in crate::store) mod transaction;
