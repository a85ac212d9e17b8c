//! Many on one database: one does the work, at the cost of one.

use std::{process::Child, time::Duration};

use flowlens::{
    domain::{ids::RepoId, sync::Trouble},
    github::sync::{Because, SyncEvent},
    store::{
        engine::sqlite::File,
        sync::{Kept, SyncStore},
    },
};

use super::{
    Trial,
    kills::{begin, holder, stored},
    kinds, many,
    outages::{once, problems},
    stage::watch,
};
use crate::support::{PATIENCE, eventually, rows::Store, term::Pty};

#[tokio::test]
async fn ten_dashboards_on_one_database_cost_one_quota() {
    let [postgres, _] = Store::both("sync_ten").await;
    let trial = Trial::on(many(3), Duration::ZERO, &postgres);
    let home = trial.home.path().display().to_string();
    let env = trial.env();
    let mut env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    env.extend([("HOME", home.as_str()), ("FLOWLENS_GITHUB_REPOS", "acme/api")]);
    let open = || Pty::spawn(&["-i", "200ms"], &env, 140, 40);
    let header = |pty: &mut Pty, text: &str| {
        pty.wait_until(text, PATIENCE, |screen| {
            screen.lines().next().is_some_and(|line| line.contains(text))
        });
    };
    let mut first = open();
    first.wait_for("Change 3", PATIENCE);
    header(&mut first, "GitHub just now");
    let alone = kinds(&trial.fake.world().log);
    let mut others: Vec<Pty> = (0..9).map(|_| open()).collect();
    for other in &mut others {
        header(other, "another sync reads");
        other.wait_for("Change 3", PATIENCE);
    }
    // The first one goes on with its looks; the others ask nothing at all.
    let all = kinds(&trial.fake.world().log);
    for what in ["First", "Details", "rest"] {
        assert_eq!(all[what], alone[what], "{all:?}");
    }
    for pty in others.iter_mut().chain([&mut first]) {
        pty.keys("q");
        assert_eq!(pty.exit_code(), Ok(0));
    }
}

#[tokio::test]
async fn what_another_sync_has_costs_nothing_and_is_taken_over_when_it_is_left() {
    for store in Store::both("sync_left").await {
        let fill = Trial::on(many(2), Duration::ZERO, &store);
        fill.sync(&["acme/api"]);
        let (mut leases, repo): (SyncStore, RepoId) = stored(&fill, store.database()).await;
        let hour = Duration::from_hours(1);
        let lease = leases.lease(repo, "elsewhere", hour).await.expect("a database").expect("a lease");
        let (heard, asked, _) = watch(many(2), store.database(), 300, |_, _, _| {}).await;
        assert!(asked.is_empty(), "{:?}", kinds(&asked));
        let waits = |(_, event): &&(i64, SyncEvent)| {
            matches!(event, SyncEvent::Waiting { repository: Some(_), because: Because::OtherSync(_), .. })
        };
        assert!(heard.iter().filter(waits).count() >= 9);
        // It ends by the database's clock, or is given back.
        leases.release(&lease, &Kept::default()).await.expect("a database");
        let (_, asked, _) = watch(many(2), store.database(), 60, |_, _, _| {}).await;
        assert_eq!(kinds(&asked)["First"], 2);
    }
}

/// A name as another machine's watch has it.
const WATCH: &str = "boot pid:[1] 77 x watch 1764165720 box";

#[tokio::test]
async fn one_behind_a_watch_ends_when_that_has_read_it_and_says_who_it_is() {
    for store in Store::both("sync_behind").await {
        let trial = Trial::on(many(2), Duration::ZERO, &store);
        trial.sync(&["acme/api"]);
        trial.asked();
        let (mut leases, repo) = stored(&trial, store.database()).await;
        let hour = Duration::from_hours(1);
        let lease = leases.lease(repo, WATCH, hour).await.expect("a database").expect("a lease");
        let mut child = begin(&trial, &["acme/api"]);
        let said = says(&mut child, "acme/api: flowlens sync --watch (pid 77 on box, since ");
        assert!(said.ends_with(" is at work on it; ends when that has read it"), "{said}");
        // What it read before is not what was asked for.
        assert!(child.try_wait().expect("a child").is_none());
        leases
            .renew(&lease, hour, &Kept { age: Some(Duration::ZERO), trouble: None })
            .await
            .expect("renewed");
        let output = child.wait_with_output().expect("a child");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}");
        assert!(said.starts_with("acme/api: 2 open; flowlens sync --watch (pid 77 on box, since "), "{said}");
        assert!(said.contains(") has read it from GitHub just now\n0 points, 0 requests"), "{said}");
        assert!(trial.asked().is_empty(), "whoever waits asks nothing");
    }
}

#[tokio::test]
async fn a_watch_that_reads_nothing_is_not_waited_for_without_an_end() {
    let trial = Trial::new(many(2));
    trial.sync(&["acme/api"]);
    let (mut leases, repo) = stored(&trial, File::new(trial.database())).await;
    let hour = Duration::from_hours(1);
    let lease = leases.lease(repo, WATCH, hour).await.expect("a database").expect("a lease");
    let down = (Trouble::Outage("GitHub is down (503)".to_owned()), hour);
    leases.renew(&lease, hour, &Kept { age: None, trouble: Some(down) }).await.expect("renewed");
    let (summary, events, time) = once(trial.fake.url(), File::new(trial.database())).await;
    assert_eq!((summary.problems, time), (1, Duration::from_mins(3)));
    let said = problems(&events);
    assert!(said[0].starts_with("flowlens sync --watch (pid 77 on box, since "), "{said:?}");
    assert!(
        said[0].ends_with("has not read all of it from GitHub for 3 min: GitHub is down (503)"),
        "{said:?}"
    );
}

/// The first line of its standard error that holds a text.
fn says(child: &mut Child, text: &str) -> String {
    let stderr = child.stderr.take().expect("its standard error");
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(stderr)).map_while(Result::ok);
    lines.find(|line| line.contains(text)).expect("a line")
}

/// Another token may be let in.
#[tokio::test]
async fn who_cannot_read_a_repository_leaves_it_to_others() {
    for store in Store::both("sync_refused").await {
        let trial = Trial::on(many(1), Duration::ZERO, &store);
        trial.sync(&["acme/api"]);
        trial.set(|world| world.repositories[0].is_gone = true);
        let mut watching = begin(&trial, &["--watch", "acme/api"]);
        says(&mut watching, "acme/api is not found: private, or misspelt");
        let is_free = async || holder(&trial, store.database()).await.is_none().then_some(());
        assert!(crate::support::awaited(PATIENCE, is_free).await.is_some(), "the lease is kept");
        trial.set(|world| world.repositories[0].is_gone = false);
        trial.sync(&["acme/api"]);
        assert!(watching.try_wait().expect("a child").is_none(), "it watches on");
        watching.kill().and_then(|()| watching.wait()).expect("a child");
    }
}

/// A process that was killed keeps nobody waiting.
#[tokio::test]
async fn a_lease_of_the_dead_is_taken() {
    for store in Store::both("sync_dead").await {
        let trial = Trial::on(many(1), Duration::ZERO, &store);
        let mut watching = begin(&trial, &["--watch", "acme/api"]);
        let is_read =
            || trial.fake.world().log.iter().any(|asked| asked.what.contains("/files")).then_some(());
        eventually(PATIENCE, is_read).expect("a pass");
        watching.kill().and_then(|()| watching.wait()).expect("a child");
        assert!(holder(&trial, store.database()).await.is_some());
        let answer = trial.run(&["sync", "acme/api"]);
        assert!(answer.status.success() && !answer.stderr.contains("another sync"), "{answer}");
    }
}
