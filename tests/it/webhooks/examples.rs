//! The payloads of the npm package `@octokit/webhooks-examples`, one by one: which rows each makes.

use std::{fmt::Write as _, io::Read as _};

use flowlens::{
    facts::fact::Fact,
    github::webhook::{envelope, read},
    store::write::Writer,
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    shown::{Alike, alike, invented, made, text},
    told,
};
use crate::{
    facts::memory::Memory,
    stored::{assert_same, reduced},
    support::rows::Store,
};

/// A payload, and the server's kind that it is from.
#[derive(Deserialize)]
pub(crate) struct Example {
    pub(crate) event: String,
    from: String,
    pub(crate) payload: Value,
}

/// All of the package, each once.
pub(crate) fn examples() -> Vec<Example> {
    let packed = include_bytes!("../fixtures/webhooks/examples.jsonl.xz");
    let mut lines = String::new();
    lzma_rust2::XzReader::new(packed.as_slice(), false).read_to_string(&mut lines).expect("packed lines");
    lines.lines().map(|line| serde_json::from_str(line).expect("an example")).collect()
}

impl Example {
    fn action(&self) -> &str {
        self.payload["action"].as_str().unwrap_or("-")
    }
}

/// The rows of a delivery alone, those of one kind together; a delivery is said by its action, its server and how many
/// are alike.
#[test]
fn each_makes_the_rows_that_it_tells() {
    let examples = examples();
    let named = |one: &Example| format!("{} {}", one.from, one.action());
    let mut ignored = String::new();
    for (event, alike) in alike(examples.iter().map(|one| (one.event.as_str(), named(one), &one.payload))) {
        let (ours, others): (Alike, Alike) =
            alike.into_iter().partition(|(made, _)| !made.starts_with("  ignored: "));
        for (why, names) in others {
            let why = why.trim_start_matches("  ignored: ");
            write!(ignored, "{event} ×{}: {why}", names.len()).expect("a text");
        }
        if !ours.is_empty() {
            let text = text(&ours);
            insta::assert_snapshot!(event, text);
        }
    }
    insta::assert_snapshot!("ignored", ignored);
}

/// Payloads from elsewhere: files `EVENT__….json` in the folder `FLOWLENS_PAYLOADS`.
#[test]
#[ignore = "payloads of one's own, by hand"]
#[expect(clippy::print_stdout, reason = "whoever starts it wants to see the rows")]
fn payloads_of_a_folder() {
    let folder = std::env::var_os("FLOWLENS_PAYLOADS").expect("FLOWLENS_PAYLOADS");
    let files = std::fs::read_dir(folder).expect("a folder");
    for path in files.map(|file| file.expect("a file").path()) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let (event, _) = name.split_once("__").expect("an event in its name");
        println!("{name}\n{}", made(event, &std::fs::read(&path).expect("a file")));
    }
}

/// In a repository of its own: deliveries that share a database have nothing to do with each other.
fn apart(n: usize, mut fact: Fact) -> Fact {
    let n = i64::try_from(n).expect("small");
    fact.repository.github_id += n << 40;
    fact.repository.full_name = format!("{n}-{}", fact.repository.full_name);
    fact
}

/// When each row was written.
pub(crate) async fn written(store: &Store) -> Vec<Vec<Option<String>>> {
    let mut all = Vec::new();
    for table in ["repositories", "pull_requests", "pipeline_runs", "checks", "reviews"] {
        let sql = format!("SELECT CAST(updated_at AS TEXT) FROM {table} ORDER BY 1");
        all.extend(store.texts(&sql, 1).await);
    }
    all
}

async fn same_in_both(name: &str, deliveries: &[Vec<Fact>]) {
    let wanted = reduced(&Memory::of(&deliveries.concat()));
    assert!(wanted.len() > 5);
    for store in Store::both(name).await {
        let mut writer = Writer::new(store.database());
        for facts in deliveries {
            writer.apply(facts).await.expect("applied");
        }
        assert_same(name, &store.lines().await, &wanted);
        let before = written(&store).await;
        for facts in deliveries.iter().rev() {
            assert_eq!(writer.apply(facts).await.expect("applied").rows, 0, "{facts:?}");
        }
        assert_eq!(written(&store).await, before, "a replay writes nothing");
    }
}

#[tokio::test]
async fn each_alone_makes_the_same_rows_in_both_stores_and_a_replay_none() {
    let alone = |(n, example): (usize, &Example)| -> Vec<Fact> {
        let facts = told(&example.event, &example.payload).facts;
        facts.into_iter().map(|fact| apart(n, fact)).collect()
    };
    let deliveries: Vec<Vec<Fact>> = examples().iter().enumerate().map(alone).collect();
    same_in_both("examples_alone", &deliveries).await;
}

#[tokio::test]
async fn all_together_make_the_same_rows_in_both_stores_and_a_replay_none() {
    let deliveries: Vec<Vec<Fact>> =
        examples().iter().map(|example| told(&example.event, &example.payload).facts).collect();
    same_in_both("examples_together", &deliveries).await;
}

#[test]
fn what_is_stored_beside_each_is_what_is_read() {
    for example in examples() {
        let body = example.payload.to_string();
        let envelope = envelope(body.as_bytes()).expect("an object");
        let told = read(&example.event, body.as_bytes()).expect("read");
        assert_eq!(envelope.action, told.action);
        assert_eq!(envelope.repository_id, example.payload["repository"]["id"].as_i64());
        assert_eq!(told.repository.as_ref().map(|one| one.github_id), envelope.repository_id);
        assert!(told.facts.is_empty() || told.ignored.is_none());
        assert!(told.repository.is_some() || told.ignored == Some("it is about no repository"));
    }
}

#[test]
fn nothing_is_invented() {
    for example in examples() {
        let invented = invented(&example.event, &example.payload);
        assert!(invented.is_empty(), "{} {}: {invented:?}", example.event, example.action());
    }
}
