//! Terminals that talk back.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::ask;
use crate::dashboard::{environment, open, team};
use crate::keyboard::ANSWERS;
use crate::support::term::Pty;
use crate::support::{PATIENCE, cli, eventually};

#[tokio::test]
async fn no_answer_of_the_terminal_is_a_key_or_writes_a_row() {
    let db = team("answers").await;
    db.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'written'; END $$;
         CREATE TRIGGER r1 BEFORE INSERT OR UPDATE OR DELETE ON insights FOR EACH STATEMENT EXECUTE FUNCTION refuse()",
    )
    .await;
    let mut pty = open(&db.url());
    let before = pty.screen();
    for (n, answer) in ANSWERS.iter().enumerate() {
        let bytes = answer.as_bytes();
        // Whole, and torn in two.
        pty.piece(bytes);
        let (begin, end) = bytes.split_at(1 + n % (bytes.len() - 1));
        pty.piece(begin);
        pty.piece(end);
        pty.keys("j");
        pty.wait_for("Pipeline acme/api#420", PATIENCE);
        pty.keys("k");
        pty.wait_for("Pipeline acme/api#421", PATIENCE);
    }
    // Neither overlay nor notice, the cursor where it was; the details have been read in between.
    let line = |screen: &str, n: usize| screen.lines().nth(n).map(str::to_owned);
    for n in [3, 4, 5, 39] {
        assert_eq!(line(&pty.screen(), n), line(&before, n), "{}", pty.screen());
    }
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(pty.is_restored());
}

#[tokio::test]
async fn an_answer_that_waits_before_the_start_is_no_key_but_what_is_typed_ahead_is_one() {
    let db = team("early").await;
    let url = db.url();
    let start = format!("echo ready; until [ -e go ]; do sleep 0.02; done; exec '{}' -i 200ms", cli::PROGRAM);
    for answer in
        ["\x1b[?2026;2$y", "\x1bP>|kitty(0.26.5)\x1b\\", "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\", "\x1b[I"]
    {
        let mut pty = Pty::spawn_program("sh", &["-c", &start], &environment(&url), 140, 40);
        pty.wait_for("ready", PATIENCE);
        pty.keys(&format!("{answer}?"));
        std::fs::write(pty.home().join("go"), "").expect("a file");
        pty.wait_for("Filter: all terms must match", PATIENCE);
        pty.keys("q");
        pty.wait_for("Pipeline acme/api#421", PATIENCE);
        pty.signal("TERM");
        assert_eq!(pty.exit_code(), Ok(0), "{answer:?}");
        assert!(pty.is_restored(), "{answer:?}");
    }
}

/// Any bytes but those that end or stop the program; what a terminal sends, or the begin of it.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let noise = vec(any::<u8>().prop_filter("ends it", |byte| !b"\x03\x1aqD".contains(byte)), 1..40);
    let begun = ["\x1b[200~paste", "\x1b[", "\x1bP", "\x1b]", "\x1bO", "\x1b[M", "\x1b[[", "\x1b", "\x1b[1;"];
    let sequences: Vec<&str> = ANSWERS.into_iter().chain(begun).collect();
    let sequence = (select(sequences), any::<Index>());
    prop_oneof![noise, sequence.prop_map(|(whole, at)| whole.as_bytes()[..=at.index(whole.len())].to_vec())]
}

#[tokio::test]
async fn whatever_bytes_come_it_ends_by_key_and_by_signal() {
    let db = team("noise").await;
    let mut runner = TestRunner::deterministic();
    for _ in 0..8 {
        let noise = vec(piece(), 12).new_tree(&mut runner).expect("noise").current();
        let trace: Vec<_> = noise.iter().map(|piece| String::from_utf8_lossy(piece)).collect();
        for way in ["q", "\x03", "TERM"] {
            let mut pty = open(&db.url());
            for piece in &noise {
                pty.piece(piece);
            }
            match way {
                // What lies on top, or is typed, is closed first.
                "q" => {
                    let ended = eventually(PATIENCE, || {
                        for key in ["\x1b", "q"] {
                            pty.keys(key);
                            // As a person does it: what began as a sequence is over by then.
                            std::thread::sleep(std::time::Duration::from_millis(600));
                        }
                        pty.has_ended().then_some(())
                    });
                    assert!(ended.is_some(), "{trace:?}:\n{}", pty.screen());
                }
                _ => ask(&mut pty, way),
            }
            assert!(pty.ends(), "{way:?}: {trace:?}:\n{}", pty.screen());
            assert_eq!(pty.exit_code(), Ok(0), "{way:?}: {trace:?}");
            assert!(pty.is_restored(), "{way:?}: {trace:?}");
        }
    }
}
