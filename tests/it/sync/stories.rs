//! Any interleaving of syncs and of webhook deliveries of the same events ends in the same state.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, atomic},
    time::Duration,
};

use chrono::TimeDelta;
use flowlens::{facts::fact::Fact, store::write::Writer};
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use serde_json::{Map, Value};

use super::{
    engines::sync_all,
    many,
    story::{Turn, between},
};
use crate::{
    github::fake::{Fake, deliver::Delivery, faults::What, world::World},
    stored::Lines,
    support::rows::{Lite, Store},
};

/// A turn, the pull request that it is about, and the seconds before it.
type Step = (Turn, i32, i64);

/// What comes one after the other.
#[derive(Clone, Debug)]
enum Beat {
    Turn(Step),
    /// A sync; the turn happens before this request of it is answered.
    Sync(Option<(usize, Step)>),
    /// Some of what was not delivered yet, picked by these, some of it twice.
    Deliver(Vec<(usize, bool)>),
}

fn step() -> impl Strategy<Value = Step> {
    (Turn::any(), 1..4_i32, 1..40_i64)
}

fn story(most: usize) -> impl Strategy<Value = Vec<Beat>> {
    let beat = prop_oneof![
        6 => step().prop_map(Beat::Turn),
        2 => proptest::option::of((0..8_usize, step())).prop_map(Beat::Sync),
        3 => vec((any::<usize>(), any::<bool>()), 1..4).prop_map(Beat::Deliver),
    ];
    vec(beat, 1..most)
}

/// What is not delivered yet.
type Outbox = Arc<Mutex<Vec<Delivery>>>;

fn outbox(of: &Outbox) -> std::sync::MutexGuard<'_, Vec<Delivery>> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Plays it on a database; the world as it is in the end.
async fn play(beats: &[Beat], store: &Store) -> Fake {
    let mut world = many(2);
    for pull in world.repositories[0].pulls.values_mut() {
        pull.files = between(&pull.head, "main");
    }
    let fake = Fake::start(world, Duration::ZERO);
    let waiting = Outbox::default();
    let mut writer = Writer::new(store.database());
    for beat in beats {
        match beat {
            Beat::Turn((turn, number, seconds)) => {
                let told = turn.happen(&mut fake.world(), *number, *seconds);
                outbox(&waiting).extend(told);
            }
            Beat::Sync(meanwhile) => {
                if let Some((at, (turn, number, seconds))) = meanwhile.clone() {
                    let (count, waiting) = (atomic::AtomicUsize::new(0), Arc::clone(&waiting));
                    let change = move |world: &mut World| {
                        let told = turn.happen(world, number, seconds);
                        outbox(&waiting).extend(told);
                    };
                    let is_it = move |_: &_| count.fetch_add(1, atomic::Ordering::SeqCst) == at;
                    fake.world().fault(1, is_it, What::Before(Box::new(change)));
                }
                sync_all(&fake, store).await;
                fake.world().faults.clear();
            }
            Beat::Deliver(picks) => {
                for (pick, twice) in picks {
                    let told = {
                        let mut waiting = outbox(&waiting);
                        let Some(at) = pick.checked_rem(waiting.len()) else { break };
                        if *twice { waiting[at].clone() } else { waiting.swap_remove(at) }
                    };
                    writer.apply(&told.facts()).await.expect("written");
                }
            }
        }
    }
    // The world comes to rest; what got shorter is looked at twice; late deliveries come all the same.
    for seconds in [70, 15] {
        fake.world().pass(TimeDelta::seconds(seconds));
        sync_all(&fake, store).await;
    }
    let late = std::mem::take(&mut *outbox(&waiting));
    let late: Vec<Fact> = late.iter().flat_map(Delivery::facts).collect();
    writer.apply(&late).await.expect("written");
    fake
}

/// What the rows say of the world as it is: but for the past, and for what nobody looks at in a closed one.
fn state(lines: &Lines, world: &World) -> Vec<String> {
    let names = regex::Regex::new("acme/api-[0-9]+").expect("a pattern");
    let rows: Vec<(&str, Map<String, Value>)> = lines
        .iter()
        .filter_map(|line| line.split_once(' '))
        .map(|(table, row)| {
            // Addresses with a former name lead on, and stay as they are.
            let row = if table == "repositories" {
                row.to_owned()
            } else {
                names.replace_all(row, "acme/api").into_owned()
            };
            (table, serde_json::from_str(&row).expect("a row"))
        })
        .collect();
    let repository = &world.repositories[0];
    let of = |row: &Map<String, Value>| {
        let number = row["pr_number"].as_i64().and_then(|number| i32::try_from(number).ok());
        repository.pulls.get(&number.expect("a number"))
    };
    let heads: BTreeMap<&str, &str> =
        repository.pulls.values().map(|pull| (pull.head.as_str(), pull.state)).collect();
    let mut state = Vec::new();
    for (table, mut row) in rows {
        let is_open = match table {
            "repositories" => {
                // A new name is told just after its second.
                let micros = row["github_updated_at"].as_i64().expect("a time");
                row.insert("github_updated_at".to_owned(), (micros / 1_000_000).into());
                true
            }
            "checks" => {
                let head = row["head_sha"].as_str().expect("a head");
                if heads.get(head) != Some(&"OPEN") || row["superseded"] == true {
                    continue;
                }
                true
            }
            // Of one that was deleted before the other database saw it, nobody knows there.
            _ => {
                let Some(pull) = of(&row) else { continue };
                pull.state == "OPEN"
            }
        };
        let past: &[&str] = match table {
            "pipeline_runs" => &["history", "pr_since", "build_since", "approval_since", "merge_since"],
            // No answer tells it.
            "checks" => &["attempt", "gone_at"],
            "reviews" if !row["dismissed_at"].is_null() => &["state"],
            _ => &[],
        };
        let closed: &[&str] = match table {
            "pull_requests" => &["files_changed", "mergeable_state"],
            "pipeline_runs" => &["status_build"],
            _ => &[],
        };
        let hidden = past.iter().chain(closed.iter().filter(|_| !is_open));
        for column in hidden {
            row.remove(*column);
        }
        state.push(format!("{table} {}", Value::Object(row)));
    }
    state.sort();
    state
}

async fn lite() -> Store {
    Store::Sqlite(Lite::new().await)
}

async fn same_state(beats: &[Beat], store: &Store) -> Result<(), TestCaseError> {
    let fake = play(beats, store).await;
    // Another database that saw nothing of all that.
    let fresh = lite().await;
    sync_all(&fake, &fresh).await;
    let (found, wanted) = (store.lines().await, fresh.lines().await);
    let (found, wanted, numbers) = {
        let world = fake.world();
        let numbers: Vec<String> = world.repositories[0].pulls.keys().map(ToString::to_string).collect();
        (state(&found, &world), state(&wanted, &world), numbers)
    };
    let only = |one: &[String], other: &[String]| -> Vec<String> {
        one.iter().filter(|line| !other.contains(line)).cloned().collect()
    };
    let (more, less) = (only(&found, &wanted), only(&wanted, &found));
    prop_assert!(
        more.is_empty() && less.is_empty(),
        "with deliveries:\n{}\nby one sync in the end:\n{}",
        more.join("\n"),
        less.join("\n")
    );
    // A late delivery of one that is deleted is put right by the next sync.
    sync_all(&fake, store).await;
    let ghosts = format!(
        "state = 'open' AND pr_number NOT IN ({})",
        [vec!["0".to_owned()], numbers].concat().join(", ")
    );
    prop_assert_eq!(store.count("pull_requests", &ghosts).await, 0);
    Ok(())
}

/// `PROPTEST_CASES` asks for more.
fn config(usual: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(usual, |_| ProptestConfig::default().cases);
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 300, ..ProptestConfig::default() }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

#[test]
fn any_interleaving_of_syncs_and_deliveries_ends_in_the_same_state() {
    let runtime = runtime();
    let tell = |story: Vec<Beat>| {
        runtime.block_on(async {
            let store = lite().await;
            same_state(&story, &store).await
        })
    };
    TestRunner::new(config(CASES)).run(&story(30), tell).unwrap_or_else(|error| panic!("{error}"));
}

const CASES: u32 = 64;

#[test]
fn so_it_does_on_a_server() {
    let runtime = runtime();
    let tell = |story: Vec<Beat>| {
        runtime.block_on(async {
            let [postgres, _] = Store::both("sync_story").await;
            same_state(&story, &postgres).await
        })
    };
    TestRunner::new(config(4)).run(&story(30), tell).unwrap_or_else(|error| panic!("{error}"));
}
