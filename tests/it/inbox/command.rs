//! `flowlens inbox`: through the command line, on both engines.

use chrono::TimeDelta;
use flowlens::{
    domain::size::Size,
    serve::{Retention, forget},
    store::inbox::End,
};
use serde_json::Value;

use super::*;
use crate::{
    support::{
        PATIENCE,
        cli::{self, Answer},
        pg,
        rows::Cell,
        term::Pty,
    },
    sync::now,
};

const SECRET: &str = "ghp_0123456789abcdef0123456789abcdef0123";

/// One that waits, one that is done, one that is ignored and two that are dead.
async fn filled(store: &Store) -> Inbox {
    let mut inbox = Inbox::new(store.database());
    let hostile = NewDelivery {
        event: "pull_request".into(),
        action: Some("opened\u{1b}[2J".into()),
        repository_id: Some(8),
        payload: Bytes::from(format!("{{\"title\":\"a\u{202e}b\",\"body\":\"{SECRET}\"}}")),
        ..new(1)
    };
    keep(&mut inbox, [hostile, new(2), new(3), new(4)]).await;
    let claimed = claim(&mut inbox, "me").await;
    assert_eq!(claimed.len(), 4);
    let dead = || End::Dead("it is no\u{1b}[31m push".into());
    let ended =
        [(id(1), dead()), (id(2), End::Done), (id(3), End::Ignored("nothing".into())), (id(4), dead())];
    assert_eq!(inbox.settle("me", &ended).await, Ok(4));
    keep(&mut inbox, [new(5)]).await;
    inbox
}

fn run(store: &Store, args: &[&str]) -> Answer {
    let url = store.url();
    let answer = cli::run(&[&["inbox"], args].concat(), &[("FLOWLENS_DATABASE_URL", url.as_str())]);
    let said = answer.to_string();
    assert!(!said.contains(['\u{1b}', '\u{202e}']) && !said.contains(SECRET), "{said}");
    answer
}

fn json(store: &Store, args: &[&str]) -> Value {
    let answer = run(store, args);
    assert!(answer.status.success(), "{answer}");
    serde_json::from_str(&answer.stdout).expect("JSON")
}

/// The last digit of each delivery's id.
fn numbers(listed: &Value) -> Vec<u64> {
    let list = listed["deliveries"].as_array().expect("a list");
    let id = |delivery: &Value| delivery["id"].as_str().and_then(|id| id.chars().last()?.to_digit(16));
    list.iter().filter_map(id).map(u64::from).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_listed_by_what_is_asked_for() {
    for store in Store::both("inbox_list").await {
        drop(filled(&store).await);
        let all = json(&store, &["list", "--json"]);
        assert_eq!((&all["pending"], &all["dead"]), (&1.into(), &2.into()));
        assert_eq!(numbers(&all), [5, 4, 3, 2, 1]);
        let first = &all["deliveries"][4];
        assert_eq!((&first["action"], &first["state"]), (&"opened[2J".into(), &"dead".into()));
        for (args, expected) in [
            (&["--state", "dead"][..], &[4, 1][..]),
            (&["--state", "done", "--state", "pending"], &[5, 2]),
            (&["--event", "pull_request"], &[1]),
            (&["--limit", "2"], &[5, 4]),
            (&["--older", "1h"], &[]),
            (&["--newer", "1h", "--state", "ignored"], &[3]),
            (&["-R", "acme/none"], &[]),
        ] {
            assert_eq!(numbers(&json(&store, &[&["list", "--json"], args].concat())), expected, "{args:?}");
        }
        let answer = run(&store, &["list", "--state", "dead"]);
        let lines: Vec<&str> = answer.stdout.lines().collect();
        assert!(lines[0].starts_with("received") && lines[0].ends_with("  id"), "{answer}");
        assert_eq!((lines.len(), lines[2]), (5, "  it is no[31m push"), "{answer}");
        assert!(lines[3].contains("repository 8") && lines[3].contains("pull_request opened"), "{answer}");
        let (counts, mend) = answer.stderr.split_once('\n').expect("lines");
        assert_eq!(counts, "flowlens: 1 delivery waits, the oldest came just now; 2 are dead");
        for way in ["inbox show ID", "inbox retry ID", "inbox purge ID"] {
            assert!(mend.contains(way), "{answer}");
        }
        for (args, said) in [
            (&["--event", "none"][..], "no delivery is of none\n"),
            (
                &["--state", "dead", "--newer", "1h", "-R", "acme/no"],
                "no delivery is dead, of acme/no, newer than 1h\n",
            ),
        ] {
            let answer = run(&store, &[&["list"], args].concat());
            assert!(answer.stdout.is_empty() && answer.stderr.contains(said), "{answer}");
        }
        store.execute("DELETE FROM webhook_deliveries").await;
        let answer = run(&store, &["list"]);
        assert!(answer.status.success() && answer.stdout.is_empty(), "{answer}");
        assert_eq!(answer.stderr, "flowlens: the inbox is empty\nflowlens: 0 deliveries wait; 0 are dead\n");
        assert_eq!(json(&store, &["list", "--json"])["deliveries"], serde_json::json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_shown_without_what_is_hostile_or_secret() {
    for store in Store::both("inbox_show").await {
        drop(filled(&store).await);
        let one = id(1).to_string();
        let answer = run(&store, &["show", &one]);
        assert!(answer.stdout.contains("error       it is no[31m push"), "{answer}");
        assert!(answer.stderr.contains("inbox retry ID"), "{answer}");
        assert!(
            answer.stdout.contains("\"title\": \"ab\"") && answer.stdout.contains("[redacted]"),
            "{answer}"
        );
        let shown = json(&store, &["show", &one, "--json"]);
        assert_eq!((&shown["payload"]["title"], &shown["attempts"]), (&"ab".into(), &1.into()));
        let answer = run(&store, &["show", &id(9).to_string()]);
        assert_eq!(answer.status.code(), Some(2), "{answer}");
        assert!(answer.stderr.contains("there is no such delivery"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_ones_are_processed_again_once_somebody_says_so() {
    for store in Store::both("inbox_retry").await {
        drop(filled(&store).await);
        let answer = run(&store, &["retry", &id(4).to_string()]);
        assert_eq!(answer.stdout, "1 delivery to be processed again\n", "{answer}");
        assert_eq!(numbers(&json(&store, &["list", "--json", "--state", "pending"])), [5, 4]);
        let answer = run(&store, &["retry", "--all"]);
        assert_eq!(answer.stdout, "1 delivery to be processed again\n", "{answer}");
        let answer = run(&store, &["retry", "--all"]);
        assert_eq!(
            (answer.status.code(), answer.stdout.as_str()),
            (Some(0), "0 deliveries to be processed again\n")
        );
        let answer = run(&store, &["retry", "--all", "--state", "done", "--state", "ignored"]);
        assert_eq!(answer.stdout, "2 deliveries to be processed again\n", "{answer}");
        // It waits already, and the other one is unknown.
        for n in [5, 9] {
            let answer = run(&store, &["retry", &id(n).to_string()]);
            assert_eq!(answer.status.code(), Some(2), "{answer}");
        }
        assert_eq!(run(&store, &["retry"]).status.code(), Some(2));
    }
}

/// Makes a delivery look so many days old.
async fn age(store: &Store, n: u128, days: i64) {
    let [id, at] = [Cell::Id(n), Cell::Time(now() - TimeDelta::days(days))].map(|cell| store.literal(&cell));
    store
        .execute(&format!(
            "UPDATE webhook_deliveries SET received_at = {at},
                 processed_at = CASE WHEN state <> 'pending' THEN {at} END WHERE delivery_id = {id}"
        ))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_is_thrown_away_and_what_waits_stays() {
    for store in Store::both("inbox_purge").await {
        let mut inbox = filled(&store).await;
        let left = || numbers(&json(&store, &["list", "--json"]));
        let answer = run(&store, &["purge", "--state", "done"]);
        assert_eq!(answer.status.code(), Some(2), "{answer}");
        assert!(answer.stderr.contains("--yes does it without asking"), "{answer}");
        let purge = |args: &[&str]| run(&store, &[&["purge", "--yes"], args].concat()).stdout;
        // By age, and by what is configured: nothing is so old or so large.
        assert_eq!(purge(&["--older", "1h"]), "0 deliveries thrown away\n");
        assert_eq!(purge(&[]), "0 deliveries thrown away\n");
        for (n, days) in [(1, 15), (3, 15), (4, 13), (5, 400)] {
            age(&store, n, days).await;
        }
        assert_eq!(purge(&[]), "2 deliveries thrown away\n");
        assert_eq!(left(), [2, 4, 5]);
        assert_eq!(purge(&["--older", "1d"]), "1 delivery thrown away\n");
        assert_eq!(purge(&["--state", "ignored"]), "0 deliveries thrown away\n");
        assert_eq!(purge(&["--state", "done"]), "1 delivery thrown away\n");
        assert_eq!(left(), [5]);
        assert_eq!(run(&store, &["purge", "--state", "pending", "--yes"]).status.code(), Some(2));
        // What waits, and what is gone, is not thrown away by name either.
        for n in [4, 5] {
            let answer = run(&store, &["purge", "--yes", &id(n).to_string()]);
            assert_eq!(answer.status.code(), Some(2), "{answer}");
            assert!(answer.stderr.contains("none of them has come to an end"), "{answer}");
        }
        assert_eq!(left(), [5]);
        // By size.
        keep(&mut inbox, [new(6), new(7)]).await;
        let claimed = claim(&mut inbox, "me").await;
        let ended: Vec<_> =
            claimed.iter().filter(|one| one.id > id(5)).map(|one| (one.id, End::Done)).collect();
        assert_eq!(inbox.settle("me", &ended).await, Ok(2));
        assert_eq!(purge(&["--keep-bytes", "10B"]), "1 delivery thrown away\n");
        assert_eq!(left(), [7, 5]);
        assert_eq!(purge(&[&id(7).to_string()]), "1 delivery thrown away\n");
        assert_eq!(left(), [5]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_at_a_terminal_is_asked_what_is_to_go() {
    let [_, store] = Store::both("inbox_ask").await;
    drop(filled(&store).await);
    let url = store.url();
    for (answer, code, left) in [("n\r", 8, 5), ("yes\r", 0, 3)] {
        let args = ["inbox", "purge", "--state", "dead", "--event", "push", "--event", "pull_request"];
        let mut pty = Pty::spawn(&args, &[("FLOWLENS_DATABASE_URL", url.as_str())], 100, 20);
        pty.wait_for("Throw away the deliveries that are dead, of push or pull_request? [y/N]", PATIENCE);
        pty.keys(answer);
        assert_eq!(pty.exit_code(), Ok(code), "{}", pty.screen());
        assert_eq!(numbers(&json(&store, &["list", "--json"])).len(), left);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_breaks_no_id() {
    let [_, store] = Store::both("inbox_narrow").await;
    drop(filled(&store).await);
    let url = store.url();
    for (columns, is_alone) in [(80, true), (160, false)] {
        let mut pty = Pty::spawn(&["inbox", "list"], &[("FLOWLENS_DATABASE_URL", url.as_str())], columns, 24);
        assert_eq!(pty.exit_code(), Ok(0));
        let screen = pty.screen();
        for n in 1..=5 {
            let line = screen.lines().find(|line| line.contains(&id(n).to_string())).expect("an id");
            assert_eq!(line.trim() == id(n).to_string(), is_alone, "{screen}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_an_inbox_says_what_makes_one() {
    let db = pg::database("inbox_absent").await;
    db.seed_schema().await;
    let url = db.url();
    let list = |url: &str| cli::run(&["inbox", "list"], &[("FLOWLENS_DATABASE_URL", url)]);
    let answer = list(&url);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(
        answer.stderr.contains("there is no table webhook_deliveries: flowlens db migrate makes it"),
        "{answer}"
    );
    // Looking takes no right but to look.
    let [store, _] = Store::both("inbox_rights").await;
    drop(filled(&store).await);
    let Store::Postgres(db) = &store else { panic!("a server") };
    let viewer = db.select_only_login().await;
    assert!(list(&viewer).status.success());
    let retry = ["inbox", "retry", "--all"];
    let answer = cli::run(&retry, &[("FLOWLENS_DATABASE_URL", viewer.as_str())]);
    assert_eq!(answer.status.code(), Some(4), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_forgets_what_is_too_old_and_what_is_too_much() {
    for store in Store::both("inbox_forget").await {
        let mut inbox = filled(&store).await;
        age(&store, 3, 15).await;
        // No two ended at the same time: a clock may count milliseconds.
        age(&store, 1, 2).await;
        age(&store, 2, 3).await;
        age(&store, 5, 400).await;
        let keep = Duration::from_hours(14 * 24);
        for (by_size, keep_bytes, gone, left) in [
            (false, 1, 1, &[4, 1, 2, 5][..]),
            (true, 0, 0, &[4, 1, 2, 5]),
            // 4 ended last; 1 has a title, for which there is no room, and 2 ended before it.
            (true, 20, 2, &[4, 5]),
        ] {
            let retention = Retention { keep, keep_bytes: Size(keep_bytes) };
            assert_eq!(forget(&mut inbox, retention, by_size).await, Ok(gone));
            assert_eq!(numbers(&json(&store, &["list", "--json"])), left);
        }
    }
}
