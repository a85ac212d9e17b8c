//! What is asked for is what is shown: filters, conditions and waits, on the dashboard and by `flowlens status` alike.

#![expect(clippy::similar_names, reason = "short names of a test")]

use std::{
    fmt::Write as _,
    process::{Child, Command, Stdio},
};

use crate::support::{
    PATIENCE,
    cli::{self, Answer},
    eventually,
    rows::Lite,
    term::Pty,
};

/// A pull request of `acme/api`: its state, title, build and approval, and how many minutes ago it was opened and
/// written.
type Pull = (i32, &'static str, &'static str, &'static str, &'static str, i64);

/// An embedded database with these.
async fn database(pulls: &[Pull]) -> Lite {
    let lite = Lite::new().await;
    let mut sql = "INSERT INTO repositories (id, github_id, name, full_name, owner) \
                   VALUES (x'00000000000000000000000000000001', 1, 'api', 'acme/api', 'acme');"
        .to_owned();
    for (number, state, title, build, approval, minutes) in pulls {
        let at = format!("(unixepoch() - {minutes} * 60) * 1000000");
        let id = format!("x'{number:032x}', x'00000000000000000000000000000001', {number}");
        write!(
            sql,
            "INSERT INTO pull_requests (id, repo_id, pr_number, state, title, author, commit_sha, mergeable_state, \
             merged_at, created_at, updated_at) VALUES ({id}, '{state}', '{title}', 'ana', 'abc1234', 'clean', \
             CASE '{state}' WHEN 'merged' THEN {at} END, {at}, {at}); \
             INSERT INTO pipeline_runs (id, repo_id, pr_number, commit_sha, status_build, status_approval, updated_at) \
             VALUES ({id}, 'abc1234', '{build}', '{approval}', {at});"
        )
        .expect("a string");
    }
    lite.execute(&sql).await;
    lite
}

fn status(lite: &Lite, args: &[&str]) -> Answer {
    let url = lite.file().url();
    let env = [("PATH", "/nowhere"), ("COLUMNS", "200")];
    cli::run(&[&["--database-url", &url, "status"], args].concat(), &env)
}

/// The numbers of a table.
fn numbers(answer: &Answer) -> Vec<&str> {
    let mut numbers: Vec<&str> =
        answer.stdout.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)).collect();
    numbers.sort_unstable();
    numbers
}

/// A dashboard in this home, which knows no login.
fn dashboard(lite: &Lite, home: &std::path::Path, args: &[&str]) -> Pty {
    let (url, home) = (lite.file().url(), home.display().to_string());
    let env = [("PATH", "/nowhere"), ("HOME", home.as_str())];
    Pty::spawn(&[&["--database-url", &url], args].concat(), &env, 150, 40)
}

const BOARD: [Pull; 5] = [
    (1, "open", "Open one", "passed", "pending", 90),
    (2, "open", "Failing one", "failed", "pending", 90),
    (3, "merged", "Merged one", "passed", "approved", 90),
    (4, "closed", "Closed one", "passed", "pending", 90),
    // An accent of its own.
    (5, "open", "Cafe\u{301} au lait", "passed", "pending", 90),
];

/// Lines of the list with one of the titles.
fn shown(screen: &str) -> Vec<&'static str> {
    let titles = BOARD.map(|(_, _, title, ..)| title);
    let is_there = |title: &&str| screen.lines().take(20).any(|line| line.contains(*title));
    let mut shown: Vec<&str> = titles.into_iter().filter(is_there).collect();
    shown.sort_unstable();
    shown
}

#[tokio::test]
async fn a_filter_sees_the_same_on_the_dashboard_as_in_status() {
    let lite = database(&BOARD).await;
    let home = tempfile::tempdir().expect("a folder");
    for (filter, titles) in [
        ("is:merged", vec!["Merged one"]),
        ("!is:open", vec!["Closed one", "Merged one"]),
        ("is:closed", vec!["Closed one"]),
        ("stage:merge=merged", vec!["Merged one"]),
        ("is:failing", vec!["Failing one"]),
        ("\"merged one\"", vec!["Merged one"]),
        ("caf\u{e9}", vec!["Cafe\u{301} au lait"]),
        ("CAFE\u{301}", vec!["Cafe\u{301} au lait"]),
    ] {
        let answer = status(&lite, &["--filter", filter]);
        assert_eq!(shown(&answer.stdout), titles, "{filter}: {answer}");
        let mut pty = dashboard(&lite, home.path(), &["--filter", filter]);
        pty.wait_until(filter, PATIENCE, |screen| shown(screen) == titles);
        pty.keys("q");
        assert_eq!(pty.exit_code(), Ok(0));
    }
    // None of them is remembered; what is typed is, and it widens the set, too.
    let mut pty = dashboard(&lite, home.path(), &[]);
    let open = ["Cafe\u{301} au lait", "Failing one", "Open one"];
    pty.wait_until("the open ones", PATIENCE, |screen| shown(screen) == open);
    pty.keys("/is:merged\r");
    pty.wait_until("the merged one", PATIENCE, |screen| shown(screen) == ["Merged one"]);
    pty.wait_for("Pull requests · 1/1 all", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    let mut pty = dashboard(&lite, home.path(), &["--filter", "nothing"]);
    pty.wait_for("Nothing matches \"nothing\".", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    let mut pty = dashboard(&lite, home.path(), &[]);
    pty.wait_until("what was typed", PATIENCE, |screen| shown(screen) == ["Merged one"]);
    pty.keys("\u{1b}");
    pty.wait_until("the open ones", PATIENCE, |screen| shown(screen) == open);
    pty.keys("/\"open");
    pty.wait_for("the quote in '\"open' is not closed", PATIENCE);
    let answer = status(&lite, &["--filter", "\"open"]);
    assert_eq!(answer.status.code(), Some(2), "{answer}");
    assert!(answer.stderr.contains("the quote in '\"open' is not closed"), "{answer}");
}

/// One is one, none is none, and a date of another year says which.
#[tokio::test]
async fn small_words_are_right() {
    const YEARS: i64 = 3 * 366 * 24 * 60;
    let lite = database(&[
        (1, "open", "Of long ago", "passed", "pending", YEARS),
        (2, "merged", "Merged one", "passed", "approved", 90),
        (3, "merged", "Merged two", "passed", "approved", 95),
    ])
    .await;
    lite.execute(
        "UPDATE pull_requests SET files_changed = '[{\"filename\": \"a.rs\", \"status\": \"modified\", \
         \"additions\": 1, \"deletions\": 0, \"patch\": \"@@ -0,0 +1 @@\\n+x\"}]'",
    )
    .await;
    let home = tempfile::tempdir().expect("a folder");
    let sql =
        "SELECT strftime('%Y', created_at / 1000000, 'unixepoch') FROM pull_requests WHERE pr_number = 1";
    let year: String = sqlx::query_scalar(sql).fetch_one(&mut lite.connect().await).await.expect("a year");
    let mut pty = dashboard(&lite, home.path(), &["--limit", "2"]);
    pty.wait_for("Of long ago", PATIENCE);
    pty.wait_for("1 open, ended ones cut  1 repo", PATIENCE);
    pty.keys("t");
    pty.wait_for(&format!(" {year} "), PATIENCE);
    pty.keys("d");
    pty.wait_for("  1 file  +1 −0", PATIENCE);
    pty.keys("qI");
    pty.wait_for("1 pull request without an insight", PATIENCE);
    pty.keys("n/nothing-like-it\r");
    pty.wait_for("Nothing in the view Open matches \"nothing-like-it\".", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
}

#[tokio::test]
async fn a_login_that_nobody_knows_is_asked_for() {
    let lite = database(&BOARD).await;
    let home = tempfile::tempdir().expect("a folder");
    let answer = status(&lite, &["--filter", "author:@me"]);
    assert_eq!(answer.status.code(), Some(2), "{answer}");
    assert!(answer.stderr.contains("set FLOWLENS_ME"), "{answer}");
    // Ctrl-U: the run before may have left a filter.
    for (args, keys) in
        [(&["--filter", "author:@me"][..], ""), (&[], "/\u{15}author:@me"), (&[], "/\u{15}is:waiting")]
    {
        let mut pty = dashboard(&lite, home.path(), args);
        pty.wait_for("live", PATIENCE);
        pty.keys(keys);
        pty.wait_for("set FLOWLENS_ME", PATIENCE);
    }
}

#[tokio::test]
async fn fail_on_shows_what_matches_and_counts_the_others() {
    let mut board = BOARD.to_vec();
    board.extend((10..25).map(|number| (number, "open", "Broken", "failed", "pending", 90)));
    let lite = database(&board).await;
    let answer = status(&lite, &["--fail-on", "Failing"]);
    assert_eq!((answer.status.code(), numbers(&answer)), (Some(5), vec!["2"]), "{answer}");
    let said = "flowlens: 1 pull request matches --fail-on: acme/api#2; 19 others do not\n";
    assert!(answer.stderr.ends_with(said), "{answer}");
    let answer =
        status(&lite, &["--fail-on", "is:failing", "--filter", "is:failing", "--format", "markdown"]);
    assert_eq!(answer.stdout.lines().count(), 2 + 16, "{answer}");
    assert!(answer.stderr.contains(" and 6 more; there is no other\n"), "{answer}");
    // For programs the report stays whole.
    for format in ["csv", "jsonl"] {
        let answer = status(&lite, &["--fail-on", "Failing", "--format", format]);
        assert!(answer.stderr.ends_with(said), "{answer}");
        assert!(answer.stdout.lines().count() >= 20, "{answer}");
    }
    let answer = status(&lite, &["--fail-on", "nosuchword"]);
    assert_eq!((answer.status.code(), numbers(&answer).len()), (Some(0), 20), "{answer}");
    // A watch ends with it.
    let answer = status(&lite, &["--fail-on", "Failing", "--watch"]);
    assert_eq!((answer.status.code(), numbers(&answer)), (Some(5), vec!["2"]), "{answer}");
}

/// To the microsecond: two changes at one time would have one version.

#[tokio::test]
async fn a_fresh_head_waits_for_its_build() {
    let lite = database(&[
        (1, "merged", "Built", "passed", "approved", 90),
        (2, "open", "Fresh", "pending", "approved", 2),
        (3, "open", "Old", "pending", "approved", 90),
    ])
    .await;
    let answer = status(&lite, &["--filter", "is:open"]);
    let line =
        |title: &str| answer.stdout.lines().find(|line| line.contains(title)).unwrap_or_default().to_owned();
    assert!(line("Fresh").ends_with("CI to start (2m)"), "{answer}");
    assert!(line("Old").ends_with("@ana to merge it"), "{answer}");
    let json = status(&lite, &["--filter", "Fresh", "--json"]);
    assert!(
        json.stdout.contains("\"verb\": \"start_build\"") && json.stdout.contains("\"owner\": \"ci\""),
        "{json}"
    );
    let answer = status(&lite, &["--filter", "is:open", "--wait", "--timeout", "1s"]);
    assert_eq!(answer.status.code(), Some(8), "{answer}");
    assert!(answer.stderr.contains("waiting for 1 build to start"), "{answer}");
    assert_eq!(status(&lite, &["--filter", "Old", "--wait"]).status.code(), Some(0));

    let mut pty = dashboard(&lite, lite.folder.path(), &[]);
    pty.wait_for("CI to start", PATIENCE);
    // The wait ends with the build, which begins first.
    let url = lite.file().url();
    let mut waiting = Command::new(cli::PROGRAM)
        .args(["--database-url", &url, "-i", "200ms", "status", "--filter", "Fresh", "--wait"])
        .env_clear()
        .envs(cli::environment(lite.folder.path()))
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(lite.folder.path().join("told")).expect("a file"))
        .spawn()
        .expect("the program");
    // Each write is dated later than the one before it, though both may be of one second.
    let build = async |word: &str| {
        lite.execute(&format!(
            "UPDATE pipeline_runs SET status_build = '{word}',
             updated_at = max(updated_at + 1, unixepoch() * 1000000) WHERE pr_number = 2"
        ))
        .await;
    };
    let says = |said: &str| {
        let told = || std::fs::read_to_string(lite.folder.path().join("told")).expect("its words");
        assert!(eventually(PATIENCE, || (told() == said).then_some(())).is_some(), "{}", told());
    };
    says("flowlens: waiting for 1 build to start\n");
    build("running").await;
    says("flowlens: waiting for 1 build to start\nflowlens: waiting for 1 build\n");
    build("passed").await;
    let ended = eventually(PATIENCE, || waiting.try_wait().expect("a child"));
    assert_eq!(ended.and_then(|status| status.code()), Some(0));
    pty.wait_until("the build's end", PATIENCE, |screen| !screen.contains("CI to start"));
}

/// Milliseconds of a processor that a process has used.
fn used(child: &Child) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).expect("it runs");
    let (_, fields) = stat.rsplit_once(") ").expect("its fields");
    // utime and stime, in hundredths of a second.
    fields.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().expect("a number") * 10).sum()
}

/// Each look at the whole costs some tenths of a second here; 20 polls that change nothing are to cost none.
#[tokio::test]
async fn a_watch_rests_while_nothing_changes() {
    let board: Vec<Pull> =
        (1..4_000).map(|number| (number, "open", "One of many", "passed", "pending", 90)).collect();
    let lite = database(&board).await;
    let url = lite.file().url();
    let mut watch = Command::new(cli::PROGRAM)
        .args(["--database-url", &url, "-i", "200ms", "status", "--watch", "--format", "csv"])
        .env_clear()
        .envs(cli::environment(lite.folder.path()))
        .stdout(std::fs::File::create(lite.folder.path().join("out")).expect("a file"))
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let lines = || {
        let text = std::fs::read_to_string(lite.folder.path().join("out")).unwrap_or_default();
        text.lines().count()
    };
    assert!(eventually(PATIENCE, || (lines() == 4_000).then_some(())).is_some(), "{} lines", lines());
    let to_load = used(&watch);
    std::thread::sleep(std::time::Duration::from_secs(4));
    let at_rest = used(&watch) - to_load;
    assert!(at_rest < to_load / 4, "{at_rest} ms at rest, after {to_load} ms to load");
    lite.execute(
        "UPDATE pull_requests SET title = 'Changed', updated_at = unixepoch() * 1000000 WHERE pr_number = 7",
    )
    .await;
    assert!(eventually(PATIENCE, || (lines() == 8_000).then_some(())).is_some(), "a change is printed");
    watch.kill().and_then(|()| watch.wait()).expect("a child");
}
