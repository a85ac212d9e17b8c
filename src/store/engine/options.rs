//! Where to connect and as whom: an address resolved into nodes, each with the driver's options.

mod ssl;

use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

use sqlx::{
    ConnectOptions as _,
    postgres::{PgConnectOptions, PgSslMode},
};

use url::Url;

use super::{
    libpq::{
        Variables,
        passfile::{self, Login},
        variables,
    },
    node::{Node, node_name},
    nodes::SessionAttrs,
};
use crate::domain::address::{Address, AddressError, Host, encode, parse_host};

/// The port of a server that nobody names one for.
const PORT: u16 = 5432;
const FOREVER: Duration = Duration::from_hours(24);

/// A database: its nodes, its name, and the login. Shown and printed without the password.
#[derive(Clone)]
pub struct Target {
    address: Address,
    /// The address itself carries a password.
    has_password: bool,
    mode: PgSslMode,
    files: ssl::CertificateFiles,
    passfile: Option<PathBuf>,
    timeout: Option<Duration>,
    attrs: SessionAttrs,
    nodes: Vec<Node>,
    warnings: Vec<String>,
}

impl Target {
    /// Reads an address, and further nodes as `host[:port]`; what the address leaves out comes from the process's
    /// variables.
    ///
    /// # Errors
    /// As [`Self::with_variables`].
    pub fn parse(url: &str, extra_nodes: &[String]) -> Result<Self, AddressError> {
        Self::with_variables(url, extra_nodes, &|name| std::env::var(name).ok())
    }

    /// Reads an address, and further nodes as `host[:port]`. A node without a port has the first one's.
    ///
    /// What the address leaves out comes from the service file, the `PG*` variables and the password file
    /// (`.pgpass`), as with psql. `ssl=true` means at least `sslmode=require`; `require` with a
    /// `sslrootcert` verifies the certificate's chain, as in libpq.
    ///
    /// # Errors
    /// The part of the address, or the variable, that is wrong, and the mend; never the password.
    pub fn with_variables(
        url: &str,
        extra_nodes: &[String],
        env: Variables<'_>,
    ) -> Result<Self, AddressError> {
        let mut address: Address = url.parse()?;
        let has_password = address.password.is_some();
        variables::fill(&mut address, env)?;
        let mut target = Self {
            passfile: variables::passfile(&address, env),
            mode: ssl::strictest_mode(&address, env)?,
            files: ssl::CertificateFiles::of(&address, env),
            timeout: address.setting("connect_timeout").and_then(seconds),
            attrs: SessionAttrs::parse(address.setting("target_session_attrs").unwrap_or_default()),
            has_password,
            warnings: Vec::new(),
            nodes: Vec::new(),
            address,
        };
        let hosts = target.hosts()?;
        for (n, host) in hosts.iter().enumerate() {
            target.push(host, n, target.address.addresses.get(n).copied())?;
        }
        for (i, text) in extra_nodes.iter().enumerate() {
            let host = parse_host(text, &format!("extra node {}", i + 1))?;
            target.push(&host, 0, None)?;
        }
        Ok(target)
    }

    /// The hosts that are named: those without a name go by their number.
    fn hosts(&self) -> Result<Vec<Host>, AddressError> {
        let Address { hosts, addresses, ports, .. } = &self.address;
        let numbers = || addresses.iter().map(|address| Host { name: address.to_string(), port: None });
        let hosts = if hosts.is_empty() { numbers().collect() } else { hosts.clone() };
        // One port may stand for all hosts.
        for (what, count, free) in [("addresses", addresses.len(), 0), ("ports", ports.len(), 1)] {
            if count > free && count != hosts.len() {
                let problem = format!("names {count} {what} for {} hosts", hosts.len());
                let mend = "write one for each host";
                return Err(AddressError::new(format!("the list of {what}"), problem, mend));
            }
        }
        if hosts.is_empty() {
            return Ok(vec![usual_host(self.port_of(0))]);
        }
        // An address beats a socket's folder, as in libpq.
        let by_address = |(n, host): (usize, Host)| match addresses.get(n) {
            Some(address) if host.name.starts_with('/') => Host { name: address.to_string(), ..host },
            Some(_) | None => host,
        };
        Ok(hosts.into_iter().enumerate().map(by_address).collect())
    }

    fn push(&mut self, host: &Host, n: usize, address: Option<IpAddr>) -> Result<(), AddressError> {
        let node = Node { address, ..self.node(host, n)? };
        if self.nodes.iter().all(|known| (&known.name, known.address) != (&node.name, address)) {
            self.nodes.push(node);
        }
        Ok(())
    }

    /// The port of the host in this place, if it names none itself.
    fn port_of(&self, n: usize) -> u16 {
        let listed = self.address.ports.get(n).or(self.address.ports.first()).copied();
        listed.or(self.nodes.first().map(|first| first.options.get_port())).unwrap_or(PORT)
    }

    /// The driver's options for a host. The driver reads variables by itself: whatever it may have found there is
    /// replaced.
    fn node(&mut self, host: &Host, n: usize) -> Result<Node, AddressError> {
        let port = host.port.unwrap_or_else(|| self.port_of(n));
        let (user, database) = (self.user().to_owned(), self.database().to_owned());
        let password = match &self.address.password {
            Some(password) => password.clone(),
            None => self
                .look_up(Login { host: &host.name, port, database: &database, user: &user })
                .unwrap_or_default(),
        };
        let options = base(self.startup_options())?
            .host(&host.name)
            .port(port)
            .username(&user)
            .password(&password)
            .database(&database)
            .application_name(self.address.setting("application_name").unwrap_or("flowlens"))
            // Poolers refuse it, and since PostgreSQL 12 nothing is lost without it.
            .extra_float_digits(None)
            .disable_statement_logging();
        // A socket never leaves the machine; libpq does not encrypt it either.
        let mode = if host.name.starts_with('/') { PgSslMode::Disable } else { self.mode };
        let options = self.files.apply(options).ssl_mode(mode);
        let options = if host.name.starts_with('/') { options.socket(&host.name) } else { options };
        Ok(Node { name: node_name(&options), options, address: None, zone: None })
    }

    /// The password file's password; a file that is passed over is told once.
    fn look_up(&mut self, login: Login<'_>) -> Option<String> {
        passfile::password(self.passfile.as_deref()?, login).unwrap_or_else(|ignored| {
            let warning = ignored.to_string();
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
            None
        })
    }

    /// What works, but not as somebody may have meant it.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// How long one node may take to let us in, if address or variables say so.
    #[must_use]
    pub fn connect_timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Which nodes are wanted.
    pub(in crate::store) fn session_attrs(&self) -> SessionAttrs {
        self.attrs
    }

    /// The startup options that somebody asked for.
    pub(in crate::store) fn startup_options(&self) -> Option<&str> {
        self.address.setting("options").filter(|options| !options.is_empty())
    }

    pub(in crate::store) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Each node as `host:port`.
    pub fn node_names(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(|node| node.name.as_str())
    }

    /// The name of the database: the login's, if none is named.
    #[must_use]
    pub fn database(&self) -> &str {
        self.address.database.as_deref().unwrap_or_else(|| self.user())
    }

    /// The name of the login: that of this process's user, if none is named.
    #[must_use]
    pub fn user(&self) -> &str {
        self.address.user.as_deref().unwrap_or(system_user())
    }

    /// How the connection is encrypted, in the words of `sslmode`.
    #[must_use]
    pub fn tls_mode(&self) -> &'static str {
        ssl::word(self.mode)
    }

    /// True when the address itself carries a password (then `ps` shows it, if it came by a flag).
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.has_password
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
        let numbers: Vec<String> = self.address.addresses.iter().map(ToString::to_string).collect();
        if !numbers.is_empty() {
            query.push(("hostaddr", numbers.join(",")));
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

/// The driver's options with these startup options. It takes a text of them only in a URL, beside those of the variable;
/// a password in it keeps the driver from the password file, whose lines it would log.
fn base(startup: Option<&str>) -> Result<PgConnectOptions, AddressError> {
    let Some(startup) = startup.filter(|startup| std::env::var("PGOPTIONS").as_deref() != Ok(startup)) else {
        return Ok(PgConnectOptions::new_without_pgpass());
    };
    let pairs = [("password", ""), ("options", startup)];
    let url = Url::parse_with_params("postgres:///", pairs).map_err(sqlx::Error::config);
    url.and_then(|url| PgConnectOptions::from_url(&url)).map_err(|error| {
        AddressError::new("the parameter options", format!("is not usable ({error})"), "see flowlens db url")
    })
}

/// Where a server on this machine listens: the folder of its socket, or TCP.
fn usual_host(port: u16) -> Host {
    let folders = ["/var/run/postgresql", "/private/tmp", "/tmp"];
    let is_there = |folder: &&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
    let name = folders.into_iter().find(is_there).unwrap_or("localhost").to_owned();
    Host { name, port: None }
}

/// The name of the user that this process runs as.
fn system_user() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| whoami::username().unwrap_or_else(|_unknown| "unknown".to_owned()))
}

/// libpq's `connect_timeout`; zero and less mean: for ever.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: i32 = text.trim().parse().ok()?;
    Some(u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map_or(FOREVER, Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::parse(url, &[]).unwrap_or_else(|error| panic!("{url}: {error}"))
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
    fn the_application_is_named_unless_the_address_names_it() {
        let named = target("postgres://u@h/d?application_name=wall");
        assert_eq!(named.nodes()[0].options.get_application_name(), Some("wall"));
    }
}
