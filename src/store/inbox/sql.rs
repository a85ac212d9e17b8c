//! How the inbox's statements differ between the engines, and their conditions.

use super::Filter;
use crate::{
    domain::delivery::{BUCKETS, DeliveryId},
    store::engine::transaction::{Cell, Connection, Transaction},
};

/// The engine's dialect.
#[derive(Clone, Copy)]
pub(super) struct Sql {
    is_postgres: bool,
}

impl From<&Connection> for Sql {
    fn from(conn: &Connection) -> Self {
        Self { is_postgres: matches!(conn, Connection::Postgres(..)) }
    }
}

impl From<&Transaction<'_>> for Sql {
    fn from(transaction: &Transaction<'_>) -> Self {
        Self { is_postgres: transaction.is_postgres() }
    }
}

impl Sql {
    /// When the statement began: the same clock for a condition and a value.
    pub(super) fn now(self) -> &'static str {
        if self.is_postgres {
            "statement_timestamp()"
        } else {
            "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
        }
    }

    /// So many microseconds on.
    pub(super) fn after(self, micros: &str) -> String {
        let now = self.now();
        if self.is_postgres {
            format!("{now} + {micros} * interval '1 microsecond'")
        } else {
            format!("{now} + {micros}")
        }
    }

    pub(super) fn size(self) -> &'static str {
        if self.is_postgres { "octet_length(d.payload)" } else { "length(d.payload)" }
    }

    /// A delivery is in the list of ids $n.
    pub(super) fn ids(self, n: usize) -> String {
        if self.is_postgres {
            format!("d.delivery_id = ANY(${n})")
        } else {
            format!("d.delivery_id IN (SELECT unhex(value) FROM json_each(${n}))")
        }
    }

    /// A column is in the list of texts $n.
    fn texts(self, column: &str, n: usize) -> String {
        if self.is_postgres {
            format!("{column} = ANY(${n})")
        } else {
            format!("{column} IN (SELECT value FROM json_each(${n}))")
        }
    }

    /// Nobody else has it, and no pause holds it; $1 is who claims.
    pub(super) fn is_free(self) -> String {
        let now = self.now();
        format!(
            "d.state = 'pending' AND (d.claimed_by = $1 OR (COALESCE(d.lease_until < {now}, TRUE) \
             AND COALESCE(d.next_attempt_at <= {now}, TRUE)))"
        )
    }

    /// The bucket of a delivery, to the letter as the index has it.
    pub(super) fn bucket() -> String {
        format!("(COALESCE(repository_id,0) % {BUCKETS})")
    }

    /// The condition that a filter makes of a delivery `d` of a repository `r`, and its values.
    pub(super) fn condition(self, filter: &Filter) -> (String, Vec<Cell>) {
        let Filter { ids, states, events, repository, older, newer } = filter;
        let (mut terms, mut cells) = (vec!["TRUE".to_owned()], Vec::new());
        if !ids.is_empty() {
            cells.push(id_list(ids));
            terms.push(self.ids(cells.len()));
        }
        if !states.is_empty() {
            let words: Vec<String> = states.iter().map(|state| state.word().to_owned()).collect();
            cells.push(Cell::texts(&words));
            terms.push(self.texts("d.state", cells.len()));
        }
        if !events.is_empty() {
            cells.push(Cell::texts(events));
            terms.push(self.texts("d.event", cells.len()));
        }
        if let Some(name) = repository {
            cells.push(Cell::text(name));
            terms.push(format!("lower(r.full_name) = lower(${})", cells.len()));
        }
        for (age, sign) in [(older, '<'), (newer, '>')] {
            let Some(age) = age else { continue };
            cells.push(micros(*age));
            terms.push(format!("d.received_at {sign} {}", self.after(&format!("(-${})", cells.len()))));
        }
        (terms.join(" AND "), cells)
    }
}

/// The deliveries, and the repositories that they are about.
pub(super) const FROM: &str =
    "FROM webhook_deliveries d LEFT JOIN repositories r ON r.github_id = d.repository_id";

pub(super) fn id_list(ids: &[DeliveryId]) -> Cell {
    Cell::Ids(Some(ids.iter().map(|id| id.uuid()).collect()))
}

/// The longest lease, pause or age: the engines' calendars end somewhere.
const LONGEST: std::time::Duration = std::time::Duration::from_hours(24 * 3650);

pub(super) fn micros(time: std::time::Duration) -> Cell {
    Cell::Big(i64::try_from(time.min(LONGEST).as_micros()).ok())
}
