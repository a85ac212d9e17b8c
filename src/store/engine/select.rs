//! How a column of a server's table is read, where it may be absent or its type or value may be another than ours.

use super::{
    cells::{EARLIEST, LATEST},
    columns::Column,
    discovery::Schema,
};

impl Schema {
    /// The column as `kind`, or a typed NULL where it is absent or its value cannot be that.
    pub(in crate::store) fn read(&self, alias: &str, table: &str, column: &str, kind: &str) -> String {
        if !self.has(table, column) {
            return format!("NULL::{kind}");
        }
        let stored = self.column(table, column).map_or("", |column| column.kind.as_str());
        let name = format!("{alias}.{column}");
        match kind {
            "timestamptz" => {
                format!("CASE WHEN {name} BETWEEN '{EARLIEST}' AND '{LATEST}' THEN {name}::timestamptz END")
            }
            "int4" if stored == "bigint" || stored == "numeric" => {
                format!("CASE WHEN {name} BETWEEN {} AND {} THEN {name}::int4 END", i32::MIN, i32::MAX)
            }
            // JSON in a text column is opened when it is decoded.
            "jsonb" => format!("to_jsonb({name})"),
            _ => format!("{name}::{kind}"),
        }
    }

    /// [`Schema::read`] for each column of a row.
    pub(in crate::store) fn read_all(&self, alias: &str, table: &str, columns: &[Column]) -> String {
        let columns: Vec<String> =
            columns.iter().map(|column| self.read(alias, table, column.name, column.kind)).collect();
        columns.join(", ")
    }
}
