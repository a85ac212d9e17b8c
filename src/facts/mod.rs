//! What GitHub told (facts), and the rows that follow from it (the reducer). Pure.

pub mod fact;
pub mod reduce;
pub mod rows;
