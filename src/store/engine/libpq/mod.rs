//! What libpq reads beside an address: the `PG*` variables, service files and the password file.

pub(super) mod passfile;
mod service;
pub(super) mod variables;

use std::path::PathBuf;

/// How the environment is read.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A variable's value; an empty one counts as not set.
fn set(env: Variables<'_>, name: &str) -> Option<String> {
    env(name).filter(|value| !value.is_empty())
}

/// The home folder.
fn home(env: Variables<'_>) -> Option<PathBuf> {
    set(env, "HOME").map(PathBuf::from).filter(|home| home.is_absolute()).or_else(std::env::home_dir)
}
