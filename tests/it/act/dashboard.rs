//! Acting from the dashboard, in a terminal, against the fake: by the keys, to the log.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use flowlens::domain::hub::ActKind;

use super::cases::{Case, all};
use crate::{
    github::fake::{faults::What, world::World},
    support::{PATIENCE, eventually, term::Pty},
    sync::{
        Trial,
        secrets::{has_token, is_nowhere_in},
        world,
    },
};

fn trial() -> Trial {
    let mut world = world();
    let at = world.add_repository("acme/api");
    world.add_pull(at, "Renew the tokens");
    Trial::new(world)
}

/// The dashboard with its board.
pub(super) fn open(trial: &Trial, args: &[&str], env: &[(&str, &str)]) -> Pty {
    let (home, ours) = (trial.home.path().display().to_string(), trial.env());
    let mut all =
        vec![("HOME", home.as_str()), ("SSH_TTY", "/dev/pts/0"), ("FLOWLENS_GITHUB_REPOS", "acme/api")];
    all.extend(ours.iter().map(|(name, value)| (*name, value.as_str())));
    all.extend(env);
    let mut pty = Pty::spawn(&[&["-i", "200ms"], args].concat(), &all, 140, 40);
    pty.wait_for("Renew the tokens", PATIENCE);
    pty.wait_for("GitHub just now", PATIENCE);
    pty
}

/// The menu with GitHub's answer, by these keys.
pub(super) fn menu(pty: &mut Pty, keys: &str) {
    pty.keys(keys);
    pty.wait_until("the menu", PATIENCE, |screen| {
        screen.contains("Act on acme/api#1") && !screen.contains("being asked")
    });
}

pub(super) fn leave(pty: &mut Pty, trial: &Trial) -> String {
    let called = std::fs::read(format!("/proc/{}/cmdline", pty.pid())).expect("a process");
    assert!(!has_token(&called), "the token is in the list of processes");
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(!has_token(&pty.raw_output()), "the token is on the screen");
    assert!(is_nowhere_in(trial.home.path()) >= 3, "the log, the database and the place");
    let log = trial.home.path().join(".local/state/flowlens/log/flowlens.log");
    std::fs::read_to_string(log).expect("a log")
}

/// From the menu to the question.
fn keys(kind: ActKind) -> &'static str {
    match kind {
        ActKind::RerunFailed => "f",
        ActKind::RerunAll => "F",
        ActKind::RerunDebug => "D",
        ActKind::CancelRun => "x",
        ActKind::ForceCancel => "X",
        ActKind::ApproveRun => "w",
        ActKind::Approve => "a",
        ActKind::RequestChanges => "rNo.\r",
        ActKind::Comment => "cWhy?\r",
        ActKind::AskReview => "vcleo \u{15}backend \r",
        ActKind::Merge => "m",
        ActKind::AutoMergeOn => "Mmm",
        ActKind::AutoMergeOff => "M",
        ActKind::Enqueue | ActKind::Dequeue => "e",
        ActKind::UpdateBranch => "u",
        ActKind::Ready | ActKind::Draft => "d",
        ActKind::Close | ActKind::Reopen => "C",
        ActKind::Labels => "lbug\r",
        ActKind::Assign => "scleo\r",
    }
}

fn is_done(case: &Case, world: &World) -> bool {
    let comments = &world.repositories[0].pulls[&1].acts.comments;
    if case.kind == ActKind::Comment { comments[0].body == "Why?" } else { (case.is_done)(world) }
}

/// One after the other on the same pull request, of which GitHub has another state each time.
#[test]
fn each_action_is_done_once_and_written_down() {
    let trial = trial();
    let mut pty = open(&trial, &[], &[]);
    let (before, commits, rules) = {
        let repository = &trial.fake.world().repositories[0];
        (repository.pulls[&1].clone(), repository.commits.clone(), repository.rules.clone())
    };
    let mut all = all();
    // Both ways of an update have the same keys; what changes the head for good comes last.
    all.dedup_by_key(|case| (case.kind, case.said));
    all.sort_by_key(|case| matches!(case.kind, ActKind::Merge | ActKind::UpdateBranch));
    let mut told = Vec::new();
    for (n, case) in all.iter().enumerate() {
        {
            let mut world = trial.fake.world();
            let repository = &mut world.repositories[0];
            repository.pulls.insert(1, before.clone());
            (repository.commits, repository.rules) = (commits.clone(), rules.clone());
            (case.given)(&mut world);
        }
        let title = format!("{}: acme/api#1?", case.kind.name());
        menu(&mut pty, "a");
        pty.keys(keys(case.kind));
        pty.wait_for(&title, PATIENCE);
        if n == 0 {
            // Enter alone is a no.
            pty.keys("\r");
            pty.wait_until("the board", PATIENCE, |screen| !screen.contains(&title));
            assert_eq!(trial.fake.world().write_requests().len(), 0);
            menu(&mut pty, "a");
            pty.keys(keys(case.kind));
            pty.wait_for(&title, PATIENCE);
        }
        pty.keys("y");
        // The commit that is made has a name that nobody knows before.
        let said = case.said.split(" as ").next().unwrap_or_default();
        pty.wait_for(&format!("acme/api#1: {said}"), PATIENCE);
        assert!(is_done(case, &trial.fake.world()), "{:?}", case.kind);
        assert_eq!(trial.fake.world().write_requests().len(), n + 1, "{:?}", case.kind);
        told.push((case.kind.name(), said));
    }
    pty.keys(":log\r");
    pty.wait_for("Done and told in this session", PATIENCE);
    let (what, said) = told.last().expect("some");
    pty.wait_until("the last one in the list", PATIENCE, |screen| {
        screen.contains(what) && screen.contains(&format!(": {said}"))
    });
    pty.keys("q");
    let log = leave(&mut pty, &trial);
    assert!(!log.contains("Why?") && !log.contains("No."), "what was typed is in the log");
    for (what, said) in told {
        let of = |line: &&str| line.contains(&format!("acme/api#1 at {}: {what}", before.head));
        let lines: Vec<&str> = log.lines().filter(of).collect();
        for end in ["sending", said] {
            assert!(lines.iter().any(|line| line.contains(end)), "{what}: no {end} in {lines:?}");
        }
    }
}

#[test]
fn an_action_is_read_again_at_once() {
    let trial = trial();
    let mut pty = open(&trial, &[], &[]);
    menu(&mut pty, "a");
    pty.keys("C");
    pty.wait_for("Close: acme/api#1?", PATIENCE);
    pty.keys("y");
    pty.wait_for("acme/api#1: closed", PATIENCE);
    // It is asked for at once, by its number, and the board shows it.
    let is_closed = || (trial.board()["acme/api#1"]["state"] == "closed").then_some(());
    assert!(eventually(PATIENCE, is_closed).is_some(), "the database does not show it");
    // One's own doing is no news.
    pty.wait_for("1 Open 0", PATIENCE);
    let written = String::from_utf8_lossy(&pty.raw_output()).into_owned();
    assert!(!written.contains("you last looked") && !written.contains('•'), "{}", pty.screen());
    leave(&mut pty, &trial);
}

/// Nobody waits for GitHub to type on; and no key of before answers the question.
#[test]
fn what_is_typed_before_github_has_answered_is_held_as_far_as_to_the_question() {
    let trial = trial();
    let mut pty = open(&trial, &[], &[]);
    let until = Arc::new(AtomicBool::new(false));
    trial.fake.world().fault(1, |asked| asked.what == "Gate", What::Hold(Arc::clone(&until)));
    pty.keys("acy. fine\ryy");
    pty.wait_for("Comment: as soon as GitHub has answered", PATIENCE);
    until.store(true, Ordering::SeqCst);
    pty.wait_for("Comment: acme/api#1?", PATIENCE);
    pty.wait_for("> y. fine", PATIENCE);
    pty.keys("\r");
    pty.wait_for("your words are kept", PATIENCE);
    assert_eq!(trial.fake.world().write_requests().len(), 0);
    // By its name, with the words of before.
    pty.keys(":comment\r");
    pty.wait_for("> y. fine", PATIENCE);
    pty.keys("\r");
    pty.wait_for("Comment: acme/api#1?", PATIENCE);
    pty.keys("y");
    pty.wait_for("acme/api#1: commented", PATIENCE);
    let comments = trial.fake.world().repositories[0].pulls[&1].acts.comments.clone();
    assert_eq!(comments.iter().map(|one| one.body.as_str()).collect::<Vec<_>>(), ["y. fine"]);
    leave(&mut pty, &trial);
}

/// By each door: the key, the palette, the mark, and the log of a job.
#[test]
fn read_only_no_writing_request_leaves() {
    for (args, config, why) in [
        (&["--readonly"][..], "", "this dashboard was started with --readonly"),
        (&[], "[github]\nactions = false\n", "actions are off"),
    ] {
        let trial = trial();
        let head = trial.fake.world().repositories[0].pulls[&1].head.clone();
        trial.set(|world| {
            let suite = world.add_suite(0, &head, "CI");
            world.check(0, &head, suite, "test", Some("FAILURE"));
        });
        let file = trial.home.path().join(".config/flowlens/config.toml");
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(&file, config).expect("a file");
        let mut pty = open(&trial, args, &[]);
        for door in ["a", ":act\r", ":close\r", " a", "L"] {
            if door == "L" {
                pty.keys("\r");
                pty.wait_for("1 failed of 1", PATIENCE);
                pty.keys("L");
                pty.wait_for("The job has just ended", PATIENCE);
            }
            menu(&mut pty, if door == "L" { "a" } else { door });
            pty.wait_for(why, PATIENCE);
            // Every line of the menu, and a yes to whatever it may ask.
            for key in "fFxXwarcvmMeudClso".chars() {
                pty.keys(&format!("{key}\ry"));
            }
            pty.wait_for(why, PATIENCE);
            pty.keys("q");
            pty.wait_until("no menu", PATIENCE, |screen| !screen.contains(why));
        }
        // From the log.
        pty.keys("q");
        pty.wait_for("1 failed of 1", PATIENCE);
        leave(&mut pty, &trial);
        assert_eq!(trial.fake.world().write_requests().len(), 0, "{args:?}");
        assert!(trial.fake.world().log.iter().any(|asked| asked.what == "Gate"), "GitHub was asked");
        assert!(!trial.home.path().join("api").exists());
    }
}
