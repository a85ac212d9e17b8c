//! The statement that tells whether anything was written, and the pages of what was.

use std::fmt::Write as _;

use super::{
    super::scope::{PROBE_PAGE, Polled},
    Composer,
};

impl Composer<'_> {
    /// Whether the tables have any row, repositories last.
    pub(super) fn filled() -> String {
        let names = Polled::ALL.map(Polled::name).into_iter().chain(["repositories"]);
        let any: Vec<String> = names.map(|name| format!("EXISTS (SELECT 1 FROM {name})")).collect();
        format!(", ARRAY[{}]", any.join(", "))
    }

    pub(super) fn probe(&self, more: &str) -> String {
        let mut out = "SELECT now()".to_owned();
        for n in 0..Polled::ALL.len() {
            write!(out, ", t{n}.ids, t{n}.repos, t{n}.numbers, t{n}.at").unwrap_or_default();
        }
        write!(
            out,
            ", r.ids, r.at, q.at, q.many, extract(epoch FROM clock_timestamp() - statement_timestamp())::float8{more} FROM "
        )
        .unwrap_or_default();
        for (n, table) in Polled::ALL.into_iter().enumerate() {
            let clock = self.clock(table);
            // Some rows in any order: an overflow is read again in pages. So all buckets are one scan, also on
            // PostgreSQL, where no order makes it look elsewhere.
            let buckets = self.any_bucket(table.clock().1);
            let scans = format!(
                "SELECT id, repo_id, {} AS pr_number, {clock}::timestamptz AS at FROM {} \
                 WHERE {buckets} {clock} >= $1 AND {clock} <= now() LIMIT {PROBE_PAGE}",
                self.schema.number("", table.name()),
                table.name()
            );
            write!(
                out,
                "(SELECT array_agg(id) AS ids, array_agg(repo_id) AS repos, array_agg(pr_number) AS numbers, \
                 array_agg(at) AS at FROM ({scans}) s) t{n}, "
            )
            .unwrap_or_default();
        }
        if self.schema.is_time("repositories", "updated_at") {
            write!(
                out,
                "(SELECT array_agg(id) AS ids, array_agg(updated_at::timestamptz) AS at FROM (SELECT id, updated_at \
                 FROM repositories WHERE updated_at >= $1 AND updated_at <= now() \
                 ORDER BY updated_at DESC, id LIMIT {PROBE_PAGE}) s) r"
            )
            .unwrap_or_default();
        } else {
            out.push_str("(SELECT NULL::uuid[] AS ids, NULL::timestamptz[] AS at) r");
        }
        if self.has_requests() {
            write!(out, ", ({}) q", self.count_requests()).unwrap_or_default();
        } else {
            out.push_str(", (SELECT NULL::timestamptz AS at, 0::int8 AS many) q");
        }
        out
    }

    pub(super) fn changed(&self, table: Polled) -> String {
        let clock = self.clock(table);
        let scans = self.scans(
            &format!("{clock}::timestamptz AS at"),
            table.name(),
            table.clock().1,
            &[&format!("{clock} = $1 AND id > $2"), &format!("{clock} > $1 AND {clock} <= now()")],
            "true",
            &format!("ORDER BY {clock}, id LIMIT {}", self.page),
        );
        format!(
            "SELECT id, repo_id, pr_number, at, true FROM ({scans}) s ORDER BY at, id LIMIT {}",
            self.page
        )
    }
}
