//! The risk model: pure code over one change.
