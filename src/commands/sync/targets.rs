//! What is to be synced: what is named; else what this folder is a checkout of; else what the config file names.

use crate::{
    cli::SyncArgs,
    commands::{Failure, github},
    config::Config,
    domain::remote::{REMOTES, remote},
    github::sync::SyncTarget,
    programs,
};

/// # Errors
/// Nothing is named, or an address of another place.
pub(super) fn targets(args: &SyncArgs, config: &Config) -> Result<Vec<SyncTarget>, Failure> {
    let named = args.targets.iter().map(|text| github::target(text, config));
    let named = named.map(|typed| Ok(SyncTarget::named(&typed?.name())));
    let organisations = args
        .organisations
        .iter()
        .map(|text| github::organisation(text, config).map(SyncTarget::Organisation));
    let mine = args.mine.then_some(Ok(SyncTarget::Mine));
    let targets: Vec<SyncTarget> = named.chain(organisations).chain(mine).collect::<Result<_, Failure>>()?;
    if !targets.is_empty() {
        return Ok(targets);
    }
    let host = github::host(config);
    if let Some(name) = checkout(&host) {
        return Ok(vec![SyncTarget::Repository(name)]);
    }
    let configured: Vec<SyncTarget> =
        config.github.repos.iter().map(|name| SyncTarget::named(name)).collect();
    if configured.is_empty() {
        let message = format!(
            "nothing to sync: this folder is no checkout of a repository on {host}, and repos under [github] in the \
             config file names none; try flowlens sync OWNER/REPO, or flowlens sync --mine"
        );
        return Err(Failure::Usage(message));
    }
    Ok(configured)
}

/// The repository on this host that the current folder is a checkout of: the first of the remotes that is there, whatever
/// it is called where there is only one.
fn checkout(host: &str) -> Option<String> {
    let remotes: Vec<String> = programs::lines("git", &["remote"], programs::PATIENCE).collect();
    let usual = REMOTES.into_iter().filter(|usual| remotes.iter().any(|name| name == usual));
    let only = match remotes.as_slice() {
        [only] if !REMOTES.contains(&only.as_str()) => Some(only.as_str()),
        _ => None,
    };
    usual.chain(only).find_map(|name| {
        let url = programs::ask("git", &["remote", "get-url", "--", name], programs::PATIENCE).ok()?;
        remote(&url, host, programs::ssh_host)
    })
}
