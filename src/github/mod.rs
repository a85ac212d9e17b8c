//! GitHub: the client, its queries, and what answers become.

pub mod client;
pub mod payload;
pub mod query;
pub mod sync;
