//! Behind a pooler that lends its sessions: what works, and what is said of the rest.

use crate::support::{
    PATIENCE, cli,
    pg::{Database, PrivateServer},
    pooler::{Lends, Options, Pooler},
    term::Pty,
};

const ROWS: &str = "
    INSERT INTO repositories (id, github_id, name, full_name, owner)
        VALUES ('00000000-0000-0000-0000-000000000001', 1, 'api', 'acme/api', 'acme');
    INSERT INTO pull_requests (repo_id, pr_number, title, commit_sha, state, files_changed, updated_at)
        SELECT '00000000-0000-0000-0000-000000000001', n, 'It''s #' || n || ' \\', 'abc123' || n, 'open',
               '[{\"filename\": \"src/a.rs\", \"additions\": 2}]', now() - interval '1 hour'
        FROM generate_series(1, 3) n;";

async fn pooled(name: &str, lends: Lends, options: Options) -> (PrivateServer, Database, Pooler) {
    let server = PrivateServer::start(&[]);
    let db = server.database(name).await;
    db.seed_schema().await;
    db.execute(ROWS).await;
    let pooler = Pooler::before(&server, &db, lends, options);
    (server, db, pooler)
}

fn run(pooler: &Pooler, args: &str) -> cli::Answer {
    let args: Vec<&str> = args.split_whitespace().collect();
    let answer = cli::run(&args, &[("FLOWLENS_DATABASE_URL", &pooler.url())]);
    for words in ["prepared statement", "run flowlens db migrate"] {
        assert!(args == ["db", "check"] || !answer.to_string().contains(words), "{answer}");
    }
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_is_read_behind_every_kind_of_pooler() {
    for lends in [Lends::Transaction, Lends::Statement] {
        for options in [Options::PassedOver, Options::Refused] {
            let (_server, db, pooler) = pooled("pooled_board", lends, options).await;
            for args in ["status", "status --json", "status -R acme/api", "db check"] {
                let answer = run(&pooler, args);
                let code = if args == "db check" { 8 } else { 0 };
                assert_eq!(answer.status.code(), Some(code), "{lends:?} {options:?} {answer}");
            }
            // Two dashboards at once, which share the sessions.
            let url = pooler.url();
            let env = [("FLOWLENS_DATABASE_URL", url.as_str()), ("FLOWLENS_INTERVAL", "200ms")];
            let mut screens = [Pty::spawn(&[], &env, 120, 24), Pty::spawn(&[], &env, 120, 24)];
            for screen in &mut screens {
                screen.wait_for("It's #3 \\", PATIENCE);
            }
            let before = pooler.lent();
            db.execute("UPDATE pull_requests SET title = 'Later', updated_at = now() WHERE pr_number = 2")
                .await;
            for screen in &mut screens {
                screen.wait_for("Later", PATIENCE);
                assert!(!screen.screen().contains("outage"), "{}", screen.screen());
            }
            assert!(pooler.lent() > before);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_of_transactions_takes_insights_too() {
    let (_server, db, pooler) = pooled("pooled_insights", Lends::Transaction, Options::PassedOver).await;
    let answer = run(&pooler, "db migrate");
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(answer.stderr.contains("name the server itself"), "{answer}");
    let direct = [("FLOWLENS_DATABASE_URL", db.url())];
    let direct = direct.each_ref().map(|(name, url)| (*name, url.as_str()));
    assert_eq!(cli::run(&["db", "migrate"], &direct).status.code(), Some(0));
    assert_eq!(run(&pooler, "db check").status.code(), Some(0));
    assert_eq!(run(&pooler, "insight acme/api#2").status.code(), Some(0));
    let answer = run(&pooler, "worker --once");
    assert_eq!((answer.status.code(), answer.stdout.lines().count()), (Some(0), 4), "{answer}");
    let kept: String = sqlx::query_scalar("SELECT current_setting('statement_timeout')")
        .fetch_one(&mut db.admin().await)
        .await
        .expect("a setting");
    assert_eq!(kept, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_of_statements_says_what_it_cannot_do() {
    let (_server, db, pooler) = pooled("pooled_statements", Lends::Statement, Options::PassedOver).await;
    let direct = [("FLOWLENS_DATABASE_URL", db.url())];
    let direct = direct.each_ref().map(|(name, url)| (*name, url.as_str()));
    assert_eq!(cli::run(&["db", "migrate"], &direct).status.code(), Some(0));
    assert_eq!(run(&pooler, "insight acme/api#2").status.code(), Some(0), "it only reads");
    let answer = run(&pooler, "worker --once");
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(answer.stderr.contains("pool_mode = transaction or session"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_own_startup_options_are_not_dropped_in_silence() {
    let (_server, _db, pooler) = pooled("pooled_options", Lends::Transaction, Options::Refused).await;
    let url = format!("{}?options=-c%20geqo%3Doff", pooler.url());
    let answer = cli::run(&["status"], &[("FLOWLENS_DATABASE_URL", &url)]);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(answer.stderr.contains("take `options` out of the address"), "{answer}");
}
