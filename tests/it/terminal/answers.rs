//! Terminals that talk back.

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
async fn an_answer_that_waits_before_the_start_is_no_key() {
    let db = team("early").await;
    let url = db.url();
    for answer in
        ["\x1b[?2026;2$y", "\x1bP>|kitty(0.26.5)\x1b\\", "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\", "\x1b["]
    {
        let start =
            format!("echo ready; until [ -e go ]; do sleep 0.02; done; exec '{}' -i 200ms", cli::PROGRAM);
        let mut pty = Pty::spawn_program("sh", &["-c", &start], &environment(&url), 140, 40);
        pty.wait_for("ready", PATIENCE);
        pty.keys(answer);
        std::fs::write(pty.home().join("go"), "").expect("a file");
        pty.wait_for("Pipeline acme/api#421", PATIENCE);
        pty.signal("TERM");
        assert_eq!(pty.exit_code(), Ok(0), "{answer:?}");
        assert!(pty.is_restored(), "{answer:?}");
    }
}

/// The same numbers at every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % n
    }

    /// Any bytes, but those that end or stop the program.
    fn noise(&mut self) -> Vec<u8> {
        let byte = |n| u8::try_from(n).expect("a byte");
        (0..1 + self.below(40))
            .map(|_| byte(self.below(256)))
            .filter(|b| !b"\x03\x1aqD".contains(b))
            .collect()
    }

    /// Something that a terminal sends, or the begin of it.
    fn sequence(&mut self) -> Vec<u8> {
        let begun =
            ["\x1b[200~paste", "\x1b[", "\x1bP", "\x1b]", "\x1bO", "\x1b[M", "\x1b[[", "\x1b", "\x1b[1;"];
        let all: Vec<&str> = ANSWERS.into_iter().chain(begun).collect();
        let whole = all[self.below(all.len())].as_bytes();
        whole[..1 + self.below(whole.len())].to_vec()
    }
}

#[tokio::test]
async fn whatever_bytes_come_it_ends_by_key_and_by_signal() {
    let db = team("noise").await;
    for seed in 1..=8_u64 {
        for way in ["q", "\x03", "TERM"] {
            let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let mut pty = open(&db.url());
            let mut trace = Vec::new();
            for _ in 0..12 {
                let piece = if random.below(2) == 0 { random.noise() } else { random.sequence() };
                trace.push(String::from_utf8_lossy(&piece).into_owned());
                pty.piece(&piece);
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
                    assert!(ended.is_some(), "seed {seed}: {trace:?}:\n{}", pty.screen());
                }
                "TERM" => pty.signal(way),
                key => pty.keys(key),
            }
            assert!(pty.ends(), "seed {seed}, {way:?}: {trace:?}:\n{}", pty.screen());
            assert_eq!(pty.exit_code(), Ok(0), "seed {seed}, {way:?}: {trace:?}");
            assert!(pty.is_restored(), "seed {seed}, {way:?}: {trace:?}");
        }
    }
}
