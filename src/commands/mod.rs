//! One module a subcommand: they join features, and only `main` calls them.

pub mod config;
pub mod db;
pub mod status;
