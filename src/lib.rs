//! `FlowLens`: a terminal dashboard for pull-request pipelines.

pub mod commands;
pub mod domain;
pub mod store;
