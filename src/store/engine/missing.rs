//! What a database lacks, in plain words: a line for each feature that is absent or poorer for it.

use super::{
    discovery::Schema,
    tables::{SEED, TABLES, TableSpec, version_of},
};
use crate::domain::request::Ability;

/// A column or a whole table, and what its absence costs.
struct Feature {
    table: &'static str,
    column: Option<&'static str>,
    cost: &'static str,
}

/// The tables first: without one, its columns are not there either.
fn features() -> impl Iterator<Item = Feature> {
    let tables = TABLES.iter().filter(|table| !table.loss.is_empty());
    let columns = TABLES.iter().flat_map(|table| {
        table.losses.iter().map(|(column, cost)| Feature { table: table.name, column: Some(column), cost })
    });
    tables.map(Feature::of_table).chain(columns)
}

impl Feature {
    fn of_table(table: &TableSpec) -> Self {
        Self { table: table.name, column: None, cost: table.loss }
    }

    /// The migration that makes it.
    fn version(&self) -> Option<i64> {
        match self.column {
            Some(column) => version_of(self.table, column),
            None => TABLES.iter().find(|table| table.name == self.table)?.version(),
        }
    }
}

/// The columns by which new rows are found.
const CLOCKS: [(&str, &str); 3] =
    [("pull_requests", "updated_at"), ("pipeline_runs", "updated_at"), ("insights", "created_at")];

/// The indexes without which a tick scans a whole table.
const POLLED: [&str; 3] =
    ["flowlens_pull_requests_updated", "flowlens_pipeline_runs_updated", "flowlens_insights_created"];

impl Schema {
    /// One line for each feature that is absent here: what, what that costs, and the mend.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let mut lines: Vec<String> = features().filter_map(|feature| self.lacks(&feature)).collect();
        if POLLED.iter().any(|index| !self.has_index(index)) {
            let partitioned = self.tables.values().any(|table| table.partitioned);
            let mend = if partitioned { "db migrate leaves them to you" } else { "db migrate adds them" };
            lines.push(format!(
                "no indexes for polling: on large tables changes show later (flowlens {mend})"
            ));
        }
        lines.extend(self.forbidden());
        lines
    }

    /// Why the checks of a commit are not known here.
    pub(super) fn no_checks(&self) -> Option<String> {
        let checks = TABLES.iter().find(|table| table.name == "checks")?;
        self.lacks(&Feature::of_table(checks))
    }

    /// The rights to write that this login lacks.
    fn forbidden(&self) -> Vec<String> {
        let ability = self.ability();
        if self.is_read_only() {
            let which = if self.is_standby() { "this server is a standby and" } else { "this session" };
            return vec![format!("{which} may only read: new insights are not saved")];
        }
        let line = |table, cost| {
            let forbidden = self.table(table).is_some() && !self.can_insert(table);
            forbidden
                .then(|| format!("no right to insert into {table}: {cost} (grant this login INSERT on it)"))
        };
        let queue = line("insight_requests", "requests for insights cannot be queued");
        let insights = line("insights", "insights made here are not saved");
        // Where requests are queued, a worker saves.
        queue.into_iter().chain(insights.filter(|_| ability == Ability::ReadOnly)).collect()
    }

    fn lacks(&self, feature: &Feature) -> Option<String> {
        let Feature { table, column, cost } = *feature;
        let exists = match column {
            Some(column) => self.column(table, column).is_some(),
            None => self.table(table).is_some(),
        };
        let readable = match column {
            Some(column) => self.has(table, column),
            None => {
                self.table(table).is_some_and(|table| table.columns.values().any(|column| column.readable))
            }
        };
        let what = match column {
            Some(column) => format!("{table}.{column}"),
            None => format!("{table} table"),
        };
        let unfit =
            column.is_some_and(|column| CLOCKS.contains(&(table, column)) && !self.is_time(table, column));
        match (exists, readable) {
            (true, true) if unfit => Some(format!("{what} is no time: {cost} (make it a timestamptz)")),
            (true, true) => None,
            (true, false) => Some(format!("no right to read {what}: {cost} (grant this login SELECT on it)")),
            (false, _) if feature.version() != Some(SEED) => {
                Some(format!("no {what}: {cost} (flowlens db migrate adds it)"))
            }
            (false, _) => Some(format!("no {what}: {cost} (this database was made without it)")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_v2_0_schema_lacks_what_v2_1_adds_and_says_what_that_costs() {
        let seed = Schema::made_by(SEED..=SEED);
        let missing = seed.missing();
        let added = features().filter(|feature| feature.version() != Some(SEED));
        assert_eq!(missing.len(), added.count() + 1);
        assert_eq!(
            missing.first().map(String::as_str),
            Some("no checks table: the failing check's name is not shown (flowlens db migrate adds it)")
        );
        assert_eq!(seed.no_checks().as_ref(), missing.first());
    }

    #[test]
    fn absent_unreadable_and_complete_are_told_apart() {
        let mut schema = Schema::made_by(SEED..=i64::MAX);
        assert_eq!((schema.missing().len(), schema.no_checks()), (1, None), "only the indexes");

        schema.tables.get_mut("insights").expect("there").columns.remove("risk_level");
        let labels = schema.tables.get_mut("pull_requests").and_then(|table| table.columns.get_mut("labels"));
        labels.expect("there").readable = false;
        let missing = schema.missing().join("\n");
        assert!(
            missing.contains("no insights.risk_level: risk is not shown (this database was made without it)")
        );
        assert!(!missing.contains("insert"), "{missing}");
        assert!(missing.contains(
            "no right to read pull_requests.labels: labels are not shown (grant this login SELECT on it)"
        ));
    }
}
