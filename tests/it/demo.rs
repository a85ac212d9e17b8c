//! The demo: the real program in a pseudo-terminal, from the first frame to what it leaves behind.

mod room;

use std::{collections::BTreeSet, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{PATIENCE, cli, eventually, term::Pty};

/// The demo with a folder for temporary files of its own.
struct Demo {
    pty: Pty,
    temporary: TempDir,
}

impl Demo {
    /// Polls often; no browser is started, and `gh` is not found.
    fn start(args: &[&str], columns: u16, lines: u16) -> Self {
        let temporary = tempfile::tempdir().expect("a folder");
        let folder = temporary.path().display().to_string();
        let env = [("TMPDIR", folder.as_str()), ("SSH_TTY", "/dev/pts/0"), ("PATH", "/nowhere")];
        let pty = Pty::spawn(&[&["-i", "200ms"], args].concat(), &env, columns, lines);
        Self { pty, temporary }
    }

    /// The same, once its board is there.
    fn open(args: &[&str], columns: u16, lines: u16) -> Self {
        let mut demo = Self::start(args, columns, lines);
        demo.wait_for_the_board();
        demo
    }

    fn wait_for_the_board(&mut self) {
        self.pty.wait_until("a full board", PATIENCE, |screen| open_ones(screen).is_some_and(|n| n >= 30));
        self.pty.wait_for(" live", PATIENCE);
    }

    fn has_come_to(&self, step: Early) -> bool {
        let files = || tree(self.temporary.path());
        match step {
            Early::Shown => self.pty.is_fullscreen(),
            Early::Made => files().iter().any(|path| path.ends_with("/demo.db")),
            Early::Written => files().iter().any(|path| {
                path.contains("/demo.db") && std::fs::metadata(path).is_ok_and(|file| file.len() > 200_000)
            }),
        }
    }

    fn quit(&mut self) {
        self.pty.keys("q");
        assert_eq!(self.pty.exit_code(), Ok(0));
        assert!(self.pty.is_restored());
        assert_eq!(tree(self.temporary.path()), BTreeSet::new());
    }
}

/// How far it has come while its history is not complete.
#[derive(Clone, Copy, Debug)]
enum Early {
    /// The screen is taken.
    Shown,
    /// There is a database.
    Made,
    /// It holds more than its tables.
    Written,
}

/// The number of open pull requests in the tab of their view.
fn open_ones(screen: &str) -> Option<usize> {
    let tabs = screen.lines().nth(1)?;
    let open = tabs.split("  ").find_map(|tab| tab.trim().strip_prefix("1 Open "))?;
    open.split(' ').next()?.parse().ok()
}

/// All files and folders below this one.
fn tree(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().map_while(Result::ok) {
        found.insert(entry.path().display().to_string());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(tree(&entry.path()));
        }
    }
    found
}

/// The screen's words, without ages and the header: what only an event changes.
fn words(screen: &str) -> String {
    let is_age = |word: &str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        let unit = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
        !unit.is_empty() && unit.len() < word.len() && unit.chars().all(|c| c.is_ascii_digit())
    };
    let line = |line: &str| {
        line.split_whitespace()
            .map(|word| if is_age(word) { "AGE" } else { word })
            .collect::<Vec<_>>()
            .join(" ")
    };
    screen.lines().skip(1).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn it_leaves_nothing_behind_however_it_ends() {
    for way in ["q", "\u{3}", "TERM", "HUP", "INT"] {
        let mut demo = Demo::open(&["demo", "--speed", "50"], 140, 40);
        let home = tree(demo.pty.home());
        assert!(home.is_empty(), "{way:?}: {home:?}");
        let during = tree(demo.temporary.path());
        assert!(during.iter().any(|path| path.ends_with("/demo.db")), "{way:?}: {during:?}");
        match way {
            "q" | "\u{3}" => demo.pty.keys(way),
            signal => demo.pty.signal(signal),
        }
        assert_eq!(demo.pty.exit_code(), Ok(0), "{way:?}");
        assert!(demo.pty.is_restored(), "{way:?}");
        assert_eq!(tree(demo.temporary.path()), BTreeSet::new(), "{way:?}");
        assert_eq!(tree(demo.pty.home()), BTreeSet::new(), "{way:?}");
    }
}

/// Signals that come while it starts, and while its history is written.
#[test]
fn it_leaves_nothing_behind_when_it_is_stopped_early() {
    for (signal, when) in [
        ("TERM", Early::Shown),
        ("HUP", Early::Shown),
        ("INT", Early::Made),
        ("TERM", Early::Made),
        ("HUP", Early::Written),
    ] {
        let mut demo = Demo::start(&["demo", "--speed", "1000"], 140, 40);
        let come = eventually(PATIENCE, || demo.has_come_to(when).then_some(()));
        assert!(come.is_some(), "never {when:?}");
        demo.pty.signal(signal);
        assert_eq!(demo.pty.exit_code(), Ok(0), "{signal}, {when:?}");
        assert_eq!(tree(demo.temporary.path()), BTreeSet::new(), "{signal}, {when:?}");
        assert_eq!(tree(demo.pty.home()), BTreeSet::new(), "{signal}, {when:?}");
    }
}

#[test]
fn it_logs_only_where_it_is_told_to() {
    let mut demo = Demo::open(&["demo", "--log-level", "debug"], 140, 40);
    demo.quit();
    assert_eq!(tree(demo.pty.home()), BTreeSet::new());

    let mut demo = Demo::open(&["demo", "--log-file", "here.log"], 140, 40);
    let names: Vec<String> = tree(demo.pty.home()).into_iter().collect();
    assert!(matches!(&names[..], [only] if only.ends_with("/here.log")), "{names:?}");
    demo.quit();
}

#[test]
fn what_a_killed_demo_leaves_goes_with_the_next() {
    let mut killed = Demo::open(&["demo"], 140, 40);
    killed.pty.signal("KILL");
    assert!(killed.pty.exit_code().is_err());
    assert!(tree(killed.temporary.path()).iter().any(|path| path.ends_with("/demo.db")));
    let folder = killed.temporary.path().display().to_string();
    let folders = || std::fs::read_dir(&folder).expect("a folder").count();
    let open = || {
        let mut pty = Pty::spawn(&["demo"], &[("TMPDIR", &folder), ("PATH", "/nowhere")], 140, 40);
        pty.wait_until("a full board", PATIENCE, |screen| open_ones(screen).is_some_and(|n| n >= 30));
        pty
    };
    let mut next = open();
    assert_eq!(folders(), 1, "the killed one's is gone");
    let mut another = open();
    assert_eq!(folders(), 2, "one that lives keeps its own");
    for pty in [&mut another, &mut next] {
        pty.keys("q");
        assert_eq!(pty.exit_code(), Ok(0));
    }
    assert_eq!(folders(), 0);
}

#[test]
fn the_reader_is_one_of_the_team() {
    // Whoever the reader is elsewhere is nobody there.
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path().display().to_string();
    let env = [("TMPDIR", folder.as_str()), ("PATH", "/nowhere"), ("FLOWLENS_ME", "octocat")];
    let mut pty = Pty::spawn(&["demo", "--speed", "0.01"], &env, 140, 40);
    pty.wait_until("a full board", PATIENCE, |screen| open_ones(screen).is_some_and(|n| n >= 30));
    pty.keys("D");
    pty.wait_for("you are ana; q leaves it", PATIENCE);
    for view in ["mine", "to review"] {
        pty.keys("f");
        pty.wait_until(view, PATIENCE, |screen| {
            let title = screen.lines().find(|line| line.contains("Pull requests")).unwrap_or_default();
            title.contains(&format!(" {view} ")) && title.contains(" · 1/")
        });
    }
}

#[test]
fn a_refusal_makes_no_folder() {
    let mut demo = Demo::start(&["demo", "--filter", "rsk:high"], 140, 40);
    assert_eq!(demo.pty.exit_code(), Ok(2), "{}", demo.pty.screen());
    assert!(demo.pty.screen().contains("--filter"), "{}", demo.pty.screen());
    assert_eq!(tree(demo.temporary.path()), BTreeSet::new());

    let temporary = tempfile::tempdir().expect("a folder");
    let missing = temporary.path().join("missing").display().to_string();
    let mut pty = Pty::spawn(&["demo"], &[("TMPDIR", &missing)], 140, 40);
    assert_eq!(pty.exit_code(), Ok(2), "{}", pty.screen());
    assert!(pty.screen().starts_with("flowlens: cannot make a temporary folder in /"), "{}", pty.screen());
    assert!(pty.is_restored());
}

/// Nothing of the history comes as news: the list starts with all that are open.
#[test]
fn the_first_board_is_whole() {
    let mut demo = Demo::open(&["demo", "--speed", "0.01"], 140, 60);
    demo.pty.wait_until("all of them in the list", PATIENCE, |screen| {
        open_ones(screen).is_some_and(|open| screen.contains(&format!(" Pull requests · 1/{open} open ")))
    });
    demo.quit();
}

#[test]
fn it_moves_without_a_key() {
    let mut demo = Demo::open(&["demo", "--speed", "50"], 140, 40);
    let first = words(&demo.pty.screen());
    demo.pty.wait_until("a change", PATIENCE, |screen| words(screen) != first);
    // A new order is announced, and waits for the reader.
    demo.pty.wait_until("an announcement", PATIENCE, |screen| screen.contains("r applies"));
    demo.quit();
}

/// The pull requests of a running demo as a script sees them, without times and insights: two demos start at two times,
/// and insights come when there is a moment for them.
fn story(demo: &Demo) -> Vec<Value> {
    let file = tree(demo.temporary.path()).into_iter().find(|path| path.ends_with("/demo.db"));
    let url = format!("sqlite:{}", file.expect("a database"));
    let answer = cli::run(&["status", "--json", "--database-url", &url], &[]);
    assert!(answer.status.success(), "{}", answer.stderr);
    let status: Value = serde_json::from_str(&answer.stdout).expect("a document");
    let mut told: Vec<Value> = status["pull_requests"]
        .as_array()
        .expect("pull requests")
        .iter()
        .map(|pull| {
            let stages = ["pr", "build", "approval", "merge"].map(|stage| &pull["stages"][stage]["status"]);
            let parts = ["repository", "number", "title", "author", "branch"].map(|part| &pull[part]);
            serde_json::json!([parts, stages])
        })
        .collect();
    told.sort_by_key(ToString::to_string);
    told
}

#[test]
fn a_seed_tells_the_same_story() {
    let mut boards =
        ["9", "9", "10"].map(|seed| Demo::open(&["demo", "--seed", seed, "--speed", "0.01"], 140, 40));
    let told = boards.each_ref().map(story);
    assert!(told[0].len() >= 30, "{told:?}");
    assert_eq!(told[0], told[1]);
    assert_ne!(told[0], told[2]);
    boards.iter_mut().for_each(Demo::quit);
}

/// Of the selected one the details are read after the board.
#[test]
fn its_failures_have_a_reason_and_its_files_a_patch() {
    let mut demo =
        Demo::open(&["demo", "--filter", "is:failing stage:build=failed", "--speed", "0.01"], 140, 40);
    demo.pty.wait_for("O opens it", PATIENCE);
    demo.pty.keys("O");
    demo.pty.wait_for("Its failing check", PATIENCE);
    demo.pty.keys("q");
    demo.pty.keys("d");
    demo.pty.wait_for("@@ ", PATIENCE);
    demo.pty.keys("\u{1b}");
    demo.pty.wait_until("the board", PATIENCE, |screen| !screen.contains("@@ "));
    demo.quit();
}

#[test]
fn it_fits_a_small_terminal() {
    let mut demo = Demo::open(&["demo"], 80, 24);
    let screen = demo.pty.screen();
    let lines: Vec<&str> = screen.lines().collect();
    assert!(lines[23].contains("? help"), "{screen}");
    demo.pty.keys("jjl");
    demo.pty.wait_for("Next ", PATIENCE);
    demo.quit();
}

/// The first run: no server, no configuration, nothing in the embedded database.
#[test]
fn the_empty_page_leads_to_the_demo_and_back_to_the_shell() {
    for (columns, lines) in [(140, 40), (80, 24)] {
        let mut demo = Demo::start(&[], columns, lines);
        demo.pty.wait_for("D shows the demo", PATIENCE);
        let before = demo.pty.screen();
        assert!(before.contains("~/.local/share/flowlens/flowlens.db"), "{before}");
        assert!(before.contains("--database-url") && !before.contains("migrate"), "{before}");
        assert_eq!(tree(demo.temporary.path()), BTreeSet::new(), "nothing of the demo is there yet");
        demo.pty.keys("D");
        demo.wait_for_the_board();
        assert!(!tree(demo.temporary.path()).is_empty());
        // The keys work in the second screen as in the first.
        demo.pty.keys("D");
        demo.pty.wait_for("This is the demo", PATIENCE);
        demo.pty.resize(100, 30);
        demo.pty.wait_until("the new size", PATIENCE, |screen| {
            screen.lines().last().is_some_and(|last| last.contains("? help")) && open_ones(screen).is_some()
        });
        demo.quit();
        // The reader's own database has got nothing of it.
        let mut again =
            Pty::spawn(&["-i", "200ms"], &[("HOME", &demo.pty.home().display().to_string())], 80, 24);
        again.wait_for("D shows the demo", PATIENCE);
        again.keys("q");
        assert_eq!(again.exit_code(), Ok(0));
    }
}
