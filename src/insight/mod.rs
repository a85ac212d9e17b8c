//! What a pull request's risk is, and the words for it.
//!
//! - [`change`]: a pull request as the model reads it, from GitHub's JSON or from the database
//! - [`digest`]: what is kept of each changed file
//! - [`risk`]: the model, pure: level, probability, reasons, attention, focus files
//! - [`words`]: summary and recommendation, composed from those
//! - [`llm`]: the same two by a language model, where one is configured, from [`prompt`] to [`reply`]; it changes
//!   nothing else, and where it fails the built-in words stay
//! - [`mod@make`]: all of it for a stored pull request; [`worker`]: for one request after the other

pub mod change;
pub mod digest;
pub mod llm;
pub mod make;
pub mod prompt;
pub mod reply;
pub mod risk;
pub mod words;
pub mod worker;
