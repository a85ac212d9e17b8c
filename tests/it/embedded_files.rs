//! SQLite's own files beside an embedded database: they go with the last who uses it, and never come between a database
//! and a copy of it.

#![expect(clippy::similar_names, reason = "short names of a test")]

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    facts::lives::{fact, pull},
    feed::{Live, options},
    support::{PATIENCE, cli, eventually, rows::Lite, term::Pty},
};
use flowlens::{
    facts::fact::{Fact, FilesSeen, What},
    store::{board::feed::FeedCommand, engine::sqlite::File, insights::InsightStore, write::Writer},
};

/// Open pull requests with these numbers and titles.
fn titled(numbers: std::ops::RangeInclusive<i32>, title: &str) -> Vec<Fact> {
    let seen = |number| {
        let mut seen = pull("0");
        (seen.number, seen.title) = (number, title.to_owned());
        let files = serde_json::json!([{ "filename": "src/main.rs", "patch": "@@ -1 +1 @@\n+one" }]);
        let files = FilesSeen { number, head_sha: "0".to_owned(), base_branch: None, files: files.into() };
        [fact(0, What::PullRequest(Box::new(seen))), fact(0, What::Files(files))]
    };
    numbers.flat_map(seen).collect()
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn log_len(file: &File) -> u64 {
    fs::metadata(format!("{}-wal", file.path().display())).map_or(0, |meta| meta.len())
}

#[tokio::test]
async fn every_command_leaves_the_database_alone_in_its_folder() {
    let lite = Lite::new().await;
    let folder = lite.folder.path().to_owned();
    Writer::new(lite.file()).apply(&titled(1..=3, "Some")).await.expect("written");
    assert_eq!(names(&folder), ["flow.db"], "the writer's own");
    let url = lite.file().url();
    for command in [
        &["status"][..],
        &["status", "--json"],
        &["status", "-R", "no/such"],
        &["db", "check"],
        &["db", "migrate"],
        &["insight", "acme/api#1"],
        &["status", "--wait", "--timeout", "1s"],
    ] {
        let answer = cli::run(&[&["--database-url", &url], command].concat(), &[]);
        assert_eq!(names(&folder), ["flow.db"], "{command:?}: {answer}");
    }
    for (what, end) in [("q", None), ("SIGTERM", Some("TERM")), ("SIGHUP", Some("HUP"))] {
        let mut pty = Pty::spawn(&["--database-url", &url], &[], 120, 30);
        pty.wait_for("Some", PATIENCE);
        // The details, the files and a new insight have connections of their own.
        pty.keys("i");
        pty.wait_for("LOW", PATIENCE);
        match end {
            Some(signal) => pty.signal(signal),
            None => pty.keys("q"),
        }
        assert_eq!(pty.exit_code(), Ok(0), "{what}");
        assert_eq!(names(&folder), ["flow.db"], "{what}");
        let answer = cli::run(&["--database-url", &url, "worker", "--once"], &[]);
        assert_eq!(names(&folder), ["flow.db"], "{answer}");
        lite.execute("DELETE FROM insights; DELETE FROM insight_requests").await;
    }
    let mut watch = Command::new(cli::PROGRAM)
        .args(["--database-url", &url, "status", "--watch", "--format", "csv"])
        .env_clear()
        .envs(cli::environment(&folder))
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let open = eventually(PATIENCE, || (names(&folder).len() == 3).then_some(()));
    assert!(open.is_some());
    let pid = watch.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
    assert_eq!(watch.wait().expect("a child").code(), Some(143));
    assert_eq!(names(&folder), ["flow.db"], "SIGTERM to a watch");
}

#[tokio::test]
async fn a_log_that_has_grown_is_emptied_by_whoever_comes_and_by_a_quiet_tick() {
    let lite = Lite::new().await;
    let file = lite.file();
    Writer::new(file.clone()).apply(&titled(1..=1, "First")).await.expect("written");
    // A reader in the way lets it grow, and so does a writer that is killed.
    let mut reader = lite.connect().await;
    sqlx::raw_sql("BEGIN; SELECT count(*) FROM pull_requests").execute(&mut reader).await.expect("reads");
    let bulk = "WITH RECURSIVE many(n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM many WHERE n < 400) \
                INSERT INTO repositories (id, github_id, name, full_name, owner, description) \
                SELECT randomblob(16), n, 'r' || n, 'acme/r' || n, 'acme', hex(randomblob(20000)) FROM many";
    lite.execute(bulk).await;
    assert!(log_len(&file) > 4_000_000, "{}", log_len(&file));

    let mut live = Live::with(file.clone(), options());
    live.polls(2).await;
    assert!(log_len(&file) > 4_000_000, "somebody still reads what was");
    sqlx::raw_sql("COMMIT").execute(&mut reader).await.expect("ends");
    live.until("a tick that empties it", |_| log_len(&file) == 0).await;
    // What is written then is emptied, too.
    lite.execute("UPDATE pull_requests SET title = 'Second', updated_at = updated_at + 1").await;
    live.until("the next", |live| live.board.pulls().all(|pull| &*pull.title == "Second")).await;
    live.until("a tick that empties it again", |_| log_len(&file) == 0).await;
}

#[tokio::test]
async fn a_backup_moved_into_place_shows_nothing_of_what_was() {
    let lite = Lite::new().await;
    let (file, folder) = (lite.file(), lite.folder.path().to_owned());
    let mut writer = Writer::new(file.clone());
    writer.apply(&titled(1..=30, "Of the backup")).await.expect("written");
    let mut live = Live::with(file.clone(), options());
    live.until("the first load", |live| live.board.len() == 30).await;
    live.until("an empty log", |_| log_len(&file) == 0).await;
    let backup = folder.join("backup.db");
    fs::copy(file.path(), &backup).expect("copied");
    // Much is written since; with more pages, and in the log.
    writer.apply(&titled(1..=400, "Of later")).await.expect("written");
    live.until("what is written", |live| live.board.len() == 400).await;
    // Others have it open, too, and one of them is another process.
    let mut store = InsightStore::new(file.clone());
    store.open(1).await.expect("read");
    let mut pty = Pty::spawn(&["--database-url", &file.url()], &[], 120, 30);
    pty.wait_for("Of later", PATIENCE);

    fs::rename(&backup, file.path()).expect("moved");
    live.until("the backup", |live| live.board.len() == 30).await;
    assert!(live.board.pulls().all(|pull| &*pull.title == "Of the backup"));
    pty.wait_until("the backup", PATIENCE, |screen| {
        screen.contains("Of the backup") && !screen.contains("Of later")
    });
    // Whoever writes now writes into it, and all see that.
    store.open(1).await.expect("read");
    writer.apply(&titled(31..=31, "Since")).await.expect("written");
    live.command(FeedCommand::Refresh).await;
    live.until("what is written since", |live| live.board.len() == 31).await;
    pty.wait_for("Open 31", PATIENCE);
    pty.keys("rg");
    pty.wait_for("Since", PATIENCE);
    pty.keys("q");
    drop(pty.exit_code());
    drop((live, store, writer));
    let sound = |sql| {
        let lite = &lite;
        async move { sqlx::query_scalar::<_, String>(sql).fetch_one(&mut lite.connect().await).await.expect(sql) }
    };
    assert_eq!(sound("PRAGMA integrity_check").await, "ok");
    assert_eq!(sound("SELECT count(*) || '' FROM pull_requests").await, "31");
}

/// Somebody who may not write what root may.
fn nobody() -> Option<Command> {
    let is_root = fs::metadata("/proc/self").ok()?.uid() == 0;
    if !is_root {
        return Some(Command::new(cli::PROGRAM));
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", cli::PROGRAM]);
    Some(command)
}

#[tokio::test]
async fn a_file_that_may_only_be_read_can_be_viewed() {
    let lite = Lite::new().await;
    let (file, folder) = (lite.file(), lite.folder.path().to_owned());
    Writer::new(file.clone()).apply(&titled(1..=1, "To be read")).await.expect("written");
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    mode(file.path(), 0o444);
    for (what, folder_mode, held) in
        [("the file", 0o777, false), ("file and folder", 0o555, false), ("while it is in use", 0o555, true)]
    {
        mode(&folder, folder_mode);
        let live = if held {
            let mut live = Live::with(file.clone(), options());
            live.polls(1).await;
            for beside in ["-wal", "-shm"] {
                mode(&PathBuf::from(format!("{}{beside}", file.path().display())), 0o644);
            }
            Some(live)
        } else {
            None
        };
        let mut command = nobody().expect("a login");
        let output = command
            .args(["--database-url", &file.url(), "status"])
            .env_clear()
            .envs(cli::environment(Path::new("/nonexistent")))
            .output()
            .expect("the program");
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success() && stdout.contains("To be read"), "{what}: {stdout}\n{stderr}");
        mode(&folder, 0o755);
        if let Some(mut live) = live {
            live.polls(1).await;
        } else {
            assert_eq!(names(&folder), ["flow.db"], "{what}");
        }
    }
}
