//! How commands end when they are asked to, and when nobody reads what they say.

use std::{
    io::{self, Read as _, Write as _},
    os::unix::process::ExitStatusExt as _,
    process::{Child, Command, ExitStatus, Stdio},
};

use flowlens::store::insights::InsightStore;
use rustix::{
    fs::{OFlags, fcntl_getfl, fcntl_setfl},
    io::ioctl_fionread,
};

use crate::{
    support::{
        PATIENCE,
        cli::{self, PROGRAM},
        eventually,
        http::{Reply, Server},
        rows::Store,
    },
    worker::{key, team},
};

/// The program in this home; it is killed with its value.
struct Running(Child);

impl Running {
    fn start(home: &tempfile::TempDir, args: &[&str], stdin: Stdio, stdout: Stdio) -> Self {
        let child = Command::new(PROGRAM)
            .args(args)
            .env_clear()
            .envs(cli::environment(home.path()))
            .stdin(stdin)
            .stdout(stdout)
            .stderr(Stdio::null())
            .spawn();
        Self(child.expect("the program"))
    }

    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().expect("kill").success());
    }

    fn ends(&mut self) -> ExitStatus {
        eventually(PATIENCE, || self.0.try_wait().expect("a child")).expect("it does not end")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn who_waits_for_input_that_does_not_come_ends_on_a_signal() {
    // It heeds no signal yet. Not by INT: whoever is started in the background, as these tests may be, ignores that.
    for args in [&["insight", "-"][..], &["insight", "-", "--dry-run"], &["insight", "-", "--llm"]] {
        let home = tempfile::tempdir().expect("a folder");
        let mut insight = Running::start(&home, args, Stdio::piped(), Stdio::null());
        let mut input = insight.0.stdin.take().expect("its input");
        // More than a pipe holds: once it is written, some of it was read.
        input.write_all(&vec![b' '; 200_000]).expect("read");
        insight.signal("TERM");
        let status = insight.ends();
        assert_eq!(status.signal(), Some(15), "{args:?}: {status}");
    }
}

#[tokio::test]
async fn who_writes_what_nobody_reads_ends_on_a_signal() {
    let [_, store] = Store::both("ends_full").await;
    // Much more JSON than a pipe holds.
    team(&store, 300).await;
    let url = store.url();
    for (args, signal, code) in
        [(&["status", "--json"][..], "TERM", 143), (&["status", "--watch", "--format", "jsonl"], "INT", 130)]
    {
        let home = tempfile::tempdir().expect("a folder");
        let args = [&["--database-url", &url], args].concat();
        let mut status = Running::start(&home, &args, Stdio::null(), Stdio::piped());
        let mut output = status.0.stdout.take().expect("its output");
        output.read_exact(&mut [0]).expect("a byte");
        status.signal(signal);
        assert_eq!(status.ends().code(), Some(code), "{args:?}");
    }
}

#[tokio::test]
async fn a_pipe_that_another_program_set_not_to_wait_gets_everything() {
    let [_, store] = Store::both("ends_eager").await;
    team(&store, 300).await;
    let (mut output, input) = io::pipe().expect("a pipe");
    let flags = fcntl_getfl(&input).expect("its flags");
    fcntl_setfl(&input, flags | OFlags::NONBLOCK).expect("set");
    let home = tempfile::tempdir().expect("a folder");
    let args = ["--database-url", &store.url(), "status", "--json"];
    let mut status = Running::start(&home, &args, Stdio::null(), input.into());
    // Nobody reads until it is full.
    let is_full = || ioctl_fionread(&output).expect("a pipe") > 60_000;
    let waits = || (is_full() || status.0.try_wait().expect("a child").is_some()).then_some(());
    eventually(PATIENCE, waits).expect("it neither fills the pipe nor ends");
    let mut text = String::new();
    output.read_to_string(&mut text).expect("text");
    assert_eq!(status.ends().code(), Some(0));
    serde_json::from_str::<serde_json::Value>(&text).expect("whole JSON");
}

#[tokio::test]
async fn a_watch_ends_when_its_reader_has_left_though_nothing_changes() {
    let [_, store] = Store::both("ends_left").await;
    team(&store, 3).await;
    let url = store.url();
    let home = tempfile::tempdir().expect("a folder");
    let args = ["--database-url", &url, "status", "--watch", "--format", "jsonl"];
    let mut status = Running::start(&home, &args, Stdio::null(), Stdio::piped());
    let mut output = status.0.stdout.take().expect("its output");
    output.read_exact(&mut [0]).expect("a byte");
    drop(output);
    assert_eq!(status.ends().code(), Some(0));
}

#[tokio::test]
async fn a_worker_whose_words_nobody_reads_gives_back_what_it_has() {
    for store in Store::both("ends_closed").await {
        team(&store, 2).await;
        InsightStore::new(store.database()).enqueue(&[key(1), key(2)], None).await.expect("queued");
        let reply = r#"{"summary": "Renews the tokens.", "recommendation": "Read it.", "risk": "low"}"#;
        // By the time at which there is something to say, another one is claimed.
        let service = Server::start(move |n, _| if n == 0 { Reply::Silence } else { Reply::said(reply) });
        let home = tempfile::tempdir().expect("a folder");
        let config = home.path().join("worker.toml");
        let llm = format!("[insights.llm]\nurl = \"{}\"\nmodel = \"test\"\nconcurrency = 2\n", service.url());
        std::fs::write(&config, llm).expect("a file");
        let config = config.display().to_string();
        let url = store.url();
        let args = ["--config", &config, "--database-url", &url, "worker", "--lease", "1h"];
        let mut worker = Running::start(&home, &args, Stdio::null(), Stdio::piped());
        drop(worker.0.stdout.take());
        assert_eq!(worker.ends().code(), Some(0), "no failure, as with any program before head");
        assert_eq!(store.count("insight_requests", "state = 'done'").await, 1);
        assert_eq!(store.count("insight_requests", "state = 'queued' AND attempts = 0").await, 1);
    }
}
