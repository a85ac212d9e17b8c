//! Which database: the first that is named, in the order of how clearly it was meant.

use super::key::is_postgres;
use super::{Env, Origin, Secret};

/// The database to read, and who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseChoice {
    /// A flag, the environment or the config file names it for `FlowLens`.
    Named { url: Secret, origin: Origin },
    /// `PGHOST` or `PGHOSTADDR` is set: the driver reads the `PG*` variables itself.
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
    pub(super) fn new(named: Option<(Secret, Origin)>, env: Env<'_>) -> Self {
        let set = |name| env(name).filter(|value| !value.trim().is_empty());
        if let Some((url, origin)) = named {
            Self::Named { url, origin }
        } else if set("PGHOST").or_else(|| set("PGHOSTADDR")).is_some() {
            Self::PgEnv
        } else if let Some(url) = set("DATABASE_URL").filter(|url| is_postgres(url.trim())) {
            // Another kind of database there is no mistake: it was never meant for us.
            Self::Borrowed { url: Secret::new(url.trim()), origin: Origin::Env("DATABASE_URL") }
        } else {
            Self::None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(named: bool, env: &[(&str, &str)]) -> DatabaseChoice {
        let look_up =
            |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let named = named.then(|| (Secret::new("postgres://a/b"), Origin::Flag("--database-url")));
        DatabaseChoice::new(named, &look_up)
    }

    #[test]
    fn what_was_meant_for_us_comes_first() {
        let other = ("DATABASE_URL", "postgres://other/app");
        assert!(matches!(choose(true, &[("PGHOST", "db"), other]), DatabaseChoice::Named { .. }));
        assert_eq!(choose(false, &[("PGHOST", "db"), other]), DatabaseChoice::PgEnv);
        assert_eq!(choose(false, &[("PGHOSTADDR", "10.0.0.1")]), DatabaseChoice::PgEnv);
        assert_eq!(
            choose(false, &[("PGUSER", "ana"), other]),
            DatabaseChoice::Borrowed {
                url: Secret::new("postgres://other/app"),
                origin: Origin::Env("DATABASE_URL")
            }
        );
        assert_eq!(choose(false, &[("PGHOST", ""), ("DATABASE_URL", "mysql://x/y")]), DatabaseChoice::None);
    }
}
