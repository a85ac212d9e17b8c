//! `[serve]`: what is kept, and where the webhooks' secrets come from.

use std::{fs, os::unix::fs::PermissionsExt as _, time::Duration};

use flowlens::{commands::config as commands, domain::size::Size};

use super::Home;

const FILE: &str = "[serve]\nsecret_file = \"~/secret\"\n";

fn with_file(content: &str, mode: u32) -> Home {
    let home = Home::with(FILE);
    let path = home.folder.path().join("secret");
    fs::write(&path, content).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its mode");
    home
}

fn secrets(home: &Home) -> Result<Vec<String>, String> {
    let secrets = home.load().expect("a configuration").serve.secrets();
    secrets.map(|secrets| secrets.iter().map(|secret| secret.expose().to_owned()).collect())
}

#[test]
fn deliveries_are_kept_within_limits() {
    let serve = Home::new().load().unwrap().serve;
    assert_eq!((serve.keep, serve.keep_bytes), (Duration::from_hours(14 * 24), Size(4 << 30)));
    let serve = Home::with("[serve]\nkeep = \"3d\"\nkeep_bytes = \"500MB\"\n").load().unwrap().serve;
    assert_eq!((serve.keep, serve.keep_bytes), (Duration::from_hours(3 * 24), Size(500_000_000)));
    for no_limit in ["0", "\"0\""] {
        let serve = Home::with(&format!("[serve]\nkeep_bytes = {no_limit}\n")).load().unwrap().serve;
        assert_eq!(serve.keep_bytes, Size(0));
    }
    let problems = Home::with("[serve]\nkeep = \"1m\"\nkeep_bytes = \"4\"\n").problems();
    assert!(problems[0].contains("keep = \"1m\": expected a duration from 1h to 3650d"), "{problems:?}");
    assert!(problems[1].contains("keep_bytes = \"4\": expected a size such as \"4GiB\""), "{problems:?}");
}

#[test]
fn the_variables_beat_the_file_and_each_has_the_secret_and_the_one_before() {
    assert_eq!(secrets(&Home::new()), Ok(Vec::new()));
    let home = with_file("new\n\n  old \n", 0o600);
    assert_eq!(secrets(&home), Ok(vec!["new".to_owned(), "old".to_owned()]));
    let home = home.env("FLOWLENS_WEBHOOK_SECRET", " mine\n");
    assert_eq!(secrets(&home), Ok(vec!["mine".to_owned()]));
    let home = home.env("FLOWLENS_WEBHOOK_SECRET_OLD", "before");
    assert_eq!(secrets(&home), Ok(vec!["mine".to_owned(), "before".to_owned()]));
    let home = Home::new().env("FLOWLENS_WEBHOOK_SECRET_OLD", "before");
    assert_eq!(secrets(&home), Ok(Vec::new()));
    let warnings = home.load().unwrap().warnings;
    assert_eq!(warnings, ["FLOWLENS_WEBHOOK_SECRET_OLD is not used without FLOWLENS_WEBHOOK_SECRET"]);
}

#[test]
fn a_file_that_is_none_fails_only_whoever_needs_it() {
    for (content, mode, why) in [
        ("s3cret", 0o644, "others can read it: chmod 600"),
        (" \n", 0o600, "it is empty"),
        ("s3cret\nb\nc", 0o600, "it holds more than 2 lines: the secret, and the one before it"),
    ] {
        let told = secrets(&with_file(content, mode)).unwrap_err();
        assert_eq!(told, format!("[serve] secret_file ~/secret: {why}"));
    }
    let told = secrets(&Home::with(FILE)).unwrap_err();
    assert!(told.starts_with("[serve] secret_file ~/secret: No such file"), "{told}");
}

#[test]
fn no_secret_is_shown_and_none_belongs_into_the_file() {
    let problems = Home::with("[serve]\nsecret = \"s3cret\"\n").problems();
    assert!(problems[0].contains("a secret does not belong in this file"), "{problems:?}");
    assert!(!problems[0].contains("s3cret"), "{problems:?}");
    let config = with_file("", 0o600).env("FLOWLENS_WEBHOOK_SECRET", "s3cret").load().unwrap();
    let mut shown = Vec::new();
    commands::show(&config, &mut shown).unwrap();
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("; FLOWLENS_WEBHOOK_SECRET has the secret"), "{shown}");
    assert!(!shown.contains("s3cret") && !format!("{config:?}").contains("s3cret"), "{shown}");
}
