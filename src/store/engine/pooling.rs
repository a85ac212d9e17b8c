//! Whether the session behind a connection is its own, or one that a pooler lends for a transaction or a statement at a
//! time.
//!
//! On a lent session nothing may be left behind, and nothing is found again: a statement that was prepared under a name
//! may be another client's by then. So a connection brings a mark along, a startup option with a random value. Only
//! where the session that answers has it, the session is its own; poolers pass startup options over, or refuse them.

use sqlx::{AssertSqlSafe, PgConnection, Row as _, raw_sql};
use uuid::Uuid;

use super::{
    discovery::{DISCOVERY, Schema},
    error::StoreError,
    home::{HOME, LEADS_ELSEWHERE, PATH},
};
use crate::domain::source::Cause;

/// What the server itself ends after [`LIMIT`], unless it is told to do so earlier or the user says otherwise.
const LIMITED: [&str; 2] = ["statement_timeout", "idle_in_transaction_session_timeout"];
/// Milliseconds.
const LIMIT: u32 = 5_000;

/// Whose session it is.
#[derive(Clone, Debug)]
pub(in crate::store) enum Pooling {
    /// The connection's own, until its end.
    Own,
    /// Lent: statements that a transaction begins with, to have what [`Self::Own`] has set once for all.
    Lent(String),
}

impl Pooling {
    pub(in crate::store) const fn is_lent(&self) -> bool {
        matches!(self, Self::Lent(_))
    }

    /// What a transaction begins with.
    pub(super) fn prelude(&self) -> &str {
        match self {
            Self::Own => "",
            Self::Lent(limits) => limits,
        }
    }
}

/// What tells a session from any other.
pub(super) struct Mark(String);

impl Mark {
    const NAME: &str = "flowlens.session";

    pub(super) fn new() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    pub(super) fn option(&self) -> (&'static str, &str) {
        (Self::NAME, &self.0)
    }
}

/// Sets the limits and finds out what there is, in one round trip. A limit that is stricter already is left alone, and
/// so is one that the user's own startup options name. Tables are found beside `pull_requests`. Where the server does not
/// know what its bytes mean, it is to pass them over: it would refuse a whole answer for one byte.
///
/// # Errors
/// The connection's or the server's.
pub(super) async fn introduce(
    conn: &mut PgConnection,
    mark: Option<&Mark>,
    own: &str,
) -> Result<(Schema, Pooling), StoreError> {
    let limited: Vec<&str> = LIMITED.into_iter().filter(|name| !own.contains(name)).collect();
    // A simple query of several statements is one transaction. Names and mark are letters and digits.
    let text = format!(
        "WITH {HOME}
         SELECT name, set_config(name, value, NOT is_own), is_own
         FROM (
             SELECT name, '{LIMIT}' AS value
             FROM pg_settings WHERE name IN ('{names}') AND (setting::int8 = 0 OR setting::int8 > {LIMIT})
             UNION ALL SELECT 'search_path', {PATH} FROM home WHERE {LEADS_ELSEWHERE}
             UNION ALL SELECT 'client_encoding', 'SQL_ASCII' WHERE current_setting('server_encoding') = 'SQL_ASCII'
         ) s, (SELECT current_setting('{mark_name}', true) IS NOT DISTINCT FROM '{mark}' AS is_own) o
         UNION ALL SELECT NULL, NULL, current_setting('{mark_name}', true) IS NOT DISTINCT FROM '{mark}';
         {DISCOVERY}",
        mark_name = Mark::NAME,
        mark = mark.map_or("none", |mark| &mark.0),
        names = limited.join("', '"),
    );
    let rows = raw_sql(AssertSqlSafe(text)).fetch_all(conn).await?;
    let (mut is_own, mut limits) = (false, String::new());
    let Some((schema, settings)) = rows.split_last() else {
        return Err(StoreError::new(Cause::Other, "the server has no answer to the first question"));
    };
    for row in settings {
        is_own = row.try_get(2)?;
        if let Some(name) = row.try_get::<Option<String>, _>(0)? {
            let value: String = row.try_get(1)?;
            // A path is a list of names, quoted where they have to be.
            let quote = if name == "search_path" { "" } else { "'" };
            limits.extend(["SET LOCAL ", &name, " = ", quote, &value, quote, "; "]);
        }
    }
    let pooling = if is_own { Pooling::Own } else { Pooling::Lent(limits) };
    Ok((Schema::from_json(schema.try_get(0)?)?, pooling))
}
