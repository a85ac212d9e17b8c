//! Answers as facts.
