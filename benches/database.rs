//! What the feed costs the database, and how long it takes: small against large.
//!
//! `cargo bench --bench database [-- --small 10000 --large 1000000 --times 40]`. Makes its databases itself, on a
//! server of its own (PostgreSQL's programs must be there) or on the one that `FLOWLENS_TEST_DATABASE_URL` names.
//! 2 % of the pull requests are open. A million take about two minutes to make.
#![cfg(test)] // always so here; it tells clippy that panics are wanted

mod shared;
#[path = "../tests/it/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests need more of it")]
mod support;

use std::time::Duration;

use flowlens::{
    domain::board::{FeedEvent, Poll},
    store::{
        board::feed::{self, FeedCommand, FeedOptions, statements},
        engine::{connect::close, discovery::discover},
    },
};
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::{sync::mpsc, task::JoinSet, time::timeout};
use uuid::Uuid;

use self::{
    shared::{Args, Server, connector, head, line, median, milliseconds, now, number, say},
    support::{pg::Database, proxy::Proxy},
};

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_mins(2);

fn main() {
    let Some(args) = Args::read() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(run(&args));
}

async fn run(args: &Args) {
    let small = args.get("small", 10_000, 300);
    let large = args.get("large", 1_000_000, 600);
    let times = args.get("times", 40, 2);
    let server = Server::start();
    let (small_db, _) = server.team("small", small, small / 50).await;
    let (large_db, made) = server.team("large", large, large / 50).await;
    say(format!("{large} pull requests were made in {:.0} s; 2 % are open.\n", made.as_secs_f64()));
    let plain = server.database("plain").await;
    plain.seed_schema().await;
    copy_to_seed(&small_db, &plain).await;

    let figures =
        [measure(&small_db, times).await, measure(&large_db, times).await, measure(&plain, times).await];
    let small_title = format!("{small}");
    let large_title = format!("{large}");
    let plain_title = format!("{small}, seed's schema, no index of ours");
    head(&["ms, medians", &small_title, &large_title, "ratio", "budget", &plain_title]);
    let [small, large, plain] = figures;
    for ((small, large), plain) in small.into_iter().zip(large).zip(plain) {
        line([
            small.name.to_owned(),
            number(small.value),
            number(large.value),
            number(large.value / small.value),
            small.budget.to_owned(),
            number(plain.value),
        ]);
    }
    say("");
    far_away(&small_db, if args.quick { 10 } else { 100 }).await;
}

struct Figure {
    name: &'static str,
    value: f64,
    budget: &'static str,
}

/// The columns of the seed's schema of what `from` holds.
async fn copy_to_seed(from: &Database, to: &Database) {
    let (mut from, mut to) = (from.admin().await, to.admin().await);
    let tables = [
        (
            "repositories",
            "id, github_id, name, full_name, owner, is_private, description, created_at, updated_at",
        ),
        (
            "pull_requests",
            "id, repo_id, pr_number, title, author, commit_sha, branch_name, state, files_changed, additions, deletions, created_at, updated_at",
        ),
        (
            "pipeline_runs",
            "id, repo_id, pr_number, commit_sha, status_pr, status_build, status_approval, status_merge, created_at, updated_at",
        ),
        ("insights", "id, repo_id, pr_number, commit_sha, risk_level, summary, recommendation, created_at"),
    ];
    for (table, columns) in tables {
        let rows: String =
            scalar(&mut from, &format!("SELECT json_agg(t)::text FROM (SELECT {columns} FROM {table}) t"))
                .await;
        let sql = format!(
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, $1::json)"
        );
        sqlx::query(AssertSqlSafe(sql)).bind(rows).execute(&mut to).await.expect("copied");
    }
    sqlx::raw_sql("VACUUM ANALYZE").execute(&mut to).await.expect("analysed");
}

async fn scalar<T>(conn: &mut PgConnection, sql: &str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_one(conn)
        .await
        .unwrap_or_else(|error| panic!("{error}, in: {sql}"))
}

/// A running feed.
struct Live {
    events: mpsc::Receiver<FeedEvent>,
    commands: mpsc::Sender<FeedCommand>,
    pulls: usize,
    loaded: usize,
    last: Option<Poll>,
    /// Ends with its value.
    _task: JoinSet<()>,
}

impl Live {
    /// One that polls when it is told to.
    fn start(url: &str, sweep: Duration) -> Self {
        let (sender, events) = mpsc::channel(64);
        let (commands, receiver) = mpsc::channel(8);
        let options = FeedOptions {
            interval: Duration::from_hours(1),
            sweep,
            reread: Duration::from_hours(9),
            ..FeedOptions::default()
        };
        let mut task = JoinSet::new();
        task.spawn(feed::run(connector(url), options, sender, receiver));
        Self { events, commands, pulls: 0, loaded: 0, last: None, _task: task }
    }

    /// Takes events until one of them is wanted; the milliseconds that it took.
    async fn until(&mut self, wanted: impl Fn(&FeedEvent) -> bool) -> f64 {
        let start = now();
        loop {
            let event = timeout(PATIENCE, self.events.recv())
                .await
                .expect("an answer in time")
                .expect("the feed runs");
            match &event {
                FeedEvent::Pulls { changed, .. } => self.pulls += changed.len(),
                FeedEvent::Loaded { .. } => self.loaded += 1,
                FeedEvent::Polled(poll) => self.last = Some(*poll),
                FeedEvent::Failed(outage) => panic!("{}: {}", outage.cause, outage.message),
                FeedEvent::Connecting { .. }
                | FeedEvent::Connected(_)
                | FeedEvent::Repositories(_)
                | FeedEvent::Requests(_)
                | FeedEvent::OpenCounts(_)
                | FeedEvent::LeftOut(_)
                | FeedEvent::Resting(_)
                | FeedEvent::Ingest(_)
                | FeedEvent::Synced(_) => {}
            }
            if wanted(&event) {
                return milliseconds(start.elapsed());
            }
        }
    }

    /// One tick, now.
    async fn tick(&mut self) -> f64 {
        self.commands.send(FeedCommand::Refresh).await.expect("the feed runs");
        self.until(is_polled).await
    }
}

fn is_polled(event: &FeedEvent) -> bool {
    matches!(event, FeedEvent::Polled(_))
}

async fn measure(database: &Database, times: usize) -> Vec<Figure> {
    let url = database.url();
    let mut out = Vec::new();
    let mut note = |name, value, budget| out.push(Figure { name, value, budget });
    // The caches are warm from here on.
    let mut live = Live::start(&url, Duration::from_hours(1));
    live.until(is_polled).await;

    let (mut first, mut load) = (Vec::new(), Vec::new());
    for _ in 0..times.div_ceil(8) {
        live = Live::start(&url, Duration::from_hours(1));
        let page = live.until(|event| matches!(event, FeedEvent::Pulls { .. })).await;
        first.push(page);
        load.push(page + live.until(|event| matches!(event, FeedEvent::Loaded { .. })).await);
        live.until(is_polled).await;
    }
    note("connected, first page on the screen", median(first), "");
    note("first load", median(load), "1500");
    #[expect(clippy::cast_precision_loss, reason = "at most 20 000")]
    note("(its pull requests)", live.pulls as f64, "");

    for _ in 0..3 {
        live.tick().await;
    }
    let mut ticks = Vec::new();
    for _ in 0..times * 5 {
        ticks.push(live.tick().await);
    }
    note("idle tick", median(ticks), "ratio 1.3");

    let mut admin = database.admin().await;
    let keys: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM pull_requests WHERE state = 'open' ORDER BY pr_number, repo_id")
            .fetch_all(&mut admin)
            .await
            .expect("the open ones");
    for (name, count) in [("tick, 1 row changed", 1), ("tick, 100 rows changed", 100)] {
        let mut ticks = Vec::new();
        for n in 0..times {
            let some: Vec<Uuid> =
                keys.iter().cycle().skip(n * 101).take(count.min(keys.len())).copied().collect();
            sqlx::query(
                "UPDATE pull_requests SET title = md5($2 || title), updated_at = now() WHERE id = ANY($1)",
            )
            .bind(&some)
            .bind(format!("{count} {n}"))
            .execute(&mut admin)
            .await
            .expect("changed");
            ticks.push(live.tick().await);
            let changed = live.last.map(|poll| poll.changed);
            assert_eq!(changed, Some(some.len()), "all that was changed, and nothing else");
        }
        note(name, median(ticks), "");
    }

    note("sweep: all keys and versions compared", sweep(&url, times.div_ceil(20)).await, "");
    let mut connected = connector(&url).connect().await.expect("connected");
    let schema = discover(&mut connected.conn).await.expect("discovered");
    let all = statements(&schema);
    let (_, counts) = all.iter().find(|(name, _)| *name == "counts").expect("the counts");
    let mut took = Vec::new();
    for _ in 0..times {
        let start = now();
        sqlx::query(AssertSqlSafe(counts.clone()))
            .bind(None::<Vec<Uuid>>)
            .fetch_all(&mut connected.conn)
            .await
            .expect("counts");
        took.push(milliseconds(start.elapsed()));
    }
    note("open pull requests counted", median(took), "");
    close(connected.conn).await;
    out
}

/// A sweep rests for twenty times as long as it took: ticks go on until one comes with a sweep.
async fn sweep(url: &str, times: usize) -> f64 {
    let mut live = Live::start(url, Duration::from_millis(1));
    live.until(is_polled).await;
    let mut took = Vec::new();
    while took.len() < times {
        let before = live.loaded;
        let tick = live.tick().await;
        if live.loaded > before {
            took.push(tick);
        } else {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    median(took)
}

/// The same over a long way.
async fn far_away(database: &Database, delay: u64) {
    let proxy = Proxy::before(&database.url());
    proxy.delay(delay);
    let url = proxy.url(&database.url());
    let before = (proxy.round_trips(), now());
    let mut live = Live::start(&url, Duration::from_hours(1));
    let first = live.until(|event| matches!(event, FeedEvent::Pulls { .. })).await;
    let first_trips = proxy.round_trips() - before.0;
    live.until(is_polled).await;
    let (all, all_trips) = (milliseconds(before.1.elapsed()), proxy.round_trips() - before.0);
    for _ in 0..2 {
        live.tick().await;
    }
    let before = proxy.round_trips();
    let mut ticks = Vec::new();
    for _ in 0..5 {
        ticks.push(live.tick().await);
    }
    let trips = proxy.round_trips() - before;
    let title = format!("each round trip takes {delay} ms more");
    head(&[&title, "ms", "round trips", "budget"]);
    line([
        "connected, first page on the screen".to_owned(),
        number(first),
        first_trips.to_string(),
        String::new(),
    ]);
    line(["first load".to_owned(), number(all), all_trips.to_string(), String::new()]);
    let each = if trips.is_multiple_of(5) { (trips / 5).to_string() } else { format!("{trips} on 5 ticks") };
    line(["idle tick".to_owned(), number(median(ticks)), each, "1 round trip".to_owned()]);
}
