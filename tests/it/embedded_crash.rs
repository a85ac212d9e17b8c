//! `kill -9` of a process that writes facts to an embedded database: whatever the moment, each delivery of facts is
//! there whole or not at all, and the next writer goes on.
//!
//! The process is this test program, started anew with the one test [`deliveries_are_written_one_after_another`] and
//! [`FILE`] in its environment: then that test writes to the file until it is killed. Without it, the test writes some
//! deliveries to a file of its own and compares.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{
    facts::{
        lives::{check, fact, pull, review},
        memory::Memory,
    },
    stored::{Lines, assert_same, reduced},
    support::{
        PATIENCE, eventually,
        rows::{Lite, Store},
    },
};
use flowlens::{
    facts::fact::{Fact, FilesSeen, PullRequestSeen, What},
    store::{engine::sqlite::File, write::Writer},
};
use sqlx::SqliteConnection;

/// In the environment: the file to write to.
const FILE: &str = "FLOWLENS_TEST_DELIVERS_TO";
/// In the environment: the delivery to begin with.
const FROM: &str = "FLOWLENS_TEST_DELIVERS_FROM";
/// Pull requests that take turns.
const PULLS: i64 = 12;
/// A writer ends by itself after so many deliveries, should nobody be left to kill it.
const MOST: i64 = 5_000;

/// The facts of one delivery. They make rows of every table, several pages of them; the title tells the number.
fn delivery(n: i64) -> Vec<Fact> {
    let number = i32::try_from(n % PULLS + 1).expect("small");
    let head = format!("{number}-{}", n / PULLS / 3);
    let picture = PullRequestSeen {
        number,
        title: n.to_string(),
        description: Some(format!("{n} ").repeat(2_000)),
        labels: vec![format!("label-{}", n % 5)],
        ..pull(&head)
    };
    let patch = format!("+{n}\n").repeat(3_000);
    let files = serde_json::json!([{ "filename": "src/main.rs", "patch": patch }]);
    let files = FilesSeen { number, head_sha: head.clone(), base_branch: None, files: files.into() };
    let mut facts = vec![fact(n, What::PullRequest(Box::new(picture))), fact(n, What::Files(files))];
    for (suite, word) in [(1, "in_progress"), (2, "success"), (3, "failure")] {
        facts.push(fact(n, What::Check(check(&head, suite, "test", n * 10 + suite, word))));
    }
    if n % 3 == 0 {
        let mut fact = review(n, n, "bo", if n % 2 == 0 { "approved" } else { "changes_requested" });
        if let What::Review(seen) = &mut fact.what {
            seen.number = number;
        }
        facts.push(fact);
    }
    facts
}

/// The rows of the pull requests, and the time of the repository's.
fn parted(lines: Lines) -> (Lines, Lines) {
    lines.into_iter().partition(|line| !line.starts_with("repositories "))
}

async fn open(file: &File) -> SqliteConnection {
    use sqlx::Connection as _;
    SqliteConnection::connect(&file.url()).await.expect("open")
}

/// The newest delivery of which there is anything; -1 if there is none.
async fn newest(conn: &mut SqliteConnection) -> i64 {
    sqlx::query_scalar("SELECT COALESCE(max(CAST(title AS INTEGER)), -1) FROM pull_requests")
        .fetch_one(conn)
        .await
        .expect("read")
}

async fn assert_sound(conn: &mut SqliteConnection) {
    let sound: Vec<String> =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut *conn).await.expect("checked");
    assert_eq!(sound, ["ok"]);
    let astray = sqlx::query("PRAGMA foreign_key_check").fetch_all(conn).await.expect("checked");
    assert!(astray.is_empty(), "{} rows without a parent", astray.len());
}

#[tokio::test]
async fn deliveries_are_written_one_after_another() {
    if let Some(path) = std::env::var_os(FILE) {
        let from: i64 = std::env::var(FROM).ok().and_then(|n| n.parse().ok()).expect("a number");
        let mut writer = Writer::new(File::new(path));
        for n in from..from + MOST {
            writer.apply(&delivery(n)).await.expect("applied");
        }
        return;
    }
    let lite = Lite::new().await;
    let mut writer = Writer::new(lite.file());
    let mut memory = Memory::default();
    for n in 0..2 * PULLS {
        memory.apply(&delivery(n));
        let applied = writer.apply(&delivery(n)).await.expect("applied");
        // Repository, pull request, run and three checks; a review sometimes.
        assert_eq!(applied.rows, if n % 3 == 0 { 7 } else { 6 }, "{n}");
    }
    assert_same("all", &Store::Sqlite(lite).lines().await, &reduced(&memory));
}

/// A process that writes; killed with its value.
struct Process(Child);

impl Process {
    fn start(file: &File, from: i64) -> Self {
        let child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "embedded_crash::deliveries_are_written_one_after_another"])
            .env(FILE, file.path())
            .env(FROM, from.to_string())
            .stdout(Stdio::null())
            .spawn()
            .expect("a process");
        Self(child)
    }

    /// `kill -9`.
    fn kill(mut self) {
        assert_eq!(self.0.try_wait().expect("a child"), None, "it ended by itself");
        self.0.kill().and_then(|()| self.0.wait()).expect("killed");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test]
async fn a_delivery_is_there_whole_or_not_at_all() {
    let lite = Lite::new().await;
    let file = lite.file();
    let store = Store::Sqlite(lite);
    let mut conn = open(&file).await;
    let mut memory = Memory::default();
    let mut reached = -1;
    for round in 0..20 {
        // The last ones are told again.
        let process = Process::start(&file, (reached - 3).max(0));
        let waiting = async {
            while newest(&mut conn).await <= reached {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(PATIENCE), waiting).await.expect("it writes");
        tokio::time::sleep(Duration::from_micros(1_370 * round)).await;
        process.kill();

        assert_sound(&mut conn).await;
        let now = newest(&mut conn).await;
        assert!(now > reached);
        for n in reached + 1..=now {
            memory.apply(&delivery(n));
        }
        reached = now;
        let ((found, repository), (wanted, before)) = (parted(store.lines().await), parted(reduced(&memory)));
        assert_same(&format!("round {round}, delivery {now}"), &found, &wanted);
        // The repository's row comes first, in a transaction of its own.
        let mut ahead = memory.clone();
        ahead.apply(&delivery(now + 1));
        assert!(repository == before || repository == parted(reduced(&ahead)).1, "{repository:?}");
    }
    let mut writer = Writer::new(file);
    for n in reached - 3..reached + 2 * PULLS {
        memory.apply(&delivery(n));
        writer.apply(&delivery(n)).await.expect("goes on");
    }
    assert_same("at the end", &store.lines().await, &reduced(&memory));
    assert_sound(&mut conn).await;
}

#[tokio::test]
async fn a_file_whose_maker_was_killed_is_made_by_the_next_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut made = 0;
    for round in 0..20 {
        let file = File::new(folder.path().join(format!("{round}.db")));
        let process = Process::start(&file, 0);
        // Each other one has begun to write.
        let least = round % 2;
        let len = || std::fs::metadata(file.path()).ok().map(|meta| meta.len());
        eventually(PATIENCE, || len().filter(|len| *len >= least)).expect("it begins");
        std::thread::sleep(Duration::from_micros(500 * round));
        process.kill();
        made += usize::from(len() > Some(0));
        let mut writer = Writer::new(file.clone());
        writer.apply(&delivery(0)).await.expect("made and written");
        let mut conn = open(&file).await;
        assert_sound(&mut conn).await;
        assert!(newest(&mut conn).await >= 0);
    }
    assert!(made >= 10, "{made} had begun to make it");
}
