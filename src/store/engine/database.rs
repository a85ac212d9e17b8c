//! The database that was named: a server's or the embedded one.

use super::{abandoned::Abandoned, connect::Connector, options::Target, sqlite::File};
use crate::domain::address::AddressError;

/// Where to read and write.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a process has a handful")]
pub enum Database {
    /// PostgreSQL or YugabyteDB.
    Postgres(Connector),
    /// A file.
    Sqlite(File),
}

impl From<Connector> for Database {
    fn from(connector: Connector) -> Self {
        Self::Postgres(connector)
    }
}

impl From<File> for Database {
    fn from(file: File) -> Self {
        Self::Sqlite(file)
    }
}

impl Database {
    /// Reads an address of either kind; a server may have further nodes.
    ///
    /// # Errors
    /// The part of the address that is wrong, and the mend; never the password.
    pub fn parse(url: &str, nodes: &[String]) -> Result<Self, AddressError> {
        match File::parse(url) {
            Some(file) => file.map(Self::Sqlite),
            None => Target::parse(url, nodes).map(|target| Self::Postgres(Connector::new(target))),
        }
    }

    /// How people know it: `host:port/database`, or the file.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Postgres(connector) => connector.target().label(),
            Self::Sqlite(file) => file.shown().to_owned(),
        }
    }

    /// Whether it is the embedded one.
    #[must_use]
    pub const fn is_embedded(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// The same for every way to this database, and for no other database.
    #[must_use]
    pub fn identity(&self) -> String {
        match self {
            Self::Postgres(connector) => connector.target().identity(),
            Self::Sqlite(file) => {
                let path = std::path::absolute(file.path());
                format!("sqlite\n{}", path.as_deref().unwrap_or(file.path()).display())
            }
        }
    }

    /// Where the next connection is tried first.
    pub(in crate::store) fn current_node(&self) -> &str {
        match self {
            Self::Postgres(connector) => connector.current_node(),
            Self::Sqlite(file) => file.shown(),
        }
    }

    /// Notes a session that may still be at work.
    pub(in crate::store) fn abandon(&mut self, session: Option<Abandoned>) {
        if let (Self::Postgres(connector), Some(session)) = (self, session) {
            connector.abandon(session);
        }
    }

    /// Whether another node may answer in its place.
    pub(in crate::store) fn has_others(&self) -> bool {
        match self {
            Self::Postgres(connector) => connector.has_others(),
            Self::Sqlite(_) => false,
        }
    }

    /// Moves on to the next node, where there is one.
    pub(in crate::store) fn rotate(&mut self) {
        match self {
            Self::Postgres(connector) => connector.rotate(),
            Self::Sqlite(_) => {}
        }
    }
}
