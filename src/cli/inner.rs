//! The commands of `db` and `config`.

use clap::Subcommand;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum DbCommand {
    /// Create or update the FlowLens tables
    ///
    /// A database that only DATABASE_URL or the PG* variables name must have them already.
    Migrate,
    /// Tell whether the database can be used, and what it lacks
    ///
    /// Exit code 8 if flowlens db migrate has something to do. Nothing is changed.
    Check,
    /// Print which database is used (without its password) and who named it
    Url,
    /// Print the plan and the cost of each statement that a poll runs
    ///
    /// Each is run in a transaction that may only read: EXPLAIN (ANALYZE, DIST) on YugabyteDB, (ANALYZE, BUFFERS) on
    /// PostgreSQL. A request is a scan that the statement starts; plain equality joins count as YugabyteDB batches
    /// them. No address, login or value of a row is printed.
    Plans,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting, and where it came from
    Show,
    /// Print everything that is wrong with the configuration (exit code 2)
    Check,
    /// Print the path of the config file
    Path,
}
