//! Which database: the first that is named, in the order of how clearly it was meant.

use std::time::Duration;

use super::{Env, Flags, NamedDatabase, Node, Origin, Secret, file::quoted, key, resolve::Resolver};
use crate::domain::address;

/// The `[database]` section: which database, and how it is reached.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    pub choice: DatabaseChoice,
    /// More nodes of the same cluster.
    pub nodes: Vec<Node>,
    /// Whether a cluster is asked for its other nodes.
    pub discover_nodes: bool,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
}

/// The database to read, and who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseChoice {
    /// A flag, the environment or the config file names it for `FlowLens`.
    Named {
        /// Its URL.
        url: Secret,
        /// Who named it.
        origin: Origin,
    },
    /// `PGHOST`, `PGHOSTADDR` or `PGSERVICE` is set: the `PG*` variables say the rest.
    PgEnv,
    /// `DATABASE_URL`, often some other application's: only good where `FlowLens`'s tables are found.
    Borrowed {
        url: Secret,
        /// `DATABASE_URL`.
        origin: Origin,
    },
    /// Nobody names one.
    None,
}

impl DatabaseSettings {
    /// Reads the section. A flag may name one of several databases instead.
    pub(super) fn read(
        r: &mut Resolver<'_>,
        databases: &[NamedDatabase],
        flags: &Flags,
        env: Env<'_>,
        warnings: &mut Vec<String>,
    ) -> Self {
        let (url, origin) = r.get(&key::URL, flags.database_url.as_ref().map(Secret::expose));
        warnings.extend(url.as_ref().and_then(|url| seen_by_all(url, &origin)));
        let mut named = url.map(|url| (url, origin));
        let mut nodes = r.get(&key::NODES, None).0;
        if let Some(name) = &flags.database {
            match databases.iter().find(|database| database.name.eq_ignore_ascii_case(name)) {
                Some(chosen) => {
                    named = Some((chosen.url.clone(), chosen.origin.clone()));
                    nodes.clone_from(&chosen.nodes);
                }
                None => r.problem(unknown_database(name, databases)),
            }
        }
        Self {
            choice: DatabaseChoice::new(named, env, warnings),
            nodes,
            discover_nodes: r.get(&key::DISCOVER_NODES, None).0,
            connect_timeout: r.get(&key::CONNECT_TIMEOUT, None).0,
        }
    }
}

fn unknown_database(name: &str, databases: &[NamedDatabase]) -> String {
    let names = databases.iter().map(|database| quoted(&database.name)).collect::<Vec<_>>().join(", ");
    let known = if names.is_empty() { "none: it has no [[databases]]".to_owned() } else { names };
    format!("--database {}: the config file has {known}", quoted(name))
}

/// What everyone on this machine sees of a command line with a password.
fn seen_by_all(url: &Secret, origin: &Origin) -> Option<String> {
    let Origin::Flag(name) = origin else { return None };
    address::has_password(url.expose()).then(|| {
        format!(
            "{name} holds a password, which `ps` shows to everyone on this machine; \
             FLOWLENS_DATABASE_URL or ~/.pgpass hides it"
        )
    })
}

impl DatabaseChoice {
    /// Chooses. `named` is what flag, `FLOWLENS_DATABASE_URL` and file came to, in that order.
    pub(super) fn new(named: Option<(Secret, Origin)>, env: Env<'_>, warnings: &mut Vec<String>) -> Self {
        let set = |name| env(name).filter(|value| !value.trim().is_empty());
        if let Some((url, origin)) = named {
            Self::Named { url, origin }
        } else if ["PGHOST", "PGHOSTADDR", "PGSERVICE"].into_iter().find_map(set).is_some() {
            Self::PgEnv
        } else if let Some(url) = set(LENT) {
            Self::lent(url.trim(), warnings)
        } else {
            Self::None
        }
    }

    /// What `DATABASE_URL` leads to. One of another kind was never meant for us; one that may have been is taken, and
    /// refused with its fault when it is used.
    fn lent(url: &str, warnings: &mut Vec<String>) -> Self {
        let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        let is_scheme = |scheme: &String| {
            !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
        };
        match scheme.filter(is_scheme) {
            Some(scheme) if !SERVERS.iter().any(|server| url.to_ascii_lowercase().contains(server)) => {
                warnings.push(format!(
                    "{LENT} begins with {scheme}: and is not used: it is no PostgreSQL server's. The embedded database \
                     is; FLOWLENS_DATABASE_URL names another"
                ));
                Self::None
            }
            _ => Self::Borrowed { url: Secret::new(url), origin: Origin::Env(LENT) },
        }
    }
}

/// Often some other application's.
const LENT: &str = "DATABASE_URL";
/// What an address that is meant for a server of our kind may hold, in whatever dialect (`jdbc:postgresql:`).
const SERVERS: [&str; 2] = ["postgres", "yugabyte"];

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(named: bool, env: &[(&str, &str)]) -> (DatabaseChoice, Vec<String>) {
        let look_up =
            |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let named = named.then(|| (Secret::new("postgres://a/b"), Origin::Flag("--database-url")));
        let mut warnings = Vec::new();
        (DatabaseChoice::new(named, &look_up, &mut warnings), warnings)
    }

    #[test]
    fn what_was_meant_for_us_comes_first() {
        let other = ("DATABASE_URL", "postgres://other/app");
        assert!(matches!(choose(true, &[("PGHOST", "db"), other]).0, DatabaseChoice::Named { .. }));
        assert_eq!(choose(false, &[("PGHOST", "db"), other]).0, DatabaseChoice::PgEnv);
        assert_eq!(choose(false, &[("PGHOSTADDR", "10.0.0.1")]).0, DatabaseChoice::PgEnv);
        assert_eq!(choose(false, &[("PGSERVICE", "prod"), other]).0, DatabaseChoice::PgEnv);
        assert_eq!(choose(false, &[("PGHOST", ""), ("PGSERVICE", "")]), (DatabaseChoice::None, Vec::new()));
        assert_eq!(
            choose(false, &[("PGUSER", "ana"), other]).0,
            DatabaseChoice::Borrowed {
                url: Secret::new("postgres://other/app"),
                origin: Origin::Env("DATABASE_URL")
            }
        );
    }

    #[test]
    fn a_database_url_is_used_refused_or_told_and_never_passed_over() {
        for url in [
            "postgres://u@h1:5433,h2:5433/d",
            "POSTGRES://h/d",
            "postgres://u@h:port/d",
            "postgresql+asyncpg://u@h/d",
            "jdbc:postgresql://h/d",
            "yugabytedb://h/d",
            "postgres//u@h/d",
            "h:5433/postgres",
            "u@h/d",
            "/var/lib/flow.db",
            "$DB_URL",
        ] {
            let (choice, warnings) = choose(false, &[("DATABASE_URL", url)]);
            assert!(matches!(choice, DatabaseChoice::Borrowed { .. }), "{url}");
            assert!(warnings.is_empty(), "{warnings:?}");
        }
        for url in
            ["mysql://root:hunter2@db/x", "sqlite:dev.db", "file:./dev.db", "mongodb+srv://u:hunter2@h"]
        {
            let (choice, warnings) = choose(false, &[("DATABASE_URL", url)]);
            assert_eq!((choice, warnings.len()), (DatabaseChoice::None, 1), "{url}");
            let scheme = url.split(':').next().unwrap_or_default();
            assert!(warnings[0].contains(&format!("{scheme}:")) && !warnings[0].contains("hunter2"));
        }
    }
}
