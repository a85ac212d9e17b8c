//! The oldest servers that this program works with.

use super::error::StoreError;
use crate::domain::source::{Cause, Engine};

/// Refuses a server that is too old, by its version as the header shows it. A version of another form is let through.
pub(super) fn supported(engine: Engine, version: &str) -> Result<(), StoreError> {
    let mut numbers = version.split('.').map_while(|part| part.parse::<u32>().ok());
    let Some(major) = numbers.next() else { return Ok(()) };
    let minor = numbers.next().unwrap_or_default();
    let (is_old, oldest) = match engine {
        Engine::PostgreSql => (major < 11, "11"),
        // Previews are counted from 2.1 on; 2.23 became 2024.2.
        Engine::YugabyteDb => {
            ((major, minor) < (2, 23) || (2024, 0) <= (major, minor) && (major, minor) < (2024, 2), "2024.2")
        }
        Engine::Sqlite => (false, ""),
    };
    if is_old {
        let message = format!("{engine} {version} is too old: {engine} {oldest} is the oldest that works");
        return Err(StoreError::broken(Cause::Other, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_servers_are_refused_by_name() {
        use Engine::{PostgreSql, YugabyteDb};
        for (engine, version, works) in [
            (PostgreSql, "9.6.24", false),
            (PostgreSql, "10.23", false),
            (PostgreSql, "11.22", true),
            (PostgreSql, "18.4", true),
            (PostgreSql, "19devel", true),
            (PostgreSql, "?", true),
            (YugabyteDb, "2.20.8", false),
            (YugabyteDb, "2024.1.5", false),
            (YugabyteDb, "2024.2.0", true),
            (YugabyteDb, "2.25.1", true),
            (YugabyteDb, "2025.2.1", true),
        ] {
            let found = supported(engine, version);
            assert_eq!(found.is_ok(), works, "{engine} {version}: {found:?}");
        }
        let error = supported(YugabyteDb, "2024.1.5").expect_err("too old");
        assert_eq!(
            error.message,
            "YugabyteDB 2024.1.5 is too old: YugabyteDB 2024.2 is the oldest that works"
        );
    }
}
