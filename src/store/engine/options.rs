//! Where to connect and as whom: an address resolved into nodes, each with the driver's options.

use std::fmt;
use std::net::IpAddr;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use super::address::{Address, AddressError, Host, parse_host};

/// A database: its nodes, its name, and the login. Shown and printed without the password.
#[derive(Clone)]
pub struct Target {
    address: Address,
    nodes: Vec<Node>,
}

/// One server of the database.
#[derive(Clone)]
pub(in crate::store) struct Node {
    /// `host:port`, or a socket's folder and port.
    pub(in crate::store) name: String,
    pub(in crate::store) options: PgConnectOptions,
}

impl Target {
    /// Reads an address, and further nodes as `host[:port]`. A node without a port has the first one's.
    ///
    /// What the address leaves out comes from the `PG*` variables, then from the password file
    /// (`.pgpass`), as with psql. `ssl=true` means at least `sslmode=require`; `require` with a
    /// `sslrootcert` verifies the certificate's chain, as in libpq.
    ///
    /// # Errors
    /// The part of the address that is wrong, and the mend; never the password.
    pub fn parse(url: &str, extra_nodes: &[String]) -> Result<Self, AddressError> {
        let address: Address = url.parse()?;
        let mut target = Self { nodes: Vec::new(), address };
        if target.address.hosts.is_empty() {
            target.push(target.node(None)?);
        }
        for host in &target.address.hosts.clone() {
            target.push(target.node(Some(host))?);
        }
        for (i, text) in extra_nodes.iter().enumerate() {
            let host = parse_host(text, &format!("extra node {}", i + 1))?;
            target.push(target.node(Some(&host))?);
        }
        Ok(target)
    }

    /// A further node with the same login and settings; without a port it has the first node's.
    pub(in crate::store) fn further_node(&self, text: &str) -> Result<Node, AddressError> {
        self.node(Some(&parse_host(text, "the node")?))
    }

    fn push(&mut self, node: Node) {
        if self.nodes.iter().all(|known| known.name != node.name) {
            self.nodes.push(node);
        }
    }

    /// The driver's options for `host`: built as a URL of parameters, the only way to the driver's
    /// look-up in the password file.
    fn node(&self, host: Option<&Host>) -> Result<Node, AddressError> {
        let unusable = |error: &dyn fmt::Display| {
            AddressError::new("it", format!("is not usable ({error})"), "see flowlens db url")
        };
        let address = &self.address;
        let port = host
            .and_then(|host| host.port)
            .or(address.port)
            .or(self.nodes.first().map(|first| first.options.get_port()))
            .map(|port| port.to_string());
        let mut url = Url::parse("postgres:///").map_err(|error| unusable(&error))?;
        {
            let mut pairs = url.query_pairs_mut();
            let named = [
                ("host", host.map(|host| &host.name)),
                ("port", port.as_ref()),
                ("user", address.user.as_ref()),
                ("password", address.password.as_ref()),
                ("dbname", address.database.as_ref()),
            ];
            let named = named.into_iter().filter_map(|(name, value)| value.map(|value| (name, value)));
            let settings = address.settings.iter().map(|(name, value)| (*name, value));
            pairs.extend_pairs(named.chain(settings));
        }
        let mut options = PgConnectOptions::from_url(&url).map_err(|error| unusable(&error))?;
        if options.get_application_name().is_none() {
            options = options.application_name("flowlens");
        }
        let mode = self.strictest_mode(options.get_ssl_mode());
        options = options.ssl_mode(mode).disable_statement_logging();
        Ok(Node { name: node_name(&options), options })
    }

    fn strictest_mode(&self, asked: PgSslMode) -> PgSslMode {
        let has_root = self.address.settings.iter().any(|(name, _)| *name == "sslrootcert");
        match asked {
            PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer if !self.address.ssl => asked,
            PgSslMode::VerifyCa | PgSslMode::VerifyFull => asked,
            _ if has_root => PgSslMode::VerifyCa,
            _ => PgSslMode::Require,
        }
    }

    pub(in crate::store) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    fn first(&self) -> &PgConnectOptions {
        // `parse` pushes at least one node.
        &self.nodes[0].options
    }

    /// Each node as `host:port`.
    pub fn node_names(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(|node| node.name.as_str())
    }

    /// The name of the database.
    #[must_use]
    pub fn database(&self) -> &str {
        self.first().get_database().unwrap_or_else(|| self.user())
    }

    /// The name of the login.
    #[must_use]
    pub fn user(&self) -> &str {
        self.first().get_username()
    }

    /// How the connection is encrypted, in the words of `sslmode`.
    #[must_use]
    pub fn tls_mode(&self) -> &'static str {
        mode_word(self.first().get_ssl_mode())
    }

    /// True when the address itself carries a password (then `ps` shows it, if it came by a flag).
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.address.password.is_some()
    }

    /// `host:port/database` of the first node.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}/{}", self.nodes[0].name, self.database())
    }

    /// What tells this database and login from any other, whatever the order of its nodes. It does not
    /// change with the password or the TLS mode.
    #[must_use]
    pub fn identity(&self) -> String {
        let mut nodes: Vec<&str> = self.node_names().collect();
        nodes.sort_unstable();
        format!("postgres\n{}\n{}\n{}", nodes.join(","), self.database(), self.user())
    }

    /// The address as it is used, with `***` for a password.
    #[must_use]
    pub fn redacted_url(&self) -> String {
        let password = if self.has_password() { ":***" } else { "" };
        let (sockets, hosts): (Vec<&str>, Vec<&str>) =
            self.node_names().partition(|name| name.starts_with('/'));
        let mut query = vec![("sslmode", self.tls_mode().to_owned())];
        if let Some((folder, port)) = sockets.first().and_then(|name| name.rsplit_once(':')) {
            query.extend([("host", folder.to_owned()), ("port", port.to_owned())]);
        }
        query.extend(self.address.settings.iter().filter(|(name, _)| *name != "sslmode").cloned());
        let query: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        format!(
            "postgres://{}{password}@{}/{}?{}",
            encode(self.user()),
            hosts.join(","),
            encode(self.database()),
            query.join("&")
        )
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.redacted_url()).finish()
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Node").field(&self.name).finish()
    }
}

impl Node {
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

/// True when a session with `node` (`host:port` or a socket's folder) can be overheard on the network.
#[must_use]
pub fn exposed(node: &str, encrypted: bool) -> bool {
    let host = node.rsplit_once(':').map_or(node, |(host, _)| host).trim_matches(['[', ']']);
    let local = host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    !encrypted && !local
}

fn node_name(options: &PgConnectOptions) -> String {
    let port = options.get_port();
    match options.get_socket() {
        Some(folder) => format!("{}:{port}", folder.display()),
        None if options.get_host().parse::<std::net::Ipv6Addr>().is_ok() => {
            format!("[{}]:{port}", options.get_host())
        }
        None => format!("{}:{port}", options.get_host()),
    }
}

fn mode_word(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}

/// Percent-encodes what may not stand plainly in any part of an address.
fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encode = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::parse(url, &[]).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    #[test]
    fn ssl_true_means_at_least_require_and_never_less_than_asked() {
        let table = [
            ("ssl=true", "require"),
            ("ssl=true&sslmode=disable", "require"),
            ("ssl=true&sslmode=prefer", "require"),
            ("ssl=true&sslmode=verify-ca", "verify-ca"),
            ("sslmode=verify-full&ssl=true", "verify-full"),
            ("ssl=false&sslmode=verify-full", "verify-full"),
            ("ssl=true&sslrootcert=root.crt", "verify-ca"),
            ("sslmode=require&sslrootcert=root.crt", "verify-ca"),
            ("sslmode=disable&sslrootcert=root.crt", "disable"),
            ("ssl=false&sslmode=prefer", "prefer"),
        ];
        for (query, mode) in table {
            assert_eq!(target(&format!("postgres://u@h/d?{query}")).tls_mode(), mode, "{query}");
        }
    }

    #[test]
    fn lists_and_extra_nodes_become_nodes_once_each() {
        let extra = ["h3".to_owned(), "h1:5433".to_owned(), "[::1]:5440".to_owned()];
        let target = Target::parse("postgres://u@h1:5433,h2:5434/d", &extra).expect("a good address");
        let names: Vec<&str> = target.node_names().collect();
        assert_eq!(names, ["h1:5433", "h2:5434", "h3:5433", "[::1]:5440"]);
        assert_eq!(target.label(), "h1:5433/d");
        let error = Target::parse("postgres://u@h/d", &["h:x".to_owned()]).expect_err("a bad port");
        assert_eq!(error.part, "the port of extra node 1");
    }

    #[test]
    fn identity_ignores_order_password_and_tls() {
        let a = target("postgres://u:p@h1:5433,h2:5433/d?ssl=true");
        let b = target("postgres://u:q@h2:5433,h1:5433/d?sslmode=disable");
        assert_eq!(a.identity(), b.identity());
        assert_eq!(a.identity(), "postgres\nh1:5433,h2:5433\nd\nu");
        assert_ne!(a.identity(), target("postgres://v@h1:5433,h2:5433/d").identity());
    }

    #[test]
    fn nothing_that_is_shown_holds_the_password() {
        let target = target("postgres://u:hunter2@h:5433/d?sslmode=require&options=-c%20geqo%3Doff");
        assert_eq!(
            target.redacted_url(),
            "postgres://u:***@h:5433/d?sslmode=require&options=-c%20geqo%3Doff"
        );
        for shown in
            [format!("{target:?}"), format!("{:?}", target.nodes()), target.label(), target.identity()]
        {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn sockets_are_named_by_folder_and_port() {
        let target = target("postgres://u@/d?host=/run/pg&port=5444&sslmode=prefer");
        assert_eq!(target.label(), "/run/pg:5444/d");
        assert_eq!(target.redacted_url(), "postgres://u@/d?sslmode=prefer&host=/run/pg&port=5444");
    }

    #[test]
    fn only_unencrypted_sessions_that_leave_the_machine_are_exposed() {
        for (node, encrypted, expected) in [
            ("db.example:5433", false, true),
            ("db.example:5433", true, false),
            ("10.0.0.1:5433", false, true),
            ("[fe80::1]:5433", false, true),
            ("localhost:5433", false, false),
            ("127.0.0.2:5433", false, false),
            ("[::1]:5433", false, false),
            ("/run/postgresql:5432", false, false),
        ] {
            assert_eq!(exposed(node, encrypted), expected, "{node} {encrypted}");
        }
    }

    #[test]
    fn the_application_is_named_unless_the_address_names_it() {
        let named = target("postgres://u@h/d?application_name=wall");
        assert_eq!(named.nodes()[0].options.get_application_name(), Some("wall"));
    }
}
