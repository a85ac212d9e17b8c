//! The integration tests: one binary, so that it links once.
#![cfg(test)] // always so here; it tells clippy that the helpers are tests, too

mod architecture;
mod asking;
mod cli;
mod commands;
mod config;
mod conformance;
mod dashboard;
mod demo;
mod embedded;
mod embedded_crash;
mod embedded_files;
mod facts;
mod feed;
mod fuzz;
mod harness;
mod insight;
mod journeys;
mod lives_in_stores;
mod llm;
mod migrations;
mod queue;
mod risk;
mod screens;
mod screens_insights;
mod soak;
mod stored;
mod support;
mod update;
mod update_insights;
mod worker;
mod writing;
