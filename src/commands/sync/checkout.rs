//! Which repository this folder is a checkout of.

use std::time::Duration;

use crate::{commands::gh, domain::remote::named};

/// How long `git` may take: it reads a file.
const PATIENCE: Duration = Duration::from_secs(2);
/// The remotes that are looked at: of a fork's clone, pull requests are upstream.
const REMOTES: [&str; 2] = ["upstream", "origin"];

/// The repository on this host that the current folder is a checkout of.
pub(super) fn repository(host: &str) -> Option<String> {
    REMOTES.iter().find_map(|remote| {
        let url = gh::ask("git", &["remote", "get-url", remote], PATIENCE)?;
        named(&url, host)
    })
}
