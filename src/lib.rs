//! FlowLens: a terminal dashboard for pull-request pipelines.

pub mod backoff;
pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
pub mod domain;
pub mod exit;
pub mod facts;
pub mod github;
pub mod http;
pub mod insight;
pub mod logging;
pub mod panics;
pub mod private;
pub mod programs;
pub mod report;
pub mod serve;
pub mod store;
pub mod tui;
