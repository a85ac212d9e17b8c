//! Databases on a real server: one a test, nothing left behind.
//!
//! The server is private to this process (of the programs in `FLOWLENS_TEST_PG_BIN`, if it names a folder), unless `FLOWLENS_TEST_DATABASE_URL` names another one (a
//! `YugabyteDB`, say) whose login may create databases and roles. A private server belongs to a supervisor,
//! a process of its own that reads from a pipe which only this process holds: however this process ends
//! (statics are never dropped), the pipe ends too, and the supervisor stops the server and removes its folder.

mod supervisor;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use flowlens::store::{
    engine::{connect::Connector, options::Target},
    migrate,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;
use url::Url;

use self::supervisor::{Supervisor, VERIFIER};

/// The superuser's password on a private server: no output of the program may ever hold it.
pub(crate) const PASSWORD: &str = "never-shown-7Kq";

/// The schema of the database guide, to the letter.
pub(crate) const SEED: &str = include_str!("../fixtures/seed.sql");

const PREFIX: &str = "flowlens_test";

/// A fresh, empty database with `name` in its name; it is dropped with its value.
pub(crate) async fn database(name: &str) -> Database {
    static PRIVATE: OnceLock<PrivateServer> = OnceLock::new();
    static SWEPT: OnceCell<()> = OnceCell::const_new();
    let server = match outside() {
        Some(outside) => {
            let outside = Url::parse(&outside).expect("FLOWLENS_TEST_DATABASE_URL is not a URL");
            SWEPT.get_or_init(|| sweep(&outside)).await;
            outside
        }
        None => PRIVATE.get_or_init(|| PrivateServer::start(&[])).url(),
    };
    Database::create(&server, name, "template0").await
}

fn outside() -> Option<String> {
    std::env::var("FLOWLENS_TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())
}

/// The same with our schema: on a private server a copy of the first of them.
pub(crate) async fn migrated(name: &str) -> Database {
    static FIRST: OnceCell<Database> = OnceCell::const_new();
    // YugabyteDB copies no others than its own templates.
    if outside().is_some() {
        return made(name).await;
    }
    let Database { server, name: first, .. } = FIRST.get_or_init(|| made("first")).await;
    Database::create(server, name, &format!("\"{first}\"")).await
}

async fn made(name: &str) -> Database {
    let database = database(name).await;
    let target = Target::parse(&database.url(), &[]).expect("an address");
    migrate::migrate(&mut Connector::new(target), |_| {}).await.expect("migrated");
    database
}

/// The same on a private server, made with these options.
pub(crate) async fn database_with(name: &str, options: &str) -> Database {
    let Database { server, .. } = &database(name).await;
    Database::create(server, name, &format!("template0 {options}")).await
}

/// A database of one test.
pub(crate) struct Database {
    name: String,
    server: Url,
    roles: Mutex<Vec<String>>,
}

impl Database {
    async fn create(server: &Url, name: &str, template: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mut admin = connect(server.as_str()).await;
        // The name tells the age, so that what a killed run left on an outside server can be found.
        let now: i64 = sqlx::query_scalar("SELECT extract(epoch FROM now())::bigint")
            .fetch_one(&mut admin)
            .await
            .expect("the server's clock");
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}_{now}_{}_{count}_{name}", std::process::id());
        assert!(name.len() < 60, "{name} is too long for the name of a database and its roles");
        run(&mut admin, &format!("CREATE DATABASE \"{name}\" TEMPLATE {template}")).await;
        let database = Self { name, server: server.clone(), roles: Mutex::default() };
        // Before version 13 the schema's default for ids needs it.
        database
            .execute(
                "DO $$ BEGIN IF to_regprocedure('gen_random_uuid()') IS NULL THEN CREATE EXTENSION pgcrypto; END IF; END $$",
            )
            .await;
        database
    }

    /// The database's name on the server.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its address, with the login and password of the server's administrator.
    pub(crate) fn url(&self) -> String {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        url.into()
    }

    /// Its address for another login.
    pub(crate) fn url_for(&self, user: &str, password: &str) -> String {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        url.set_username(user).expect("a URL with a host");
        url.set_password(Some(password)).expect("a URL with a host");
        url.into()
    }

    /// A new connection as the administrator.
    pub(crate) async fn admin(&self) -> PgConnection {
        connect(&self.url()).await
    }

    /// A transaction that waits with this lock.
    pub(crate) async fn holding(&self, lock: &str) -> PgConnection {
        let mut conn = self.admin().await;
        run(&mut conn, "BEGIN").await;
        run(&mut conn, lock).await;
        conn
    }

    /// Runs statements, separated by `;`, as the administrator.
    pub(crate) async fn execute(&self, sql: &str) {
        run(&mut self.admin().await, sql).await;
    }

    /// Creates the tables of the database guide.
    pub(crate) async fn seed_schema(&self) {
        self.execute(SEED).await;
    }

    /// Creates a login that may only read the tables that exist now; its address.
    pub(crate) async fn select_only_login(&self) -> String {
        let role = {
            let mut roles = lock(&self.roles);
            let role = format!("{}_r{}", self.name, roles.len());
            roles.push(role.clone());
            role
        };
        self.execute(&format!(
            "CREATE ROLE \"{role}\" LOGIN PASSWORD '{VERIFIER}';
             GRANT USAGE ON SCHEMA public TO \"{role}\";
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{role}\";"
        ))
        .await;
        self.url_for(&role, PASSWORD)
    }
}

impl Drop for Database {
    /// Drops the database and its logins, as well as it can: a server that is gone needs no cleaning.
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let roles = std::mem::take(&mut *lock(&self.roles));
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let all = remove(&server, &name, &roles);
                tokio::time::timeout(Duration::from_secs(20), all).await.unwrap_or(Ok(()))
            })
        });
        drop(cleaning.join());
    }
}

/// Drops a database, though others are connected to it, and then its logins.
async fn remove(server: &Url, database: &str, roles: &[String]) -> Result<(), sqlx::Error> {
    let mut admin = PgConnection::connect(server.as_str()).await?;
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1")
        .bind(database)
        .execute(&mut admin)
        .await?;
    let drop_all = std::iter::once(format!("DROP DATABASE IF EXISTS \"{database}\""))
        .chain(roles.iter().map(|role| format!("DROP ROLE IF EXISTS \"{role}\"")));
    for sql in drop_all {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut admin).await?;
    }
    Ok(())
}

/// Drops what killed runs left on an outside server more than an hour ago.
async fn sweep(server: &Url) {
    let mut admin = connect(server.as_str()).await;
    let old =
        "~ '^flowlens_test_[0-9]+_' AND split_part(name, '_', 3)::bigint < extract(epoch FROM now()) - 3600";
    let mut names = async |catalog: &str, column: &str| -> Vec<String> {
        let sql =
            format!("SELECT name FROM (SELECT {column}::text AS name FROM {catalog}) n WHERE name {old}");
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut admin).await.expect("the server's catalog")
    };
    let databases = names("pg_database", "datname").await;
    let roles = names("pg_roles", "rolname").await;
    for database in databases {
        // Another run may be sweeping, too.
        drop(remove(server, &database, &[]).await);
    }
    drop(remove(server, PREFIX, &roles).await);
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url)
        .await
        .unwrap_or_else(|error| panic!("cannot connect to the test server: {error}"))
}

async fn run(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{error}, in: {sql}"));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A server of a test's own, which it may stop and start: the tests' default server is one of these, too.
pub(crate) struct PrivateServer {
    folder: PathBuf,
    port: u16,
    port_text: String,
    supervisor: Mutex<Supervisor>,
}

impl PrivateServer {
    /// Makes and starts a server, with settings such as `log_statement = mod` beside the usual ones.
    pub(crate) fn start(settings: &[&str]) -> Self {
        static TRIED: AtomicU32 = AtomicU32::new(0);
        let mut supervisor = Supervisor::start(settings);
        let folder = PathBuf::from(supervisor.answer());
        // Below the ports that Linux gives to clients: the port must still be free at `start_again`.
        for _ in 0..50 {
            let offset = (std::process::id() % 12_000) * 7 + TRIED.fetch_add(1, Ordering::Relaxed);
            let port = u16::try_from(20_000 + offset % 12_000).expect("below 32 000");
            if TcpListener::bind(("127.0.0.1", port)).is_ok() && supervisor.order(&format!("start {port}")) {
                let port_text = port.to_string();
                return Self { folder, port, port_text, supervisor: Mutex::new(supervisor) };
            }
        }
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        panic!("the private PostgreSQL server does not start:\n{log}");
    }

    /// A fresh database on this server.
    pub(crate) async fn database(&self, name: &str) -> Database {
        Database::create(&self.url(), name, "template0").await
    }

    /// Stops the server as an administrator would (`fast`): its clients lose their connections.
    pub(crate) fn stop(&self) {
        assert!(lock(&self.supervisor).order("stop"), "the server does not stop:\n{}", self.log());
    }

    /// Starts it again, on the same port, with the same databases.
    pub(crate) fn start_again(&self) {
        let started = lock(&self.supervisor).order(&format!("start {}", self.port));
        assert!(started, "the server does not start again:\n{}", self.log());
    }

    /// All that it has logged; every line begins with the names of the database and the login.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).expect("the server's log")
    }

    /// The folder of its Unix socket.
    pub(crate) fn socket_folder(&self) -> &Path {
        &self.folder
    }

    /// When it starts again, it follows a primary that is not there, and only reads.
    pub(crate) fn becomes_a_standby(&self) {
        std::fs::write(self.folder.join("data/standby.signal"), "").expect("a file");
    }

    /// Its port, as a variable has it.
    pub(crate) fn port_text(&self) -> &str {
        &self.port_text
    }

    /// Its Unix socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join(format!(".s.PGSQL.{}", self.port))
    }

    /// The authority that signed its certificate (for `localhost` and 127.0.0.1), as a PEM file.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    /// Ends the pipe to the supervisor and waits for nothing: what the end of this process does.
    pub(crate) fn close_the_pipe(&self) {
        lock(&self.supervisor).close();
    }

    fn url(&self) -> Url {
        let url = format!("postgres://postgres:{PASSWORD}@127.0.0.1:{}/postgres", self.port);
        Url::parse(&url).expect("a URL")
    }

    /// The process id of the server.
    pub(crate) fn pid(&self) -> u32 {
        let file =
            std::fs::read_to_string(self.folder.join("data/postmaster.pid")).expect("a running server");
        file.lines().next().and_then(|pid| pid.parse().ok()).expect("a process id")
    }
}
