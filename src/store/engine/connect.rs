//! Opening connections: every wait has a limit, and a failed node gives way to the next.

use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

pub(in crate::store) use super::patience::ANSWER;
pub use super::patience::within;
use super::{
    abandoned::Abandoned,
    cluster::{by_nearness, knock, others},
    discovery::Schema,
    error::StoreError,
    node::Node,
    nodes::SessionAttrs,
    options::Target,
    pooling::{Mark, Pooling, introduce},
    relay,
};
use crate::domain::source::Cause;

/// How long one node may take to accept a connection and the login: with TLS and a password that is six round trips.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(15);
/// The same while there are other nodes to try.
const HURRIED: Duration = Duration::from_secs(2);

/// A new connection, and what was found there.
#[derive(Debug)]
pub struct Connected {
    /// The connection.
    pub conn: PgConnection,
    /// The node that answered, `host:port` or a socket's folder.
    pub node: String,
    /// Whether the session is encrypted; `None` when only the server knows (`sslmode=prefer`), see
    /// [`Schema::encrypted`](super::discovery::Schema::encrypted).
    pub encrypted: Option<bool>,
    /// What this database has and this login may do; that it suffices is not yet said.
    pub schema: Schema,
    pub(in crate::store) pooling: Pooling,
}

/// Opens connections to one database, each time to the node that worked last.
#[derive(Clone, Debug)]
pub struct Connector {
    target: Target,
    nodes: Vec<Node>,
    current: usize,
    limit: Duration,
    /// Startup options are refused here.
    plain: bool,
    /// Sessions that were left in the middle of a statement.
    abandoned: Vec<Abandoned>,
    /// The other nodes are still to be asked for.
    widens: bool,
    /// The node that failed since one of them last answered.
    suspect: Option<String>,
}

impl Connector {
    /// A connector to `target` that gives each node [`CONNECT_LIMIT`].
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self {
            nodes: target.nodes().to_vec(),
            target,
            current: 0,
            limit: CONNECT_LIMIT,
            plain: false,
            abandoned: Vec::new(),
            widens: true,
            suspect: None,
        }
    }

    /// The same with another limit for each node.
    #[must_use]
    pub fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// The same, to the nodes that were named and no others.
    #[must_use]
    pub fn only_named(self) -> Self {
        Self { widens: false, ..self }
    }

    /// Whether there is another node to turn to.
    pub(in crate::store) fn has_others(&self) -> bool {
        self.nodes.len() > 1
    }

    /// The database that this connects to.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The node that the next connection is tried on first.
    #[must_use]
    pub fn current_node(&self) -> &str {
        // There is at least one node, and `current` is taken modulo their number.
        &self.nodes[self.current].name
    }

    /// Moves on to the next node: the current one has failed.
    pub fn rotate(&mut self) {
        self.suspect = Some(self.current_node().to_owned());
        self.current = (self.current + 1) % self.nodes.len();
    }

    /// Notes a session that may still be at work: before another begins there, it must have ended.
    pub(in crate::store) fn abandon(&mut self, session: Abandoned) {
        self.abandoned.push(session);
    }

    /// Connects to the current node or, when that fails or is not of the kind that is wanted, to the first of the others
    /// that will do, and finds out what there is.
    ///
    /// A refused login is not tried elsewhere: it would be refused there too, and might lock the account.
    ///
    /// # Errors
    /// The first node's failure when all have failed.
    pub async fn connect(&mut self) -> Result<Connected, StoreError> {
        let attrs = self.target.session_attrs();
        if let Some(suspect) = self.suspect.take().filter(|_| self.has_others()) {
            self.nodes = by_nearness(std::mem::take(&mut self.nodes), Some(&suspect)).await;
            self.current = 0;
        }
        // Where another node may answer, nobody waits long for a silent one; only where none does.
        let hurried = if self.nodes.len() > 1 { HURRIED.min(self.limit) } else { self.limit };
        let mut failures = Vec::new();
        for (limit, is_last) in [(hurried, attrs != SessionAttrs::PreferStandby), (self.limit, true)] {
            for _ in 0..self.nodes.len() {
                let error = match self.connect_to_current(limit).await {
                    Ok(mut connected) if attrs.takes(&connected.schema, is_last) => {
                        self.widen(&mut connected).await;
                        self.suspect = None;
                        return Ok(connected);
                    }
                    Ok(connected) => unwanted(attrs).at(&connected.node),
                    Err(error) if error.cause == Cause::Login || !error.is_connection_broken() => {
                        return Err(error);
                    }
                    Err(error) => error,
                };
                tracing::debug!(%error, "no connection");
                failures.push(error);
                self.rotate();
            }
            let in_haste = limit < self.limit && failures.iter().any(|error| error.cause == Cause::Timeout);
            if is_last && !in_haste {
                break;
            }
        }
        let none = || StoreError::new(Cause::Other, "no node to connect to");
        Err(failures.into_iter().next().unwrap_or_else(none))
    }

    async fn connect_to_current(&mut self, limit: Duration) -> Result<Connected, StoreError> {
        let node = self.nodes[self.current].clone();
        let mut mark = (!self.plain).then(Mark::new);
        let opened = match open(&node, mark.as_ref(), limit).await {
            Err(error) if mark.is_some() && error.refuses_startup_options() => {
                if self.target.startup_options().is_some() {
                    return Err(error.at(&node.name).with_advice(OWN_OPTIONS));
                }
                tracing::info!(node = node.name, %error, "startup options are refused, and left away");
                self.plain = true;
                mark = None;
                open(&node, None, limit).await
            }
            opened => opened,
        };
        let mut conn = match opened {
            Ok(conn) => conn,
            Err(error) if error.cause == Cause::Timeout && knock(&node).await.is_some() => {
                return Err(error.at(&node.name).with_advice(AT_ITS_LIMIT));
            }
            Err(error) => return Err(missing_file(error, &node).at(&node.name)),
        };
        let own = self.target.startup_options().unwrap_or_default();
        let found = within(ANSWER, "discovery", introduce(&mut conn, mark.as_ref(), own)).await;
        let (schema, pooling) = found.map_err(|error| error.at(&node.name))?;
        self.end_abandoned(&node.name, &mut conn).await.map_err(|error| error.at(&node.name))?;
        Ok(Connected { conn, encrypted: node.encrypted(), node: node.name, schema, pooling })
    }
}

impl Connector {
    /// Asks once for the other nodes of the cluster, where it can tell.
    async fn widen(&mut self, connected: &mut Connected) {
        if !(std::mem::take(&mut self.widens) && connected.schema.lists_nodes) {
            return;
        }
        match others(&mut connected.conn, &self.nodes[self.current], &self.nodes).await {
            Ok((others, zone)) => {
                let names: Vec<&str> = others.iter().map(|node| node.name.as_str()).collect();
                tracing::info!(nodes = names.join(", "), zone, "the cluster has other nodes");
                self.nodes[self.current].zone = zone;
                self.nodes.extend(others);
            }
            Err(error) => tracing::info!(%error, "the cluster does not tell its other nodes"),
        }
    }

    /// Has the node stop what was left there.
    async fn end_abandoned(&mut self, node: &str, conn: &mut PgConnection) -> Result<(), StoreError> {
        while let Some(at) = self.abandoned.iter().position(|session| session.node == node) {
            self.abandoned[at].end(conn).await?;
            self.abandoned.swap_remove(at);
        }
        Ok(())
    }
}

async fn open(node: &Node, mark: Option<&Mark>, limit: Duration) -> Result<PgConnection, StoreError> {
    let options = node.options.clone();
    let options = mark.iter().fold(options, |options, mark| options.options([mark.option()]));
    within(limit, "the connection", Box::pin(relay::connect(node, &options))).await
}

/// What may be wrong where a server takes a connection and lets nobody in.
const AT_ITS_LIMIT: &str = "it takes the connection and lets nobody in: a connection manager or pooler does so at its limit \
                            of connections";

/// What to do where the user's own startup options are refused.
const OWN_OPTIONS: &str = "a pooler that refuses startup options stands before the server: take `options` out of the \
                           address and PGOPTIONS, or have the pooler pass them over (PgBouncer: \
                           ignore_startup_parameters = options)";

fn unwanted(attrs: SessionAttrs) -> StoreError {
    let message = format!("the node is not what target_session_attrs={} asks for", attrs.word());
    StoreError::broken(Cause::Refused, message)
}

/// Says goodbye to the server, briefly: a session that is merely dropped is an error in its log.
pub async fn close(conn: PgConnection) {
    if let Err(error) = within(Duration::from_secs(1), "the goodbye", conn.close()).await {
        tracing::debug!(%error, "the connection was dropped");
    }
}

/// Over TCP, "no such file" can only be a certificate's: that is not a server that is not there.
fn missing_file(error: StoreError, node: &Node) -> StoreError {
    if error.cause == Cause::Refused && error.message.contains("No such file") && !node.name.starts_with('/')
    {
        return StoreError::broken(Cause::Tls, format!("sslrootcert, sslcert or sslkey: {}", error.message));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connector(url: &str) -> Connector {
        Connector::new(Target::parse(url, &[]).expect("a good address"))
    }

    #[test]
    fn nodes_rotate() {
        let mut connector = connector("postgres://u@h1:5433,h2:5433,h3:5433/d");
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push(connector.current_node().to_owned());
            connector.rotate();
        }
        assert_eq!(seen, ["h1:5433", "h2:5433", "h3:5433", "h1:5433"]);
    }

    #[tokio::test]
    async fn a_refused_port_and_an_unknown_host_are_told_apart() {
        // Port 1 (tcpmux) is as good as never in use; names under .invalid never resolve (RFC 2606).
        let refused = connector("postgres://u@127.0.0.1:1/d").connect().await.expect_err("nothing listens");
        assert_eq!(refused.cause, Cause::Refused);
        assert!(refused.message.starts_with("127.0.0.1:1: "), "{}", refused.message);
        let unknown =
            connector("postgres://u@flowlens.invalid:1/d").connect().await.expect_err("no such host");
        assert_eq!(unknown.cause, Cause::Dns);
    }

    #[tokio::test]
    async fn a_silent_server_times_out() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let mut connector = connector(&format!("postgres://u@127.0.0.1:{port}/d?sslmode=require"))
            .with_limit(Duration::from_millis(50));
        let error = connector.connect().await.expect_err("it never answers");
        assert_eq!(error.cause, Cause::Timeout);
        assert!(error.is_connection_broken());
        assert!(error.message.ends_with("at its limit of connections"), "{error}");
    }

    #[tokio::test]
    async fn all_nodes_are_tried_and_the_first_failure_is_told() {
        let mut connector = connector("postgres://u@127.0.0.1:1,127.0.0.1:2/d");
        let error = connector.connect().await.expect_err("nothing listens");
        assert!(error.message.starts_with("127.0.0.1:1: "), "{}", error.message);
        assert_eq!(connector.current_node(), "127.0.0.1:1", "the circle is closed");
    }
}
