//! Either engine: how it is named, reached, asked and written to.
//!
//! - [`options`]: the options of each of a database's nodes; [`libpq`]: what variables and files say of them
//! - [`database`]: a named database of either engine; [`sqlite`]: the embedded one
//! - [`connect`]: opening connections under time limits, node by node; `nodes`: which of them are wanted;
//!   `cluster`: those that are found; `relay`: over TLS without its waits
//! - `abandoned`: sessions that nobody waits for any more
//! - `patience`: limits of time and size on what is awaited
//! - `home`: the schema of our tables
//! - `pooling`: whether a connection has its session for itself; `link`: how statements are sent on it
//! - [`discovery`]: what this database and this login offer; everything else asks it first. `tables` lists what this
//!   version knows, `missing` tells what a database has not, `rights` what a login may not
//! - [`migrations`]: what makes the tables; `supported`: the oldest servers
//! - `columns`, `rows`: structs that hold columns; `select`: how a column is read that may be absent or of another type
//! - `advisories`: faults of some versions of YugabyteDB
//! - [`error`], [`retry`]: what went wrong, and whether to try again
//! - [`plan`]: what a statement costs here
//! - `session`: runs a task until it goes through; `transaction`: a connection of either engine as far as that needs it
//! - `cells`: the cells of a row that was read; `parse`: those of another type than ours; `values`: what a statement is asked with

pub(in crate::store) mod abandoned;
mod advisories;
pub(in crate::store) mod cells;
mod cluster;
pub(in crate::store) mod columns;
pub mod connect;
pub mod database;
pub mod discovery;
pub mod error;
mod exposure;
pub(in crate::store) mod home;
pub mod libpq;
pub(in crate::store) mod link;
pub(in crate::store) mod micros;
pub mod migrations;
pub(in crate::store) mod missing;
pub(in crate::store) mod node;
pub(in crate::store) mod nodes;
pub mod options;
mod parse;
mod patience;
pub mod plan;
pub(in crate::store) mod pooling;
mod relay;
pub mod retry;
mod rights;
pub(in crate::store) mod rows;
mod select;
pub(in crate::store) mod session;
pub mod sqlite;
mod supported;
pub(in crate::store) mod tables;
pub(in crate::store) mod transaction;
pub(in crate::store) mod values;
