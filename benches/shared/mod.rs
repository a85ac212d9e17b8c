//! What the benches of the database and of the terminal share: arguments, servers with a team's data, medians,
//! and a table to print.

use std::{
    fmt::Display,
    str::FromStr,
    time::{Duration, Instant},
};

use flowlens::store::{
    engine::{connect::Connector, options::Target},
    migrate,
};

use crate::support::pg::{self, Database, PrivateServer};

/// The data: see its head.
const TEAM: &str = include_str!("../team.sql");

/// The arguments of a bench.
pub(crate) struct Args {
    list: Vec<String>,
    /// Run as a test: everything once, small, only to see that it works.
    pub(crate) quick: bool,
}

impl Args {
    /// Those of this process; `None` when only a list of tests is wanted, and there are none.
    pub(crate) fn read() -> Option<Self> {
        let list: Vec<String> = std::env::args().skip(1).collect();
        let has = |flag: &str| list.iter().any(|arg| arg == flag);
        // `cargo bench` says so; `cargo test --benches` says nothing.
        let quick = !has("--bench") || has("--test");
        (!has("--list")).then_some(Self { list, quick })
    }

    /// The value after `--name`, or one of two defaults: for a real run, for a quick one.
    pub(crate) fn get<T: FromStr>(&self, name: &str, real: T, quick: T) -> T {
        let at = self.list.iter().position(|arg| arg.strip_prefix("--") == Some(name));
        match at.map(|at| self.list.get(at + 1).and_then(|value| value.parse().ok())) {
            Some(value) => value.unwrap_or_else(|| panic!("--{name} wants a number")),
            None if self.quick => quick,
            None => real,
        }
    }
}

/// Where the databases are: the server that `FLOWLENS_TEST_DATABASE_URL` names, else one of this bench's own.
pub(crate) enum Server {
    Outside,
    Own(PrivateServer),
}

impl Server {
    pub(crate) fn start() -> Self {
        if std::env::var_os("FLOWLENS_TEST_DATABASE_URL").is_some_and(|url| !url.is_empty()) {
            return Self::Outside;
        }
        // As PostgreSQL comes, but for what keeps it alive through a crash; that costs writers, not readers.
        Self::Own(PrivateServer::start(&["shared_buffers = '128MB'", "max_wal_size = '4GB'"]))
    }

    /// A new, empty database.
    pub(crate) async fn database(&self, name: &str) -> Database {
        match self {
            Self::Outside => pg::database(name).await,
            Self::Own(server) => server.database(name).await,
        }
    }

    /// A migrated database with a team of so many pull requests; how long the rows took.
    pub(crate) async fn team(&self, name: &str, pulls: u32, open: u32) -> (Database, Duration) {
        let database = self.database(name).await;
        migrate(&database).await;
        let took = fill(&database, pulls, open).await;
        (database, took)
    }
}

/// Brings a database to our schema, as `flowlens db migrate` does.
async fn migrate(database: &Database) {
    migrate::migrate(&mut connector(&database.url()), |_| {}).await.expect("migrated");
}

/// Fills a migrated database, and leaves it as a server at rest would be.
async fn fill(database: &Database, pulls: u32, open: u32) -> Duration {
    let start = now();
    database
        .execute(&format!(
            "SET flowlens.repos = 20; SET flowlens.pulls = {pulls}; SET flowlens.open = {open}; {TEAM}"
        ))
        .await;
    let took = start.elapsed();
    database.execute("VACUUM").await;
    took
}

pub(crate) fn connector(url: &str) -> Connector {
    Connector::new(Target::parse(url, &[]).expect("a good address"))
}

/// The middle one.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    percentile(values, 50)
}

/// The value that so many per cent are below.
pub(crate) fn percentile(values: impl IntoIterator<Item = f64>, per_cent: usize) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let at = (values.len() * per_cent / 100).min(values.len().saturating_sub(1));
    values.get(at).copied().unwrap_or(f64::NAN)
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Three digits at least.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        _ if value.is_nan() => "–".to_owned(),
        1e2.. => format!("{value:.0}"),
        1e1.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.3}"),
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Prints a line of a Markdown table.
#[expect(clippy::print_stdout, reason = "what a bench is for")]
pub(crate) fn line<T: Display>(cells: impl IntoIterator<Item = T>) {
    let cells: Vec<String> = cells.into_iter().map(|cell| cell.to_string()).collect();
    println!("| {} |", cells.join(" | "));
}

/// Prints a table's head.
pub(crate) fn head(titles: &[&str]) {
    line(titles);
    line(titles.iter().map(|_| "---"));
}

/// Prints a remark.
#[expect(clippy::print_stdout, reason = "what a bench is for")]
pub(crate) fn say(text: impl Display) {
    println!("{text}");
}
