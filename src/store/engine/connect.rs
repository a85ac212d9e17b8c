//! Opening connections: every wait has a limit, and a failed node gives way to the next.

use std::fmt::Display;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use super::{
    address::AddressError,
    error::StoreError,
    options::{Node, Target},
};
use crate::domain::source::Cause;

/// Longest wait for one answer; the server's own `statement_timeout` (5 s) comes first, and so does the wait for
/// another process's write.
pub(in crate::store) const ANSWER: Duration = Duration::from_secs(8);

/// How long one node may take to accept a connection and the login.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The server ends statements and idle transactions of ours that live longer than this.
const SESSION_LIMITS: [&str; 2] = ["statement_timeout", "idle_in_transaction_session_timeout"];
const SESSION_LIMIT: &str = "5s";

/// A new connection, and what is known of it without asking the server.
#[derive(Debug)]
pub struct Connected {
    /// The connection.
    pub conn: PgConnection,
    /// The node that answered, `host:port` or a socket's folder.
    pub node: String,
    /// Whether the session is encrypted; `None` when only the server knows (`sslmode=prefer`), see
    /// [`Schema::encrypted`](super::discovery::Schema::encrypted).
    pub encrypted: Option<bool>,
}

/// Opens connections to one database, each time to the node that worked last.
#[derive(Clone, Debug)]
pub struct Connector {
    target: Target,
    nodes: Vec<Node>,
    current: usize,
    limit: Duration,
}

impl Connector {
    /// A connector to `target` that gives each node [`CONNECT_LIMIT`].
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self { nodes: target.nodes().to_vec(), target, current: 0, limit: CONNECT_LIMIT }
    }

    /// The same with another limit for each node.
    #[must_use]
    pub fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
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
        self.current = (self.current + 1) % self.nodes.len();
    }

    /// Adds nodes (`host[:port]`) that the cluster named; known ones are left as they are.
    ///
    /// # Errors
    /// A text that is no host; those before it were added.
    pub fn add_nodes<'a>(&mut self, nodes: impl IntoIterator<Item = &'a str>) -> Result<(), AddressError> {
        for text in nodes {
            let node = self.target.further_node(text)?;
            if self.nodes.iter().all(|known| known.name != node.name) {
                self.nodes.push(node);
            }
        }
        Ok(())
    }

    /// Connects to the current node or, when that fails, to the first of the others that answers.
    ///
    /// A refused login is not tried elsewhere: it would be refused there too, and might lock the account.
    ///
    /// # Errors
    /// The first node's failure when all have failed.
    pub async fn connect(&mut self) -> Result<Connected, StoreError> {
        let mut first_failure = None;
        for _ in 0..self.nodes.len() {
            match self.connect_to_current().await {
                Ok(connected) => return Ok(connected),
                Err(error) if error.cause == Cause::Login => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, "no connection");
                    first_failure.get_or_insert(error);
                    self.rotate();
                }
            }
        }
        Err(first_failure.unwrap_or_else(|| StoreError::new(Cause::Other, "no node to connect to")))
    }

    async fn connect_to_current(&self) -> Result<Connected, StoreError> {
        let node = &self.nodes[self.current];
        let options = with_session_limits(node.options.clone());
        let conn = within(self.limit, "the connection", options.connect())
            .await
            .map_err(|error| missing_file(error, node).at(&node.name))?;
        Ok(Connected { conn, node: node.name.clone(), encrypted: node.encrypted() })
    }
}

/// Awaits `fut` for at most `limit`; `what` completes "no answer to … within 5 s".
///
/// After a time-out the connection that `fut` used must be dropped, and the error says so.
///
/// # Errors
/// The failure of `fut`, or [`Cause::Timeout`].
pub async fn within<T, E: Into<StoreError>>(
    limit: Duration,
    what: impl Display,
    fut: impl Future<Output = Result<T, E>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(limit, fut).await {
        Ok(result) => result.map_err(Into::into),
        Err(_elapsed) => {
            let message = format!("no answer to {what} within {} s", limit.as_secs_f32());
            Err(StoreError::broken(Cause::Timeout, message))
        }
    }
}

/// Says goodbye to the server, briefly: a session that is merely dropped is an error in its log.
pub async fn close(conn: PgConnection) {
    if let Err(error) = within(Duration::from_secs(1), "the goodbye", conn.close()).await {
        tracing::debug!(%error, "the connection was dropped");
    }
}

/// Sends the limits with the start-up packet, where they cost no round trip. Options that the user gave
/// stay, and win.
fn with_session_limits(options: PgConnectOptions) -> PgConnectOptions {
    let given = options.get_options().unwrap_or_default().to_owned();
    let ours = SESSION_LIMITS.into_iter().filter(|name| !given.contains(name));
    let ours: Vec<_> = ours.map(|name| (name, SESSION_LIMIT)).collect();
    if ours.is_empty() { options } else { options.options(ours) }
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
    fn the_users_own_options_stay_and_win() {
        let options = |given: &str| {
            let url = format!("postgres://u@h/d?options={given}");
            let node = Target::parse(&url, &[]).expect("a good address").nodes()[0].options.clone();
            with_session_limits(node).get_options().unwrap_or_default().to_owned()
        };
        assert_eq!(
            options("-c%20geqo%3Doff"),
            "-c geqo=off -c statement_timeout=5s -c idle_in_transaction_session_timeout=5s"
        );
        assert_eq!(
            options("-c%20statement_timeout%3D1s"),
            "-c statement_timeout=1s -c idle_in_transaction_session_timeout=5s"
        );
    }

    #[test]
    fn nodes_rotate_and_grow_without_duplicates() {
        let mut connector = connector("postgres://u@h1:5433,h2:5433/d");
        connector.add_nodes(["h2:5433", "h3"]).expect("good nodes");
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
    }

    #[tokio::test]
    async fn all_nodes_are_tried_and_the_first_failure_is_told() {
        let mut connector = connector("postgres://u@127.0.0.1:1,127.0.0.1:2/d");
        let error = connector.connect().await.expect_err("nothing listens");
        assert!(error.message.starts_with("127.0.0.1:1: "), "{}", error.message);
        assert_eq!(connector.current_node(), "127.0.0.1:1", "the circle is closed");
    }
}
