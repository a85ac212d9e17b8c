//! What a login may do here, and the GRANT for what it may not.

use super::{
    discovery::Schema,
    tables::{TABLES, seed_tables},
};
use crate::domain::request::Ability;

/// Tables beside the v2.0 ones that a board reads.
const READ: [&str; 3] = ["checks", "reviews", "insight_requests"];

impl Schema {
    /// What works here, in plain words.
    #[must_use]
    pub fn works(&self) -> Vec<&'static str> {
        if self.suffices().is_err() {
            return Vec::new();
        }
        let insights = match self.ability() {
            Ability::Queue => "new insights, which a worker makes and stores",
            Ability::Insert => "new insights, made here and stored",
            Ability::ReadOnly => "new insights, made here and not stored",
        };
        let worker = self.can_work().then_some("flowlens worker");
        ["the board", insights].into_iter().chain(worker).collect()
    }

    /// What the login cannot do for want of a right, each with the statement that mends it.
    #[must_use]
    pub fn grants(&self) -> Vec<(&'static str, String)> {
        let there = |name: &&str| self.table(name).is_some();
        let read = seed_tables().map(|table| table.name).chain(READ).filter(there);
        let mut grants: Vec<_> = read
            .filter(|name| {
                self.table(name).is_some_and(|t| t.columns.values().any(|column| !column.readable))
            })
            .map(|name| ("to read", self.grant("SELECT", name)))
            .collect();
        if self.is_read_only() {
            return grants;
        }
        let lacks_insert = |name: &str| self.table(name).is_some() && !self.can_insert(name);
        let lacks_update = |name: &str| self.table(name).is_some() && !self.can_update(name);
        let (queue, insights) = ("insight_requests", "insights");
        let has_queue = self.table(queue).is_some();
        if lacks_insert(queue) || lacks_update(queue) {
            grants.push(("to ask for insights, or work on them", self.grant("INSERT, UPDATE", queue)));
        }
        if lacks_insert(insights) {
            let purpose = if has_queue { "to work on insights" } else { "to store new insights" };
            grants.push((purpose, self.grant("INSERT", insights)));
        }
        grants
    }

    pub(super) fn grant(&self, rights: &str, table: &str) -> String {
        let schema = self.table(table).map_or("public", |table| &table.schema);
        format!("GRANT {rights} ON {}.{table} TO {}", identifier(schema), quoted(&self.login))
    }

    /// Who may change the tables themselves, if this login may not.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        let not_owned = |name: &str| self.table(name).filter(|table| !table.owned);
        TABLES.iter().find_map(|table| not_owned(table.name)).map(|table| table.owner.as_str())
    }
}

/// A schema as SQL takes it; the usual ones without quotes.
fn identifier(name: &str) -> String {
    if name == "public" { name.to_owned() } else { quoted(name) }
}

/// A name as SQL takes it, whatever is in it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::engine::migrations::SEED;

    #[test]
    fn a_name_stays_a_name() {
        for (name, expected) in [("user", "\"user\""), ("a\"; DROP", "\"a\"\"; DROP\"")] {
            assert_eq!(quoted(name), expected);
        }
    }

    #[test]
    fn what_is_readable_needs_no_grant() {
        let schema = Schema::made_by(SEED..=i64::MAX);
        assert!(schema.grants().is_empty(), "{:?}", schema.grants());
        assert_eq!(
            schema.works(),
            ["the board", "new insights, which a worker makes and stores", "flowlens worker"]
        );
    }
}
