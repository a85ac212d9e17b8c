//! The pages of the scope's keys, the repositories, and the counts.

use super::{
    super::{
        decode::RepositoryColumns,
        scope::{Polled, Scope},
    },
    Composer,
};
use crate::store::engine::{
    cells::{EARLIEST, LATEST},
    columns::Columns as _,
};

/// In one of the repositories to which the scope is narrowed, if it is. Stands once in a statement: they may be many.
const MINE: &str = "(repo_id = ANY($2::uuid[])) IS NOT FALSE";

impl Composer<'_> {
    pub(super) fn page(&self, scope: Scope) -> Option<String> {
        let (pulls, runs) = (self.clock(Polled::Pulls), self.clock(Polled::Runs));
        let open = &self.schema.is_open();
        let by_closing = self.schema.has_index("flowlens_pull_requests_closed")
            && self.schema.is_time("pull_requests", "closed_at");
        let open_index = "flowlens_pull_requests_open_updated";
        Some(match scope {
            Scope::Open => self.ordered(Polled::Pulls, pulls, open_index, open, "true"),
            Scope::Timeless => self.unordered(Polled::Pulls, pulls, open_index, open),
            Scope::Closed if by_closing => self.ordered(
                Polled::Pulls,
                "closed_at",
                "flowlens_pull_requests_closed",
                "closed_at >= $4",
                &format!("NOT ({open})"),
            ),
            Scope::Closed => return None,
            Scope::Ended => {
                let closed = match self.schema.is_time("pull_requests", "closed_at") {
                    true if by_closing => "closed_at IS NULL",
                    true => "(closed_at IS NULL OR closed_at >= $4)",
                    false => "true",
                };
                self.ordered(
                    Polled::Pulls,
                    pulls,
                    Polled::Pulls.clock().1,
                    &format!("{pulls} >= $4"),
                    &format!("NOT ({open}) AND {closed}"),
                )
            }
            Scope::Runs => self.ordered(Polled::Runs, runs, Polled::Runs.clock().1, "true", "true"),
            Scope::TimelessRuns => self.unordered(Polled::Runs, runs, Polled::Runs.clock().1, "true"),
        })
    }

    /// A page of rows with a usable time, newest first.
    ///
    /// What only some rows meet is not a condition but `wanted`: the planner may think that too few rows are left to
    /// fill the page, and then reads and sorts them all, for each page.
    fn ordered(&self, table: Polled, clock: &str, index: &str, condition: &str, wanted: &str) -> String {
        let scans = self.scans(
            &format!("{clock}::timestamptz AS at, {wanted} AS wanted"),
            table.name(),
            index,
            &[&format!("{clock} = $3 AND id < $1"), &format!("{clock} >= '{EARLIEST}' AND {clock} < $3")],
            condition,
            &format!("ORDER BY {clock} DESC, id DESC LIMIT {}", self.page),
        );
        self.paged(table, &scans, "at DESC, id DESC")
    }

    /// A page of rows without one, by id.
    fn unordered(&self, table: Polled, clock: &str, index: &str, condition: &str) -> String {
        let scans = self.scans(
            "NULL::timestamptz AS at, true AS wanted",
            table.name(),
            index,
            &[
                &format!("{clock} IS NULL"),
                &format!("{clock} < '{EARLIEST}'"),
                &format!("{clock} > '{LATEST}'"),
            ],
            &format!("id > $1 AND {condition}"),
            &format!("ORDER BY id LIMIT {}", self.page),
        );
        self.paged(table, &scans, "id")
    }

    fn paged(&self, table: Polled, scans: &str, order: &str) -> String {
        let page = format!(
            "SELECT id, repo_id, pr_number, at, wanted AND {MINE} AS wanted FROM ({scans}) u ORDER BY {order} LIMIT {}",
            self.page
        );
        match table {
            Polled::Pulls | Polled::Insights => page,
            // Where a pull request stands twice, so does its run: the reader takes a key once.
            Polled::Runs => format!(
                "{}SELECT s.id, s.repo_id, s.pr_number, s.at, s.wanted AND q.pr_number IS NULL FROM ({page}) s \
                 LEFT JOIN pull_requests q ON q.repo_id = s.repo_id AND q.pr_number = s.pr_number ORDER BY {order}",
                self.hints("YbBatchedNL(s q)")
            ),
        }
    }

    pub(super) fn repositories(&self) -> String {
        let columns = self.schema.read_all("r", "repositories", RepositoryColumns::COLUMNS);
        format!("SELECT r.id, {columns} FROM repositories r ORDER BY r.id")
    }

    pub(super) fn open_counts(&self) -> String {
        format!(
            "SELECT repo_id, count(*) FROM pull_requests WHERE {} AND ($1::uuid[] IS NULL OR repo_id = ANY($1)) GROUP BY repo_id",
            self.schema.is_open()
        )
    }
}
