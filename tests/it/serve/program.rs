//! The program as a process, and GitHub before it.

use std::{
    fs::File,
    process::{Child, Command, ExitStatus, Stdio},
};

use ring::hmac;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use uuid::Uuid;

use crate::support::{
    PATIENCE,
    cli::{PROGRAM, environment},
    eventually,
    rows::Store,
};

/// What only GitHub and the program know.
pub(crate) const SECRET: &str = "serve-is-told-9Xw";

/// A receiver; it is killed with its value.
pub(crate) struct Serving {
    child: Child,
    port: u16,
    home: TempDir,
}

/// How it answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Serving {
    pub(crate) fn start(store: &Store) -> Self {
        Self::with(store, &[], &[])
    }

    /// The same with more arguments, and more in its environment.
    pub(crate) fn with(store: &Store, args: &[&str], env: &[(&str, &str)]) -> Self {
        Self::of(Command::new(PROGRAM), store, args, env)
    }

    /// The same by another command, such as a shell that ends in the program.
    pub(crate) fn of(mut command: Command, store: &Store, args: &[&str], env: &[(&str, &str)]) -> Self {
        let home = TempDir::new().expect("a folder");
        let child = command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .env_clear()
            .envs(environment(home.path()))
            .envs([("FLOWLENS_DATABASE_URL", store.url().as_str()), ("FLOWLENS_WEBHOOK_SECRET", SECRET)])
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(home.path().join("log")).expect("a file"))
            .spawn()
            .expect("the program");
        let mut serving = Self { child, port: 0, home };
        let port = eventually(PATIENCE, || {
            let log = serving.log();
            // Before it there may be a warning with the database's address.
            let line = log.lines().find(|line| line.contains("listening"))?;
            line.split("127.0.0.1:").nth(1)?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        });
        serving.port = port.unwrap_or_else(|| panic!("it does not listen: {}", serving.log()));
        serving
    }

    /// All that it has said.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to stop.
    pub(crate) fn terminate(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("a signal");
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let status = eventually(PATIENCE, || self.child.try_wait().expect("a child"));
        status.unwrap_or_else(|| panic!("it does not end: {}", self.log()))
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.expect("connected")
    }

    /// Posts a delivery as GitHub does.
    pub(crate) async fn post(&self, guid: Uuid, event: &str, body: &[u8]) -> Answer {
        self.try_post(guid, event, body).await.expect("an answer")
    }

    /// The same to one that may be gone.
    pub(crate) async fn try_post(&self, guid: Uuid, event: &str, body: &[u8]) -> Option<Answer> {
        let headers = [
            ("Content-Type", "application/json"),
            ("X-GitHub-Event", event),
            ("X-GitHub-Delivery", &guid.to_string()),
            ("X-Hub-Signature-256", &sign(SECRET, body)),
        ];
        self.send("POST /webhook", &headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path}"), &[], b"").await.expect("an answer")
    }

    /// Sends these headers and this body.
    pub(crate) async fn send(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
        let headers: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "{line} HTTP/1.1\r\nHost: flowlens\r\nConnection: close\r\n{}Content-Length: {}\r\n\r\n",
            headers.concat(),
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(body).await.ok()?;
        answer(stream).await
    }
}

/// As GitHub signs.
pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body);
    let digits: Vec<String> = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={}", digits.concat())
}

/// Reads an answer to its end.
pub(crate) async fn answer(mut stream: TcpStream) -> Option<Answer> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
