//! The integration tests: one binary, so that it links once.
mod architecture;
mod harness;
#[cfg(test)] // always so here; it tells clippy that these helpers, too, are tests
mod support;
