//! The embedded database as a file among others: who may read it, who shares it, what is left alone.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    facts::lives::{fact, pull},
    feed::{Live, options},
    support::{
        PATIENCE, cli,
        rows::{Lite, Store},
        term::Pty,
    },
};
use flowlens::{
    domain::source::Cause,
    facts::fact::What,
    store::{
        engine::{
            migrations::SQLITE,
            sqlite::{File, FileState},
        },
        write::Writer,
    },
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
}

#[test]
fn it_is_made_for_its_user_alone_and_shows_an_empty_board() {
    let home = tempfile::tempdir().expect("a folder");
    let answer = cli::run_in(home.path(), &["db", "migrate"], &[]);
    assert!(answer.status.success(), "{answer}");
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
    // Other programs' ways to write a path mean that path, and no folder of a strange name.
    for url in [
        "sqlite:file:HOME/e.db",
        "sqlite://localhostHOME/e.db",
        "sqlite:file://HOME/e.db",
        "sqlite:file:e.db",
    ] {
        let url = url.replace("HOME", &home.path().display().to_string());
        let made = || -> Vec<_> {
            fs::read_dir(home.path()).expect("a folder").flatten().map(|e| e.file_name()).collect()
        };
        for command in [
            &["status"][..],
            &["insight", "acme/api#1"],
            &["inbox", "list"],
            &["inbox", "show", "72d3162e-cc78-11e3-81ab-4c9367dc0958"],
            &["inbox", "retry", "--all"],
            &["inbox", "purge", "--yes"],
        ] {
            let answer = cli::run_in(home.path(), &[&["--database-url", &url], command].concat(), &[]);
            assert_eq!(answer.status.code(), Some(1), "{answer}");
            assert!(answer.stderr.contains("e.db is not there"), "{answer}");
        }
        assert!(made().is_empty(), "{url}: to read makes none");
        let answer = cli::run_in(home.path(), &["--database-url", &url, "db", "migrate"], &[]);
        assert!(answer.status.success(), "{answer}");
        assert_eq!(made(), ["e.db"], "{url}");
        let answer = cli::run_in(home.path(), &["--database-url", &url, "status"], &[]);
        assert!(answer.status.success(), "{answer}");
        fs::remove_file(home.path().join("e.db")).expect("removed");
    }
    let refused = cli::run_in(home.path(), &["--database-url", "sqlite:a.db?mode=ro", "status"], &[]);
    assert_eq!(refused.status.code(), Some(2), "{refused}");
}

#[test]
fn a_dashboard_makes_no_file_of_a_name_that_may_be_mistyped() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("my boards/it's.db");
    let named = format!("sqlite:{}", file.display());
    let config = home.path().join("config.toml");
    fs::write(&config, format!("[database]\nurl = {named:?}\n")).expect("a file");
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).expect("its mode");
    let config = config.display().to_string();
    let mut mend = String::new();
    for (args, env, namer) in [
        (&["--database-url", &named][..], &[][..], "--database-url"),
        (&[], &[("FLOWLENS_DATABASE_URL", named.as_str())], "FLOWLENS_DATABASE_URL"),
        (&["--config", &config, "dashboard"], &[], "config.toml:2"),
    ] {
        let mut pty = Pty::spawn(args, env, 200, 24);
        assert_eq!(pty.exit_code(), Ok(1));
        let told = pty.screen();
        assert!(
            told.contains("it's.db is not there") && told.contains(&format!("{namer} names it)")),
            "{told}"
        );
        assert!(!file.exists() && !home.path().join("my boards").exists(), "{told}");
        let words: Vec<&str> = told.split_whitespace().collect();
        (_, mend) = words
            .join(" ")
            .split_once("to make it: ")
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .expect("a mend");
    }
    // The mend is a line for a shell; afterwards it opens.
    let program = Path::new(cli::PROGRAM).parent().expect("a folder").display();
    let path = format!("{program}:{}", std::env::var("PATH").unwrap_or_default());
    let made = Command::new("sh").args(["-c", &mend]).env_clear().env("PATH", path).output().expect("sh");
    assert!(made.status.success() && file.exists(), "{mend}");
    let mut pty = Pty::spawn(&["--database-url", &named], &[], 100, 24);
    pty.wait_for("The database is ready, and empty.", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    // One that is to be filled is made.
    for (args, repos) in [(&["--sync", "acme/api"][..], ""), (&[], "acme/api")] {
        fs::remove_file(&file).expect("removed");
        let github = [("GH_TOKEN", "x"), ("FLOWLENS_GITHUB_URL", "https://127.0.0.1:1")];
        let env = [&github[..], &[("FLOWLENS_GITHUB_REPOS", repos)]].concat();
        let mut pty = Pty::spawn(&[&["--database-url", &named][..], args].concat(), &env, 100, 24);
        pty.wait_for("GitHub cannot be reached", PATIENCE);
        pty.keys("q");
        assert_eq!(pty.exit_code(), Ok(0));
        assert!(file.exists());
    }
}

/// Whoever only reads leaves nothing behind, and sees what others write from the moment when they do.
#[test]
fn the_one_that_nobody_named_is_an_empty_board_until_somebody_fills_it() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join(".local/share/flowlens/flowlens.db");
    for format in ["table", "json", "csv", "jsonl", "markdown"] {
        let answer = cli::run_in(home.path(), &["status", "--format", format], &[]);
        assert_eq!(answer.status.code(), Some(0), "{answer}");
        if format == "json" {
            let board: Value = serde_json::from_str(&answer.stdout).expect("JSON");
            assert_eq!([&board["pull_requests"], &board["repositories"]], [&json!([]); 2]);
        }
        assert!(!file.exists(), "{format}: {answer}");
    }
    for (command, code) in [
        (&["inbox", "list"][..], 0),
        (&["inbox", "show", "72d3162e-cc78-11e3-81ab-4c9367dc0958"], 2),
        (&["insight", "acme/api#1"], 2),
        (&["db", "check"], 8),
    ] {
        let answer = cli::run_in(home.path(), command, &[]);
        assert_eq!(answer.status.code(), Some(code), "{answer}");
    }
    assert!(!file.parent().expect("a folder").exists());
}

#[tokio::test]
async fn who_does_not_make_it_sees_what_others_write_from_the_moment_when_they_do() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("deep/e.db");
    let mut live = Live::with(File::new(&path).not_made(), options());
    live.polls(3).await;
    assert!(live.board.is_empty() && !home.path().join("deep").exists());
    Writer::new(File::new(&path))
        .apply(&[fact(0, What::PullRequest(Box::new(pull("c1"))))])
        .await
        .expect("written");
    live.until("the row", |live| live.board.len() == 1).await;
    assert!(live.outages.is_empty(), "{:?}", live.outages);
    // Nor is it made anew where it was removed.
    drop(live);
    fs::remove_dir_all(home.path().join("deep")).expect("removed");
    let mut live = Live::with(File::new(&path).not_made(), options());
    live.polls(2).await;
    assert!(live.board.is_empty() && !path.exists());
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
    refused(&format!("newer FlowLens (schema 99, this one knows {})", SQLITE.len()));
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
        let answer = cli::run_in(home.path(), &["--database-url", url, "db", "migrate"], &[]);
        assert_eq!(answer.status.code(), Some(4), "{answer}");
        assert!(answer.stderr.contains("/proc") && answer.stderr.contains("must be writable"), "{answer}");
    }
    // Permissions mean nothing to root.
    let data = home.path().join("data");
    fs::create_dir(&data).expect("a folder");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o500)).expect("set");
    if fs::metadata(home.path()).expect("a folder").uid() != 0 {
        let answer =
            cli::run_in(home.path(), &["--database-url", "sqlite:data/flow.db", "db", "migrate"], &[]);
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
        assert_eq!(file.look().await, Ok(Some(FileState::Current)));
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
async fn a_file_that_is_replaced_is_opened_anew() {
    let (_store, file) = team().await;
    let mut live = Live::with(file.clone(), options());
    live.until("the first load", |live| live.board.len() == 20).await;
    let another = File::new(file.path().with_extension("new"));
    another.migrate().await.expect("made");
    fs::rename(another.path(), file.path()).expect("moved into place");
    live.until("the new, empty one", |live| live.board.is_empty()).await;
    assert!(live.outages.is_empty(), "{:?}", live.outages);
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
