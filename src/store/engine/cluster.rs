//! The nodes of a YugabyteDB cluster: found once connected, and tried in the order in which they answer.

use std::time::Duration;

use futures_util::future::join_all;
use sqlx::{PgConnection, Row as _};
use tokio::time::{Instant, timeout};

use super::{
    error::StoreError,
    node::Node,
    patience::{ANSWER, within},
};

/// Longest wait for a node that takes no connections.
const KNOCK: Duration = Duration::from_secs(1);

/// A node as the cluster knows it.
#[derive(Debug)]
struct Server {
    private: String,
    public: String,
    port: u16,
    zone: String,
}

/// All nodes of the cluster beside those that are known, by the kind of address that this connection has; none where
/// it has neither, as through a load balancer: then nobody knows whether the others can be reached.
pub(super) async fn others(
    conn: &mut PgConnection,
    used: &Node,
    known: &[Node],
) -> Result<(Vec<Node>, Option<String>), StoreError> {
    // Not prepared: a pooler may lend another session by the time it is run.
    let question =
        sqlx::raw_sql("SELECT host, public_ip, port::int4, zone FROM yb_servers()").fetch_all(conn);
    let rows = within(ANSWER, "the list of nodes", question).await?;
    let servers: Vec<Server> = rows
        .iter()
        .map(|row| {
            let text = |at: usize| row.try_get::<Option<String>, _>(at).map(Option::unwrap_or_default);
            let port = u16::try_from(row.try_get::<i32, _>(2)?).unwrap_or_default();
            Ok(Server { private: text(0)?, public: text(1)?, port, zone: text(3)? })
        })
        .collect::<Result<_, sqlx::Error>>()?;
    let mut addresses = vec![used.options.get_host().to_owned()];
    if let Ok(Ok(resolved)) = timeout(KNOCK, tokio::net::lookup_host((used.place(), 0))).await {
        addresses.extend(resolved.map(|address| address.ip().to_string()));
    }
    let port = used.options.get_port();
    let is_used = |address: &str| addresses.iter().any(|used| used == address);
    let by_public = match servers
        .iter()
        .find(|server| server.port == port && (is_used(&server.private) || is_used(&server.public)))
    {
        Some(server) => !is_used(&server.private),
        None => return Ok((Vec::new(), None)),
    };
    let mut zone = None;
    let mut others = Vec::new();
    for server in servers {
        let host = if by_public { &server.public } else { &server.private };
        if is_used(host) && server.port == port {
            zone = Some(server.zone);
        } else if !host.is_empty() && server.port > 0 {
            let node = used.elsewhere(host, server.port, server.zone);
            if known.iter().all(|known| known.name != node.name) {
                others.push(node);
            }
        }
    }
    Ok((others, zone))
}

/// The nodes in the order in which they are to be tried: those in the zone that answers fastest first, those that take
/// no connection last, and the suspect behind all.
pub(super) async fn by_nearness(nodes: Vec<Node>, suspect: Option<&str>) -> Vec<Node> {
    let answers = join_all(nodes.iter().map(knock)).await;
    let mut timed: Vec<(Node, Option<Duration>)> = nodes.into_iter().zip(answers).collect();
    let zones: Vec<(Option<String>, Duration)> =
        timed.iter().filter_map(|(node, time)| Some((node.zone.clone(), (*time)?))).collect();
    let nearest = |zone: &Option<String>| {
        zones.iter().filter(|(known, _)| known == zone).map(|(_, time)| *time).min().unwrap_or_default()
    };
    timed.sort_by_cached_key(|(node, time)| {
        (suspect == Some(node.name.as_str()), time.is_none(), nearest(&node.zone), *time)
    });
    timed.into_iter().map(|(node, _)| node).collect()
}

/// How long a node takes to accept a connection, if it does.
pub(super) async fn knock(node: &Node) -> Option<Duration> {
    if node.options.get_socket().is_some() {
        return Some(Duration::ZERO);
    }
    let before = Instant::now();
    let opened =
        timeout(KNOCK, tokio::net::TcpStream::connect((node.place(), node.options.get_port()))).await;
    matches!(opened, Ok(Ok(_))).then(|| before.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::engine::options::Target;

    #[tokio::test]
    async fn whoever_takes_connections_comes_first_and_the_suspect_last() {
        let listeners = [
            tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port"),
            tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port"),
        ];
        let ports = listeners.each_ref().map(|listener| listener.local_addr().expect("bound").port());
        let url = format!("postgres://u@127.0.0.1:1,127.0.0.1:{},127.0.0.1:{}/d", ports[0], ports[1]);
        let nodes = Target::parse(&url, &[]).expect("an address").nodes().to_vec();
        let suspect = format!("127.0.0.1:{}", ports[0]);
        let names = |nodes: Vec<Node>| nodes.into_iter().map(|node| node.name).collect::<Vec<_>>();
        let order = names(by_nearness(nodes, Some(&suspect)).await);
        assert_eq!(order, [format!("127.0.0.1:{}", ports[1]), "127.0.0.1:1".to_owned(), suspect]);
    }
}
