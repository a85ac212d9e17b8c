//! The process that owns a private server.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// What a server keeps of the superuser's password, hashed once instead of 4 096 times: there are thousands of logins, and
/// each would take a test build 30 ms.
pub(super) const VERIFIER: &str = "SCRAM-SHA-256$1:Zmxvd2xlbnM=$UHMPkcsZPhHLTFrxSJc8EeDUaojvhvbVBfVbI2c+B5A=:yZj6OqA2Wjxk928UGhNTAX/PKBhA0W/dZbCZ1bCRp24=";

const SCRIPT: &str = include_str!("../postgres.sh");

/// The process that owns a server: see `postgres.sh`.
pub(super) struct Supervisor {
    process: Child,
    /// Closed on drop, before the process is waited for.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    pub(super) fn start(settings: &[&str]) -> Self {
        let shell = ["-c", SCRIPT, "postgres.sh"];
        let found = Command::new("sh").args(shell).arg("find").output().expect("sh");
        assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
        let found = String::from_utf8(found.stdout).expect("UTF-8");
        let mut found = found.lines();
        let (bin, user) = (found.next().unwrap_or_default(), found.next().unwrap_or_default());

        let mut command = Command::new(if user.is_empty() { "sh" } else { "setpriv" });
        if !user.is_empty() {
            let (uid, gid) = (format!("--reuid={user}"), format!("--regid={}", group(user)));
            command.args([&uid, &gid, "--clear-groups", "sh"]);
        }
        let [ca, cert, key] = certificate();
        let kept = ["PATH", "TMPDIR"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let mut process = command
            .args(shell)
            .args(["serve", bin])
            .args(settings)
            .env_clear() // no PGDATA, no PGOPTIONS of the developer's
            .envs(kept)
            .envs([("LC_ALL", "C"), ("PASSWORD", VERIFIER)])
            .envs([("TLS_CA", ca), ("TLS_CERT", cert), ("TLS_KEY", key)])
            .current_dir("/") // the server's user may not enter this one
            .process_group(0) // Ctrl-C is for the tests; the end of the pipe is for the supervisor
            .stdin(Stdio::piped()) // closed on exec, so that no other child holds it
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        let orders = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("a pipe"));
        Self { process, orders, answers }
    }

    pub(super) fn order(&mut self, order: &str) -> bool {
        let pipe = self.orders.as_mut().expect("open until the drop");
        writeln!(pipe, "{order}").expect("the supervisor of the private server is gone");
        self.answer() == "ok"
    }

    pub(super) fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("an answer");
        assert!(line.ends_with('\n'), "the supervisor of the private server gave up; its reason is above");
        line.trim_end().to_owned()
    }

    /// Ends the pipe.
    pub(super) fn close(&mut self) {
        drop(self.orders.take());
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.close();
        drop(self.process.wait());
    }
}

/// The primary group of a user of this machine.
fn group(user: &str) -> String {
    let output = Command::new("id").args(["-g", user]).output().expect("id");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A throw-away authority, and a certificate for this machine with its key, all PEM.
fn certificate() -> [String; 3] {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority =
        CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key")).expect("a CA");
    let key = KeyPair::generate().expect("a key");
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let server =
        CertificateParams::new(names).expect("names").signed_by(&key, &authority).expect("a signature");
    [authority.pem(), server.pem(), key.serialize_pem()]
}
