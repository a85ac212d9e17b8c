//! GitHub: the client, its queries, what answers become, the sync that asks for them, and the webhooks that tell them.

pub mod act;
pub mod client;
pub mod hook;
pub mod logs;
pub mod payload;
pub mod query;
pub mod sync;
pub mod webhook;
