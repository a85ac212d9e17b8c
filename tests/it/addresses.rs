//! Addresses of databases at the program's door: understood alike by configuration and commands, never passed over in
//! silence, never shown with what is secret in them.

use crate::support::{cli, pg};

const SECRET: &str = "hunter2-7Kq";

fn run(args: &str, env: &[(&str, &str)]) -> cli::Answer {
    let args: Vec<&str> = args.split_whitespace().collect();
    let answer = cli::run(&args, env);
    assert!(!answer.to_string().contains(SECRET), "a secret in: {answer}");
    answer
}

#[tokio::test]
async fn a_list_of_hosts_is_an_address_wherever_it_stands() {
    let db = pg::database("addresses").await;
    db.seed_schema().await;
    let url = db.url();
    let (login, rest) = url.split_once('@').expect("a login");
    // Nothing listens on port 1: the second node answers.
    let list = format!("{login}@127.0.0.1:1,{rest}");
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config.toml");
    std::fs::write(&config, format!("[database]\nurl = \"{list}\"\n")).expect("a file");
    let config = config.display().to_string();
    for env in [
        ("FLOWLENS_DATABASE_URL", list.as_str()),
        ("DATABASE_URL", list.as_str()),
        ("FLOWLENS_CONFIG", config.as_str()),
    ] {
        for args in ["status", "db url", "config check", "config show"] {
            let answer = cli::run(&args.split(' ').collect::<Vec<_>>(), &[env]);
            assert_eq!(answer.status.code(), Some(0), "{} {args} {answer}", env.0);
            assert!(!answer.to_string().contains(pg::PASSWORD), "{answer}");
        }
        let answer = run("config show", &[env]);
        assert!(answer.stdout.contains("postgres://postgres:***@127.0.0.1:1,127.0.0.1:"), "{answer}");
    }
    let answer = cli::run(&["status", "--database-url", &list], &[]);
    assert_eq!(answer.status.code(), Some(0), "{answer}");
}

#[test]
fn a_database_url_that_is_not_understood_is_never_another_database() {
    for url in [
        format!("postgres://ana:{SECRET}@h:port/d"),
        format!("postgres://ana:{SECRET}@h/d?passwd={SECRET}"),
        format!("postgresql+psycopg2://ana:{SECRET}@h/d"),
        format!("jdbc:postgresql://h/d?user=ana&password={SECRET}"),
        format!("host=h password={SECRET}"),
        "postgres//ana@h/d".to_owned(),
        "h/d".to_owned(),
        "$DATABASE".to_owned(),
    ] {
        let env = [("DATABASE_URL", url.as_str())];
        for args in ["status", "db check", "worker --once"] {
            let answer = run(args, &env);
            assert_eq!(answer.status.code(), Some(2), "{url} {answer}");
            assert!(answer.stderr.contains("DATABASE_URL: database address: "), "{url} {answer}");
        }
        assert_eq!(run("config show", &env).status.code(), Some(0), "{url}");
    }
    // Another program's, plainly: told, loudly, and left alone.
    for (url, scheme) in [
        (format!("mysql://root:{SECRET}@db/x"), "mysql:"),
        (format!("mongodb+srv://u:{SECRET}@h"), "mongodb+srv:"),
        ("sqlite:dev.db".to_owned(), "sqlite:"),
    ] {
        let answer = run("status", &[("DATABASE_URL", &url)]);
        assert_eq!(answer.status.code(), Some(0), "{url} {answer}");
        let words = format!("warning: DATABASE_URL begins with {scheme} and is not used");
        assert!(answer.stderr.contains(&words) && answer.stderr.contains("SQLite"), "{url} {answer}");
    }
}

#[test]
fn no_secret_of_an_address_is_shown_wherever_it_stands() {
    for url in [
        format!("postgres://ana:{SECRET}@127.0.0.1:1/d"),
        format!("postgres://ana:x@{SECRET}@127.0.0.1:1,127.0.0.1:2/d"),
        format!("postgres://127.0.0.1:1/d?user=ana&password={SECRET}"),
        format!("postgres://ana@127.0.0.1:1/d?passwd={SECRET}"),
        format!("postgres://ana@127.0.0.1:1/d?pass={SECRET}&sslmode=require"),
        format!("postgres://ana@127.0.0.1:1/d?PASSWORD={SECRET}"),
        format!("postgres://ana@127.0.0.1:1/d?sslpassword={SECRET}"),
        format!("postgres://ana@127.0.0.1:1/d?sslmode={SECRET}"),
        format!("postgres://ana@127.0.0.1:1/d?{SECRET}"),
        format!("postgres://ana:{SECRET}/x@127.0.0.1:1/d"),
        format!("postgres://ana:{SECRET}#x@127.0.0.1:1/d"),
        format!("postgres://ana@127.0.0.1:{SECRET}/d"),
        format!("postgres:ana:{SECRET}@127.0.0.1:1/d"),
        format!("sqlite:flow.db?key={SECRET}"),
        format!("ana:{SECRET}@127.0.0.1:1/d"),
        SECRET.to_owned(),
    ] {
        for variable in ["FLOWLENS_DATABASE_URL", "DATABASE_URL"] {
            let env = [(variable, url.as_str()), ("FLOWLENS_LOG", "trace"), ("RUST_BACKTRACE", "full")];
            for args in ["config show", "config check", "status", "db url", "db check"] {
                let answer = run(args, &env);
                assert!(matches!(answer.status.code(), Some(0 | 2 | 6 | 8)), "{url} {args} {answer}");
            }
        }
        let flag = ["status", "--database-url", &url];
        let answer = cli::run(&flag, &[]);
        assert!(!answer.to_string().contains(SECRET), "{url} {answer}");
    }
}
