//! From the configuration to a database that can be connected to.

use crate::config::{Config, DatabaseChoice};
use crate::domain::source::Cause;
use crate::store::connect::Connector;
use crate::store::options::Target;

use super::Failure;

const HOW_TO_NAME_ONE: &str =
    "--database-url URL, FLOWLENS_DATABASE_URL, or url under [database] in the config file";

/// The database to use, and who named it.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Its nodes, name and login.
    pub target: Target,
    /// Who named it, in words.
    pub named_by: String,
    /// True when it was not named for FlowLens (the `PG*` variables, `DATABASE_URL`): then it may be some other
    /// program's, and is good only where FlowLens's tables are.
    pub borrowed: bool,
    connector: Connector,
}

/// Chooses the database.
///
/// # Errors
/// None is named, or its address is wrong.
pub fn choose(config: &Config) -> Result<Chosen, Failure> {
    let (url, named_by, borrowed) = match &config.database.choice {
        DatabaseChoice::Named { url, origin } => (url.expose(), origin.to_string(), false),
        // The driver reads the variables itself.
        DatabaseChoice::PgEnv => ("postgres://", "the PG* variables".to_owned(), true),
        DatabaseChoice::Borrowed { url, origin } => (url.expose(), origin.to_string(), true),
        DatabaseChoice::None => {
            let message = format!("no database is named; name one with {HOW_TO_NAME_ONE}");
            return Err(Failure::Usage(message));
        }
    };
    let nodes: Vec<String> = config.database.nodes.iter().map(ToString::to_string).collect();
    let target =
        Target::parse(url, &nodes).map_err(|error| Failure::Usage(format!("{named_by}: {error}")))?;
    let connector = Connector::new(target.clone()).with_limit(config.database.connect_timeout);
    Ok(Chosen { target, named_by, borrowed, connector })
}

impl Chosen {
    /// A connector to it, with the configured patience.
    #[must_use]
    pub fn connector(&self) -> Connector {
        self.connector.clone()
    }

    /// Where the address came from, when that needs saying.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        self.borrowed.then(|| format!("from {}", self.named_by))
    }

    /// A failure of this database, in words that also tell where its address came from if nobody named it for
    /// FlowLens.
    #[must_use]
    pub fn failure(&self, cause: Cause, message: &str) -> Failure {
        if !self.borrowed {
            return Failure::Database { cause, message: message.to_owned() };
        }
        let message = format!(
            "{message}. The address came from {}; name another with {HOW_TO_NAME_ONE}",
            self.named_by
        );
        // Nothing is wrong with that database: it is another program's.
        if cause == Cause::Schema {
            return Failure::Usage(format!("{cause}: {message}"));
        }
        Failure::Database { cause, message }
    }
}
