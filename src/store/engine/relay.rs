//! The way to a server over TLS, without its waits.
//!
//! The driver sets no `TCP_NODELAY` (sqlx 0.9.0, <https://github.com/transact-rs/sqlx/issues/4335>), and over TLS writes each
//! record of 16 KiB by itself: of two that make less than a packet the second waits until the server acknowledges the
//! first, which it does 40 ms later. Its socket is out of reach; so it is given a Unix socket, and what comes there is
//! passed on over a connection of ours. All of this goes once the driver sets it again.

use std::{fs::Permissions, io, os::unix::fs::PermissionsExt as _};

use sqlx::{
    ConnectOptions as _, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncWrite, BufReader, copy_buf},
    net::{TcpStream, UnixListener},
};

use super::node::Node;
use crate::panics::caught;

/// A record of TLS, with its head and its seal.
const RECORD: usize = (16 << 10) + 256;

/// Connects to a node with these options of it.
///
/// # Errors
/// The system's or the server's.
pub(super) async fn connect(node: &Node, options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let is_local = options.get_socket().is_some() || options.get_host().starts_with('/');
    if is_local || matches!(options.get_ssl_mode(), PgSslMode::Disable | PgSslMode::Allow) {
        return options.clone().host(&node.place()).connect().await;
    }
    let (folder, listener) = match listen(options.get_port()) {
        Ok(listening) => listening,
        Err(error) => {
            tracing::debug!(%error, "there is no place for a socket: the driver connects by itself");
            return options.clone().host(&node.place()).connect().await;
        }
    };
    let far = TcpStream::connect((node.place(), options.get_port())).await?;
    far.set_nodelay(true)?;
    let options = options.clone().socket(folder.path());
    let mut connecting = Box::pin(options.connect());
    let mut relaying = Box::pin(relay(folder, listener, far));
    let conn = tokio::select! {
        connected = &mut connecting => connected?,
        // What the server said last is still to be read.
        _left = &mut relaying => return connecting.await,
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends with the connection, whoever holds that; its panic is caught"
    )]
    tokio::spawn(async { drop(caught(relaying).await) });
    Ok(conn)
}

/// Where nobody else may connect.
fn listen(port: u16) -> io::Result<(TempDir, UnixListener)> {
    let own = Permissions::from_mode(0o700);
    let folder = tempfile::Builder::new().prefix("flowlens-").permissions(own).tempdir()?;
    let listener = UnixListener::bind(folder.path().join(format!(".s.PGSQL.{port}")))?;
    Ok((folder, listener))
}

/// Takes the one that connects, and passes on what it and the server say until it leaves: where the server has left, its
/// last words are still to be read, and a goodbye is still said.
async fn relay(folder: TempDir, listener: UnixListener, far: TcpStream) -> io::Result<()> {
    let (near, _) = listener.accept().await?;
    drop((listener, folder));
    let (from_near, to_near) = near.into_split();
    let (from_far, to_far) = far.into_split();
    let mut sending = Box::pin(pass(from_near, to_far));
    tokio::select! {
        sent = &mut sending => return sent,
        received = pass(from_far, to_near) => drop(received),
    }
    sending.await
}

async fn pass(from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    copy_buf(&mut BufReader::with_capacity(RECORD, from), &mut to).await?;
    Ok(())
}
