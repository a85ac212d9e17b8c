//! Whose dashboard this is: the login behind `@me`.

use std::process::{Command, Stdio};

use crate::config::{Config, Env};

const GITHUB: &str = "github.com";

/// The configured login, else the one that GitHub's `gh` is logged in with. `gh` answers from its own files:
/// nothing goes over the network, but starting it takes a moment.
#[must_use]
pub fn login(config: &Config, env: Env<'_>) -> Option<String> {
    config.dashboard.me.clone().or_else(asker(env))
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

/// The question to `gh`, to be asked elsewhere.
pub fn asker(env: Env<'_>) -> impl FnOnce() -> Option<String> + Send + 'static {
    let host = own_host(env).unwrap_or_else(|| GITHUB.to_owned());
    move || gh(&host)
}

/// The hosts on which pull requests have their pages.
pub fn hosts(env: Env<'_>) -> Vec<String> {
    [GITHUB.to_owned()].into_iter().chain(own_host(env)).collect()
}

/// The company's own GitHub.
fn own_host(env: Env<'_>) -> Option<String> {
    env("GH_HOST").filter(|host| !host.is_empty())
}

fn gh(host: &str) -> Option<String> {
    let asked = Command::new("gh")
        .args(["config", "get", "user", "--host", host])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let answer = asked.ok().filter(|output| output.status.success())?;
    let login = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
    let is_login = !login.is_empty() && login.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    is_login.then_some(login)
}
