//! What the user has of his own.

use std::path::PathBuf;

use crate::domain::command::OwnCommand;

/// By the configuration.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// Why nothing is done on GitHub, and nothing checked out.
    pub no_actions: Option<String>,
    pub commands: Vec<OwnCommand>,
    /// The folder of his clones; `None`: the one in which this began.
    pub checkouts: Option<PathBuf>,
    /// The hosts that a clone's remote may be on.
    pub git_hosts: Vec<String>,
}
