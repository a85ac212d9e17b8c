//! Which GitHub is asked and by whose leave: through the library's API, with an environment of its own.

use std::{fs, os::unix::fs::PermissionsExt as _};

use flowlens::{
    commands::{config as commands, me},
    config::{Checks, Config, ConfigError, Flags},
};

/// Loads a config file's text with these variables; `key` is a file beside it.
fn load(text: &str, variables: &[(&str, &str)], mode: u32) -> Result<Config, ConfigError> {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("token");
    fs::write(&file, "ghp_file\n").expect("a file");
    fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("its mode");
    let config = home.path().join("config.toml");
    fs::write(&config, text).expect("a file");
    let folder = home.path().display().to_string();
    let env = |name: &str| match name {
        "HOME" => Some(folder.clone()),
        _ => variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
    };
    Config::load(&Flags { config: Some(config), ..Flags::default() }, &env, &Checks::default())
}

#[test]
fn the_nearest_token_counts() {
    let file = "[github]\ntoken_file = \"~/token\"\n";
    let all = [("GITHUB_TOKEN", "c"), ("GH_TOKEN", " b\n"), ("FLOWLENS_GITHUB_TOKEN", "a")];
    let token = |text: &str, variables: &[(&str, &str)]| {
        let config = load(text, variables, 0o600).expect("a configuration");
        config.github.token.map(|token| token.expose().to_owned())
    };
    for (count, expected) in [(3, "a"), (2, "b"), (1, "c"), (0, "ghp_file")] {
        assert_eq!(token(file, &all[..count]).as_deref(), Some(expected));
    }
    assert_eq!(token("", &[("GH_TOKEN", "")]), None);
}

#[test]
fn a_token_that_others_can_read_is_refused_and_none_is_shown() {
    let file = "[github]\ntoken_file = \"~/token\"\n";
    let problems = load(file, &[], 0o644).expect_err("refused").problems;
    assert!(
        problems[0].ends_with("[github] token_file ~/token: others can read it: chmod 600"),
        "{problems:?}"
    );
    let problems = load("[github]\ntoken = \"ghp_x\"\n", &[], 0o600).expect_err("refused").problems;
    assert!(problems[0].contains("a token does not belong in this file") && !problems[0].contains("ghp_x"));
    for variables in [&[("GH_TOKEN", "ghp_x")][..], &[]] {
        let config = load(file, variables, 0o600).expect("a configuration");
        let mut shown = Vec::new();
        commands::show(&config, &mut shown).expect("shown");
        let shown = String::from_utf8(shown).expect("text");
        assert!(!shown.contains("ghp_") && !format!("{config:?}").contains("ghp_"), "{shown}");
        assert_eq!(shown.contains("; GH_TOKEN has the token"), !variables.is_empty(), "{shown}");
    }
}

#[test]
fn the_address_is_ours_else_that_of_gh_else_githubs() {
    let url = |text: &str, variables: &[(&str, &str)]| {
        load(text, variables, 0o600).expect("a configuration").github.url
    };
    let host = ("GH_HOST", "ghe.acme.test");
    assert_eq!(url("", &[]), "https://github.com");
    assert_eq!(url("", &[host]), "ghe.acme.test");
    assert_eq!(url("[github]\nurl = \"https://b.test\"\n", &[host]), "https://b.test");
    assert_eq!(
        url("[github]\nurl = \"https://b.test\"\n", &[host, ("FLOWLENS_GITHUB_URL", "http://[::1]:1")]),
        "http://[::1]:1"
    );
    for (wrong, told) in
        [("no host", "no host"), ("ann:hunter2@b.test", "…@b.test"), ("http://b.test", "http://b.test")]
    {
        let problems =
            load("", &[("GH_HOST", wrong), ("GH_TOKEN", "ghp_x")], 0o600).expect_err("refused").problems;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].starts_with(&format!(
                "GH_HOST={told:?}: expected a host such as github.com, or the https://"
            )),
            "{problems:?}"
        );
        // Where another setting is meant, nobody asks for it.
        let named =
            load("[github]\nurl = \"b.test\"\n", &[("GH_HOST", wrong)], 0o600).expect("a configuration");
        assert_eq!(named.github.url, "b.test");
    }
    for (wrong, told) in
        [("http://b.test", "http://b.test"), ("https://ann:hunter2@b.test", "…@b.test"), ("b t", "b t")]
    {
        let problems =
            load(&format!("[github]\nurl = \"{wrong}\"\n"), &[], 0o600).expect_err("refused").problems;
        assert!(
            problems[0].contains(&format!("[github] url: {told:?}: expected a host such as github.com"))
                && !problems[0].contains("hunter2"),
            "{problems:?}"
        );
    }
    let hosts = |text: &str, variables: &[(&str, &str)]| {
        let config = load(text, variables, 0o600).expect("a configuration");
        me::hosts(&config, &|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    };
    assert_eq!(hosts("", &[]), ["github.com"]);
    assert_eq!(hosts("", &[host]), ["github.com", "ghe.acme.test"]);
    let named = "[github]\nurl = \"b.test:8443\"\n";
    assert_eq!(hosts(named, &[]), ["github.com", "b.test:8443"]);
    assert_eq!(hosts(named, &[host]), ["github.com", "ghe.acme.test", "b.test:8443"]);
    let mut shown = Vec::new();
    commands::show(&load("", &[host], 0o600).expect("a configuration"), &mut shown).expect("shown");
    let shown = String::from_utf8(shown).expect("text");
    assert!(
        shown.lines().any(|line| line.contains("\"ghe.acme.test\"") && line.ends_with("# GH_HOST")),
        "{shown}"
    );
}
