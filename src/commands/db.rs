//! `flowlens db migrate|check|url|plans`: the schema, the address as it is understood, and the statements' cost.

mod check;
mod embedded;
mod plans;

use std::io::{self, Write};

pub use self::check::check;
use super::{Failure, database::Chosen};
use crate::{
    cli::DbCommand,
    domain::source::Cause,
    exit::ExitCode,
    store::{
        engine::{connect::Connector, database::Database, options::Target},
        migrate::{self, MigrationOutcome, Step},
    },
};

/// How a `db` command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaVerdict {
    /// The schema is complete.
    Complete,
    /// `flowlens db migrate` has something to do.
    Incomplete,
    /// This login may not read the board.
    Unreadable,
}

/// Runs a `db` command.
///
/// # Errors
/// As its own.
pub async fn run(command: DbCommand, chosen: &Chosen, out: &mut impl Write) -> Result<ExitCode, Failure> {
    let verdict = match (&chosen.database, command) {
        (Database::Postgres(connector), DbCommand::Migrate) => {
            if chosen.borrowed {
                is_ours(chosen, connector).await?;
            }
            migrate(connector.clone(), out).await
        }
        (Database::Postgres(connector), DbCommand::Check) => check(connector.clone(), out).await,
        (Database::Postgres(connector), DbCommand::Plans) => plans::show(connector.clone(), out).await,
        (Database::Postgres(connector), DbCommand::Url) => url(connector.target(), &chosen.named_by, out),
        (Database::Sqlite(file), DbCommand::Migrate) => embedded::migrate(file, out).await,
        (Database::Sqlite(file), DbCommand::Check) => embedded::check(file, out).await,
        (Database::Sqlite(_), DbCommand::Plans) => {
            return Err(Failure::Usage(
                "flowlens db plans is about a server; name one with --database-url".to_owned(),
            ));
        }
        (Database::Sqlite(file), DbCommand::Url) => embedded::url(file, &chosen.named_by, out),
    };
    Ok(match verdict? {
        SchemaVerdict::Complete => ExitCode::Success,
        SchemaVerdict::Incomplete => ExitCode::Pending,
        SchemaVerdict::Unreadable => ExitCode::Login,
    })
}

/// Refuses to make tables in a database that nobody named for FlowLens.
async fn is_ours(chosen: &Chosen, connector: &Connector) -> Result<(), Failure> {
    let look = async {
        let connected = connector.clone().connect().await?;
        connected.schema.suffices()
    };
    match look.await {
        Ok(()) => Ok(()),
        Err(error) if error.cause == Cause::Schema => {
            let (label, named_by) = (chosen.database.label(), &chosen.named_by);
            let url = if named_by == "DATABASE_URL" { "\"$DATABASE_URL\"" } else { "postgres://" };
            Err(Failure::Usage(format!(
                "{label} has no FlowLens tables, and its address came from {named_by}, which may be meant for \
                 another program. To make them there: FLOWLENS_DATABASE_URL={url} flowlens db migrate"
            )))
        }
        Err(error) => Err(error.into()),
    }
}

/// Brings the database up to date and says what was done, one line a migration.
///
/// # Errors
/// The first failure; what was done until then stays.
pub async fn migrate(mut connector: Connector, out: &mut impl Write) -> Result<SchemaVerdict, Failure> {
    writeln!(out, "Migrating {}", connector.target().label())?;
    let mut written = Ok(());
    let mut changed = 0_usize;
    let mut left = Vec::new();
    let mut under_way = false;
    let progress = |step: Step| {
        under_way = matches!(step, Step::Running(_));
        if matches!(
            step,
            Step::Done(_, MigrationOutcome::Ran | MigrationOutcome::Rebuilt | MigrationOutcome::Recorded)
        ) {
            changed += 1;
        }
        if let Step::Done(name, MigrationOutcome::Left) = step {
            left.push(name);
        }
        // A reader that went away must not stop a migration half-way; it is told at the end.
        if written.is_ok() {
            written = write_step(out, &step);
        }
    };
    let result = migrate::migrate(&mut connector, progress).await;
    if result.is_err() && under_way {
        // The line of the migration that failed has no end yet.
        writeln!(out)?;
    }
    result?;
    written?;
    let word = if changed == 0 { "Nothing to do" } else { "Done" };
    match left.as_slice() {
        [] => writeln!(out, "{word}: the schema is complete.")?,
        left => writeln!(
            out,
            "{word}: the schema is complete but for {} of partitioned tables, which polling can do without. To have \
             {}, create {} while nobody writes (assets/migrations has the statements).",
            if left.len() == 1 { "an index".to_owned() } else { format!("{} indexes", left.len()) },
            left.join(", "),
            if left.len() == 1 { "it" } else { "them" },
        )?,
    }
    Ok(SchemaVerdict::Complete)
}

fn write_step(out: &mut impl Write, step: &Step) -> io::Result<()> {
    match step {
        Step::Waiting => writeln!(out, "  another flowlens db migrate is at work: waiting for it")?,
        Step::Running(name) => write!(out, "  {name} … ")?,
        Step::Done(_, outcome) => {
            let word = match outcome {
                MigrationOutcome::Recorded => "found",
                MigrationOutcome::Ran => "made",
                MigrationOutcome::AlreadyThere => "unchanged",
                MigrationOutcome::Rebuilt => "made again",
                MigrationOutcome::Left => "left: its table is partitioned",
            };
            writeln!(out, "{word}")?;
        }
    }
    // Building an index takes its time: the line must be seen before it.
    out.flush()
}

/// Shows the address as it is understood, without its password; `origin` says where it came from.
///
/// # Errors
/// The output could not be written.
pub fn url(target: &Target, origin: &str, out: &mut impl Write) -> Result<SchemaVerdict, Failure> {
    writeln!(out, "{}", target.redacted_url())?;
    writeln!(out, "from      {origin}")?;
    let promise = match target.tls_mode() {
        "disable" | "allow" => "never encrypted",
        "prefer" => "encrypted if the server can",
        "require" => "always encrypted; the server is not verified (sslmode=verify-full does)",
        "verify-ca" => "always encrypted; the certificate is verified, the host's name is not",
        _ => "always encrypted; the certificate and the host's name are verified",
    };
    writeln!(out, "TLS       {} ({promise})", target.tls_mode())?;
    for node in target.node_names() {
        writeln!(out, "node      {node}")?;
    }
    Ok(SchemaVerdict::Complete)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_shows_all_but_the_password() {
        let target =
            Target::parse("postgres://ana:hunter2@h1:5433,h2:5433/flow?ssl=true", &[]).expect("good");
        let mut out = Vec::new();
        url(&target, "--database-url", &mut out).expect("written");
        assert_eq!(
            String::from_utf8(out).expect("text"),
            "postgres://ana:***@h1:5433,h2:5433/flow?sslmode=require\n\
             from      --database-url\n\
             TLS       require (always encrypted; the server is not verified (sslmode=verify-full does))\n\
             node      h1:5433\n\
             node      h2:5433\n"
        );
    }
}
