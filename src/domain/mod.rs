//! What the board is about: pure types and rules. Imports nothing else of this crate.

pub mod address;
#[cfg(test)]
mod any;
pub mod assessment;
pub mod attention;
pub mod board;
pub mod check;
pub mod duration;
pub mod encoding;
pub mod files;
pub mod filter;
pub mod group;
pub mod hub;
pub mod ids;
pub mod insight;
pub mod log;
pub mod names;
pub mod new_insight;
pub mod notify;
pub mod pipeline;
pub mod pr_state;
pub mod print;
pub mod proxy;
pub mod pull_request;
pub mod pull_text;
pub mod repository;
pub mod request;
pub mod requests;
pub mod secret;
pub mod site;
pub mod source;
pub mod sync;
pub mod text;
pub mod time;
pub mod view;
pub mod web;
