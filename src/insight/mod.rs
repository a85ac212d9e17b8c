//! What a pull request's risk is, and the words for it.
//!
//! - [`risk`]: the model, pure: one change in, level, probability, reasons and attention out

pub mod risk;
