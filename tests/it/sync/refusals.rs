//! What is refused: each with its mend, and the rest is complete.

use std::{fs, os::unix::fs::PermissionsExt as _};

use super::{TOKEN, Trial, many, world};
use crate::{
    github::fake::{faults::Fault, node_id, world::Asked},
    support::{PATIENCE, cli::Answer, term::Pty},
};

fn failed(trial: &Trial, args: &[&str]) -> Answer {
    let answer = trial.run(args);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(!answer.to_string().contains(TOKEN), "{answer}");
    answer
}

#[test]
fn one_organisation_behind_single_sign_on_stops_no_other() {
    let mut world = world();
    for name in ["acme/api", "closed/secret", "zeta/web"] {
        let at = world.add_repository(name);
        world.add_pull(at, "A change");
    }
    world.closed.insert("closed".to_owned());
    let trial = Trial::new(world);
    let answer = failed(&trial, &["sync", "acme/api", "closed/secret", "zeta/web"]);
    let said = "flowlens: closed/secret: closed needs single sign-on; let the token in at https://github.com/orgs/closed/sso";
    assert!(answer.stderr.contains(said), "{answer}");
    let board = trial.board();
    assert_eq!(board.keys().collect::<Vec<_>>(), ["acme/api#1", "zeta/web#1"]);
    // As lines for scripts, with the page that helps.
    let answer = failed(&trial, &["sync", "--json", "closed/secret"]);
    let problem = answer.stdout.lines().find(|line| line.contains("\"problem\"")).expect("a problem");
    let problem: serde_json::Value = serde_json::from_str(problem).expect("JSON");
    assert!(problem["url"].as_str().is_some_and(|url| url.contains("/orgs/closed/sso")), "{problem}");
}

#[test]
fn a_name_that_is_not_found_is_said_so() {
    let trial = Trial::new(many(1));
    let answer = failed(&trial, &["sync", "acme/nothing", "acme/api"]);
    assert!(answer.stderr.contains("acme/nothing is not found: private, or misspelt"), "{answer}");
    assert!(answer.stderr.contains("check the spelling, and that the token may see it"), "{answer}");
    assert_eq!(answer.stderr.matches("acme/nothing").count(), 1, "{answer}");
    assert_eq!(trial.board().len(), 1);
    let log = trial.home.path().join("log");
    let log = log.to_str().expect("a path");
    failed(&trial, &["--log-level", "warn", "--log-file", log, "sync", "Acme/Nothing"]);
    let logged = std::fs::read_to_string(log).expect("a log");
    assert_eq!(logged.to_lowercase().matches("acme/nothing").count(), 1, "{logged}");
}

#[test]
fn a_bad_token_stops_at_once_and_none_is_a_matter_of_usage() {
    let trial = Trial::new(many(1));
    trial.fake.world().token.valid = false;
    let answer = failed(&trial, &["sync", "acme/api", "acme/web"]);
    let url = trial.fake.url();
    let host = url.trim_start_matches("http://");
    let new = format!("make a new one at https://{host}/settings/tokens");
    let said = format!("{host} does not accept the token of GH_TOKEN (401); {new}");
    assert!(answer.stderr.contains(&said), "{answer}");
    assert_eq!(trial.asked().len(), 1);
    let answer =
        crate::support::cli::run(&["sync", "acme/api"], &[("FLOWLENS_GITHUB_URL", &url), ("PATH", "")]);
    assert_eq!(answer.status.code(), Some(2), "{answer}");
    assert!(answer.stderr.contains("there is no token for 127.0.0.1"), "{answer}");
    assert!(answer.stderr.contains("log in with `gh auth login --hostname 127.0.0.1"), "{answer}");
}

#[test]
fn a_proxys_page_is_told_from_an_answer() {
    let trial = Trial::new(many(1));
    trial.fake.world().fault(usize::MAX, |_| true, Fault::page());
    let answer = failed(&trial, &["sync", "acme/api"]);
    assert!(answer.stderr.contains("answered with a web page (200), not as GitHub does"), "{answer}");
    assert!(answer.stderr.contains("log in to the network's proxy, or set HTTPS_PROXY"), "{answer}");
}

#[tokio::test]
async fn a_pull_request_that_cannot_be_read_costs_itself() {
    let trial = Trial::new(many(3));
    let id = node_id("PR", trial.fake.world().repositories[0].pulls[&2].id);
    trial.fake.world().hidden.insert(id.clone(), Some("FORBIDDEN".to_owned()));
    let answer = failed(&trial, &["sync", "acme/api"]);
    assert!(answer.stderr.contains("flowlens: acme/api#2 is not found: "), "{answer}");
    // Forbidden is not gone, and neither is null.
    assert_eq!(trial.board().len(), 3);
    trial.fake.world().hidden.insert(id, None);
    failed(&trial, &["sync", "acme/api"]);
    assert!(trial.board().values().all(|pull| pull["state"] == "open"));
    trial.fake.world().hidden.clear();
    assert!(trial.sync(&["acme/api"]).contains("1 read"));
    assert_eq!(trial.board().len(), 3);
}

#[test]
fn an_answer_that_is_no_json_is_an_error_with_its_mend() {
    let trial = Trial::new(many(1));
    let on = |asked: &Asked| asked.what == "Details";
    trial.fake.world().fault(
        usize::MAX,
        on,
        Fault::answer(200, "Content-Type: application/json\r\n", "nonsense"),
    );
    let answer = failed(&trial, &["sync", "acme/api"]);
    assert!(answer.stderr.contains("acme/api: the answer is not understood: "), "{answer}");
}

#[tokio::test]
async fn a_fine_grained_token_sees_the_jobs_of_workflows_and_says_what_it_does_not_see() {
    let trial = Trial::new(many(2));
    trial.set(|world| {
        (world.token.checks, world.token.scopes) = (false, None);
        for (number, conclusion) in [(1, Some("FAILURE")), (2, None)] {
            super::built(world, 0, number, "test", conclusion);
        }
        let head = world.repositories[0].pulls[&2].head.clone();
        world.status(0, &head, "deploy", "SUCCESS");
    });
    let answer = trial.run(&["sync", "acme/api"]);
    assert!(answer.status.success(), "{answer}");
    let said =
        "a fine-grained token cannot read the checks of other apps; use a classic token with the scope repo";
    assert_eq!(answer.stderr.matches(said).count(), 1, "{answer}");
    let build = |number: &str| trial.board()[number]["stages"]["build"]["status"].clone();
    assert_eq!((build("acme/api#1"), build("acme/api#2")), ("failed".into(), "running".into()));
    let checks = "SELECT name || ' ' || app FROM checks WHERE superseded IS NOT TRUE AND github_id <> 0 \
         AND created_at IS NOT NULL AND workflow_name IS NOT NULL ORDER BY 1";
    let stored = super::column(&trial.database(), checks).await;
    assert_eq!(stored, ["test github-actions", "test github-actions"]);
}

/// A file that somebody renews, and a dashboard that stays.
#[test]
fn a_token_that_is_renewed_in_its_file_counts_without_another_start() {
    let trial = Trial::new(many(1));
    let (home, url) = (trial.home.path().display().to_string(), trial.fake.url());
    let token = trial.home.path().join("token");
    let renew = |text: &str| {
        let new = trial.home.path().join("token.new");
        fs::write(&new, text).expect("a file");
        fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).expect("its mode");
        fs::rename(&new, &token).expect("the file");
        trial.set(|world| world.token.only = Some(text.to_owned()));
    };
    renew("ghp_the_first_one");
    let config = trial.home.path().join(".config/flowlens/config.toml");
    fs::create_dir_all(config.parent().expect("a folder")).expect("a folder");
    fs::write(config, "[github]\ntoken_file = \"~/token\"\n").expect("a file");
    let env = [("HOME", home.as_str()), ("FLOWLENS_GITHUB_URL", &url), ("SSH_TTY", "/dev/pts/0")];
    let mut pty = Pty::spawn(&["--sync", "acme/api"], &env, 120, 30);
    pty.wait_for("Change 1", PATIENCE);
    pty.wait_for("GitHub just now", PATIENCE);
    renew("ghp_the_second_one");
    pty.keys("r");
    pty.wait_for("acme/api#1 is as on GitHub now", PATIENCE);
    // One that nobody renews is refused, and that is said.
    trial.set(|world| world.token.only = Some("ghp_another_one".to_owned()));
    pty.keys("r");
    pty.wait_for("GitHub refuses the token", PATIENCE);
    // It is read anew on a wish.
    renew("ghp_the_third_one");
    pty.keys("r");
    pty.wait_for("GitHub just now", PATIENCE);
    let written = String::from_utf8_lossy(&pty.raw_output()).into_owned();
    assert!(!written.contains("ghp_the_"), "the token is on the screen");
}
