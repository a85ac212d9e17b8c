//! What a login may do here, and the GRANT for what it may not.

use super::{
    discovery::Schema,
    error::StoreError,
    tables::{TABLES, TableSpec, seed_tables},
};
use crate::domain::{request::Ability, source::Cause};

const INBOX: &str = "webhook_deliveries";

/// Tables beside the v2.0 ones that a board reads.
const READ: [&str; 3] = ["checks", "reviews", "insight_requests"];

impl Schema {
    /// Whether the board can be read here.
    ///
    /// # Errors
    /// [`Cause::Schema`] when a v2.0 table or one of its key columns is absent, [`Cause::Privilege`] when
    /// this login may not read it.
    pub fn suffices(&self) -> Result<(), StoreError> {
        let absent: Vec<&str> =
            seed_tables().map(|table| table.name).filter(|name| self.table(name).is_none()).collect();
        if !absent.is_empty() {
            let found = match self.elsewhere.first() {
                Some(schema) => format!(
                    "there is {schema}.pull_requests: have the search_path lead to it, and GRANT USAGE ON SCHEMA {} TO {}",
                    quoted(schema),
                    quoted(&self.login)
                ),
                None => {
                    "flowlens db migrate makes what is missing; is it the right database and search_path?"
                        .to_owned()
                }
            };
            let message = format!("database {} has no table {} ({found})", self.database, absent.join(", "));
            return Err(StoreError::new(Cause::Schema, message));
        }
        for table in seed_tables() {
            for key in table.keys {
                let name = format!("{}.{}", table.name, key.name);
                match self.column(table.name, key.name) {
                    None => {
                        let message = format!("there is no column {name}: this is not FlowLens's table");
                        return Err(StoreError::new(Cause::Schema, message));
                    }
                    Some(column) if !column.readable => {
                        let message = format!(
                            "the login {} may not read {name} ({})",
                            self.login,
                            self.grant("SELECT", table.name)
                        );
                        return Err(StoreError::new(Cause::Privilege, message));
                    }
                    Some(column) if !key.can_be(&column.kind) => {
                        let message = format!(
                            "{name} is {}, not {}: this is not FlowLens's table",
                            column.kind, key.fits[0]
                        );
                        return Err(StoreError::new(Cause::Schema, message));
                    }
                    Some(_) => {}
                }
            }
        }
        Ok(())
    }

    /// How this login gets a new insight. To queue a request it must see what becomes of it, too.
    #[must_use]
    pub fn ability(&self) -> Ability {
        let seen = TABLES
            .iter()
            .filter(|table| table.name == "insight_requests")
            .all(|table| table.columns.iter().all(|(column, _)| self.has(table.name, column.name)));
        if seen && self.can_insert("insight_requests") {
            Ability::Queue
        } else if self.can_insert("insights") {
            Ability::Insert
        } else {
            Ability::ReadOnly
        }
    }

    /// Whether this login may claim requests and store the insights: what a worker does.
    #[must_use]
    pub fn can_work(&self) -> bool {
        self.ability() == Ability::Queue && self.can_update("insight_requests") && self.can_insert("insights")
    }

    /// Whether there is an inbox of webhook deliveries, and this login may read it.
    pub(in crate::store) fn shows_inbox(&self) -> Result<(), StoreError> {
        let spec = self.inbox()?;
        if spec.columns.iter().all(|(column, _)| self.has(INBOX, column.name)) {
            return Ok(());
        }
        let grant = self.grant("SELECT", INBOX);
        let message = format!("the login {} may not read {INBOX} ({grant})", self.login);
        Err(StoreError::new(Cause::Privilege, message))
    }

    fn inbox(&self) -> Result<&'static TableSpec, StoreError> {
        let name = INBOX;
        let Some(spec) = TABLES.iter().find(|table| table.name == name && self.table(name).is_some()) else {
            let message = format!("there is no table {name}: flowlens db migrate makes it");
            return Err(StoreError::new(Cause::Schema, message));
        };
        if let Some((column, _)) =
            spec.columns.iter().find(|(column, _)| self.column(name, column.name).is_none())
        {
            let message = format!("there is no column {name}.{}: this is not FlowLens's table", column.name);
            return Err(StoreError::new(Cause::Schema, message));
        }
        Ok(spec)
    }

    /// Whether this login may receive webhook deliveries and process them.
    pub(in crate::store) fn receives(&self) -> Result<(), StoreError> {
        let (name, spec) = (INBOX, self.inbox()?);
        let reads = spec.columns.iter().all(|(column, _)| self.has(name, column.name));
        if reads && self.can_insert(name) && self.can_update(name) {
            return Ok(());
        }
        if self.is_read_only() {
            let message = "the server takes no writes here: it is a standby, or the session may only read";
            return Err(StoreError::new(Cause::Privilege, message));
        }
        let grant = self.grant("SELECT, INSERT, UPDATE, DELETE", name);
        let message = format!("the login {} may not change {name} ({grant})", self.login);
        Err(StoreError::new(Cause::Privilege, message))
    }

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

    fn grant(&self, rights: &str, table: &str) -> String {
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
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::engine::{discovery::FoundTable, tables::SEED};

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

    #[test]
    fn a_required_table_or_key_column_that_is_not_there_is_named() {
        let mut schema = Schema::made_by(SEED..=SEED);
        assert!(schema.suffices().is_ok());
        schema.tables.remove("repositories");
        let error = schema.suffices().expect_err("no repositories");
        assert!(error.message.contains("no table repositories ("), "{error}");

        let mut schema = Schema::made_by(SEED..=SEED);
        let insights = schema.tables.get_mut("insights").expect("it is of v2.0");
        insights.columns.get_mut("pr_number").expect("a key").readable = false;
        let error = schema.suffices().expect_err("not readable");
        assert_eq!(error.cause, Cause::Privilege);
        assert!(error.message.contains("ana may not read insights.pr_number"), "{error}");
        assert!(error.message.contains("GRANT SELECT ON public.insights TO \"ana\""), "{error}");

        schema.tables.get_mut("insights").expect("it is of v2.0").columns.remove("pr_number");
        let error = schema.suffices().expect_err("not there");
        assert_eq!(error.cause, Cause::Schema);
        assert!(error.message.contains("no column insights.pr_number"), "{error}");
    }

    #[test]
    fn a_receiver_needs_its_table_and_the_right_to_change_it() {
        let with = |change: &dyn Fn(&mut Schema)| {
            let mut schema = Schema::made_by(SEED..=i64::MAX);
            change(&mut schema);
            schema.receives().err().map(|error| error.to_string()).unwrap_or_default()
        };
        let inbox = |change: &dyn Fn(&mut FoundTable)| {
            with(&|schema| change(schema.tables.get_mut("webhook_deliveries").expect("a table")))
        };
        assert_eq!(with(&|_| {}), "");
        assert!(with(&|s| drop(s.tables.remove("webhook_deliveries"))).ends_with("db migrate makes it"));
        assert!(inbox(&|t| drop(t.columns.remove("payload"))).contains("webhook_deliveries.payload"));
        let grant = "(GRANT SELECT, INSERT, UPDATE, DELETE ON public.webhook_deliveries TO \"ana\")";
        assert!(inbox(&|t| t.insert = false).ends_with(grant));
        assert!(inbox(&|t| t.update = false).ends_with(grant));
        assert!(with(&|s| s.read_only = true).contains("takes no writes"));
    }

    #[test]
    fn the_ability_follows_from_tables_columns_and_rights() {
        let with = |change: &dyn Fn(&mut Schema)| {
            let mut schema = Schema::made_by(SEED..=i64::MAX);
            change(&mut schema);
            (schema.ability(), schema.can_work())
        };
        let table = |schema: &mut Schema, name: &str, change: &dyn Fn(&mut FoundTable)| {
            change(schema.tables.get_mut(name).expect("a table"));
        };
        let requests = |change: &dyn Fn(&mut FoundTable)| with(&|s| table(s, "insight_requests", change));
        let insights = |change: &dyn Fn(&mut FoundTable)| with(&|s| table(s, "insights", change));

        assert_eq!(with(&|_| {}), (Ability::Queue, true));
        assert_eq!(requests(&|t| t.update = false), (Ability::Queue, false), "a worker elsewhere does it");
        assert_eq!(insights(&|t| t.insert = false), (Ability::Queue, false), "the same");
        assert_eq!(requests(&|t| t.insert = false), (Ability::Insert, false));
        assert_eq!(
            requests(&|t| drop(t.columns.remove("error"))),
            (Ability::Insert, false),
            "another's table"
        );
        assert_eq!(with(&|s| drop(s.tables.remove("insight_requests"))), (Ability::Insert, false));
        assert_eq!(
            with(&|s| s.tables.values_mut().for_each(|t| t.insert = false)),
            (Ability::ReadOnly, false)
        );
        assert_eq!(with(&|s| s.read_only = true), (Ability::ReadOnly, false), "a standby, say");
    }
}
