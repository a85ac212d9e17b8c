//! Whose dashboard this is: the login behind `@me`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use uuid::Uuid;

use crate::{
    config::{Config, Env},
    domain::site::Site,
    panics::caught_elsewhere,
    private,
    programs::{self, GH},
};

const GITHUB: &str = "github.com";
/// Bytes of a file with a login.
const LONGEST: u64 = 200;

/// The configured login, else the one that GitHub's `gh` is logged in with, if it tells within this time, else that of the
/// token of the last sync here. Nothing goes over the network, but starting `gh` takes a moment.
pub async fn login(config: &Config, within: Option<Duration>) -> Option<String> {
    match &config.dashboard.me {
        Some(login) => Some(login.clone()),
        None => caught_elsewhere(asker(config, within)).await.ok().flatten(),
    }
}

/// Who asks for insights, as it is stored for all to see: the login, else the user's name here, at this machine.
pub fn asker_name(config: &Config, env: Env<'_>) -> String {
    let user = config.dashboard.me.clone().or_else(|| env("USER").filter(|user| !user.is_empty()));
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match (user, host.trim()) {
        (Some(user), "") => user,
        (Some(user), host) => format!("{user}@{host}"),
        (None, "") => "a dashboard".to_owned(),
        (None, host) => format!("a dashboard at {host}"),
    }
}

/// The name of a worker: no other one has it, also not one on another machine of this name, or after a restart.
pub fn worker_name(by: &str) -> String {
    format!("{by} {} {}", std::process::id(), Uuid::new_v4().simple())
}

/// The question to `gh` and to what is remembered, to be asked on a thread that may block.
pub fn asker(
    config: &Config,
    within: Option<Duration>,
) -> impl FnOnce() -> Option<String> + Send + use<> + 'static {
    let host = read_host(config).unwrap_or_else(|| GITHUB.to_owned());
    let patience = within.map_or(programs::PATIENCE, |within| within.min(programs::PATIENCE));
    let remembered = place(config);
    move || gh(&host, patience).or_else(|| read(&remembered?))
}

/// Keeps whose token a sync used: a file of this user on this machine, so that nobody else takes the login for theirs.
pub fn remember(config: &Config, login: &str) {
    // An app's token is nobody's.
    let Some(path) = place(config).filter(|_| is_login(login)) else { return };
    if read(&path).as_deref() == Some(login) {
        return;
    }
    let write = if path.exists() { private::replace } else { private::write };
    if let Err(error) = write(&path, format!("{login}\n").as_bytes()) {
        tracing::warn!(%error, "the login is not remembered");
    }
}

/// Where the login at this GitHub is kept.
fn place(config: &Config) -> Option<PathBuf> {
    read_host(config).map(|host| config.paths.state.join(format!("login@{host}")))
}

fn read(path: &Path) -> Option<String> {
    let text = private::read(path, LONGEST).ok()?;
    Some(text.trim().to_owned()).filter(|login| is_login(login))
}

fn is_login(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

/// The hosts on which pull requests have their pages.
pub fn hosts(config: &Config, env: Env<'_>) -> Vec<String> {
    let mut hosts = vec![GITHUB.to_owned()];
    for host in [own_host(env), read_host(config)].into_iter().flatten() {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

/// The GitHub that is read.
fn read_host(config: &Config) -> Option<String> {
    Site::new(&config.github.url).ok().map(|site| site.host)
}

/// The company's own GitHub.
fn own_host(env: Env<'_>) -> Option<String> {
    env("GH_HOST").filter(|host| !host.is_empty()).and_then(|host| Some(Site::new(&host).ok()?.host))
}

fn gh(host: &str, patience: Duration) -> Option<String> {
    let login = programs::ask(GH, &["config", "get", "user", "--host", host], patience).ok()?;
    is_login(&login).then_some(login)
}
