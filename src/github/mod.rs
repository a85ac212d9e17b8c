//! GitHub: the client, its queries, what answers become, and the sync that asks for them.

pub mod act;
pub mod client;
pub mod logs;
pub mod payload;
pub mod query;
pub mod sync;
