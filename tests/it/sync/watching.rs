//! Watching, at a clock that jumps: whole days pass in a moment.

use chrono::TimeDelta;
use flowlens::github::sync::{Ask, Because, SyncEvent, SyncTarget, WatchEnd};

use super::{
    built, kinds, many, now,
    stage::{watch, watch_these, written},
};
use crate::{
    github::fake::{
        faults::{Fault, What},
        world::{Clock, World},
    },
    support::rows::{Lite, Store},
};

async fn texts(store: &Store, sql: &str) -> Vec<String> {
    let rows = store.texts(sql, 1).await;
    rows.into_iter().map(|mut row| row.pop().flatten().unwrap_or_default()).collect()
}

async fn build(store: &Store) -> Vec<String> {
    texts(store, "SELECT status_build FROM pipeline_runs ORDER BY pr_number").await
}

#[tokio::test]
async fn a_run_again_is_seen_within_half_a_minute_and_a_push_at_the_next_look() {
    for store in Store::both("watch_rerun").await {
        let mut world = many(3);
        let suite = built(&mut world, 0, 1, "test", None);
        let sha = world.repositories[0].pulls[&1].head.clone();
        // Quiet for days, so that a push alone makes it lively.
        let pull = world.repositories[0].pulls.get_mut(&2).expect("a pull request");
        (pull.created_at, pull.updated_at) = (now() - TimeDelta::days(9), now() - TimeDelta::days(9));
        let (heard, _, ended) = watch(world, store.database(), 500, move |second, fake, _| match second {
            // Moves no `updatedAt`.
            100 => drop(fake.world().check(0, &sha, suite, "test", Some("FAILURE"))),
            200 => drop(fake.world().push(0, 2)),
            // It is run again, once it was red.
            300 => drop(fake.world().check(0, &sha, suite, "test", None)),
            450 => drop(fake.world().check(0, &sha, suite, "test", Some("SUCCESS"))),
            _ => {}
        })
        .await;
        assert_eq!(ended, WatchEnd::Asked);
        // A tick is 25 s, and the second that is under way. What is red is looked at every two minutes.
        for (change, tick, what) in
            [(100, 25, "a failure"), (200, 25, "a push"), (300, 120, "another run"), (450, 25, "its end")]
        {
            let seen = written(&heard, change - 1).expect(what);
            assert!((change..=change + tick + 1).contains(&seen), "{what}: {seen}");
        }
        assert_eq!(build(&store).await[0], "passed");
        let files = "SELECT CASE WHEN CAST(files_changed AS TEXT) LIKE '%' || commit_sha || '%' THEN 'new' END \
                     FROM pull_requests WHERE pr_number = 2";
        assert_eq!(texts(&store, files).await, ["new"]);
    }
}

#[tokio::test]
async fn while_nothing_happens_a_quiet_hour_costs_what_was_calculated() {
    let lite = Lite::new().await;
    let mut world = many(20);
    for number in 1..=20 {
        built(&mut world, 0, number, "test", Some("SUCCESS"));
        let pull = world.repositories[0].pulls.get_mut(&number).expect("a pull request");
        pull.updated_at = now() - TimeDelta::days(3);
        pull.created_at = pull.updated_at;
    }
    let (heard, asked, _) = watch(world, lite.file().into(), 3_500, |second, fake, _| {
        if second == 60 {
            fake.world().log.clear();
        }
    })
    .await;
    let points: u32 = asked.iter().filter(|asked| asked.is_graphql).map(|asked| asked.cost).sum();
    let kinds = kinds(&asked);
    assert!(points <= 160, "{points} {kinds:?}");
    assert!(!kinds.contains_key("rest") && !kinds.contains_key("Details"), "{kinds:?}");
    assert_eq!(written(&heard, 60), None);
    let fresh = heard.iter().filter(|(_, event)| matches!(event, SyncEvent::Fresh { .. })).count();
    assert!(fresh > 100, "{fresh}");
}

/// By hand, for docs/github.md: 50 repositories with 1,000 open ones, of which 100 are built, and 200 are red.
#[tokio::test]
#[ignore = "reads the files of a thousand first, eight in a second"]
#[expect(clippy::print_stdout, reason = "for whoever measures")]
async fn an_hour_of_a_thousand_in_which_nothing_happens() {
    let lite = Lite::new().await;
    let mut world = World::team(Clock::At(now()), 50, 1_000);
    for at in 0..50 {
        for number in 1..=20 {
            let pull = world.repositories[at].pulls.get_mut(&number).expect("a pull request");
            pull.updated_at = now() - TimeDelta::days(3);
            pull.created_at = pull.updated_at;
            let head = pull.head.clone();
            match number {
                1 | 2 => drop(world.check(at, &head, 0, "test", None)),
                3..=6 => drop(world.check(at, &head, 0, "test", Some("FAILURE"))),
                _ => {}
            }
        }
    }
    let (heard, asked, _) = watch(world, lite.file().into(), 3_660, |second, fake, _| {
        if second == 60 {
            fake.world().log.clear();
        }
    })
    .await;
    let points: u32 = asked.iter().filter(|asked| asked.is_graphql).map(|asked| asked.cost).sum();
    let paces = heard.iter().filter(|(_, event)| matches!(event, SyncEvent::Pace(_)));
    println!("{points} points, {:?}, {:?}", kinds(&asked), paces.collect::<Vec<_>>());
    assert!(points <= 1_000 && written(&heard, 60).is_none());
}

#[tokio::test]
async fn what_goes_is_found_by_the_hourly_sweep_and_a_rename_is_said_once() {
    for store in Store::both("watch_sweep").await {
        let (heard, ..) = watch(many(3), store.database(), 4_000, |second, fake, _| match second {
            100 => drop(fake.world().repositories[0].pulls.remove(&2)),
            1_000 => fake.world().rename(0, "umbrella/core"),
            _ => {}
        })
        .await;
        let renamed: Vec<_> =
            heard.iter().filter(|(_, event)| matches!(event, SyncEvent::Renamed { .. })).collect();
        assert_eq!(renamed.len(), 1, "{renamed:?}");
        assert!(renamed[0].0 <= 1_030, "{renamed:?}");
        let stored = "SELECT full_name || ' ' || state FROM pull_requests p JOIN repositories r ON r.id = p.repo_id \
                      ORDER BY pr_number";
        let expected = ["umbrella/core open", "umbrella/core closed", "umbrella/core open"];
        assert_eq!(texts(&store, stored).await, expected);
    }
}

#[tokio::test]
async fn an_outage_is_waited_out_and_what_is_asked_for_comes_at_once() {
    for store in Store::both("watch_outage").await {
        let target = SyncTarget::Repository("acme/api".to_owned());
        let (heard, ..) =
            watch_these(vec![target], many(2), store.database(), 400, |second, fake, asks| match second {
                50 => {
                    fake.world().fault(3, |_| true, What::Cut);
                    0
                }
                200 => {
                    fake.world().repositories[0].pulls.get_mut(&1).expect("a pull request").title =
                        "Not told".to_owned();
                    asks.send(Ask::Look { repository: "acme/api".to_owned(), number: 1 }).expect("a watch");
                    asks.send(Ask::Look { repository: "acme/api".to_owned(), number: 9 }).expect("a watch");
                    2
                }
                _ => 0,
            })
            .await;
        let is_outage =
            |event: &SyncEvent| matches!(event, SyncEvent::Waiting { because: Because::Outage { .. }, .. });
        let waits = heard.iter().filter(|(_, event)| is_outage(event)).count();
        assert_eq!(waits, 3);
        assert!(heard.iter().any(|(_, event)| *event == SyncEvent::Resumed));
        let looked: Vec<_> = heard
            .iter()
            .filter_map(|(at, event)| match event {
                SyncEvent::Looked { number, found, .. } => Some((*at, *number, *found)),
                _ => None,
            })
            .collect();
        let mut looked = looked;
        looked.sort_by_key(|(_, number, _)| *number);
        assert!(matches!(looked[..], [(200..=230, 1, true), (200..=230, 9, false)]), "{looked:?}");
    }
}

#[tokio::test]
async fn looks_get_rarer_when_little_of_the_limit_is_left() {
    let lite = Lite::new().await;
    let mut world = many(2);
    built(&mut world, 0, 1, "test", None);
    world.graphql.used = 3_900;
    world.graphql.resets = now() + TimeDelta::hours(1);
    let (heard, asked, _) = watch(world, lite.file().into(), 3_000, |_, _, _| {}).await;
    let pace = heard.iter().find_map(|(_, event)| match event {
        SyncEvent::Pace(pace) => Some(*pace),
        _ => None,
    });
    assert!(pace.is_some_and(|pace| pace > 1.5), "{pace:?}");
    let points: u32 = asked.iter().filter(|asked| asked.is_graphql).map(|asked| asked.cost).sum();
    assert!(points <= 100, "{points}");
    assert!(!heard.iter().any(|(_, event)| matches!(event, SyncEvent::Waiting { .. })), "it never ran dry");
}

#[tokio::test]
async fn a_token_that_is_taken_back_ends_it() {
    let lite = Lite::new().await;
    let (heard, _, ended) = watch(many(1), lite.file().into(), 400, |second, fake, _| {
        if second == 100 {
            fake.world().token.valid = false;
        }
    })
    .await;
    assert_eq!(ended, WatchEnd::Refused);
    let problem = heard.iter().find_map(|(_, event)| match event {
        SyncEvent::Problem(problem) => Some(problem.to_string()),
        _ => None,
    });
    assert!(problem.is_some_and(|problem| problem.contains(" does not accept the token")));
}

#[tokio::test]
async fn a_limit_is_waited_for_and_a_repository_that_cannot_be_read_is_tried_again() {
    let lite = Lite::new().await;
    let (heard, ..) = watch(many(1), lite.file().into(), 1_500, |second, fake, _| match second {
        100 => fake.world().fault(1, |asked| asked.what == "Probe", Fault::secondary(90)),
        300 => fake.world().repositories[0].is_gone = true,
        600 => fake.world().repositories[0].is_gone = false,
        _ => {}
    })
    .await;
    let problems = heard.iter().filter(|(_, event)| matches!(event, SyncEvent::Problem(_))).count();
    assert_eq!(problems, 1);
    let fresh = heard.iter().filter(|(_, event)| matches!(event, SyncEvent::Fresh { .. })).map(|(at, _)| *at);
    let fresh: Vec<i64> = fresh.collect();
    assert!(!fresh.iter().any(|at| (120..185).contains(at) || (330..900).contains(at)), "{fresh:?}");
    assert!(fresh.iter().any(|at| *at > 900), "{fresh:?}");
    assert_eq!(build(&Store::Sqlite(lite)).await.len(), 1);
}

/// GitHub works it out when it is asked: soon there is an answer, or there is none for long.
#[tokio::test]
async fn whether_it_can_be_merged_is_asked_again_three_times_within_half_a_minute() {
    for answers in [true, false] {
        let lite = Lite::new().await;
        let mut world = many(1);
        let pull = world.repositories[0].pulls.get_mut(&1).expect("a pull request");
        // Quiet: it is looked at every ten minutes.
        (pull.created_at, pull.updated_at) = (now() - TimeDelta::days(9), now() - TimeDelta::days(9));
        (pull.mergeable, pull.merge_state) = ("UNKNOWN", "UNKNOWN");
        let (heard, asked, _) = watch(world, lite.file().into(), 300, move |second, fake, _| {
            if second == 15 && answers {
                let mut world = fake.world();
                let pull = world.repositories[0].pulls.get_mut(&1).expect("a pull request");
                (pull.mergeable, pull.merge_state) = ("CONFLICTING", "DIRTY");
            }
        })
        .await;
        let stored = texts(&Store::Sqlite(lite), "SELECT mergeable_state FROM pull_requests").await;
        if answers {
            assert!(written(&heard, 14).is_some_and(|seen| seen <= 31), "{heard:?}");
            assert_eq!(stored, ["dirty"]);
        } else {
            // Before and behind the details, and then as long as there is hope.
            assert!((3..=5).contains(&kinds(&asked)["Fingerprint"]), "{:?}", kinds(&asked));
            assert_eq!(stored, [""]);
        }
    }
}
