//! The tests' own tools work, and leave nothing behind.

use std::path::Path;

use ratatui::layout::Position;
use ratatui::style::{Color, Modifier, Style};
use sqlx::{Connection, PgConnection};

use crate::support::pg::{self, PASSWORD, PrivateServer};
use crate::support::proxy::Proxy;
use crate::support::screen::SIZES;
use crate::support::term::Pty;
use crate::support::{PATIENCE, cli, eventually, screen};

async fn one(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar("SELECT 1").fetch_one(connection).await
}

#[tokio::test]
async fn a_database_comes_and_goes() {
    let keeper = pg::database("keeper").await;
    let database = pg::database("comes").await;
    database.seed_schema().await;
    database
        .execute("INSERT INTO repositories (github_id, name, full_name, owner) VALUES (1, 'a', 'o/a', 'o')")
        .await;

    let mut reader =
        PgConnection::connect(&database.select_only_login().await).await.expect("a login that reads");
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM repositories")
        .fetch_one(&mut reader)
        .await
        .expect("readable");
    assert_eq!(count, 1);
    let refused =
        sqlx::query("DELETE FROM repositories").execute(&mut reader).await.expect_err("it may only read");
    assert_eq!(
        refused.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(),
        Some("42501")
    );
    let wrong = PgConnection::connect(&database.url_for("nobody_such", "wrong")).await;
    assert!(wrong.is_err(), "an unknown login is refused");

    let name = database.name().to_owned();
    drop(database); // although `reader` is still connected
    let mut admin = keeper.admin().await;
    let left: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM pg_database WHERE datname = $1)
              + (SELECT count(*) FROM pg_roles WHERE rolname LIKE $1 || '%')",
    )
    .bind(name)
    .fetch_one(&mut admin)
    .await
    .expect("the catalog");
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_private_server_stops_and_starts_and_tells_what_it_did() {
    let server = PrivateServer::start(&["log_statement = mod"]);
    let database = server.database("restart").await;
    database.execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (41)").await;
    let mut client = database.admin().await;
    server.stop();
    assert!(one(&mut client).await.is_err(), "a stopped server answers nothing");
    assert!(PgConnection::connect(&database.url()).await.is_err(), "a stopped server accepts nobody");
    server.start_again();
    let kept: i32 =
        sqlx::query_scalar("SELECT id FROM kept").fetch_one(&mut database.admin().await).await.expect("kept");
    assert_eq!(kept, 41);

    let log = server.log();
    let line = format!("{} postgres: LOG:  statement: CREATE TABLE kept", database.name());
    assert!(log.contains(&line), "no {line:?} in the log:\n{log}");
    assert!(!log.contains("SELECT id FROM kept"), "only changes are logged:\n{log}");

    let checked =
        format!("{}?sslmode=verify-full&sslrootcert={}", database.url(), server.ca_file().display());
    let mut client =
        PgConnection::connect(&checked.replace("127.0.0.1", "localhost")).await.expect("a good certificate");
    let encrypted: bool = sqlx::query_scalar("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        .fetch_one(&mut client)
        .await
        .expect("an answer");
    assert!(encrypted);
    let socket =
        format!("postgres:///{}?user=postgres&host={}", database.name(), server.socket_folder().display());
    let socket = format!(
        "{socket}&port={}",
        database.url().rsplit(':').next().and_then(|end| end.split('/').next()).expect("a port")
    );
    assert_eq!(
        one(&mut PgConnection::connect(&socket).await.expect("a socket")).await.expect("an answer"),
        1
    );
}

/// What happens to a server when the process that started it goes, in whatever way: its pipe is closed.
#[test]
fn the_end_of_the_pipe_ends_the_server() {
    let server = PrivateServer::start(&[]);
    let (pid, folder) = (server.pid(), server.socket_folder().to_owned());
    let runs =
        || std::process::Command::new("sh").args(["-c", &format!("kill -0 {pid} 2>/dev/null")]).status();
    assert!(runs().expect("sh").success());
    server.close_the_pipe();
    let gone = || (!runs().expect("sh").success() && !folder.exists()).then_some(());
    assert!(
        eventually(PATIENCE, gone).is_some(),
        "the server (process {pid}) or {} is left",
        folder.display()
    );
}

#[tokio::test]
async fn the_proxy_passes_delays_swallows_and_cuts() {
    let database = pg::database("proxy").await;
    let proxy = Proxy::before(&database.url());
    let mut client = PgConnection::connect(&proxy.url(&database.url())).await.expect("a way through");
    assert_eq!((proxy.accepted(), proxy.open()), (1, 1));

    one(&mut client).await.expect("an answer"); // the first time, it is prepared
    let before = proxy.round_trips();
    one(&mut client).await.expect("an answer");
    assert_eq!(proxy.round_trips() - before, 1);

    proxy.delay(300);
    let (took, answer) = timed(&mut client).await;
    assert!(answer.expect("an answer, late") == 1 && took.as_millis() >= 300, "it took {took:?}");

    proxy.black_hole();
    let silence = tokio::time::timeout(std::time::Duration::from_millis(300), one(&mut client)).await;
    assert!(silence.is_err(), "a black hole answered");
    proxy.pass();

    let mut client = PgConnection::connect(&proxy.url(&database.url())).await.expect("a way through");
    proxy.cut();
    assert!(one(&mut client).await.is_err(), "a cut connection answered");
    assert!(PgConnection::connect(&proxy.url(&database.url())).await.is_err(), "a new one, too");
    assert_eq!(proxy.open(), 0);
    proxy.pass();
    let mut client = PgConnection::connect(&proxy.url(&database.url())).await.expect("a way through again");
    assert_eq!(one(&mut client).await.expect("an answer"), 1);
}

#[expect(
    clippy::disallowed_methods,
    reason = "measures that the proxy delays, not how long anything may take"
)]
async fn timed(client: &mut PgConnection) -> (std::time::Duration, Result<i32, sqlx::Error>) {
    let start = std::time::Instant::now();
    let answer = one(client).await;
    (start.elapsed(), answer)
}

/// A program of the size of a test: it takes the terminal over, shows keys, and restores the terminal or not.
const PROGRAM: &str = r#"
    modes=$(stty -g); stty raw -echo; printf '\033[?1049h\033[?25lHOME=%s TERM=%s\r\n' "$HOME" "$TERM"; stty size
    while :; do
        key=$(dd bs=1 count=1 2>/dev/null)
        case $key in
            q) stty "$modes"; printf '\033[?25h\033[?1049lbye'; exit 3 ;;
            Q) exit 0 ;;
            s) stty size ;;
            *) printf '[%s]\r\n' "$key" ;;
        esac
    done"#;

#[test]
fn a_terminal_shows_types_resizes_and_is_restored() {
    let mut pty = Pty::spawn_program("sh", &["-c", PROGRAM], &[("TERM", "dumb")], 90, 20);
    pty.wait_for("20 90", PATIENCE);
    let first = format!("HOME={} TERM=dumb", pty.home().display());
    assert!(pty.screen().starts_with(&first), "{}", pty.screen());
    pty.keys("jk");
    pty.wait_for("[k]", PATIENCE);
    pty.resize(60, 15);
    pty.keys("s");
    pty.wait_for("15 60", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(3));
    assert!(pty.is_restored());
    assert!(pty.raw_output().ends_with(b"bye"));
}

#[test]
fn a_terminal_left_in_disorder_is_noticed() {
    for end in ["Q", ""] {
        let mut pty = Pty::spawn_program("sh", &["-c", PROGRAM], &[], 80, 24);
        pty.wait_for("24 80", PATIENCE);
        pty.keys(end);
        if end.is_empty() {
            pty.signal("KILL");
            assert!(pty.exit_code().is_err_and(|signal| signal.contains("Kill")));
        } else {
            assert_eq!(pty.exit_code(), Ok(0));
        }
        assert!(!pty.is_restored());
    }
}

#[test]
fn the_program_runs_in_a_terminal() {
    let mut pty = Pty::spawn(&["--version"], &[], 80, 24);
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(pty.is_restored());
}

#[test]
fn a_command_line_answers_in_a_clean_environment() {
    assert!(cli::run(&["--version"], &[]).status.success());
    let names: Vec<&str> = cli::environment(Path::new("/nowhere")).iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["PATH", "HOME", "TERM", "LANG", "TZ"]);
}

#[test]
fn snapshots_have_stable_words() {
    let _guard = cli::redacted();
    let temporary = tempfile::tempdir().expect("a folder");
    let text = format!("postgres://127.0.0.1:4242/flowlens_test_1_2_3_name {}/x", temporary.path().display());
    insta::assert_snapshot!(text, @"postgres://127.0.0.1:[port]/name [temporary]/x");
    assert!(!PASSWORD.is_empty());
}

#[test]
fn a_screen_is_text_and_styles() {
    let view = |frame: &mut ratatui::Frame<'_>| {
        let buffer = frame.buffer_mut();
        buffer.set_string(0, 0, "ab 漢字 c", Style::new());
        buffer.set_string(1, 1, "failed", Style::new().fg(Color::LightRed).bg(Color::Indexed(8)));
        buffer.set_string(7, 1, "!", Style::new().add_modifier(Modifier::BOLD | Modifier::DIM));
        frame.set_cursor_position(Position::new(2, 1));
    };
    let shown = screen::draw(12, 2, view);
    assert_eq!(shown, "ab 漢字 c\n failed!\ncursor x2 y1\ny1: 1-6 lightred on-8, 7 bold dim\n");
    for (columns, lines) in SIZES {
        assert_eq!(screen::draw(columns, lines, |_| {}).lines().count(), usize::from(lines));
    }
}
