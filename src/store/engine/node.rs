//! One server of a database, and how it is reached.

use std::{fmt, net::IpAddr};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// One server of the database.
#[derive(Clone)]
pub(in crate::store) struct Node {
    /// `host:port`, or a socket's folder and port.
    pub(in crate::store) name: String,
    pub(in crate::store) options: PgConnectOptions,
    /// Where it is reached, whatever its name (`hostaddr`): the name is what its certificate must have.
    pub(super) address: Option<IpAddr>,
    /// Where it stands, if the cluster told.
    pub(super) zone: Option<String>,
}

impl Node {
    /// Another node, reached in the same way.
    pub(super) fn elsewhere(&self, host: &str, port: u16, zone: String) -> Self {
        let options = self.options.clone().host(host).port(port);
        Self { name: node_name(&options), options, address: None, zone: Some(zone) }
    }

    /// The host to connect to.
    pub(super) fn place(&self) -> String {
        self.address.map_or_else(|| self.options.get_host().to_owned(), |address| address.to_string())
    }

    /// Whether sessions are encrypted, where the mode alone tells; `None` where the server must be asked.
    pub(in crate::store) fn encrypted(&self) -> Option<bool> {
        match self.options.get_ssl_mode() {
            // The driver treats Allow like Disable.
            PgSslMode::Disable | PgSslMode::Allow => Some(false),
            PgSslMode::Prefer => None,
            PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => Some(true),
        }
    }
}

pub(super) fn node_name(options: &PgConnectOptions) -> String {
    let port = options.get_port();
    match options.get_socket() {
        Some(folder) => format!("{}:{port}", folder.display()),
        None if options.get_host().parse::<std::net::Ipv6Addr>().is_ok() => {
            format!("[{}]:{port}", options.get_host())
        }
        None => format!("{}:{port}", options.get_host()),
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Node").field(&self.name).finish()
    }
}
