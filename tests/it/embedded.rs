//! The embedded database as a file among others: who may read it, who shares it, what is left alone.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use flowlens::domain::source::Cause;
use flowlens::store::{
    feed::FeedOptions,
    sqlite::{File, State},
};
use flowlens::{github::facts::What, store::write::Writer};
use sqlx::Connection as _;

use crate::facts::lives::{check, fact, pull};
use crate::feed::{Live, options};
use crate::support::{
    PATIENCE, cli, eventually,
    rows::{Lite, Store},
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
}

#[test]
fn it_is_made_for_its_user_alone_and_shows_an_empty_board() {
    let home = tempfile::tempdir().expect("a folder");
    let answer = cli::run_in(home.path(), &["status", "--json"], &[]);
    assert!(answer.status.success(), "{answer}");
    assert!(answer.stdout.contains("\"engine\": \"SQLite\""), "{answer}");
    let folder = home.path().join(".local/share/flowlens");
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<PathBuf> =
        fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    assert!(files.contains(&folder.join("flowlens.db")), "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn it_is_named_by_path_in_every_place() {
    let home = tempfile::tempdir().expect("a folder");
    let url = |args: &[&str], env: &[(&str, &str)]| {
        cli::run_in(home.path(), &[args, &["db", "url"]].concat(), env).stdout
    };
    let here = format!("sqlite://{}/", fs::canonicalize(home.path()).expect("a folder").display());
    assert!(url(&["--database-url", "sqlite:a.db"], &[]).starts_with(&format!("{here}a.db\n")));
    assert!(
        url(&[], &[("FLOWLENS_DATABASE_URL", "sqlite:///tmp/b.db")]).starts_with("sqlite:///tmp/b.db\nfrom")
    );
    assert!(url(&[], &[("FLOWLENS_DATABASE_URL", "sqlite:~/c.db")]).contains("/c.db\nfrom"));
    // Another program's is not ours.
    assert!(url(&[], &[("DATABASE_URL", "sqlite:d.db")]).contains(".local/share/flowlens/flowlens.db"));
    assert!(fs::read_dir(home.path()).expect("a folder").next().is_none(), "nothing was made");
    let refused = cli::run_in(home.path(), &["--database-url", "sqlite:a.db?mode=ro", "status"], &[]);
    assert_eq!(refused.status.code(), Some(2), "{refused}");
}

#[test]
fn the_schema_is_made_and_checked_by_command() {
    let home = tempfile::tempdir().expect("a folder");
    let run = |args: &[&str]| {
        let answer = cli::run_in(home.path(), args, &[]);
        (answer.status.code(), answer.stdout)
    };
    assert_eq!(
        run(&["db", "check"]),
        (
            Some(8),
            "~/.local/share/flowlens/flowlens.db: not there yet; it is made when it is first used.\n".into()
        )
    );
    assert!(!home.path().join(".local").exists(), "a check makes nothing");
    assert!(run(&["db", "migrate"]).1.ends_with("Done: the schema is complete.\n"));
    assert!(run(&["db", "migrate"]).1.ends_with("Nothing to do: the schema is complete.\n"));
    assert_eq!(run(&["db", "check"]).0, Some(0));
}

#[tokio::test]
async fn what_is_not_ours_is_refused_and_left_alone() {
    let lite = Lite::new().await;
    let path = lite.folder.path().to_owned();
    let file = path.join("flow.db");
    let refused = |words: &str| {
        let before = fs::read(&file).expect("a file");
        for command in [&["status"][..], &["db", "migrate"], &["db", "check"]] {
            let url = lite.file().url();
            let answer = cli::run(&[&["--database-url", &url], command].concat(), &[]);
            assert_eq!(answer.status.code(), Some(1), "{answer}");
            for word in [words, file.to_str().expect("UTF-8"), "--database-url sqlite:PATH"] {
                assert!(answer.stderr.contains(word), "{word}: {answer}");
            }
        }
        assert!(fs::read(&file).expect("a file") == before, "{words}: it was changed");
    };
    lite.execute("PRAGMA user_version = 99").await;
    refused("newer FlowLens (schema 99, this one knows 1)");
    lite.execute("PRAGMA user_version = 1; PRAGMA application_id = 5").await;
    refused("another program's database");
    for beside in ["flow.db-wal", "flow.db-shm"] {
        drop(fs::remove_file(path.join(beside)));
    }
    fs::write(
        &file,
        "a text that is long enough to be read as the header of a database, but is none at all, so that …",
    )
    .expect("written");
    refused("it is no database");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let home = tempfile::tempdir().expect("a folder");
    for url in ["sqlite:/proc/none/flow.db", "sqlite:/proc"] {
        let answer = cli::run_in(home.path(), &["--database-url", url, "status"], &[]);
        assert_eq!(answer.status.code(), Some(4), "{answer}");
        assert!(answer.stderr.contains("/proc") && answer.stderr.contains("must be writable"), "{answer}");
    }
    // Permissions mean nothing to root.
    let data = home.path().join("data");
    fs::create_dir(&data).expect("a folder");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o500)).expect("set");
    if fs::metadata(home.path()).expect("a folder").uid() != 0 {
        let answer = cli::run_in(home.path(), &["--database-url", "sqlite:data/flow.db", "status"], &[]);
        assert_eq!(answer.status.code(), Some(4), "{answer}");
    }
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).expect("set");
}

#[tokio::test]
async fn ten_at_once_make_one_database() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().expect("a folder");
        let file = File::new(folder.path().join("deep/down/flow.db"));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let file = file.clone();
            tasks.spawn(async move { file.migrate().await });
        }
        for result in tasks.join_all().await {
            result.expect("made, or found");
        }
        assert_eq!(file.look().await, Ok(Some(State::Current)));
    }
}

/// The process that [`Process`] starts: pushes to pull requests, one transaction a push, until it is killed.
#[tokio::test]
#[ignore = "the body of a process that other tests start"]
async fn writer() {
    let Some(path) = std::env::var_os("FLOWLENS_TEST_WRITES_TO") else { return };
    let mut writer = Writer::new(File::new(path));
    for round in 1_i64.. {
        // A new head for each, and its check: rows of four tables that belong together.
        let mut facts = Vec::new();
        for number in 1..=20 {
            let mut seen = pull(&round.to_string());
            seen.number = number;
            facts.push(fact(round, What::PullRequest(Box::new(seen))));
        }
        facts.push(fact(round, What::Check(check(&round.to_string(), 1, "test", round, "failure"))));
        writer.apply(&facts).await.expect("written");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A process that writes to a database; killed with its value.
struct Process(Child);

impl Process {
    fn start(file: &File) -> Self {
        let program = std::env::current_exe().expect("this test");
        let child = Command::new(program)
            .args(["--exact", "embedded::writer", "--ignored"])
            .env("FLOWLENS_TEST_WRITES_TO", file.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("a process");
        Self(child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

async fn team() -> (Store, File) {
    let lite = Lite::new().await;
    let file = lite.file();
    let pulls = (1..=20).map(|number| {
        let mut seen = pull("0");
        seen.number = number;
        fact(0, What::PullRequest(Box::new(seen)))
    });
    Writer::new(file.clone()).apply(&pulls.collect::<Vec<_>>()).await.expect("written");
    (Store::Sqlite(lite), file)
}

#[tokio::test]
async fn two_feeds_and_a_writer_share_a_file() {
    let (_store, file) = team().await;
    let sweeping =
        FeedOptions { sweep: Duration::from_millis(300), reread: Duration::from_secs(1), ..options() };
    let mut feeds = [Live::with(file.clone(), sweeping.clone()), Live::with(file.clone(), sweeping)];
    let _writer = Process::start(&file);
    for live in &mut feeds {
        let head = |live: &Live| {
            let head = live.board.pulls().next().and_then(|pull| pull.head.clone());
            head.and_then(|sha| sha.as_str().parse::<u64>().ok()).unwrap_or_default()
        };
        for wanted in [20, 60, 100, 300] {
            live.until("news of the writer", |live| head(live) >= wanted).await;
        }
        assert!(live.outages.is_empty(), "{:?}", live.outages);
    }
}

#[tokio::test]
async fn a_writer_that_is_killed_leaves_no_half() {
    let (_store, file) = team().await;
    let mut last = 0_i64;
    for round in 0..20 {
        let mut writer = Process::start(&file);
        let lite = file.url();
        let mut conn = sqlx::SqliteConnection::connect(&lite).await.expect("open");
        let heads = "SELECT (SELECT count(*) FROM pull_requests p JOIN pipeline_runs r USING (repo_id, pr_number) \
                     JOIN checks c ON c.repo_id = p.repo_id AND c.head_sha = p.commit_sha \
                     WHERE p.commit_sha = r.commit_sha AND r.status_build = 'failed'), \
                     (SELECT count(DISTINCT commit_sha) FROM pull_requests), \
                     (SELECT integrity_check FROM pragma_integrity_check), \
                     (SELECT max(CAST(commit_sha AS INTEGER)) FROM pull_requests)";
        // Until it writes, then at some moment of its writing.
        let before: i64 = sqlx::query_scalar("SELECT max(updated_at) FROM pull_requests")
            .fetch_one(&mut conn)
            .await
            .expect("read");
        loop {
            let now: i64 = sqlx::query_scalar("SELECT max(updated_at) FROM pull_requests")
                .fetch_one(&mut conn)
                .await
                .expect("read");
            if now > before {
                break;
            }
            tokio::time::sleep(Duration::from_micros(1_500)).await;
        }
        tokio::time::sleep(Duration::from_micros(700 * round)).await;
        writer.0.kill().expect("killed");
        writer.0.wait().expect("gone");
        let (pairs, distinct, sound, head): (i64, i64, String, i64) =
            sqlx::query_as(heads).fetch_one(&mut conn).await.expect("read");
        assert_eq!((pairs, distinct, sound.as_str()), (20, 1, "ok"));
        last = last.max(head);
    }
    assert!(last > 0);
}

#[tokio::test]
async fn a_file_that_is_replaced_is_opened_anew() {
    let (_store, file) = team().await;
    let mut live = Live::with(file.clone(), options());
    live.until("the first load", |live| live.board.len() == 20).await;
    for beside in ["", "-wal", "-shm"] {
        drop(fs::remove_file(format!("{}{beside}", file.path().display())));
    }
    live.until("an outage", |live| live.outages.iter().any(|outage| outage.cause == Cause::Lost)).await;
    live.until("the new, empty one", |live| live.board.is_empty()).await;
}

#[tokio::test]
async fn an_idle_tick_tells_nothing_and_a_failed_read_is_made_up_for() {
    let (store, file) = team().await;
    let mut live = Live::with(file, options());
    live.polls(3).await;
    live.forget();
    live.polls(5).await;
    assert!(live.told.iter().all(|told| *told == "polled"), "{:?}", live.told);
    // Between the probe and the reading of the rows, a table is gone: the next polls must not believe that all
    // was read.
    store.execute("ALTER TABLE pipeline_runs RENAME TO elsewhere; UPDATE pull_requests SET title = 'late', updated_at = updated_at + 1000000").await;
    live.fails(Cause::Schema).await;
    store.execute("ALTER TABLE elsewhere RENAME TO pipeline_runs").await;
    live.until("what was missed", |live| live.board.pulls().all(|pull| &*pull.title == "late")).await;
}

#[test]
fn the_program_lets_go_of_the_file() {
    let home = tempfile::tempdir().expect("a folder");
    for _ in 0..2 {
        let answer = cli::run_in(home.path(), &["status"], &[]);
        assert!(answer.status.success(), "{answer}");
    }
    let sound =
        eventually(PATIENCE, || home.path().join(".local/share/flowlens/flowlens.db").exists().then_some(()));
    assert!(sound.is_some());
}
