//! What becomes of a request when its insight cannot be stored, or its worker ends: the worker itself, on real servers.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use crate::{
    support::{
        PATIENCE,
        cli::{self, PROGRAM},
        eventually,
        http::{Reply, Server},
        proxy::Proxy,
        rows::Store,
    },
    worker::{on, team},
};

/// A worker that runs on; it is killed with its value.
struct Running {
    child: Child,
    home: tempfile::TempDir,
}

impl Running {
    /// With these settings beside the address.
    fn start(url: &str, settings: &str, args: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let config = home.path().join("worker.toml");
        std::fs::write(&config, settings).expect("a file");
        let file = |name: &str| std::fs::File::create(home.path().join(name)).expect("a file");
        let child = Command::new(PROGRAM)
            .args([&["--config", &config.display().to_string(), "worker"], args].concat())
            .env_clear()
            .envs(cli::environment(home.path()))
            .env("FLOWLENS_DATABASE_URL", url)
            .stdin(Stdio::null())
            .stdout(file("out"))
            .stderr(file("err"))
            .spawn()
            .expect("a worker");
        Self { child, home }
    }

    fn said(&self) -> String {
        ["out", "err"]
            .map(|name| std::fs::read_to_string(self.home.path().join(name)).expect("a file"))
            .concat()
    }

    fn says(&self, text: &str) {
        let said = eventually(PATIENCE, || self.said().contains(text).then_some(()));
        assert!(said.is_some(), "no {text:?} in:\n{}", self.said());
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().expect("kill").success());
    }

    /// Waits for its end, so many seconds at most.
    fn ends(&mut self, within: u64) -> Option<i32> {
        let status = eventually(within, || self.child.try_wait().expect("a child"));
        status.unwrap_or_else(|| panic!("it does not end:\n{}", self.said())).code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn llm(url: &str) -> String {
    format!("[insights.llm]\nurl = \"{url}\"\nmodel = \"test\"\nconcurrency = 1\n")
}

/// A service that takes requests and never answers.
fn silence() -> (TcpListener, String) {
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let url = format!("http://127.0.0.1:{}/v1", silent.local_addr().expect("an address").port());
    (silent, llm(&url))
}

#[tokio::test]
async fn what_the_database_refuses_is_dead_with_its_reason_and_holds_up_nobody() {
    for store in Store::both("saves_refused").await {
        team(&store, 4).await;
        store
            .execute(match &store {
                Store::Postgres(_) => {
                    "ALTER TABLE insights ADD CONSTRAINT none_of_one CHECK (pr_number <> 1) NOT VALID;
                     CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                         IF NEW.pr_number = 2 THEN RAISE EXCEPTION 'not on Fridays'; END IF; RETURN NEW;
                     END $$;
                     CREATE TRIGGER refuse BEFORE INSERT ON insights FOR EACH ROW EXECUTE FUNCTION refuse();"
                }
                Store::Sqlite(_) => {
                    "CREATE TRIGGER one BEFORE INSERT ON insights WHEN NEW.pr_number = 1
                         BEGIN SELECT RAISE(ABORT, 'none_of_one'); END;
                     CREATE UNIQUE INDEX two ON insights (pr_number) WHERE pr_number = 2;"
                }
            })
            .await;
        let answer = on(&store, &["worker", "--once"]);
        assert!(answer.status.success(), "{answer}");
        for says in
            ["#3: medium", "#4: medium", "#1: failed: the database refuses it", "#2: failed: the database"]
        {
            assert!(answer.stdout.contains(says), "{says}: {answer}");
        }
        let (one, two) = match &store {
            Store::Postgres(_) => ("none_of_one", "not on Fridays"),
            Store::Sqlite(_) => ("none_of_one", "UNIQUE constraint failed"),
        };
        for (number, reason) in [(1, one), (2, two)] {
            let dead = format!(
                "pr_number = {number} AND state = 'dead' AND attempts = 1 AND finished_at IS NOT NULL
                 AND error LIKE 'the database refuses it: %{reason}%'"
            );
            assert_eq!(store.count("insight_requests", &dead).await, 1, "{reason}");
        }
        assert_eq!(store.count("insight_requests", "state = 'done' AND attempts = 1").await, 2);
        assert_eq!(on(&store, &["worker", "--once"]).stdout, "");
    }
}

#[tokio::test]
async fn a_lost_privilege_costs_no_attempt() {
    let [store, _] = Store::both("saves_privilege").await;
    team(&store, 2).await;
    let Store::Postgres(db) = &store else { unreachable!() };
    let url = db.select_only_login().await;
    let role = url::Url::parse(&url).expect("a URL").username().to_owned();
    db.execute(&format!(
        "GRANT INSERT, UPDATE ON insight_requests TO \"{role}\"; GRANT INSERT ON insights TO \"{role}\";
         UPDATE pull_requests SET commit_sha = NULL WHERE pr_number = 1"
    ))
    .await;
    let worker = Running::start(&url, "", &[]);
    worker.says("acme/api#2: medium");
    db.execute(&format!("REVOKE INSERT ON insights FROM \"{role}\"")).await;
    db.execute(
        "UPDATE pull_requests SET commit_sha = '3333333' WHERE pr_number = 1;
         INSERT INTO insight_requests (repo_id, pr_number, commit_sha, requested_by)
             SELECT repo_id, pr_number, commit_sha, 'ann' FROM pull_requests WHERE pr_number = 1",
    )
    .await;
    let given_back =
        "pr_number = 1 AND state = 'queued' AND attempts = 0 AND error LIKE '%permission denied%'";
    store.until("insight_requests", given_back).await;
    worker.says("this login may no longer change insight_requests or insert into insights");
    db.execute(&format!("GRANT INSERT ON insights TO \"{role}\"")).await;
    // Its pause is half a minute.
    db.execute("UPDATE insight_requests SET next_attempt_at = NULL WHERE state = 'queued'").await;
    store
        .until("insight_requests", "pr_number = 1 AND state = 'done' AND attempts = 1 AND error IS NULL")
        .await;
}

#[tokio::test]
async fn a_lost_connection_costs_no_attempt_and_no_second_question() {
    let [store, _] = Store::both("saves_connection").await;
    team(&store, 1).await;
    let proxy = Arc::new(Proxy::before(&store.url()));
    let cutting = Arc::clone(&proxy);
    let reply = r#"{"summary": "Renews the tokens.", "recommendation": "Read it.", "risk": "low"}"#;
    let service = Server::start(move |_, _| {
        cutting.cut();
        Reply::said(reply)
    });
    let worker = Running::start(&proxy.url(&store.url()), &llm(&service.url()), &["--lease", "1h"]);
    worker.says("next try in");
    assert_eq!(store.count("insights", "commit_sha LIKE '2%'").await, 0);
    proxy.pass();
    worker.says("acme/api#1: medium");
    store.until("insight_requests", "state = 'done' AND attempts = 1").await;
    assert_eq!(store.count("insights", "summary = 'Renews the tokens.'").await, 1);
    assert_eq!(service.requests().len(), 1, "what was made is kept");
}

#[tokio::test]
async fn a_worker_that_is_stopped_gives_back_what_it_has_and_that_costs_no_attempt() {
    for store in Store::both("saves_stopped").await {
        team(&store, 1).await;
        let (_silent, settings) = silence();
        for (signal, code) in [("TERM", 143), ("INT", 130), ("TERM", 143)] {
            let mut worker = Running::start(&store.url(), &settings, &["--lease", "1h"]);
            store.until("insight_requests", "state = 'running' AND attempts = 1").await;
            worker.signal(signal);
            assert_eq!(worker.ends(PATIENCE), Some(code), "{}", worker.said());
            assert!(worker.said().contains("acme/api#1: given back"), "{}", worker.said());
            store.until("insight_requests", "state = 'queued' AND attempts = 0").await;
        }
        let answer = on(&store, &["worker", "--once"]);
        assert!(answer.stdout.contains("acme/api#1: medium"), "{answer}");
    }
}

/// Longer than it may take, and much less than the half minute that a database has for an answer.
const SOON: u64 = 25;

#[tokio::test]
async fn a_worker_ends_soon_though_nobody_answers_it() {
    let [store, _] = Store::both("saves_hole").await;
    team(&store, 1).await;
    let (_silent, settings) = silence();
    let proxy = Proxy::before(&store.url());
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let mut worker = Running::start(&proxy.url(&store.url()), &settings, &["--lease", "1s"]);
        worker.says("working on");
        store.until("insight_requests", "state = 'running' AND lease_until > clock_timestamp()").await;
        proxy.black_hole();
        worker.signal(signal);
        assert_eq!(worker.ends(SOON), Some(code), "{}", worker.said());
        proxy.pass();
    }
    // While it waits between two tries, and while it tries.
    for wait in [Duration::from_millis(300), Duration::ZERO] {
        let mut worker = Running::start(&proxy.url(&store.url()), "", &["--lease", "1s"]);
        worker.says("working on");
        proxy.black_hole();
        tokio::time::sleep(wait).await;
        worker.signal("TERM");
        assert_eq!(worker.ends(SOON), Some(143), "{}", worker.said());
        proxy.pass();
    }
}

#[tokio::test]
async fn workers_may_be_killed_over_one_request_again_and_again() {
    let [store, _] = Store::both("saves_killed").await;
    team(&store, 1).await;
    let (_silent, settings) = silence();
    for attempt in 1..=6 {
        let worker = Running::start(&store.url(), &settings, &["--lease", "1s"]);
        store.until("insight_requests", &format!("state = 'running' AND attempts = {attempt}")).await;
        drop(worker);
    }
    let worker = Running::start(&store.url(), "", &["--lease", "1s"]);
    worker.says("acme/api#1: medium");
    store.until("insight_requests", "state = 'done' AND attempts = 7").await;
}
