//! What the examples for deployment ask of the receiver.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use super::{drained, guid, program::Serving, push};
use crate::support::rows::Store;

const GRAFANA: &str = include_str!("../../../docs/deploy/grafana.json");
const PAGE: &str = include_str!("../../../docs/serve.md");

/// The expressions of all panels.
fn expressions() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(GRAFANA).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().expect("targets"));
    targets.map(|target| target["expr"].as_str().expect("an expression").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_panels_show_what_the_receiver_counts() {
    let [_, store] = Store::both("serve_panels").await;
    let serving = Serving::start(&store);
    assert_eq!(serving.post(guid(1), "push", &push(1, 10)).await.status, 202);
    let unsigned = [("Content-Type", "application/json"), ("X-GitHub-Event", "push")];
    assert_eq!(serving.send("POST /webhook", &unsigned, b"{}").await.expect("an answer").status, 401);
    drained(&store).await;
    let text = serving.get("/metrics").await.body;
    let name = Regex::new("flowlens_[a-z_]+").expect("a pattern");
    let expressions = expressions();
    let named: BTreeSet<&str> = expressions
        .iter()
        .flat_map(|expression| name.find_iter(expression))
        .map(|found| found.as_str())
        .collect();
    assert!(named.len() > 8, "{named:?}");
    for name in named {
        let is_there =
            text.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{'])));
        assert!(is_there, "{name}: {text}");
    }
    let counted: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert!(counted.len() > 8, "{text}");
    for name in counted {
        assert!(PAGE.contains(name), "{name} is in no table");
    }
    for label in ["state=\"pending\"", "state=\"dead\"", "outcome=\"", "reason=\"", "code=\"202\""] {
        assert!(text.contains(label), "{label}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paths_that_a_proxy_asks_for_are_served() {
    let [_, store] = Store::both("serve_paths").await;
    let serving = Serving::start(&store);
    for (file, path) in [
        (include_str!("../../../docs/deploy/Caddyfile"), "/readyz"),
        (GRAFANA, "/metrics"),
        (PAGE, "/healthz"),
    ] {
        assert!(file.contains(path), "{path}");
        assert_eq!(serving.get(path).await.status, 200, "{path}");
    }
    for file in
        [include_str!("../../../docs/deploy/Caddyfile"), include_str!("../../../docs/deploy/nginx.conf")]
    {
        assert!(file.contains(" /webhook"));
    }
    assert_eq!(serving.get("/webhook").await.status, 405);
}
