//! `flowlens serve` as a process, before real servers: what it takes and what not, and what it outlives.

mod beside;
mod claims;
mod crowds;
mod defects;
mod deliveries;
mod deploy;
mod ends;
mod hiccups;
mod kills;
mod outage;
mod payloads;
mod program;
mod refusals;
mod screen;
mod secrecy;

use flowlens::store::inbox::Inbox;
use serde_json::json;
use uuid::Uuid;

use crate::support::{PATIENCE, awaited, rows::Store};

/// A push to acme/api that says so many bytes.
fn push(n: usize, size: usize) -> Vec<u8> {
    let payload = json!({
        "ref": "refs/heads/main", "after": format!("{n:040x}"),
        "repository": {"id": 7, "name": "api", "full_name": "acme/api", "owner": {"login": "acme"}},
        "padding": "x".repeat(size),
    });
    payload.to_string().into_bytes()
}

fn guid(n: usize) -> Uuid {
    Uuid::from_u128(n as u128 + 1)
}

/// Waits until nothing is pending.
async fn drained(store: &Store) {
    let is_drained = async || {
        let counts = Inbox::new(store.database()).counts().await.ok()?;
        (counts.pending == 0).then_some(())
    };
    assert!(awaited(PATIENCE, is_drained).await.is_some(), "the inbox is not drained");
}

/// The value of a metric, its labels as they are printed; 0 where it is not yet there.
fn metric(text: &str, name: &str) -> i64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0, |value| value.trim_end_matches(".0").parse().expect("a whole number"))
}
