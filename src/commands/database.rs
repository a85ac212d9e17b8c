//! From the configuration to a database that can be connected to.

use std::path::Path;

use super::Failure;
use crate::{
    config::{Config, DatabaseChoice, Env, Origin},
    domain::{address::AddressError, source::Cause},
    store::{
        board::feed::FeedOptions,
        engine::{connect::Connector, database::Database, options::Target, sqlite::File},
    },
};

/// The embedded database's file in the folder for data.
const EMBEDDED: &str = "flowlens.db";

/// The name of the one that needs none.
const DEFAULT: &str = "default";

const HOW_TO_NAME_ONE: &str =
    "--database-url URL, FLOWLENS_DATABASE_URL, or url under [database] in the config file";

/// The database to use, and who named it.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// A server's or the embedded one.
    pub database: Database,
    /// Who named it, in words.
    pub named_by: String,
    /// True when it was not named for FlowLens (the `PG*` variables, `DATABASE_URL`): then it may be some other
    /// program's, and is good only where FlowLens's tables are.
    pub borrowed: bool,
    /// What works, but not as somebody may have meant it.
    pub warnings: Vec<String>,
}

/// Chooses the database: the embedded one if none is named.
///
/// # Errors
/// Its address is wrong, or a variable that says the rest of it.
pub fn choose(config: &Config, env: Env<'_>) -> Result<Chosen, Failure> {
    let (url, named_by, borrowed) = match &config.database.choice {
        DatabaseChoice::Named { url, origin } => (url.expose(), origin.to_string(), false),
        DatabaseChoice::PgEnv => ("postgres://", "the PG* variables".to_owned(), true),
        DatabaseChoice::Borrowed { url, origin } => (url.expose(), origin.to_string(), true),
        DatabaseChoice::None => {
            let database = embedded(config, &config.paths.data.join(EMBEDDED)).into();
            let named_by = "nobody names another".to_owned();
            return Ok(Chosen { database, named_by, borrowed: false, warnings: Vec::new() });
        }
    };
    let unusable = |error: AddressError| {
        let elsewhere =
            if borrowed { format!(". Name another with {HOW_TO_NAME_ONE}") } else { String::new() };
        Failure::Usage(format!("{named_by}: {error}{elsewhere}"))
    };
    let mut warnings = Vec::new();
    let database = if let Some(file) = File::parse(url) {
        embedded(config, file.map_err(unusable)?.path()).into()
    } else {
        let nodes: Vec<String> = config.database.nodes.iter().map(ToString::to_string).collect();
        let target = Target::with_variables(url, &nodes, env).map_err(unusable)?;
        warnings.extend_from_slice(target.warnings());
        let limit = config.database.connect_timeout;
        // Whoever writes it into the file means this program.
        let limit = match config.origin("database", "connect_timeout") {
            Some(Origin::Default) => target.connect_timeout().unwrap_or(limit),
            _ => limit,
        };
        let connector = Connector::new(target).with_limit(limit);
        if config.database.discover_nodes { connector } else { connector.only_named() }.into()
    };
    Ok(Chosen { database, named_by, borrowed, warnings })
}

/// The databases among which the dashboard may choose: the one that is chosen already, then the others by name; none
/// where no other one has a name.
#[must_use]
pub fn names(config: &Config, chosen: &Chosen) -> Vec<String> {
    let first = config.databases.iter().find(|named| named.origin.to_string() == chosen.named_by);
    let first = first.map_or(DEFAULT, |named| named.name.as_str());
    let others = config.databases.iter().map(|named| named.name.as_str()).filter(|name| *name != first);
    let names: Vec<String> = [first].into_iter().chain(others).map(str::to_owned).collect();
    if names.len() > 1 { names } else { Vec::new() }
}

/// The database of this name under `[[databases]]`.
///
/// # Errors
/// Its address is wrong, or a variable that says the rest of it.
pub fn named(config: &Config, name: &str, env: Env<'_>) -> Result<Chosen, Failure> {
    let Some(named) = config.databases.iter().find(|named| named.name == name) else {
        return Err(Failure::Usage(format!("there is no database {name}")));
    };
    let mut config = config.clone();
    config.database.choice = DatabaseChoice::Named { url: named.url.clone(), origin: named.origin.clone() };
    config.database.nodes.clone_from(&named.nodes);
    choose(&config, env)
}

/// The database in a file; a leading `~/` is the home folder, and messages show it so.
fn embedded(config: &Config, path: &Path) -> File {
    let path = config.paths.expanded(path);
    let shown = config.paths.shown(&path);
    File::new(path).shown_as(shown)
}

impl Chosen {
    /// Where the address came from, when that needs saying.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        self.borrowed.then(|| format!("from {}", self.named_by))
    }

    /// What a feed of this database reads, and how often, by the configuration.
    #[must_use]
    pub fn feed_options(&self, config: &Config) -> FeedOptions {
        FeedOptions {
            interval: config.dashboard.interval,
            window: config.dashboard.window,
            limit: usize::try_from(config.dashboard.limit).unwrap_or(usize::MAX),
            origin: self.origin(),
            ..FeedOptions::default()
        }
    }

    /// For commands that are about what is there already: they make no file.
    ///
    /// # Errors
    /// The file of the embedded database is not there.
    pub fn is_there(&self) -> Result<(), Failure> {
        match &self.database {
            Database::Sqlite(file) if !file.path().exists() => Err(Failure::Database {
                cause: Cause::Absent,
                message: format!(
                    "{} is not there ({} names it), and whoever only reads makes none; to make it: flowlens \
                     --database-url {} db migrate",
                    file.shown(),
                    self.named_by,
                    shlex::try_quote(&file.url()).unwrap_or_default()
                ),
            }),
            Database::Sqlite(_) | Database::Postgres(_) => Ok(()),
        }
    }

    /// The same for such commands: the embedded database is not made, and empty while it is not there.
    #[must_use]
    pub fn not_made(mut self) -> Self {
        if let Database::Sqlite(file) = self.database {
            self.database = file.not_made().into();
        }
        self
    }

    /// A failure, in words that also tell where the database's address came from if nobody named it for FlowLens.
    #[must_use]
    pub fn explained(&self, failure: Failure) -> Failure {
        let Failure::Database { cause, message } = failure else { return failure };
        if !self.borrowed {
            return Failure::Database { cause, message };
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
