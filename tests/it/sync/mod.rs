//! `flowlens sync` through the command line, against a small GitHub.

mod acting;
mod command;
mod costs;
mod dashboard;
mod dialects;
mod engines;
mod estimates;
mod first;
mod header;
mod kills;
mod leases;
mod limits;
mod memory;
mod missing;
mod moves;
mod outages;
mod parts;
mod readme;
mod refusals;
mod rerun;
pub(crate) mod secrets;
mod stage;
mod stories;
pub(crate) mod story;
mod terminal;
mod traps;
mod watching;
mod wishes;

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, SubsecRound as _, Utc};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row as _, query};
use tempfile::TempDir;

use crate::{
    github::fake::{
        Fake,
        world::{Asked, Clock, World},
    },
    support::{
        cli::{self, Answer},
        rows::{Lite, Store},
    },
};

/// The clock of these worlds: it stands still until it is moved.
#[expect(clippy::disallowed_methods, reason = "the program on trial looks at the real clock")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(0)
}

pub(crate) fn world() -> World {
    World::new(Clock::At(now()))
}

/// A GitHub, and somebody's home.
pub(crate) struct Trial {
    pub(crate) fake: Fake,
    pub(crate) home: TempDir,
    /// Another database than the embedded one.
    pub(crate) shared: Option<String>,
}

impl Trial {
    pub(crate) fn new(world: World) -> Self {
        Self::slow(world, Duration::ZERO)
    }

    pub(crate) fn slow(world: World, latency: Duration) -> Self {
        Self { fake: Fake::start(world, latency), home: TempDir::new().expect("a folder"), shared: None }
    }

    /// On this database.
    pub(crate) fn on(world: World, latency: Duration, store: &Store) -> Self {
        Self { shared: Some(store.url()), ..Self::slow(world, latency) }
    }

    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        let mut env = vec![("FLOWLENS_GITHUB_URL", self.fake.url()), ("GH_TOKEN", TOKEN.to_owned())];
        env.extend(self.shared.clone().map(|url| ("FLOWLENS_DATABASE_URL", url)));
        env
    }

    /// Runs `flowlens` with these arguments.
    pub(crate) fn run(&self, args: &[&str]) -> Answer {
        self.run_with(args, &[])
    }

    /// The same with more variables.
    pub(crate) fn run_with(&self, args: &[&str], more: &[(&str, &str)]) -> Answer {
        let env = self.env();
        let env = env.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied());
        cli::run_in(self.home.path(), args, &env.collect::<Vec<_>>())
    }

    /// Runs `flowlens sync`, which succeeds; its standard output.
    pub(crate) fn sync(&self, args: &[&str]) -> String {
        let answer = self.run(&[&["sync"], args].concat());
        assert!(answer.status.success(), "{answer}");
        assert!(!answer.to_string().contains(TOKEN), "{answer}");
        answer.stdout
    }

    /// Changes the world.
    pub(crate) fn set(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.fake.world());
    }

    /// What was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.fake.world().log)
    }

    /// The open pull requests and those of the window, as scripts see them.
    pub(crate) fn board(&self) -> BTreeMap<String, Value> {
        let answer = self.run(&["status", "--json", "--filter", "!zzzz"]);
        assert!(answer.status.success(), "{answer}");
        let board: Value = serde_json::from_str(&answer.stdout).expect("JSON");
        let pulls = board["pull_requests"].as_array().expect("pull requests").clone();
        let name =
            |pull: &Value| format!("{}#{}", pull["repository"].as_str().expect("a name"), pull["number"]);
        pulls.into_iter().map(|pull| (name(&pull), pull)).collect()
    }

    /// All rows of the embedded database but for keys of its own, times of writing and leases.
    pub(crate) async fn rows(&self) -> Vec<String> {
        rows(&self.database()).await
    }

    pub(crate) fn database(&self) -> std::path::PathBuf {
        self.home.path().join(".local/share/flowlens/flowlens.db")
    }
}

/// In no log, no error, no database.
pub(crate) const TOKEN: &str = "ghp_averyverysecrettoken";

const TABLES: [&str; 6] =
    ["repositories", "pull_requests", "pipeline_runs", "checks", "reviews", "sync_state"];
const OWN: [&str; 4] = ["id", "repo_id", "updated_at", "lease_until"];

pub(crate) async fn rows(file: &std::path::Path) -> Vec<String> {
    let mut conn = Lite::at(file).await;
    let mut all = Vec::new();
    for table in TABLES {
        let columns = query(AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}')")));
        let columns = columns.fetch_all(&mut conn).await.expect("columns");
        let columns: Vec<String> = columns.iter().map(|row| row.get::<String, _>(0)).collect();
        let columns = columns.iter().filter(|name| !OWN.contains(&name.as_str()));
        let quoted: Vec<String> = columns.map(|name| format!("'{name}=' || quote({name})")).collect();
        let is_mark = if table == "sync_state" { "WHERE resource <> 'lease'" } else { "" };
        let sql =
            format!("SELECT '{table}: ' || {} FROM {table} {is_mark} ORDER BY 1", quoted.join(" || ' ' || "));
        let found = query(AssertSqlSafe(sql)).fetch_all(&mut conn).await.expect("rows");
        all.extend(found.iter().map(|row| row.get::<String, _>(0)));
    }
    all
}

/// What was asked, by kind: queries by their name, REST as `rest`.
pub(crate) fn kinds(asked: &[Asked]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for one in asked {
        let kind = if one.is_graphql { one.what.clone() } else { "rest".to_owned() };
        *kinds.entry(kind).or_default() += 1;
    }
    kinds
}

/// A check of the conclusion, in a suite of its own; the suite's index.
pub(crate) fn built(
    world: &mut World,
    at: usize,
    number: i32,
    name: &str,
    conclusion: Option<&'static str>,
) -> usize {
    let head = world.repositories[at].pulls[&number].head.clone();
    let suite = world.add_suite(at, &head, "CI");
    world.check(at, &head, suite, name, conclusion);
    suite
}

/// `acme/api` with so many open pull requests.
pub(crate) fn many(count: usize) -> World {
    many_at(now(), count)
}

/// The same, the same each time.
pub(crate) fn many_at(now: DateTime<Utc>, count: usize) -> World {
    let mut world = World::new(Clock::At(now));
    let at = world.add_repository("acme/api");
    for n in 1..=count {
        world.add_pull(at, &format!("Change {n}"));
    }
    world
}

/// The lines of a repository's table, by one column.
pub(crate) async fn column(file: &std::path::Path, sql: &str) -> Vec<String> {
    let mut conn = Lite::at(file).await;
    let found = query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut conn).await.expect("rows");
    found.iter().map(|row| row.get::<String, _>(0)).collect()
}
