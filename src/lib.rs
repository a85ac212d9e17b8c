//! `FlowLens`: a terminal dashboard for pull-request pipelines.

pub mod config;
pub mod domain;
