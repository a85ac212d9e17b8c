//! What a pull request's risk is, and the words for it.
//!
//! - [`change`]: a pull request as the model reads it, from GitHub's JSON or from the database
//! - [`risk`]: the model, pure: level, probability, reasons, attention, focus files
//! - [`words`]: summary and recommendation, composed from those
//! - [`mod@make`]: all of it for a stored pull request; [`worker`]: for one request after the other

pub mod change;
pub mod make;
pub mod risk;
pub mod words;
pub mod worker;
