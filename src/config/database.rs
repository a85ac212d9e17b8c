//! Which database: the first that is named, in the order of how clearly it was meant.

use super::{Env, Origin, Secret};

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
