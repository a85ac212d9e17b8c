//! How a column of a server's table is read, where it may be absent or its type or value may be another than ours.

use super::{
    cells::{EARLIEST, LATEST},
    columns::Column,
    discovery::Schema,
};

/// Types that SQL compares with a time.
const TIMES: [&str; 3] = ["timestamp with time zone", "timestamp without time zone", "date"];

impl Schema {
    /// The column as `kind`, or a typed NULL where it is absent or its value cannot be that.
    pub(in crate::store) fn read(&self, alias: &str, table: &str, column: &str, kind: &str) -> String {
        if !self.has(table, column) {
            return format!("NULL::{kind}");
        }
        let name = format!("{alias}.{column}");
        match kind {
            "timestamptz" => in_time(&name),
            "int4" if self.is_one_of(table, column, &["bigint", "numeric"]) => in_range(&name),
            // JSON in a text column is opened when it is decoded.
            "jsonb" => format!("to_jsonb({name})"),
            _ => format!("{name}::{kind}"),
        }
    }

    /// The column as its kind, or as a text to be parsed where it has another type: no value that is stored may make the
    /// statement fail. It is named after its table, for the log.
    fn readable(&self, alias: &str, table: &str, column: &Column) -> String {
        let Column { name: column, kind, .. } = *column;
        let expression = if self.has(table, column) {
            self.safe(&format!("{alias}.{column}"), table, column, kind)
        } else {
            format!("NULL::{kind}")
        };
        format!("{expression} AS \"{table}.{column}\"")
    }

    fn safe(&self, name: &str, table: &str, column: &str, kind: &str) -> String {
        let is = |kinds: &[&str]| self.is_one_of(table, column, kinds);
        match kind {
            "timestamptz" if is(&TIMES) => in_time(name),
            "int4" if is(&["integer", "smallint"]) => format!("{name}::int4"),
            "int8" if is(&["bigint", "integer", "smallint"]) => format!("{name}::int8"),
            "float8" if is(&["double precision", "real"]) => format!("{name}::float8"),
            "bool" if is(&["boolean"]) => name.to_owned(),
            "uuid" if is(&["uuid"]) => name.to_owned(),
            "jsonb" => self.json(name, table, column),
            _ => format!("{name}::text"),
        }
    }

    /// A column as JSON, whatever its type: `jsonb`, or a text.
    pub(in crate::store) fn json(&self, name: &str, table: &str, column: &str) -> String {
        match self.column(table, column).map_or("", |column| column.kind.as_str()) {
            "jsonb" => name.to_owned(),
            // Not to_jsonb: what `json` lets pass, such as half a surrogate, would be an error.
            "json" | "text" | "character varying" | "character" => format!("{name}::text"),
            _ => format!("to_json({name})::text"),
        }
    }

    /// [`Schema::readable`] for each column of a row.
    pub(in crate::store) fn read_all(&self, alias: &str, table: &str, columns: &[Column]) -> String {
        columns.iter().map(|column| self.readable(alias, table, column)).collect::<Vec<_>>().join(", ")
    }

    /// A column that words are compared with: ENUMs and the like know no `lower()`.
    pub(in crate::store) fn word(&self, name: &str, table: &str, column: &str) -> String {
        if self.is_one_of(table, column, &["text", "character varying"]) {
            name.to_owned()
        } else {
            format!("{name}::text")
        }
    }

    /// Whether rows can be ordered and found by this column as a time.
    pub(in crate::store) fn is_time(&self, table: &str, column: &str) -> bool {
        self.has(table, column) && self.is_one_of(table, column, &TIMES)
    }

    /// The number of a pull request, or NULL where it is beyond 32 bits.
    pub(in crate::store) fn number(&self, alias: &str, table: &str) -> String {
        let name = if alias.is_empty() { "pr_number".to_owned() } else { format!("{alias}.pr_number") };
        if self.is_one_of(table, "pr_number", &["integer", "smallint"]) {
            format!("{name}::int4")
        } else {
            in_range(&name)
        }
    }

    fn is_one_of(&self, table: &str, column: &str, kinds: &[&str]) -> bool {
        self.column(table, column).is_some_and(|column| kinds.contains(&column.kind.as_str()))
    }
}

fn in_time(name: &str) -> String {
    format!("CASE WHEN {name} BETWEEN '{EARLIEST}' AND '{LATEST}' THEN {name}::timestamptz END")
}

fn in_range(name: &str) -> String {
    format!("CASE WHEN {name} BETWEEN {} AND {} THEN {name}::int4 END", i32::MIN, i32::MAX)
}
