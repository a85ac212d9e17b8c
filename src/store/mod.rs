//! The database: the only module that knows SQL and the driver.
//!
//! - [`engine`]: addresses, connections, transactions and errors of either engine, and what a database offers
//! - [`board`]: reading: the feed that keeps a board current, and details on demand
//! - [`mod@write`]: facts, folded into the stored rows
//! - [`insights`]: requests for insights, the workers' side of them, and the rows of `insights`
//! - [`inbox`]: webhook deliveries, kept before they are acknowledged and processed then
//! - [`sync`]: what a sync with GitHub keeps and reads back: marks, a lease, what is known
//! - [`migrate`]: bringing a database up to the schema of this version

pub mod board;
pub mod engine;
pub mod inbox;
pub mod insights;
pub mod migrate;
pub mod sync;
pub mod write;
