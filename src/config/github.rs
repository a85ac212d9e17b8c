//! `[github]`: which GitHub, and the token for it.

use std::path::PathBuf;

use super::resolve::Resolver;
use super::{
    Env, Flags, Origin, Paths, Secret, insights,
    key::{self, Refused},
    tools,
};
use crate::domain::{
    proxy::Proxy,
    remote::{shown, typed},
    site::Site,
};

/// The variables that may hold a token; the first that does counts.
const TOKENS: [&str; 3] = ["FLOWLENS_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"];
/// The host that `gh` and others of its kind ask.
const HOST: &str = "GH_HOST";

/// The `[github]` section, with its token.
#[derive(Clone, Debug)]
pub struct Github {
    /// The address of its pages; see [`Site::new`].
    pub url: String,
    /// Where that comes from, if not from the settings.
    pub host_origin: Option<Origin>,
    /// The token, if a variable or the file has one; else `gh` may.
    pub token: Option<Secret>,
    pub token_origin: Option<Origin>,
    /// The file that holds it, where no variable does.
    token_file: Option<PathBuf>,
    /// What to sync where no command says it: `owner/name`, or an organisation for all of its repositories.
    pub repos: Vec<String>,
    /// The folder in which repositories are checked out; `None`: the one in which this began.
    pub checkouts: Option<PathBuf>,
    /// Why nothing may be done on GitHub from here, if nothing may.
    pub no_actions: Option<String>,
    /// The proxy for `https://`, as the environment names it.
    pub proxy: Option<Proxy>,
}

impl Github {
    /// Reads the section, and the token from the environment or its file.
    pub(super) fn read(r: &mut Resolver<'_>, paths: &Paths, flags: &Flags, env: Env<'_>) -> Self {
        let (mut url, origin) = r.get(&key::GITHUB_URL, flags.github_url.as_deref());
        let (token, token_origin, token_file) = match token(r, paths, env) {
            Some((token, origin, file)) => (Some(token), Some(origin), file),
            None => (None, None, None),
        };
        let mut host_origin = None;
        if origin == Origin::Default
            && let Some(host) = env(HOST).filter(|host| !host.trim().is_empty())
        {
            let lender = Origin::Env(HOST);
            // Elsewhere the token that is meant for it would be given away.
            match Site::new(&host) {
                Ok(_) => (url, host_origin) = (host.trim().to_owned(), Some(lender)),
                Err(why) => r.reject(&lender, format!("{HOST}={}: {why}", shown(&host))),
            }
        }
        let named = flags.github_repos.join(",");
        let named = (!named.is_empty()).then_some(named.as_str());
        let host = Site::new(&url).map(|site| site.host).unwrap_or_default();
        let repos = r.get_as(&key::GITHUB_REPOS, named, |texts| names(&texts, &host)).0;
        let checkouts = r.get(&tools::CHECKOUTS, None).0.map(|folder| paths.expanded(&folder));
        let no_actions = no_actions(r, flags);
        let proxy = Proxy::from_variables(env);
        Self { url, host_origin, token, token_origin, token_file, repos, checkouts, no_actions, proxy }
    }

    /// Where the token is from, as people say it; `None`: from neither a variable nor a file.
    #[must_use]
    pub fn token_from(&self, paths: &Paths) -> Option<String> {
        match (&self.token_file, &self.token_origin) {
            (Some(file), _) => Some(format!("token_file {}", paths.shown(file))),
            (None, origin) => origin.as_ref().map(Origin::to_string),
        }
    }

    /// The token as it is by now: somebody may have renewed that of the file.
    #[must_use]
    pub fn token_now(&self) -> Option<Secret> {
        let file = self.token_file.as_ref().and_then(|file| insights::read(file).ok());
        file.or_else(|| self.token.clone())
    }
}

/// The names of what a list has by name or address; or all that is wrong with it.
fn names(texts: &[String], host: &str) -> Result<Vec<String>, Refused> {
    let (mut names, mut wrong) = (Vec::new(), Vec::new());
    for text in texts {
        match typed(text, host) {
            Ok(typed) => names.push(typed.name()),
            Err(why) => wrong.push(format!("{}: {why}", shown(text))),
        }
    }
    if wrong.is_empty() { Ok(names) } else { Err(Refused::Because(wrong.join("; "))) }
}

/// Only reading is allowed by the flag, or by the setting.
fn no_actions(r: &mut Resolver<'_>, flags: &Flags) -> Option<String> {
    let (actions, origin) = r.get(&key::GITHUB_ACTIONS, None);
    if flags.readonly {
        return Some("this dashboard was started with --readonly".to_owned());
    }
    (!actions).then(|| format!("actions are off ([github] actions = false, {origin})"))
}

/// The token: a variable's, or the content of the file that is named. In the config file it is refused.
fn token(r: &mut Resolver<'_>, paths: &Paths, env: Env<'_>) -> Option<(Secret, Origin, Option<PathBuf>)> {
    if let Some((_, origin)) = r.take(key::GITHUB_TOKEN_FILE.section, "token") {
        r.reject(
            &origin,
            format!(
                "[github] token: a token does not belong in this file; put it into a file that only you can read \
                 (chmod 600) and name that as token_file, or into {}",
                TOKENS[0]
            ),
        );
    }
    let (file, origin) = r.get(&key::GITHUB_TOKEN_FILE, None);
    for name in TOKENS {
        if let Some(token) = env(name).filter(|token| !token.trim().is_empty()) {
            return Some((Secret::new(token.trim()), Origin::Env(name), None));
        }
    }
    let file = paths.expanded(&file?);
    match insights::read(&file) {
        Ok(token) => Some((token, origin, Some(file))),
        Err(why) => {
            r.reject(&origin, format!("[github] token_file {}: {why}", paths.shown(&file)));
            None
        }
    }
}
