//! Requests that a dead dashboard leaves behind: whoever asks for the same, or waits for it, does it once the lease is
//! over. The real programs, and no `flowlens worker` anywhere.

use std::net::TcpListener;

use crate::{
    support::{
        PATIENCE,
        pg::{self, Database},
        rows::Store,
        term::Pty,
    },
    worker::team,
};
use flowlens::store::{
    engine::{connect::Connector, options::Target},
    migrate,
};

/// A service that takes requests and never answers: whoever asks it is held between claim and save.
struct Silent(TcpListener);

impl Silent {
    fn start() -> Self {
        Self(TcpListener::bind(("127.0.0.1", 0)).expect("a port"))
    }

    /// Settings by which it is asked.
    fn settings(&self) -> String {
        let port = self.0.local_addr().expect("an address").port();
        format!("\n[insights.llm]\nurl = \"http://127.0.0.1:{port}/v1\"\nmodel = \"silent\"\n")
    }
}

/// A dashboard of this person's, with these settings beside a short lease.
fn dashboard(url: &str, me: &str, settings: &str) -> (Pty, tempfile::TempDir) {
    leasing("1s", url, me, settings)
}

/// The same with this lease.
fn leasing(lease: &str, url: &str, me: &str, settings: &str) -> (Pty, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config.toml");
    std::fs::write(&config, format!("[insights]\nlease = \"{lease}\"\n{settings}")).expect("a file");
    let config = config.display().to_string();
    let env = [
        ("FLOWLENS_DATABASE_URL", url),
        ("FLOWLENS_ME", me),
        ("SSH_TTY", "/dev/pts/0"),
        ("PATH", "/nowhere"),
    ];
    let mut pty = Pty::spawn(&["-i", "200ms", "--config", &config], &env, 160, 48);
    pty.wait_for("The old one", PATIENCE);
    (pty, folder)
}

/// A login that may ask for insights and make them.
async fn login(db: &Database) -> String {
    let url = db.select_only_login().await;
    let role = url::Url::parse(&url).expect("a URL").username().to_owned();
    db.execute(&format!(
        "GRANT INSERT, UPDATE ON insight_requests TO \"{role}\"; GRANT INSERT ON insights TO \"{role}\""
    ))
    .await;
    url
}

/// A shared database with a pull request, and two who may work on it.
async fn shared(name: &str) -> (Store, [String; 2]) {
    let db = pg::database(name).await;
    let target = Target::parse(&db.url(), &[]).expect("an address");
    migrate::migrate(&mut Connector::new(target), |_| {}).await.expect("migrated");
    let logins = [login(&db).await, login(&db).await];
    let store = Store::Postgres(db);
    team(&store, 1).await;
    (store, logins)
}

fn kill(mut pty: Pty) {
    pty.signal("KILL");
    assert!(pty.exit_code().is_err(), "it was killed");
}

fn is_new(screen: &str) -> bool {
    screen.contains("Medium-sized fix: +30 −0 source lines") && !screen.contains("stale: head")
}

#[tokio::test]
async fn what_was_running_when_its_dashboard_was_killed_another_login_makes() {
    let (store, [anas, bos]) = shared("orphans_running").await;
    let silent = Silent::start();
    let (mut ana, _kept) = dashboard(&anas, "ana", &silent.settings());
    ana.keys("i");
    store.until("insight_requests", "state = 'running'").await;
    kill(ana);
    let (mut bo, _kept) = dashboard(&bos, "bo", "");
    bo.wait_for("running for ", PATIENCE);
    bo.keys("i");
    bo.wait_until("the new insight", PATIENCE, is_new);
    assert_eq!(store.count("insights", "commit_sha LIKE '2%'").await, 1);
    assert_eq!(store.count("insight_requests", "state IN ('queued', 'running')").await, 0);
    bo.keys("q");
    assert_eq!(bo.exit_code(), Ok(0));
}

#[tokio::test]
async fn what_was_queued_when_its_dashboard_was_killed_whoever_joins_makes() {
    let (store, [anas, bos]) = shared("orphans_queued").await;
    let (mut ana, _kept) = dashboard(&anas, "ana", "worker = \"off\"\n");
    ana.keys("i");
    store.until("insight_requests", "state = 'queued'").await;
    kill(ana);
    let (mut bo, _kept) = dashboard(&bos, "bo", "");
    bo.wait_for("queued", PATIENCE);
    bo.keys("i");
    bo.wait_until("the new insight", PATIENCE, is_new);
    // It is ana's request still, and there is no other.
    let anas = "requested_by LIKE 'ana%' AND state = 'done' AND attempts = 1";
    assert_eq!(
        (store.count("insight_requests", anas).await, store.count("insight_requests", "true").await),
        (1, 1)
    );
    bo.keys("q");
    assert_eq!(bo.exit_code(), Ok(0));
}

#[tokio::test]
async fn who_comes_back_finds_no_request_of_the_last_time_in_the_way() {
    let (shared, [anas, _]) = shared("orphans_again").await;
    let embedded = Store::Sqlite(crate::support::rows::Lite::new().await);
    team(&embedded, 1).await;
    let url = embedded.url();
    for (store, url) in [(shared, anas), (embedded, url)] {
        let silent = Silent::start();
        let (mut first, _kept) = dashboard(&url, "ana", &silent.settings());
        first.keys("i");
        store.until("insight_requests", "state = 'running'").await;
        kill(first);
        let (mut again, _kept) = dashboard(&url, "ana", "");
        again.wait_for("running for ", PATIENCE);
        again.keys("i");
        again.wait_until("the new insight", PATIENCE, is_new);
        assert_eq!(store.count("insights", "commit_sha LIKE '2%'").await, 1);
        again.keys("q");
        assert_eq!(again.exit_code(), Ok(0));
    }
}

#[tokio::test]
async fn what_another_dashboard_is_about_to_make_is_left_to_it() {
    let (store, [anas, bos]) = shared("orphans_alive").await;
    let silent = Silent::start();
    // Long enough to be renewed in time on a busy machine.
    let (mut ana, _kept) = leasing("6s", &anas, "ana", &silent.settings());
    ana.keys("i");
    store.until("insight_requests", "state = 'running'").await;
    let (mut bo, _kept) = dashboard(&bos, "bo", "");
    bo.wait_for("running for ", PATIENCE);
    bo.keys("i");
    store.until("insight_requests", "state = 'queued' AND requested_by LIKE 'bo%'").await;
    // Ana's worker renews its lease.
    let first =
        store.number("SELECT max(extract(epoch FROM lease_until))::bigint FROM insight_requests").await;
    let renewed = format!("extract(epoch FROM lease_until) > {}", first + 3);
    store.until("insight_requests", &renewed).await;
    assert_eq!(store.count("insight_requests", "state = 'running' AND attempts = 1").await, 1);
    assert_eq!(store.count("insights", "commit_sha LIKE '2%'").await, 0);
    for pty in [&mut bo, &mut ana] {
        pty.keys("q");
        assert_eq!(pty.exit_code(), Ok(0));
    }
}
