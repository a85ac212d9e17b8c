//! What is to be synced: what is named; else what this folder is a checkout of; else what the config file names.

use crate::{
    cli::SyncArgs,
    commands::{Failure, gh},
    config::Config,
    domain::{remote::named, site::Site},
    github::sync::SyncTarget,
};

/// The remotes that are looked at: of a fork's clone, pull requests are upstream.
const REMOTES: [&str; 2] = ["upstream", "origin"];

/// # Errors
/// Nothing is named, or an address of another place.
pub(super) fn targets(args: &SyncArgs, config: &Config) -> Result<Vec<SyncTarget>, Failure> {
    let host = Site::new(&config.github.url).map(|site| site.host).unwrap_or_default();
    let repositories = args.repositories.iter().map(|text| repository(text, &host));
    let organisations = args.organisations.iter().cloned().map(SyncTarget::Organisation).map(Ok);
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

/// From `owner/name`, or from an address, which may hold a password: no message repeats it.
fn repository(text: &str, host: &str) -> Result<SyncTarget, Failure> {
    let is_name = !text.contains(':') && text.split('/').count() == 2;
    let is_bare = text.strip_prefix(host).is_some_and(|rest| rest.starts_with('/'));
    let name = match text {
        _ if is_name => Some(text.to_owned()),
        _ if is_bare => named(&format!("https://{text}"), host),
        _ => named(text, host),
    };
    name.map(SyncTarget::Repository).ok_or_else(|| {
        Failure::Usage(format!(
            "an address that is no repository's on {host}: expected https://{host}/OWNER/REPO, or OWNER/REPO; \
             --github-url names another GitHub"
        ))
    })
}

/// The repository on this host that the current folder is a checkout of.
fn checkout(host: &str) -> Option<String> {
    REMOTES.iter().find_map(|remote| {
        let url = gh::ask("git", &["remote", "get-url", remote], gh::PATIENCE)?;
        named(&url, host)
    })
}
