//! What is to be synced: what is named; else what this folder is a checkout of; else what the config file names.

use crate::{
    cli::SyncArgs,
    commands::{Failure, gh},
    config::Config,
    domain::{
        remote::{Typed, named, through_ssh, typed},
        site::Site,
    },
    github::sync::SyncTarget,
};

/// The remotes that are looked at: of a fork's clone, pull requests are upstream.
const REMOTES: [&str; 2] = ["upstream", "origin"];

/// # Errors
/// Nothing is named, or an address of another place.
pub(super) fn targets(args: &SyncArgs, config: &Config) -> Result<Vec<SyncTarget>, Failure> {
    let host = Site::new(&config.github.url).map(|site| site.host).unwrap_or_default();
    let repositories = args.repositories.iter().map(|text| repository(text, &host));
    let organisations = args.organisations.iter().map(|text| organisation(text, &host));
    let mine = args.mine.then_some(Ok(SyncTarget::Mine));
    let targets: Vec<SyncTarget> =
        repositories.chain(organisations).chain(mine).collect::<Result<_, Failure>>()?;
    if !targets.is_empty() {
        return Ok(targets);
    }
    if let Some(name) = checkout(&host) {
        return Ok(vec![SyncTarget::Repository(name)]);
    }
    let configured: Vec<SyncTarget> =
        config.github.repos.iter().map(|name| SyncTarget::named(name)).collect();
    if configured.is_empty() {
        let message = format!(
            "nothing to sync: this folder is no checkout of a repository on {host}, and [github] repos names none; \
             try flowlens sync OWNER/REPO, or --org ORG, or --mine"
        );
        return Err(Failure::Usage(message));
    }
    Ok(configured)
}

/// From a name or an address.
fn repository(text: &str, host: &str) -> Result<SyncTarget, Failure> {
    match typed(text, host).map_err(|error| Failure::Usage(error.to_string()))? {
        Typed::Repository(name) => Ok(SyncTarget::Repository(name)),
        Typed::Owner(name) => {
            let message = format!("{name} is no OWNER/REPO; an organisation or user: --org {name}");
            Err(Failure::Usage(message))
        }
    }
}

/// The same for all of its repositories.
fn organisation(text: &str, host: &str) -> Result<SyncTarget, Failure> {
    match typed(text, host).map_err(|error| Failure::Usage(error.to_string()))? {
        Typed::Owner(name) => Ok(SyncTarget::Organisation(name)),
        Typed::Repository(name) => {
            Err(Failure::Usage(format!("{name} is a repository, not an organisation: leave out --org")))
        }
    }
}

/// The repository on this host that the current folder is a checkout of: the first of the remotes that is there, whatever
/// it is called where there is only one.
fn checkout(host: &str) -> Option<String> {
    let remotes: Vec<String> = gh::lines("git", &["remote"], gh::PATIENCE).collect();
    let usual = REMOTES.into_iter().filter(|usual| remotes.iter().any(|remote| remote == usual));
    let only = match remotes.as_slice() {
        [only] if !REMOTES.contains(&only.as_str()) => Some(only.as_str()),
        _ => None,
    };
    usual.chain(only).find_map(|remote| {
        let url = gh::ask("git", &["remote", "get-url", "--", remote], gh::PATIENCE)?;
        named(&url, host).or_else(|| named(&through_ssh(&url, ssh_host)?, host))
    })
}

/// Where ssh goes by this name; it only reads its configuration.
fn ssh_host(alias: &str) -> Option<String> {
    let mut settings = gh::lines("ssh", &["-G", "--", alias], gh::PATIENCE);
    settings.find_map(|line| line.strip_prefix("hostname ").map(str::to_owned))
}
