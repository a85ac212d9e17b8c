//! What is asked of a watch on its way, and what it asks for again.

use flowlens::github::sync::{Ask, SyncEvent, SyncTarget};

use super::{
    column, kinds, many,
    stage::{watch, watch_these},
};
use crate::{
    github::fake::{faults::What, world::World},
    support::rows::Lite,
};

#[tokio::test]
async fn a_look_in_the_middle_of_a_pass_comes_at_once_and_the_pass_goes_on() {
    let lite = Lite::new().await;
    let (heard, asked, _) = watch(many(60), lite.file().into(), 200, |second, fake, asks| {
        if second != 100 {
            return;
        }
        let mut world = fake.world();
        world.log.clear();
        for number in 1..=60 {
            world.change(0, number, |pull| pull.title = format!("Again {number}"));
        }
        let (asks, mut page) = (asks.downgrade(), 0);
        let look = move |_: &mut World| {
            page += 1;
            if let (2, Some(asks)) = (page, asks.upgrade()) {
                asks.send(Ask::Look { repository: "acme/api".to_owned(), number: 60 }).expect("a watch");
            }
        };
        world.fault(3, |asked| asked.what == "Details", What::Before(Box::new(look)));
    })
    .await;
    let looked = heard.iter().filter(|(_, event)| matches!(event, SyncEvent::Looked { .. }));
    let looked: Vec<_> = looked.map(|(_, event)| event.clone()).collect();
    assert_eq!(
        looked,
        [SyncEvent::Looked { repository: "acme/api".to_owned(), number: 60, found: true }],
        "it is there, though the pass is not"
    );
    let queries = asked.iter().filter_map(|asked| match asked.what.as_str() {
        "First" if asked.variables["states"][0] == "OPEN" => Some(0),
        "Details" => asked.variables["ids"].as_array().map(Vec::len),
        _ => None,
    });
    let mut queries: Vec<usize> = queries.collect();
    // The pass's list; two pages of details; the look's list; then both go on.
    let rest = queries.split_off(4);
    assert_eq!(queries, [0, 20, 20, 0], "{:?}", kinds(&asked));
    assert!(rest == [20, 1] || rest == [1, 20], "nothing twice: {rest:?}");
}

/// Somebody adds a repository in the middle of a pass over another one: the new one comes at once, and the other goes on.
#[tokio::test]
async fn a_pass_that_another_repository_interrupts_goes_on_with_what_it_has() {
    for of in ["First", "Details"] {
        let lite = Lite::new().await;
        let mut world = many(250);
        let at = world.add_repository("zeta/web");
        world.add_pull(at, "New");
        let target = SyncTarget::Repository("acme/api".to_owned());
        let (heard, asked, _) =
            watch_these(vec![target], world, lite.file().into(), 200, move |second, fake, asks| {
                if second == 100 {
                    let mut world = fake.world();
                    world.log.clear();
                    for number in 1..=250 {
                        world.change(0, number, |pull| pull.title = format!("Again {number}"));
                    }
                    let (asks, mut page) = (asks.downgrade(), 0);
                    let add = move |_: &mut World| {
                        page += 1;
                        if let (2, Some(asks)) = (page, asks.upgrade()) {
                            asks.send(Ask::Also(SyncTarget::named("zeta/web"))).expect("a watch");
                        }
                    };
                    world.fault(2, move |asked| asked.what == of, What::Before(Box::new(add)));
                }
                0
            })
            .await;
        let done = heard.iter().filter(|(at, _)| *at >= 100).filter_map(|(_, event)| match event {
            SyncEvent::Done { repository, .. } => Some(repository.as_str()),
            _ => None,
        });
        assert_eq!(done.collect::<Vec<_>>(), ["zeta/web", "acme/api"], "{of}");
        // What was on its way when the wish came is asked for once more, and nothing else is.
        let lists = asked.iter().filter(|asked| {
            asked.what == "First"
                && asked.variables["owner"] == "acme"
                && asked.variables["states"][0] == "OPEN"
        });
        let pages: Vec<bool> = lists.map(|asked| asked.variables["after"].is_null()).collect();
        let again = if of == "First" { vec![true, false, false, false] } else { vec![true, false, false] };
        assert_eq!(pages, again, "{of}");
        let details = asked.iter().filter(|asked| asked.what == "Details");
        let read: usize = details.filter_map(|asked| asked.variables["ids"].as_array().map(Vec::len)).sum();
        assert_eq!(read, 250 + 1 + if of == "Details" { 20 } else { 0 }, "{of}");
    }
}

#[tokio::test]
async fn an_organisations_list_is_sent_again_only_when_it_has_changed() {
    let lite = Lite::new().await;
    let target = SyncTarget::Organisation("acme".to_owned());
    let (_, asked, _) = watch_these(vec![target], many(1), lite.file().into(), 11_000, |second, fake, _| {
        if second == 5_000 {
            let mut world = fake.world();
            let at = world.add_repository("acme/web");
            world.add_pull(at, "New");
        }
        0
    })
    .await;
    let lists = asked.iter().filter(|asked| asked.what.contains("/orgs/acme/repos"));
    let lists: Vec<(u16, u32)> = lists.map(|asked| (asked.status, asked.cost)).collect();
    assert_eq!(lists, [(200, 1), (304, 0), (200, 1), (304, 0)]);
    let stored = "SELECT full_name FROM pull_requests JOIN repositories r ON r.id = repo_id ORDER BY 1";
    assert_eq!(column(lite.file().path(), stored).await, ["acme/api", "acme/web"]);
}

/// By the name that was typed, in capitals or not, whatever it is called by now.
#[tokio::test]
async fn what_is_taken_back_is_asked_for_no_more() {
    let by_now =
        [("zeta", "zeta/web"), ("ZETA", "zeta/web"), ("zeta/web", "umbrella/core"), ("Zeta/Web", "zeta/web")];
    for (taken, called) in by_now {
        let lite = Lite::new().await;
        let (_, asked, _) =
            watch(many(1), lite.file().into(), 8_000, move |second, fake, asks| match second {
                100 => {
                    let mut world = fake.world();
                    let at = world.add_repository("zeta/web");
                    world.add_pull(at, "New");
                    let typed = SyncTarget::named(&taken.to_lowercase());
                    asks.send(Ask::Also(typed)).expect("a watch");
                }
                500 if called != "zeta/web" => fake.world().rename(1, called),
                1_000 => {
                    asks.send(Ask::Without(SyncTarget::named(taken))).expect("a watch");
                    fake.world().log.clear();
                }
                _ => {}
            })
            .await;
        let is_of = |name: &str| {
            asked.iter().any(|asked| format!("{} {}", asked.what, asked.variables).contains(name))
        };
        assert!(is_of("api"), "{asked:?}");
        for name in ["zeta", "web", "umbrella", "core"] {
            assert!(!is_of(name), "{taken}: {asked:?}");
        }
        let stored = "SELECT full_name FROM pull_requests JOIN repositories r ON r.id = repo_id ORDER BY 1";
        assert_eq!(column(lite.file().path(), stored).await, ["acme/api", called]);
    }
}

#[tokio::test]
async fn what_something_else_means_stays_when_one_of_both_is_taken_back() {
    let lite = Lite::new().await;
    let (heard, ..) = watch(many(1), lite.file().into(), 2_000, |second, fake, asks| {
        let ask = |ask| asks.send(ask).expect("a watch");
        match second {
            100 => {
                let mut world = fake.world();
                let at = world.add_repository("zeta/web");
                world.add_pull(at, "New");
                ask(Ask::Also(SyncTarget::named("zeta")));
            }
            500 => ask(Ask::Also(SyncTarget::named("zeta/web"))),
            1_000 => ask(Ask::Without(SyncTarget::named("zeta"))),
            _ => {}
        }
    })
    .await;
    let fresh = heard.iter().filter_map(|(at, event)| match event {
        SyncEvent::Fresh { repository, .. } if repository == "zeta/web" => Some(*at),
        _ => None,
    });
    assert!(fresh.max() > Some(1_900), "{heard:?}");
}

/// Its organisation lists it by its new name.
#[tokio::test]
async fn a_renamed_repository_is_read_once() {
    let lite = Lite::new().await;
    let target = SyncTarget::Organisation("acme".to_owned());
    let (heard, ..) = watch_these(vec![target], many(1), lite.file().into(), 8_000, |second, fake, _| {
        if second == 1_000 {
            fake.world().rename(0, "acme/core");
        }
        0
    })
    .await;
    let of = heard.iter().filter_map(|(_, event)| match event {
        SyncEvent::Begun { of, .. } => Some(*of),
        _ => None,
    });
    let of: Vec<usize> = of.collect();
    assert!(of.len() > 2 && of.iter().all(|of| *of == 1), "{of:?}");
}

#[tokio::test]
async fn what_is_asked_for_on_the_way_and_not_found_is_dropped() {
    let lite = Lite::new().await;
    let (heard, asked, _) = watch(many(1), lite.file().into(), 8_000, |second, fake, asks| match second {
        100 => {
            for name in ["acme/apo", "nobody"] {
                asks.send(Ask::Also(SyncTarget::named(name))).expect("a watch");
            }
        }
        // A second try is told again, and finds it.
        1_000 => {
            let mut world = fake.world();
            let at = world.add_repository("acme/apo");
            world.add_pull(at, "New");
            asks.send(Ask::Also(SyncTarget::named("ACME/apo"))).expect("a watch");
        }
        // It is watched from then on.
        2_000 => fake.world().repositories[1].is_gone = true,
        _ => {}
    })
    .await;
    let told: Vec<String> = heard
        .iter()
        .filter_map(|(at, event)| {
            let when = if *at < 1_000 { "early" } else { "late" };
            match event {
                SyncEvent::Problem(problem) => Some(format!("{when}: {}", problem.said)),
                SyncEvent::Dropped { name } => Some(format!("{when}: {name} is dropped")),
                SyncEvent::Found { name, full_name } if name != "acme/api" => {
                    Some(format!("{when}: {name} is {full_name}"))
                }
                _ => None,
            }
        })
        .collect();
    assert_eq!(
        told,
        [
            "early: nobody is not found: private, or misspelt",
            "early: nobody is dropped",
            "early: acme/apo is not found: private, or misspelt",
            "early: acme/apo is dropped",
            "late: ACME/apo is acme/apo",
            "late: acme/apo is not found: private, or misspelt",
        ]
    );
    let tries = asked.iter().filter(|asked| asked.what.contains("/nobody/repos")).count();
    assert_eq!(tries, 2, "once as an organisation, and once as a user");
}
