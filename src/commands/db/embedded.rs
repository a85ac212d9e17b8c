//! The same for the embedded database, which migrates itself whenever it is opened.

use std::io::Write;

use super::{Failure, SchemaVerdict};
use crate::store::engine::sqlite::{File, State};

/// Makes the file, or brings it up to date.
pub(super) async fn migrate(file: &File, out: &mut impl Write) -> Result<SchemaVerdict, Failure> {
    writeln!(out, "Migrating {}", file.shown())?;
    let was_current = file.look().await? == Some(State::Current);
    file.migrate().await?;
    let word = if was_current { "Nothing to do" } else { "Done" };
    writeln!(out, "{word}: the schema is complete.")?;
    Ok(SchemaVerdict::Complete)
}

/// Says what [`migrate`] would do, without doing it.
pub(super) async fn check(file: &File, out: &mut impl Write) -> Result<SchemaVerdict, Failure> {
    let (verdict, words) = match file.look().await? {
        Some(State::Current) => (SchemaVerdict::Complete, "the schema is complete"),
        Some(_) => (SchemaVerdict::Incomplete, "brought up to date when it is next used"),
        None => (SchemaVerdict::Incomplete, "not there yet; it is made when it is first used"),
    };
    writeln!(out, "{}: {words}.", file.shown())?;
    Ok(verdict)
}

/// Shows where it is.
pub(super) fn url(file: &File, origin: &str, out: &mut impl Write) -> Result<SchemaVerdict, Failure> {
    writeln!(out, "{}", file.url())?;
    writeln!(out, "from      {origin}")?;
    Ok(SchemaVerdict::Complete)
}
