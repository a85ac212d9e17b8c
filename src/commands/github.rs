//! The client of GitHub, as configured.

use super::Failure;
use crate::{
    config::Config,
    domain::{
        remote::{NoTarget, Typed, shown, typed},
        secret::Secret,
        site::Site,
    },
    github::client::{self, Budget, Client, ClientOptions, Error, Missing, Token},
    programs::{self, GH, Silence},
};

/// A client.
///
/// # Errors
/// There is no token, or it is none.
pub fn client(config: &Config, budget: Budget) -> Result<Client, Error> {
    Client::new(options(config, budget))
}

/// Whom to ask, with the configured token, else with that of `gh`. To ask `gh` takes a moment.
pub fn options(config: &Config, budget: Budget) -> ClientOptions {
    let github = &config.github;
    let source = github.clone();
    let from = github.token_from(&config.paths).unwrap_or_else(|| client::GH.to_owned());
    let token = Token::of(&from, move || match (source.token_now(), Site::new(&source.url)) {
        (Some(token), _) => Ok(token),
        (None, Ok(site)) => token(GH, &site.host),
        (None, Err(_)) => Err(Missing::Nowhere),
    });
    ClientOptions { token, budget, ..ClientOptions::new(github.url.clone(), None, github.proxy.clone()) }
}

/// Which GitHub is asked, as people say it.
pub fn host(config: &Config) -> String {
    Site::new(&config.github.url).map(|site| site.host).unwrap_or_default()
}

/// A repository or its owner, as the command line names it.
///
/// # Errors
/// It is neither, or on another GitHub.
pub fn target(text: &str, config: &Config) -> Result<Typed, Failure> {
    typed(text, &host(config)).map_err(|error| Failure::Usage(format!("{}: {error}", shown(text))))
}

/// An owner, as `--org` names it.
///
/// # Errors
/// It is none, or on another GitHub.
pub fn organisation(text: &str, config: &Config) -> Result<String, Failure> {
    match typed(text, &host(config)) {
        Ok(Typed::Owner(name)) | Err(NoTarget::Slash(name)) => Ok(name),
        Ok(Typed::Repository(name)) => {
            Err(Failure::Usage(format!("{name} is a repository, not an organisation: leave out --org")))
        }
        Err(error) => Err(Failure::Usage(format!("--org {}: {error}", shown(text)))),
    }
}

fn token(program: &str, host: &str) -> Result<Secret, Missing> {
    let said = programs::ask(program, &["auth", "token", "--hostname", host], programs::PATIENCE);
    let token = said.map_err(|silence| match silence {
        Silence::Nothing => Missing::Nowhere,
        Silence::Hung(patience) => Missing::Hung(patience),
    })?;
    if token.chars().all(|c| c.is_ascii_graphic()) { Ok(Secret::new(token)) } else { Err(Missing::Nowhere) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_gh_is_taken_if_it_is_one() {
        let home = tempfile::tempdir().expect("a folder");
        let gh = home.path().join("gh").display().to_string();
        // Written by another process: a file that this one has just written may be busy for a moment.
        let script = format!(
            "printf '#!/bin/sh\\ntest \"$*\" = \"auth token --hostname a.test\" && cat {gh}.said' > {gh}; chmod +x {gh}"
        );
        assert!(std::process::Command::new("sh").args(["-c", &script]).status().expect("sh").success());
        let said = |said: &str, host: &str| {
            std::fs::write(format!("{gh}.said"), said).expect("a file");
            token(&gh, host).map(|token| token.expose().to_owned()).ok()
        };
        assert_eq!(said("gho_1\n", "a.test").as_deref(), Some("gho_1"));
        assert_eq!(said("gho_1\n", "b.test"), None);
        assert_eq!(said("no token found\n", "a.test"), None);
        assert_eq!(said("", "a.test"), None);
        assert_eq!(token("/nowhere/gh", "a.test").err(), Some(Missing::Nowhere));
    }
}
