//! Facts and the rows that they make: the rules as tables, and for generated lives the independence of order.

mod answers;
mod attempts;
mod found;
pub(crate) mod heard;
mod jobs;
pub(crate) mod lives;
pub(crate) mod memory;
mod names;
pub(crate) mod properties;
mod queue;
mod rules;
