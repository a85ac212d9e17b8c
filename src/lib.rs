//! FlowLens: a terminal dashboard for pull-request pipelines.

pub mod domain;
