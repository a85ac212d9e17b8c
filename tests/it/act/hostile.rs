//! Whoever opens a pull request writes its title, its branch and what its build logs; whoever is in between writes answers.
//! Nothing of it is obeyed by the terminal, on any screen on the way to an action.

use serde_json::json;

use super::dashboard::{leave, menu, open};
use crate::{
    github::fake::{
        faults::Fault,
        world::{Review, World},
    },
    support::{PATIENCE, term::Pty},
    sync::{Trial, world},
};

/// Escapes that a terminal obeys, and signs that turn a line around.
const EVIL: &str = "\u{1b}]0;pwned\u{7}\u{1b}]52;c;aGk=\u{7}\u{202e}gnp\u{2066}\u{9b}2J\u{1b}[31m";
/// What of it must not reach a terminal.
const OBEYED: [&str; 6] =
    ["\u{1b}]0;pwned", "\u{1b}]52;", "\u{202e}", "\u{2066}", "\u{9b}", "\u{1b}[31m\u{1b}"];

fn evil(word: &str) -> String {
    format!("{word}{EVIL}")
}

/// Looks at all that the terminal was sent.
fn nothing_is_obeyed(pty: &Pty) {
    let written = String::from_utf8_lossy(&pty.raw_output()).into_owned();
    for sign in OBEYED {
        assert!(!written.contains(sign), "{sign:?}");
    }
}

fn hostile() -> World {
    let mut world = world();
    let at = world.add_repository("acme/api");
    for number in 1..=2 {
        world.add_pull(at, &evil("Renew the tokens"));
        let (id, now) = (world.id(), world.now());
        world.change(at, number, |pull| {
            pull.head_branch = evil("topic");
            pull.labels = vec![evil("wip")];
            let author = Some(evil("dana"));
            let commit = pull.head.clone();
            pull.reviews.push(Review { id, author, state: "APPROVED", at: now, updated_at: now, commit });
        });
    }
    let rules = &mut world.repositories[at].rules;
    (rules.labels, rules.people) = (vec![evil("bug")], vec![evil("cleo")]);
    let head = world.repositories[at].pulls[&1].head.clone();
    let suite = world.add_suite(at, &head, &evil("CI"));
    let job = world.check(at, &head, suite, &evil("test"), Some("FAILURE"));
    world.log(job, format!("##[group]Run {EVIL}\n##[error]{}\n", evil("broken")));
    let note = json!({"path": evil("src/a.rs"), "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": evil("wrong")});
    world.logs.annotations.insert(job, vec![note]);
    let body = json!({"message": evil("Validation Failed"), "errors": [{"message": evil("no")}]}).to_string();
    let refused = |body: &str| Fault::answer(422, "Content-Type: application/json\r\n", body);
    world.fault(3, |asked| asked.is_write, refused(&body));
    world
}

#[test]
fn nothing_of_it_is_obeyed() {
    let trial = Trial::new(hostile());
    let mut pty = open(&trial, &[], &[]);
    pty.keys("/#1\r");
    pty.wait_for("Pipeline acme/api#1", PATIENCE);
    // What is picked from, words, and the question.
    for (keys, shows) in [("l", "bug]0;"), ("v", "cleo]0;"), ("f", "Rerun failed jobs: acme/api#1?")] {
        menu(&mut pty, "a");
        pty.keys(keys);
        pty.wait_for(shows, PATIENCE);
        pty.keys("\u{1b}");
        pty.wait_until("another step", PATIENCE, |screen| !screen.contains(shows));
        if pty.screen().contains("Act on acme/api#1") {
            pty.keys("q");
        }
        pty.wait_until("the board", PATIENCE, |screen| !screen.contains("Act on acme"));
    }
    // An action, its refusal in somebody's words, and the list of what was done.
    menu(&mut pty, "a");
    pty.keys("C");
    pty.wait_for("Close: acme/api#1?", PATIENCE);
    pty.keys("y");
    pty.wait_for("acme/api#1: refused: Validation Failed", PATIENCE);
    pty.keys(":log\r");
    pty.wait_for("Done and told in this session", PATIENCE);
    pty.keys("q");
    // Several, and how they go on.
    pty.keys("/\u{15}\r");
    pty.wait_for("topic", PATIENCE);
    pty.keys("  a");
    pty.wait_for("Act on 2 pull requests", PATIENCE);
    pty.wait_until("the menu", PATIENCE, |screen| !screen.contains("being asked"));
    pty.keys("d");
    pty.wait_for("Turn into a draft: 2 actions?", PATIENCE);
    pty.keys("y");
    pty.wait_until("both results", PATIENCE, |screen| {
        screen.matches("refused: Validation Failed").count() >= 2
    });
    pty.keys("q");
    leave(&mut pty, &trial);
    nothing_is_obeyed(&pty);
}

/// The log of its failing check, and the pull request's own screen.
#[test]
fn nothing_of_a_log_is_obeyed() {
    let trial = Trial::new(hostile());
    let mut pty = open(&trial, &[], &[]);
    pty.keys("/#1\r");
    pty.wait_for("Pipeline acme/api#1", PATIENCE);
    pty.keys("\r");
    for (tab, shows) in [("1", "1 failed of 1"), ("2", "src/lib.rs"), ("3", "dana")] {
        pty.wait_for("1 Checks", PATIENCE);
        pty.keys(tab);
        pty.wait_for(shows, PATIENCE);
    }
    pty.keys("\u{1b}");
    pty.wait_for("Pipeline acme/api#1", PATIENCE);
    pty.keys("L");
    pty.wait_for("broken", PATIENCE);
    pty.wait_for("wrong", PATIENCE);
    pty.keys("q");
    leave(&mut pty, &trial);
    nothing_is_obeyed(&pty);
}
