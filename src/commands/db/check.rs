//! `flowlens db check`: what works here, what is missing, and what to do about it.

use std::io::Write;
use std::time::Duration;

use super::SchemaVerdict;
use crate::commands::Failure;
use crate::{
    domain::source::Cause,
    store::{
        engine::{
            connect::{Connector, close, within},
            discovery::Schema,
        },
        migrate::{self, SchemaReport},
    },
};

/// The longest that the catalogue may take to answer.
const CHECK_LIMIT: Duration = Duration::from_secs(10);

/// Looks, for any login that may connect, and changes nothing.
///
/// # Errors
/// Whatever kept the schema from being read.
pub async fn check(mut connector: Connector, out: &mut impl Write) -> Result<SchemaVerdict, Failure> {
    let mut connected = connector.connect().await?;
    let report = within(CHECK_LIMIT, "the schema check", migrate::check(&mut connected.conn)).await?;
    close(connected.conn).await;
    let schema = &connected.schema;
    for line in schema.works() {
        writeln!(out, "works: {line}")?;
    }
    let unreadable = schema.suffices().err();
    match &unreadable {
        // What is not there yet is told below.
        Some(error) if error.cause == Cause::Schema && !report.pending.is_empty() => {}
        Some(error) => writeln!(out, "does not work: the board: {}", error.message)?,
        None => {
            for line in schema.missing() {
                writeln!(out, "missing: {line}")?;
            }
        }
    }
    for (purpose, grant) in schema.grants() {
        writeln!(out, "{purpose}: {grant};")?;
    }
    for advisory in schema.advisories() {
        writeln!(out, "this version: {advisory}")?;
    }
    list(&report, out)?;
    writeln!(out, "{}: {}.", connector.target().label(), verdict(schema, &report))?;
    Ok(match unreadable {
        Some(error) if error.cause == Cause::Privilege => SchemaVerdict::Unreadable,
        _ if report.is_complete() => SchemaVerdict::Complete,
        _ => SchemaVerdict::Incomplete,
    })
}

fn list(report: &SchemaReport, out: &mut impl Write) -> std::io::Result<()> {
    let newer: Vec<String> = report.newer.iter().map(ToString::to_string).collect();
    let lists = [
        ("not migrated yet", &report.pending),
        ("invalid index", &report.invalid_indexes),
        ("index is gone", &report.missing_indexes),
        ("column is gone", &report.missing_columns),
        ("from a newer flowlens: migration", &newer),
        ("left, its table is partitioned: index", &report.left_indexes),
        ("a view, which no migration changes", &report.views),
        ("made without (harmless)", &report.absent_seed_columns),
    ];
    for (what, names) in lists {
        for name in names {
            writeln!(out, "{what}: {name}")?;
        }
    }
    Ok(())
}

/// The last word.
fn verdict(schema: &Schema, report: &SchemaReport) -> String {
    match (report.is_complete(), report.newer.is_empty(), schema.owner()) {
        (true, ..) => "the schema is complete".to_owned(),
        (false, true, _) if !report.views.is_empty() => {
            "flowlens db migrate needs the tables that the views show".to_owned()
        }
        (false, true, Some(owner)) => format!("have {owner} run flowlens db migrate"),
        (false, true, None) => "run flowlens db migrate".to_owned(),
        (false, false, _) => "use the newer flowlens".to_owned(),
    }
}
