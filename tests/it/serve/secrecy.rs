//! What nobody may read.

use super::{
    drained, guid,
    program::{SECRET, Serving, sign},
    push,
};
use crate::{
    support::{pg::PASSWORD, rows::Store},
    sync::TOKEN,
};

const FORMER: &str = "serve-was-told-4Lm";

/// The command lines of all processes, as everyone on this machine may read them.
fn command_lines() -> String {
    let processes = std::fs::read_dir("/proc").expect("processes").flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).into_owned() + "\n").collect()
}

#[tokio::test]
async fn no_secret_is_in_a_log_an_answer_a_metric_or_a_process_list() {
    let [store, _] = Store::both("serve_secrecy").await;
    let env = [("FLOWLENS_LOG", "trace"), ("FLOWLENS_WEBHOOK_SECRET_OLD", FORMER), ("GH_TOKEN", TOKEN)];
    let serving = Serving::with(&store, &["--log-format", "json"], &env);
    let mut said = Vec::new();
    for (n, (secret, status)) in [(SECRET, 202), (FORMER, 202), ("another", 401)].into_iter().enumerate() {
        let body = push(n, 100);
        let headers = [
            ("Content-Type", "application/json"),
            ("X-GitHub-Event", "push"),
            ("X-GitHub-Delivery", &guid(n).to_string()),
            ("X-Hub-Signature-256", &sign(secret, &body)),
        ];
        let answer = serving.send("POST /webhook", &headers, &body).await.expect("an answer");
        assert_eq!(answer.status, status, "{answer:?}");
        said.push(answer);
    }
    drained(&store).await;
    for path in ["/metrics", "/readyz", "/healthz", "/"] {
        said.push(serving.get(path).await);
    }
    let (log, lines, said) = (serving.log(), command_lines(), format!("{said:?}"));
    assert!(log.contains("DEBUG") && lines.contains("serve\0--listen"), "{log}");
    for secret in [SECRET, FORMER, TOKEN, PASSWORD] {
        for (place, text) in [("log", &log), ("answer", &said), ("process list", &lines)] {
            assert!(!text.contains(secret), "the {place} has {secret}");
        }
    }
}
