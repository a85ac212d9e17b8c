//! One dashboard, more than one database.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::{
    dashboard::{environment, team},
    support::{PATIENCE, cli, pg::PASSWORD, term::Pty},
};

#[tokio::test]
async fn each_keeps_its_place_and_what_changed_meanwhile_is_read() {
    let (prod, staging) = (team("prod_board").await, team("staging_board").await);
    staging
        .execute(
            "UPDATE pull_requests SET title = 'Staged ' || title, updated_at = now();
             UPDATE repositories SET full_name = 'stage/' || name",
        )
        .await;
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config.toml");
    let text = format!("[[databases]]\nname = \"staging\"\nurl = {:?}\n", staging.url());
    fs::write(&config, text).expect("a file");
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).expect("its mode");
    let (url, config) = (prod.url(), config.display().to_string());
    let mut pty = Pty::spawn(&["--config", &config, "-i", "200ms"], &environment(&url), 140, 40);
    pty.wait_for("Add OAuth refresh", PATIENCE);
    pty.wait_for(" live", PATIENCE);
    pty.keys("s");
    pty.wait_for("sort: waiting", PATIENCE);
    pty.keys(":old landing\r");
    pty.wait_for("Pipeline acme/web#5", PATIENCE);
    pty.keys(":db stag\r");
    pty.wait_for("Staged Add OAuth refresh", PATIENCE);
    pty.wait_for(" live", PATIENCE);
    assert!(pty.screen().contains("  staging"), "{}", pty.screen());
    pty.wait_for("Pipeline stage/api#421", PATIENCE);
    // Nobody looks at the first one.
    prod.execute(
        "DELETE FROM insights; DELETE FROM pipeline_runs WHERE pr_number = 419;
         DELETE FROM pull_requests WHERE pr_number = 419;
         UPDATE pull_requests SET title = 'Retitled', updated_at = now() WHERE pr_number = 7",
    )
    .await;
    pty.keys(":db default\r");
    pty.wait_for("Pipeline acme/web#5", PATIENCE);
    pty.wait_for("Retitled", PATIENCE);
    pty.wait_until("the deleted one is gone", PATIENCE, |screen| {
        screen.contains(" live") && !screen.contains("Third of them") && screen.contains("sort: waiting")
    });
    pty.keys(":db staging\r");
    pty.wait_for("Pipeline stage/api#421", PATIENCE);
    assert!(pty.screen().contains("sort: attention"), "{}", pty.screen());
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(pty.is_restored());
}

#[tokio::test]
async fn commands_take_the_name_and_no_message_has_the_password() {
    let db = team("named_board").await;
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config.toml");
    let text = format!(
        "[[databases]]\nname = \"staging\"\nurl = {:?}\n\n[[databases]]\nname = \"down\"\n\
         url = \"postgres://ana:{PASSWORD}@127.0.0.1:1/flow\"\n",
        db.url()
    );
    fs::write(&config, text).expect("a file");
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).expect("its mode");
    let config = config.display().to_string();
    let run = |args: &[&str]| cli::run(&[&["--config", &config], args].concat(), &[]);
    let answer = run(&["--database", "staging", "status", "--format", "csv"]);
    assert!(answer.status.success() && answer.stdout.contains("acme/web"), "{answer}");
    for args in [&["--database", "down", "status"][..], &["--database", "dwn", "status"], &["config", "show"]]
    {
        let answer = run(args).to_string();
        assert!(!answer.contains(PASSWORD), "{answer}");
    }
}
