//! `flowlens insight --llm` and `--dry-run`, the program itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use serde_json::{Value, json};
use tokio_rustls::TlsAcceptor;

use super::{files, good, random_key};
use crate::support::cli::{self, Answer};
use crate::support::http::{Reply, Server};

pub(super) fn pull() -> String {
    let base = json!({"ref": "main"});
    json!({"title": "Renew the tokens", "user": {"login": "ann"}, "body": "They ran out.", "base": base, "files": files()})
        .to_string()
}

fn configure(home: &Path, server: &Server, more: &str) {
    let config = format!("[insights.llm]\nurl = \"{}\"\nmodel = \"test-model\"\n{more}", server.url());
    fs::write(home.join("config.toml"), config).expect("a file");
}

pub(super) fn run(home: &Path, args: &str, env: &[(&str, &str)]) -> Answer {
    let args: Vec<&str> = args.split_whitespace().collect();
    cli::run_fed(home, &args, env, pull().as_bytes())
}

#[test]
fn the_llm_writes_the_words_and_the_key_stays_in_its_header() {
    let key = random_key();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&lines);
    let server = Server::start(move |_, _| {
        // While the program waits for this answer, anyone may read how it was called.
        seen.lock().expect("lines").extend(command_lines());
        Reply::said(&good().to_string())
    });
    let home = tempfile::tempdir().expect("a folder");
    configure(home.path(), &server, "price_in = 2\nprice_out = 0.5\n");
    let env = [("FLOWLENS_LLM_KEY", key.as_str()), ("FLOWLENS_LOG", "trace")];
    let answer = run(home.path(), "insight - --llm -c config.toml", &env);
    assert_eq!(answer.status.code(), Some(0), "{answer}");
    assert!(answer.stdout.contains("\nRenews the tokens.\n"), "{answer}");
    let credit = "words by test-model, which would say low; 1000 + 50 tokens, $0.0020\n";
    assert!(answer.stdout.ends_with(credit), "{answer}");
    assert!(!answer.to_string().contains(&key), "{answer}");
    assert_eq!(server.requests()[0].headers["authorization"], format!("Bearer {key}"));
    let lines = std::mem::take(&mut *lines.lock().expect("lines"));
    assert!(lines.iter().any(|line| line.contains("insight\0-\0--llm")), "the program was not seen");
    assert!(!lines.iter().any(|line| line.contains(&key)));

    let answer = run(home.path(), "insight - --llm --json -c config.toml", &env);
    let document: Value = serde_json::from_str(&answer.stdout).expect("JSON");
    assert_eq!((&document["details"]["source"], &document["risk"]), (&json!("llm"), &json!("medium")));
    assert_eq!(document["details"]["llm"]["opinion"], "low");
}

/// The command lines of all processes, as everyone on this machine may read them.
fn command_lines() -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}

#[test]
fn a_key_may_come_from_a_file_of_its_own() {
    let key = random_key();
    let server = Server::start(|_, _| Reply::said(&good().to_string()));
    let home = tempfile::tempdir().expect("a folder");
    configure(home.path(), &server, "key_file = \"~/key\"\n");
    fs::write(home.path().join("key"), format!("{key}\n")).expect("a file");
    let mode = |mode| {
        fs::set_permissions(home.path().join("key"), fs::Permissions::from_mode(mode)).expect("a file");
    };
    mode(0o640);
    let answer = run(home.path(), "insight - --llm -c config.toml", &[]);
    assert_eq!(answer.status.code(), Some(2), "{answer}");
    assert!(
        answer.stderr.contains("config.toml:4: [insights.llm] key_file ~/key: others can read it"),
        "{answer}"
    );
    mode(0o600);
    let answer = run(home.path(), "insight - --llm -c config.toml", &[]);
    assert!(answer.stdout.contains("words by test-model"), "{answer}");
    assert_eq!(server.requests()[0].headers["authorization"], format!("Bearer {key}"));
}

#[test]
fn a_failure_leaves_the_built_in_words_and_says_why() {
    let key = random_key();
    let server = Server::start(|_, request| {
        Reply::complaint(401, &format!("wrong key {}", request.headers["authorization"]))
    });
    let home = tempfile::tempdir().expect("a folder");
    configure(home.path(), &server, "");
    let env = [("FLOWLENS_LLM_KEY", key.as_str()), ("FLOWLENS_LOG", "trace")];
    let answer = run(home.path(), "insight - --llm -c config.toml", &env);
    assert_eq!(answer.status.code(), Some(0), "{answer}");
    assert!(answer.stdout.ends_with("\nthe LLM refused the key (401)\n"), "{answer}");
    assert!(answer.stderr.contains("the LLM refused the key (401)"), "{answer}");
    assert!(!answer.to_string().contains(&key), "{answer}");
    let offline = run(home.path(), "insight -", &[]);
    assert!(answer.stdout.starts_with(offline.stdout.trim_end()), "{answer}{offline}");
}

#[test]
fn without_the_flag_nothing_is_sent_and_without_an_llm_the_flag_is_a_mistake() {
    let server = Server::start(|_, _| Reply::said(&good().to_string()));
    let home = tempfile::tempdir().expect("a folder");
    configure(home.path(), &server, "");
    for args in [
        "insight - -c config.toml",
        "insight - --dry-run -c config.toml",
        "insight - --llm --dry-run -c config.toml",
    ] {
        assert_eq!(run(home.path(), args, &[]).status.code(), Some(0), "{args}");
    }
    assert!(server.requests().is_empty());
    let answer = run(home.path(), "insight - --llm", &[]);
    assert_eq!(answer.status.code(), Some(2), "{answer}");
    assert!(answer.stderr.contains("no LLM is configured: set url and model in [insights.llm]"), "{answer}");
}

#[test]
fn a_dry_run_prints_what_would_be_sent_to_the_letter() {
    let server = Server::start(|_, _| Reply::said(&good().to_string()));
    let home = tempfile::tempdir().expect("a folder");
    configure(home.path(), &server, "");
    let shown = run(home.path(), "insight - --dry-run", &[]);
    assert!(shown.stdout.ends_with("--- left out of the diff\nCargo.lock (+1 −0): generated\n"), "{shown}");
    assert!(shown.stdout.contains("\nInto: main\n\nDescription:\nThey ran out.\n"), "{shown}");
    run(home.path(), "insight - --llm -c config.toml", &[]);
    let sent = server.requests()[0].json();
    for n in 0..2 {
        let message = sent["messages"][n]["content"].as_str().expect("text");
        assert!(shown.stdout.contains(message.trim_end()), "{shown}");
    }
}

/// A certificate authority, as PEM, and a server that it vouches for.
pub(crate) fn secure(name: &str) -> (String, TlsAcceptor) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority =
        CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let names = CertificateParams::new(vec![name.to_owned()]).expect("names");
    let certificate = names.signed_by(&key, &authority).expect("a certificate");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("a server");
    (authority.pem(), TlsAcceptor::from(Arc::new(config)))
}

#[test]
fn over_tls_it_is_asked_only_if_this_machine_trusts_it() {
    let (authority, tls) = secure("127.0.0.1");
    let server = Server::secure(tls, |_, _| Reply::said(&good().to_string()));
    let home = tempfile::tempdir().expect("a folder");
    let config = format!("[insights.llm]\nurl = \"https://127.0.0.1:{}/v1\"\nmodel = \"m\"\n", server.port);
    fs::write(home.path().join("config.toml"), config).expect("a file");
    let roots = home.path().join("roots.pem");
    fs::write(&roots, authority).expect("a file");
    let trusted = [("SSL_CERT_FILE", roots.to_str().expect("a path"))];
    let answer = run(home.path(), "insight - --llm -c config.toml", &trusted);
    assert!(answer.stdout.contains("\nwords by test-model"), "{answer}");

    let (stranger, _) = secure("127.0.0.1");
    fs::write(&roots, stranger).expect("a file");
    let answer = run(home.path(), "insight - --llm -c config.toml", &trusted);
    assert!(answer.stdout.contains("the LLM cannot be reached: 127.0.0.1:"), "{answer}");
    assert!(answer.stdout.contains("certificate"), "{answer}");
    assert_eq!(server.requests().len(), 1);
}
