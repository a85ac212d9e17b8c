//! GitHub: what it tells (facts, pure) and the rows that follow from it (the reducer, pure).

pub mod facts;
pub mod reduce;
pub mod rows;
