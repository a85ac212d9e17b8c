//! The dashboard's own sync, in a terminal, against a small GitHub.

use std::{os::unix::fs::PermissionsExt as _, sync::Arc, time::Duration};

use chrono::TimeDelta;
use flowlens::store::{engine::sqlite::File, sync::SyncStore};

use super::{TOKEN, Trial, now, secrets::script, world};
use crate::{
    github::fake::{faults::What, world::World},
    support::{PATIENCE, eventually, term::Pty},
};

/// So many open pull requests in `acme/api`, the first one called so.
pub(super) fn pulls(first: &str, count: usize) -> World {
    let mut world = world();
    let at = world.add_repository("acme/api");
    world.add_pull(at, first);
    for n in 1..count {
        world.add_pull(at, &format!("Change {n}"));
    }
    world
}

fn open(trial: &Trial, env: &[(&str, &str)], columns: u16, lines: u16) -> Pty {
    open_with(trial, &[], env, columns, lines)
}

pub(super) fn open_with(trial: &Trial, args: &[&str], env: &[(&str, &str)], columns: u16, lines: u16) -> Pty {
    let (home, ours) = (trial.home.path().display().to_string(), trial.env());
    let mut all = vec![("HOME", home.as_str()), ("SSH_TTY", "/dev/pts/0")];
    all.extend(ours.iter().map(|(name, value)| (*name, value.as_str())));
    all.extend(env);
    Pty::spawn(&[&["-i", "200ms"], args].concat(), &all, columns, lines)
}

/// The first line shows this.
fn header(pty: &mut Pty, text: &str) {
    pty.wait_until(&format!("{text:?} in the header"), PATIENCE, |screen| {
        screen.lines().next().is_some_and(|first| first.contains(text))
    });
}

pub(super) fn leave(pty: &mut Pty) {
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(pty.is_restored());
    let written = pty.raw_output();
    assert!(
        !written.windows(TOKEN.len()).any(|bytes| bytes == TOKEN.as_bytes()),
        "the token is on the screen"
    );
}

pub(super) const CONFIGURED: (&str, &str) = ("FLOWLENS_GITHUB_REPOS", "acme/api");

#[test]
fn an_empty_board_fills_after_a_name_is_typed_and_the_name_is_remembered() {
    let trial = Trial::new(pulls("Renew the tokens", 3));
    let mut pty = open(&trial, &[], 140, 40);
    pty.wait_for("The database is ready, and empty.", PATIENCE);
    assert_eq!(trial.asked().len(), 0, "nobody has asked for anything");
    pty.keys("A");
    pty.wait_for("3 open", PATIENCE);
    pty.keys("acme/api\r");
    pty.wait_for("Renew the tokens", PATIENCE);
    pty.wait_for("Remember it?", PATIENCE);
    pty.keys("y");
    header(&mut pty, "GitHub just now");
    let file = trial.home.path().join(".config/flowlens/config.toml");
    let written = eventually(PATIENCE, || std::fs::read_to_string(&file).ok());
    assert_eq!(written.as_deref(), Some("[github]\nrepos = [\"acme/api\"]\n"));
    let mode = std::fs::metadata(&file).expect("the config file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    leave(&mut pty);
    // From then on nothing needs to be typed.
    let at = trial.fake.world().find("acme/api").expect("a repository").0;
    trial.fake.world().add_pull(at, "Opened meanwhile");
    let mut pty = open(&trial, &[], 80, 24);
    pty.wait_for("r applies: 1 new", PATIENCE);
    pty.keys("r");
    pty.wait_for("Opened meanwhile", PATIENCE);
    leave(&mut pty);
}

#[test]
fn a_misspelt_name_is_said_so_and_neither_written_nor_kept() {
    let trial = Trial::new(pulls("Renew the tokens", 1));
    let mut pty = open(&trial, &[], 140, 40);
    pty.wait_for("The database is ready, and empty.", PATIENCE);
    pty.keys("Aacme/apo\r");
    pty.wait_for("acme/apo is not found: private, or misspelt", PATIENCE);
    pty.keys("\u{7f}i\r");
    pty.wait_for("acme/api is read.", PATIENCE);
    pty.keys("y");
    pty.wait_for("Renew the tokens", PATIENCE);
    header(&mut pty, "GitHub just now");
    let screen = pty.screen();
    assert!(!screen.contains("not read") && !screen.contains("acme/apo"), "{screen}");
    let file = trial.home.path().join(".config/flowlens/config.toml");
    let written = eventually(PATIENCE, || std::fs::read_to_string(&file).ok());
    assert_eq!(written.as_deref(), Some("[github]\nrepos = [\"acme/api\"]\n"));
    leave(&mut pty);
}

#[test]
fn a_flag_names_what_is_read_meanwhile_in_place_of_the_configuration() {
    let mut world = pulls("Renew the tokens", 1);
    let at = world.add_repository("zeta/web");
    world.add_pull(at, "Not asked for");
    let at = world.add_repository("acme/web");
    world.add_pull(at, "Round the corners");
    let trial = Trial::new(world);
    let configured = ("FLOWLENS_GITHUB_REPOS", "zeta/web");
    let mut pty = open_with(&trial, &["--sync", "acme"], &[configured], 140, 40);
    pty.wait_for("Renew the tokens", PATIENCE);
    pty.wait_for("Round the corners", PATIENCE);
    header(&mut pty, "GitHub just now");
    assert!(!pty.screen().contains("Not asked for"), "{}", pty.screen());
    leave(&mut pty);
}

#[test]
fn the_tokens_login_is_behind_me_here_and_in_scripts() {
    let mut world = pulls("Somebody else's", 2);
    world.viewer = "ana".to_owned();
    world.change(0, 2, |pull| {
        (pull.title, pull.author) = ("Renew the tokens".to_owned(), Some("ana".to_owned()));
    });
    let trial = Trial::new(world);
    // Neither gh nor a variable tells it.
    let mut pty = open(&trial, &[CONFIGURED, ("PATH", "/nowhere")], 140, 40);
    pty.wait_for("Somebody else's", PATIENCE);
    pty.keys("/author:@me\r");
    pty.wait_until("only mine", PATIENCE, |screen| {
        screen.contains("Renew the tokens") && !screen.contains("Somebody else's")
    });
    leave(&mut pty);
    let answer = trial.run(&["status", "--filter", "is:mine", "--format", "csv"]);
    assert!(answer.stdout.contains("Renew the tokens") && !answer.stdout.contains("Somebody"), "{answer}");
}

#[tokio::test]
async fn a_signal_ends_it_and_gives_the_lease_back() {
    let trial = Trial::slow(pulls("The first one", 60), Duration::from_millis(20));
    let mut pty = open(&trial, &[CONFIGURED], 140, 40);
    pty.wait_for("Pipeline acme/api#", PATIENCE);
    pty.signal("TERM");
    assert_eq!(pty.exit_code(), Ok(0));
    let id = trial.fake.world().repositories[0].id;
    let mut store = SyncStore::new(File::new(trial.database()));
    let repo = store.repository(id).await.expect("a database").expect("a repository");
    assert_eq!(store.holding(repo).await.expect("a database"), None);
}

#[test]
fn keys_work_while_it_reads() {
    let trial = Trial::new(pulls("The first one", 20));
    // It reads until the end.
    trial.set(|world| world.fault(1, |asked| asked.what.contains("/files"), What::Hold(Arc::default())));
    let mut pty = open(&trial, &[CONFIGURED], 140, 40);
    header(&mut pty, "GitHub: acme/api ");
    pty.wait_for("Pipeline acme/api#", PATIENCE);
    pty.keys("?");
    pty.wait_for("Filter: all terms must match", PATIENCE);
    pty.keys("\u{1b}");
    pty.wait_until("the board", PATIENCE, |screen| !screen.contains("Filter: all terms"));
    // It ends at once, whatever it is at.
    leave(&mut pty);
}

#[test]
fn a_key_looks_at_the_selected_pull_request() {
    let trial = Trial::new(pulls("Renew the tokens", 1));
    let mut pty = open(&trial, &[CONFIGURED], 140, 40);
    pty.wait_for("Pipeline acme/api#1", PATIENCE);
    header(&mut pty, "GitHub just now");
    pty.wait_for("4 Failing 0", PATIENCE);
    assert!(!pty.screen().contains("high risk"), "nothing is assessed: {}", pty.screen());
    let at = trial.fake.world().find("acme/api").expect("a repository").0;
    trial.fake.world().change(at, 1, |pull| pull.title = "Renew all tokens".to_owned());
    trial.asked();
    pty.keys("r");
    pty.wait_for("acme/api#1 is as on GitHub now", PATIENCE);
    pty.wait_for("Renew all tokens", PATIENCE);
    assert!(!trial.asked().is_empty());
    leave(&mut pty);
}

#[test]
fn of_two_dashboards_the_other_shows_what_the_first_reads() {
    let trial = Trial::new(pulls("Renew the tokens", 2));
    let mut first = open(&trial, &[CONFIGURED], 140, 40);
    first.wait_for("Renew the tokens", PATIENCE);
    header(&mut first, "GitHub just now");
    let mut second = open(&trial, &[CONFIGURED], 140, 40);
    header(&mut second, "another sync reads");
    second.wait_for("Renew the tokens", PATIENCE);
    leave(&mut second);
    leave(&mut first);
}

#[test]
fn single_sign_on_is_told_and_its_page_opened() {
    let mut world = pulls("Behind a door", 1);
    world.closed.insert("acme".to_owned());
    let trial = Trial::new(world);
    let mut pty = open(&trial, &[CONFIGURED], 140, 40);
    header(&mut pty, "acme: single sign-on needed · O opens it");
    pty.keys("O");
    pty.wait_for("https://github.com/orgs/acme/sso?authorization_request=AAA", PATIENCE);
    pty.keys("q");
    pty.wait_until("the page below", PATIENCE, |screen| !screen.contains("Let the token in: also"));
    leave(&mut pty);
}

#[test]
fn a_limit_is_counted_down() {
    let mut world = pulls("Later", 1);
    world.graphql.used = world.graphql.limit;
    world.graphql.resets = now() + TimeDelta::minutes(12);
    let trial = Trial::new(world);
    let mut pty = open(&trial, &[CONFIGURED], 140, 40);
    pty.wait_until("the minutes", PATIENCE, |screen| {
        let first = screen.lines().next().unwrap_or_default();
        first.contains("GitHub limit: 12 min") || first.contains("GitHub limit: 13 min")
    });
    leave(&mut pty);
}

#[test]
fn a_missing_token_is_told_with_its_mend() {
    let trial = Trial::new(pulls("Not for everybody", 1));
    let path = trial.home.path().display().to_string();
    let mut pty = open(&trial, &[("GH_TOKEN", ""), ("PATH", &path)], 80, 24);
    pty.wait_for("that of gh (gh auth login), or GH_TOKEN holds it", PATIENCE);
    pty.keys("A");
    pty.wait_for("there is no token", PATIENCE);
    // No name is taken that nobody can read; the token may be there by now.
    pty.keys("acme/api");
    pty.wait_for("Enter asks again", PATIENCE);
    script(trial.home.path(), "gh", &format!("test \"$2\" = token && echo {TOKEN}"));
    pty.keys("\r");
    pty.wait_for("1 open", PATIENCE);
    pty.keys("\r");
    pty.wait_for("acme/api is read.", PATIENCE);
    pty.keys("n");
    pty.wait_for("Not for everybody", PATIENCE);
    leave(&mut pty);
}
