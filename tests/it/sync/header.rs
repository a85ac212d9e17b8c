//! How old GitHub's word is, in a terminal, and what a first read does to a board.

use std::{process::Child, time::Duration};

use sqlx::raw_sql;

use super::{
    Trial,
    dashboard::{CONFIGURED, leave, open_with, pulls},
    kills::{begin, kill},
};
use crate::{
    github::fake::faults::{Fault, What},
    support::{PATIENCE, eventually, rows::Lite, term::Pty},
};

fn open(trial: &Trial, env: &[(&str, &str)], columns: u16) -> Pty {
    open_with(trial, &[], env, columns, 30)
}

/// The first line shows all of these.
fn header(pty: &mut Pty, texts: &[&str]) {
    pty.wait_until(&format!("{texts:?} in the header"), PATIENCE, |screen| {
        let first = screen.lines().next().unwrap_or_default();
        texts.iter().all(|text| first.contains(text))
    });
}

#[tokio::test]
async fn what_a_sync_has_read_has_an_age_whoever_reads_it() {
    let trial = Trial::new(pulls("Renew the tokens", 2));
    trial.sync(&["acme/api"]);
    let mut pty = open(&trial, &[], 140);
    header(&mut pty, &["GitHub just now"]);
    leave(&mut pty);
    let mut conn = Lite::at(&trial.database()).await;
    let ago = "UPDATE sync_state SET cursor = cursor - 3 * 3600000000 WHERE resource = 'lease'";
    raw_sql(ago).execute(&mut conn).await.expect("aged");
    drop(conn);
    for columns in [140, 60] {
        let mut pty = open(&trial, &[], columns);
        header(&mut pty, &["GitHub 3h ago"]);
        leave(&mut pty);
    }
    assert!(!trial.asked().is_empty(), "by the command");
    let mut pty = open(&trial, &[], 140);
    header(&mut pty, &["GitHub 3h ago"]);
    leave(&mut pty);
    assert_eq!(trial.asked().len(), 0, "to show it nobody is asked");
}

#[test]
fn an_outage_tells_cause_age_and_when_it_is_tried_again() {
    let trial = Trial::new(pulls("Renew the tokens", 2));
    let mut pty = open(&trial, &[CONFIGURED], 140);
    header(&mut pty, &["GitHub just now"]);
    trial.set(|world| world.fault(usize::MAX, |_| true, Fault::answer(503, "", "")));
    pty.keys("r");
    header(&mut pty, &["GitHub is down (503)", "again "]);
    // The poll speaks of both.
    pty.keys("r");
    pty.wait_for("nothing new; but GitHub is down (503), last read ", PATIENCE);
    // Nobody waits for an age of ten seconds here: who opens later sees it from the start.
    leave(&mut pty);
}

/// GitHub is gone before anything is read and once more later, and comes back each time.
#[test]
fn a_watch_recovers_from_each_outage_by_itself() {
    let gone: [(fn() -> What, _); 2] = [
        (|| Fault::answer(503, "", ""), "GitHub is down (503)"),
        (|| What::Shut, "GitHub cannot be reached"),
    ];
    for (fault, told) in gone {
        let trial = Trial::new(pulls("Renew the tokens", 2));
        let goes = || trial.set(|world| world.fault(usize::MAX, |_| true, fault()));
        let comes_back = || trial.set(|world| world.faults.clear());
        goes();
        let mut pty = open(&trial, &[CONFIGURED], 140);
        header(&mut pty, &[told, "again "]);
        comes_back();
        header(&mut pty, &["GitHub just now"]);
        pty.wait_for("Pipeline acme/api#", PATIENCE);
        goes();
        pty.keys("r");
        header(&mut pty, &[told, "again "]);
        comes_back();
        pty.wait_for(" is as on GitHub now", PATIENCE);
        header(&mut pty, &["GitHub "]);
        let screen = pty.screen();
        assert!(!screen.contains(told), "{screen}");
        leave(&mut pty);
    }
}

/// Asks until the first line shows all of these, and not that. Unasked, the dashboard looks at other syncs now and then.
fn asks_until(pty: &mut Pty, texts: &[&str], gone: &str) {
    let is_told = || {
        pty.keys("r");
        let screen = pty.screen();
        let first = screen.lines().next().unwrap_or_default();
        (texts.iter().all(|text| first.contains(text)) && !first.contains(gone)).then_some(())
    };
    assert!(eventually(PATIENCE, is_told).is_some(), "{texts:?}, not {gone:?}: {}", pty.screen());
}

/// Ends a sync so that its lease is free.
fn stop(mut sync: Child) {
    kill(sync.id(), "-TERM");
    sync.wait().expect("a child");
}

#[test]
fn the_trouble_of_another_process_is_told_and_what_a_key_has_asked() {
    let trial = Trial::new(pulls("Renew the tokens", 2));
    trial.sync(&["acme/api"]);
    let mut pty = open(&trial, &[], 140);
    header(&mut pty, &["GitHub ", " · live"]);
    pty.keys("r");
    pty.wait_for("nothing new in the database; GitHub last read ", PATIENCE);
    trial.set(|world| world.fault(usize::MAX, |_| true, Fault::answer(503, "", "")));
    let watching = begin(&trial, &["--watch", "acme/api"]);
    asks_until(&mut pty, &["GitHub is down (503)", "again ", "another sync reads"], "refuses");
    pty.keys("r");
    pty.wait_for("nothing new; but GitHub is down (503), last read ", PATIENCE);
    // It is mended, and then nobody may read any more. Who begins anew asks at once.
    stop(watching);
    trial.set(|world| world.faults.clear());
    let watching = begin(&trial, &["--watch", "acme/api"]);
    asks_until(&mut pty, &["GitHub ", "another sync reads"], "is down");
    stop(watching);
    trial.set(|world| world.fault(usize::MAX, |_| true, Fault::answer(401, "", "{}")));
    let mut watching = begin(&trial, &["--watch", "acme/api"]);
    assert_eq!(watching.wait().expect("a child").code(), Some(1));
    asks_until(&mut pty, &["GitHub refuses the token · A tells more"], "is down");
    pty.keys("A");
    pty.wait_for("/settings/tokens", PATIENCE);
    pty.keys("\u{1b}");
    trial.set(|world| world.faults.clear());
    trial.sync(&["acme/api"]);
    asks_until(&mut pty, &["GitHub "], "refuses the token");
    leave(&mut pty);
}

#[test]
fn without_a_token_the_header_is_whole_and_its_key_tells_what_helps() {
    let trial = Trial::new(pulls("Not for everybody", 1));
    trial.sync(&["acme/api"]);
    let mut pty = open(&trial, &[CONFIGURED, ("GH_TOKEN", ""), ("PATH", "/nowhere")], 80);
    header(&mut pty, &["no GitHub token · A tells more"]);
    pty.keys("A");
    pty.wait_for("GH_TOKEN", PATIENCE);
    // The line goes, then the error.
    pty.keys("\u{1b}");
    pty.wait_for("Esc dismisses", PATIENCE);
    pty.keys("\u{1b}");
    pty.wait_until("the board", PATIENCE, |screen| !screen.contains("GH_TOKEN"));
    leave(&mut pty);
}

/// The line of the screen on which the cursor stands, if it stands on this row.
fn line_of(screen: &str, title: &str) -> Option<usize> {
    screen.lines().position(|line| line.contains('▌') && line.contains(title))
}

#[test]
fn a_first_read_goes_straight_onto_the_board() {
    let mut world = pulls("The first one", 60);
    let web = world.add_repository("acme/web");
    world.add_pull(web, "Round the corners");
    for n in 1..20 {
        world.add_pull(web, &format!("Corner {n}"));
    }
    let trial = Trial::slow(world, Duration::from_millis(20));
    let mut pty = open(&trial, &[CONFIGURED], 140);
    header(&mut pty, &["GitHub just now"]);
    pty.wait_for("1 Open 60", PATIENCE);
    pty.keys("jjj");
    pty.wait_until("the cursor", PATIENCE, |screen| line_of(screen, "Change 3").is_some());
    let before = pty.screen();
    // Another one's sync, of a repository that is new here.
    trial.sync(&["acme/web"]);
    pty.wait_for("1 Open 80", PATIENCE);
    let after = pty.screen();
    assert_eq!(line_of(&before, "Change 3"), line_of(&after, "Change 3"), "{before}\n{after}");
    let written = String::from_utf8_lossy(&pty.raw_output()).into_owned();
    for word in ["applies", "you last looked", "•"] {
        assert!(!written.contains(word), "{word}: {after}");
    }
    leave(&mut pty);
}
