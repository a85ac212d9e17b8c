//! Watching, at a clock that jumps: whole days pass in a moment.

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use flowlens::{
    domain::secret::Secret,
    github::{
        client::{Client, ClientOptions},
        sync::{Ask, Because, Ended, SyncEngine, SyncEvent, SyncOptions, SyncTarget, Time},
    },
};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::{built, column, kinds, many, now};
use crate::{
    github::fake::{
        Fake,
        faults::{Fault, What},
        world::{Asked, Clock, World},
    },
    support::rows::Lite,
};

/// Happens at each second; how many looks are awaited now.
type Script = dyn FnMut(i64, &Fake, &UnboundedSender<Ask>) -> usize;

/// What passes with each second of the jumping clock.
struct Stage {
    fake: Arc<Fake>,
    script: Box<Script>,
    /// Dropped at the end.
    asks: Option<UnboundedSender<Ask>>,
    events: UnboundedReceiver<SyncEvent>,
    heard: Vec<(i64, SyncEvent)>,
    second: i64,
    last: i64,
    /// Looks that are under way: the clock waits for them.
    looks: usize,
}

impl Stage {
    fn hear(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.looks = self.looks.saturating_sub(usize::from(matches!(event, SyncEvent::Looked { .. })));
            self.heard.push((self.second, event));
        }
    }
}

thread_local! {
    static NOW: Cell<DateTime<Utc>> = const { Cell::new(DateTime::UNIX_EPOCH) };
    static STAGE: RefCell<Option<Stage>> = const { RefCell::new(None) };
}

type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

fn sleep(pause: Duration) -> Sleep {
    let seconds = pause.as_secs_f64().ceil();
    STAGE.with_borrow_mut(|stage| -> Sleep {
        let stage = stage.as_mut().expect("a stage");
        stage.hear();
        if stage.looks > 0 {
            return Box::pin(tokio::time::sleep(Duration::from_millis(1)));
        }
        let mut passed = 0.0;
        while passed < seconds && stage.asks.is_some() {
            passed += 1.0;
            stage.second += 1;
            NOW.set(NOW.get() + TimeDelta::seconds(1));
            stage.fake.world().pass(TimeDelta::seconds(1));
            stage.hear();
            if let Some(asks) = &stage.asks {
                stage.looks += (stage.script)(stage.second, &stage.fake, asks);
            }
            if stage.second >= stage.last {
                stage.asks = None;
            }
        }
        // At the end nothing goes on any more: the watch hears that nobody asks.
        let over = stage.asks.is_none();
        Box::pin(async move {
            if over {
                pending::<()>().await;
            }
        })
    })
}

/// Watches a world's repositories for so many seconds; what was told, and when.
pub(super) async fn watch(
    world: World,
    lite: &Lite,
    last: i64,
    mut script: impl FnMut(i64, &Fake, &UnboundedSender<Ask>) + 'static,
) -> (Vec<(i64, SyncEvent)>, Vec<Asked>, Ended) {
    let targets = world.repositories.iter().map(|one| SyncTarget::Repository(one.full_name())).collect();
    let script = move |second, fake: &Fake, asks: &UnboundedSender<Ask>| {
        script(second, fake, asks);
        0
    };
    watch_these(targets, world, lite, last, script).await
}

pub(super) async fn watch_these(
    targets: Vec<SyncTarget>,
    world: World,
    lite: &Lite,
    last: i64,
    script: impl FnMut(i64, &Fake, &UnboundedSender<Ask>) -> usize + 'static,
) -> (Vec<(i64, SyncEvent)>, Vec<Asked>, Ended) {
    NOW.set(world.now());
    let fake = Arc::new(Fake::start(world, Duration::ZERO));
    let options = ClientOptions::new(fake.url(), Some(Secret::new("ghp_x")), None);
    let client = Client::new(ClientOptions { clock: || NOW.get(), ..options }).expect("a client");
    let (tell, events) = mpsc::unbounded_channel();
    let (asks, asked) = mpsc::unbounded_channel();
    let time = Time { now: || NOW.get(), sleep };
    let options = SyncOptions { time, tries: u32::MAX, ..SyncOptions::default() };
    let mut engine = SyncEngine::new(client, lite.file().into(), options, tell);
    let stage = Stage {
        fake: Arc::clone(&fake),
        script: Box::new(script),
        asks: Some(asks),
        events,
        heard: Vec::new(),
        second: 0,
        last,
        looks: 0,
    };
    STAGE.set(Some(stage));
    let ended = engine.watch(targets, asked).await;
    let mut stage = STAGE.take().expect("a stage");
    stage.hear();
    let asked = std::mem::take(&mut fake.world().log);
    (stage.heard, asked, ended)
}

/// When rows were written from a second on.
fn written(heard: &[(i64, SyncEvent)], from: i64) -> Option<i64> {
    heard
        .iter()
        .find(|(at, event)| *at > from && matches!(event, SyncEvent::Written { .. }))
        .map(|(at, _)| *at)
}

async fn build(lite: &Lite) -> Vec<String> {
    column(lite.file().path(), "SELECT status_build FROM pipeline_runs ORDER BY pr_number").await
}

#[tokio::test]
async fn a_run_again_is_seen_within_half_a_minute_and_a_push_at_the_next_look() {
    let lite = Lite::new().await;
    let mut world = many(3);
    let suite = built(&mut world, 0, 1, "test", None);
    let sha = world.repositories[0].pulls[&1].head.clone();
    let (heard, _, ended) = watch(world, &lite, 300, move |second, fake, _| match second {
        // Moves no `updatedAt`.
        100 => drop(fake.world().check(0, &sha, suite, "test", Some("FAILURE"))),
        200 => drop(fake.world().push(0, 2)),
        _ => {}
    })
    .await;
    assert_eq!(ended, Ended::Asked);
    let failed = written(&heard, 99).expect("the failure");
    assert!(failed <= 130, "{failed}");
    let push = written(&heard, 199).expect("the push");
    assert!(push <= 230, "{push}");
    assert_eq!(build(&lite).await[0], "failed");
    let files = "SELECT json_extract(files_changed, '$[0].contents_url') LIKE '%' || commit_sha FROM pull_requests WHERE pr_number = 2";
    assert_eq!(
        column(lite.file().path(), &files.replace("SELECT ", "SELECT '' || (").replace(" FROM", ") FROM"))
            .await,
        ["1"]
    );
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
    let (heard, asked, _) = watch(world, &lite, 3_500, |second, fake, _| {
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
    let (heard, asked, _) = watch(world, &lite, 3_660, |second, fake, _| {
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
    let lite = Lite::new().await;
    let (heard, ..) = watch(many(3), &lite, 4_000, |second, fake, _| match second {
        100 => drop(fake.world().repositories[0].pulls.remove(&2)),
        1_000 => fake.world().repositories[0].rename("acme/core"),
        _ => {}
    })
    .await;
    let renamed: Vec<_> =
        heard.iter().filter(|(_, event)| matches!(event, SyncEvent::Renamed { .. })).collect();
    assert_eq!(renamed.len(), 1, "{renamed:?}");
    assert!(renamed[0].0 <= 1_030, "{renamed:?}");
    let stored = "SELECT full_name || ' ' || state FROM pull_requests JOIN repositories r ON r.id = repo_id ORDER BY pr_number";
    assert_eq!(
        column(lite.file().path(), stored).await,
        ["acme/core open", "acme/core closed", "acme/core open"]
    );
}

#[tokio::test]
async fn an_outage_is_waited_out_and_what_is_asked_for_comes_at_once() {
    let lite = Lite::new().await;
    let target = SyncTarget::Repository("acme/api".to_owned());
    let (heard, ..) = watch_these(vec![target], many(2), &lite, 400, |second, fake, asks| match second {
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
        |event: &SyncEvent| matches!(event, SyncEvent::Waiting { because: Because::Outage(_), .. });
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

#[tokio::test]
async fn looks_get_rarer_when_little_of_the_limit_is_left() {
    let lite = Lite::new().await;
    let mut world = many(2);
    built(&mut world, 0, 1, "test", None);
    world.graphql.used = 3_900;
    world.graphql.resets = now() + TimeDelta::hours(1);
    let (heard, asked, _) = watch(world, &lite, 3_000, |_, _, _| {}).await;
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
    let (heard, _, ended) = watch(many(1), &lite, 400, |second, fake, _| {
        if second == 100 {
            fake.world().token.valid = false;
        }
    })
    .await;
    assert_eq!(ended, Ended::Refused);
    let problem = heard.iter().find_map(|(_, event)| match event {
        SyncEvent::Problem(problem) => Some(problem.to_string()),
        _ => None,
    });
    assert!(problem.is_some_and(|problem| problem.starts_with("GitHub does not accept the token (401)")));
}

#[tokio::test]
async fn a_limit_is_waited_for_and_a_repository_that_cannot_be_read_is_tried_again() {
    let lite = Lite::new().await;
    let (heard, ..) = watch(many(1), &lite, 1_500, |second, fake, _| match second {
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
    assert_eq!(build(&lite).await.len(), 1);
}
