//! Reading a database's address (`postgres://…`, `sqlite:…`), with errors that name the part and the mend.
//!
//! The driver's own parser is not enough: it takes a list of hosts for one host name, ignores `ssl=true`
//! and every parameter that it does not know, and cannot reach an IPv6 literal. No error repeats what
//! stands before the database's name: a stray `@`, `/` or `:` makes a password look like a host or a port.

mod demands;
mod host;
mod shown;

use std::{net::IpAddr, str::FromStr};

use self::{
    demands::demand,
    host::{addresses_of, hosts_of, parse_port},
};
pub(crate) use self::{
    host::{Host, parse_host},
    shown::{encode, has_password, redacted},
};

/// What is wrong with an address, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("database address: {part} {problem}; {mend}")]
pub struct AddressError {
    /// Which part is wrong.
    pub part: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to write instead.
    pub mend: String,
}

impl AddressError {
    pub(crate) fn new(part: impl Into<String>, problem: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { part: part.into(), problem: problem.into(), mend: mend.into() }
    }

    /// A parameter asks for more than there is; only these values of it are possible.
    fn beyond(part: impl Into<String>, possible: &[&str]) -> Self {
        let mend = match possible {
            [] => "leave it away".to_owned(),
            _ => format!("leave it away; possible is {}", possible.join(", ")),
        };
        Self::new(part, "asks for what FlowLens cannot do", mend)
    }
}

/// The parts of a server's address, decoded. Not `Debug`: it holds the password.
#[derive(Clone, Default)]
pub struct Address {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) hosts: Vec<Host>,
    /// Where the hosts are, without asking for their names (`hostaddr`): none, or one each.
    pub(crate) addresses: Vec<IpAddr>,
    /// The text itself says which hosts: no variable leads elsewhere.
    names_hosts: bool,
    /// For hosts that name none (`?port=`): one for all, or one each.
    pub(crate) ports: Vec<u16>,
    pub(crate) database: Option<String>,
    /// `ssl=true`: encrypt, or do not connect.
    pub(crate) ssl: bool,
    /// The parameters of [`SETTINGS`], as given.
    pub(crate) settings: Vec<(&'static str, String)>,
}

/// What libpq knows under the same names.
const SETTINGS: [&str; 10] = [
    "service",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "application_name",
    "options",
    "connect_timeout",
    "passfile",
    "target_session_attrs",
];

/// Letter by letter, as libpq takes them.
const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
const SESSION_ATTRS: [&str; 6] = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"];

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(url: &str) -> Result<Self, AddressError> {
        let url = url.trim();
        if url.contains(char::REPLACEMENT_CHARACTER) {
            return Err(AddressError::new("it", "is not valid UTF-8", "write bytes that are no text as %XX"));
        }
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        if !["postgres", "postgresql"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err(AddressError::new(
                "its beginning",
                "is not postgres://, postgresql:// or sqlite:",
                "write postgres://user@host:5433/database or sqlite:///folder/file.db",
            ));
        }
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if rest.contains(['@', '#']) {
            return Err(AddressError::new(
                "the user or the password",
                "seems to hold a reserved character",
                "write @ as %40, / as %2F, ? as %3F, # as %23",
            ));
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));

        let mut address = Self::default();
        let mut hosts = authority;
        if let Some((login, after)) = authority.rsplit_once('@') {
            hosts = after;
            let (user, password) = match login.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (login, None),
            };
            address.user = non_empty(decode(user, "the user")?);
            address.password = password.map(|password| decode(password, "the password")).transpose()?;
        }
        address.hosts = hosts_of(hosts, decode)?;
        address.database = non_empty(decode(path.trim_start_matches('/'), "the database's name")?);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            // Without a value it may be the end of a password.
            let (name, value) = pair.split_once('=').ok_or_else(|| unknown_parameter("?"))?;
            address.set(name, decode(value, &format!("the value of {name}"))?)?;
        }
        address.names_hosts = !address.hosts.is_empty() || !address.addresses.is_empty();
        Ok(address)
    }
}

impl Address {
    /// The value of one of the [`SETTINGS`]; the last one given counts.
    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        let mut named = self.settings.iter().rev().filter(|(known, _)| *known == name);
        named.next().map(|(_, value)| value.as_str())
    }

    /// Takes a value from a variable where the address says nothing itself.
    ///
    /// # Errors
    /// The variable's value cannot be used.
    pub(crate) fn fill(&mut self, name: &str, variable: &str, value: &str) -> Result<(), AddressError> {
        let has_ports = || !self.hosts.is_empty() && self.hosts.iter().all(|host| host.port.is_some());
        let is_said = match name {
            "host" => !self.hosts.is_empty(),
            "hostaddr" => self.names_hosts || !self.addresses.is_empty(),
            "port" => !self.ports.is_empty() || has_ports(),
            "user" => self.user.is_some(),
            "password" => self.password.is_some(),
            "dbname" => self.database.is_some(),
            "sslmode" => self.ssl || self.setting(name).is_some(),
            _ => self.setting(name).is_some(),
        };
        if is_said {
            return Ok(());
        }
        if value.contains(char::REPLACEMENT_CHARACTER) {
            return Err(AddressError::new(variable, "is not valid UTF-8", "set it anew"));
        }
        self.set(name, value.to_owned()).map_err(|error| AddressError { part: variable.to_owned(), ..error })
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), AddressError> {
        let wrong = |problem: &str, mend: &str| {
            Err(AddressError::new(format!("the parameter {name}"), problem, mend))
        };
        match name {
            "host" => self.hosts = hosts_of(&value, |host, _| Ok(host.to_owned()))?,
            "hostaddr" => self.addresses = addresses_of(&value)?,
            "port" => {
                let ports = value.split(',').map(|port| parse_port(port.trim(), "the parameter port"));
                self.ports = ports.collect::<Result<_, _>>()?;
            }
            "user" => self.user = non_empty(value),
            "password" => self.password = Some(value),
            "dbname" => self.database = non_empty(value),
            "ssl" => {
                self.ssl = match value.to_ascii_lowercase().as_str() {
                    "" | "true" | "on" | "yes" | "1" => true,
                    "false" | "off" | "no" | "0" => false,
                    _ => return wrong("is neither true nor false", "write ssl=true or an sslmode"),
                }
            }
            "sslmode" if !SSL_MODES.contains(&value.as_str()) => {
                return wrong("has an unknown value", &format!("write one of {}", SSL_MODES.join(", ")));
            }
            "target_session_attrs" if !SESSION_ATTRS.contains(&value.as_str()) => {
                return wrong("has an unknown value", &format!("write one of {}", SESSION_ATTRS.join(", ")));
            }
            "connect_timeout" if value.trim().parse::<i32>().is_err() => {
                return wrong("is not a number of seconds", "write a whole number such as 10");
            }
            _ => match SETTINGS.into_iter().find(|known| *known == name) {
                Some(known) => self.settings.push((known, value)),
                None => demand(name, &value)
                    .ok_or_else(|| unknown_parameter(name))?
                    .map_err(|possible| AddressError::beyond(format!("the parameter {name}"), possible))?,
            },
        }
        Ok(())
    }
}

fn unknown_parameter(name: &str) -> AddressError {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-[].".contains(c));
    let part = if plain { format!("the parameter {name}") } else { "a parameter".to_owned() };
    AddressError::new(
        part,
        "is not known",
        format!("take it out; known are host, port, user, password, dbname, ssl, {}", SETTINGS.join(", ")),
    )
}

fn non_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// `%41` → `A`. A plus stays a plus, as in libpq.
pub(crate) fn decode(text: &str, part: &str) -> Result<String, AddressError> {
    let broken = || AddressError::new(part, "holds a % that begins no character", "write a plain % as %25");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
            let (Some(high), Some(low)) = (digit(), digit()) else { return Err(broken()) };
            bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).ok_or_else(broken)
}

/// Whether it is the address of an embedded database's file.
pub(crate) fn is_file(url: &str) -> bool {
    url.trim().split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("sqlite"))
}

/// The path in `sqlite:///path/to/file` or `sqlite:relative/file`; `None` for another kind of address.
///
/// # Errors
/// The part of the address that is wrong, and the mend.
pub(crate) fn file(url: &str) -> Option<Result<String, AddressError>> {
    let (_, rest) = url.trim().split_once(':').filter(|_| is_file(url))?;
    // SQLite's own kind of address says the same.
    let rest = match rest.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("file") => rest,
        Some(_) | None => rest,
    };
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").filter(|path| path.starts_with('/')).unwrap_or(rest),
        None => rest,
    };
    let mend = "write sqlite:///folder/file.db or sqlite:file.db";
    Some(match path {
        "" | ":memory:" | "/" => Err(AddressError::new("the path", "names no file", mend)),
        path if path.contains('?') => {
            Err(AddressError::new("a parameter", "is not known", "take it out (a ? in a name is %3F)"))
        }
        path => decode(path, "the path"),
    })
}

/// Whether it is the address of a database of either kind.
///
/// # Errors
/// The part of the address that is wrong, and the mend.
pub(crate) fn check(url: &str) -> Result<(), AddressError> {
    match file(url) {
        Some(path) => path.map(drop),
        None => url.parse::<Address>().map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Address {
        url.parse().unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    #[test]
    fn hosts_come_one_by_one_in_lists_and_as_sockets() {
        let table = [
            ("postgres://h", "h"),
            ("postgresql://u:p@h:5433/d?ssl=true", "h:5433"),
            ("postgres://h1:5433,h2:5434,h3/d", "h1:5433 h2:5434 h3"),
            ("postgres://[::1]:5433,[fe80::1]/d", "::1:5433 fe80::1"),
            ("postgres://%2Fvar%2Frun/d", "/var/run"),
            ("postgres:///d?host=/var/run/postgresql", "/var/run/postgresql"),
            ("postgres:///d?host=h1,h2&port=5433,5434", "h1 h2"),
            ("postgres://%2Frun%3Apg:5433/d", "/run:pg:5433"),
            ("postgres:///d?host=%2Frun%2F100%25", "/run/100%"),
            ("postgres:///d", ""),
        ];
        for (url, expected) in table {
            let hosts: Vec<String> = parse(url)
                .hosts
                .into_iter()
                .map(|host| host.name + &host.port.map(|port| format!(":{port}")).unwrap_or_default())
                .collect();
            assert_eq!(hosts.join(" "), expected, "{url}");
        }
    }

    #[test]
    fn logins_and_names_are_decoded() {
        let address = parse("postgres://a%40b:p%2Fw+%3A@h/my%20db?application_name=x%26y&options=-c%20a%3Db");
        assert_eq!(address.user.as_deref(), Some("a@b"));
        assert_eq!(address.password.as_deref(), Some("p/w+:"));
        assert_eq!(address.database.as_deref(), Some("my db"));
        assert_eq!(
            address.settings,
            [("application_name", "x&y".to_owned()), ("options", "-c a=b".to_owned())]
        );
        assert_eq!(parse("postgres://u:p@ss@h/d").password.as_deref(), Some("p@ss"));
    }

    #[test]
    fn errors_name_the_part_and_never_the_password() {
        let table = [
            ("host=h dbname=d password=hunter2", "its beginning"),
            ("mysql://u:hunter2@h/d", "its beginning"),
            ("postgres://u:hunter2/x@h/d", "the user or the password"),
            ("postgres://u:hunter2?x@h/d", "the user or the password"),
            ("postgres://u:hunter2#x@h/d", "the user or the password"),
            ("postgres://u:hunter2/d", "the port of host 1"),
            ("postgres://u:x@h:hunter2/d", "the port of host 1"),
            ("postgres://u:x@h,:5433/d", "host 2"),
            ("postgres://u:hunter2@h1,h2:0/d", "the port of host 2"),
            ("postgres://u:hunter2%@h/d", "the password"),
            ("postgres://u:hunter2@h/%ff", "the database's name"),
            ("postgres://u:hunter2@h/d?load_balance=true", "the parameter load_balance"),
            ("postgres://u:hunter2@h/d?channel_binding=require", "the parameter channel_binding"),
            ("postgres://u:hunter2@h/d?sslcrl=hunter2", "the parameter sslcrl"),
            ("postgres://u:x@h/d?hostaddr=hunter2", "the parameter hostaddr"),
            ("postgres://u:hunter2@h/d?hunter2 x=1", "a parameter"),
            ("postgres://u:hunter2@h/d?sslmode=on", "the parameter sslmode"),
            ("postgres://u:hunter2@h/d?sslmode=Require", "the parameter sslmode"),
            ("postgres://u:hunter2@h/d?sslmode=", "the parameter sslmode"),
            ("postgres://u:hunter2@h/d?connect_timeout=5s", "the parameter connect_timeout"),
            ("postgres://u:hunter2@h/d?target_session_attrs=master", "the parameter target_session_attrs"),
            ("postgres://u:hunter2@h/d?passwd=hunter2", "the parameter passwd"),
            ("postgres://u:hunter2\u{fffd}@h/d", "it"),
            ("postgres://u:hunter2@h/d?ssl=maybe", "the parameter ssl"),
            ("postgres://u:hunter2@h/d?port=x", "the parameter port"),
        ];
        for (url, part) in table {
            let error = url.parse::<Address>().err().unwrap_or_else(|| panic!("{url} was accepted"));
            assert_eq!(error.part, part, "{url}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn variables_fill_only_what_the_address_leaves_open() {
        let mut address = parse("postgres://u:p@h1:5433,h2/d?sslmode=require");
        for (name, value) in [
            ("host", "elsewhere"),
            ("user", "v"),
            ("password", "q"),
            ("dbname", "e"),
            ("sslmode", "nonsense, but nobody asks"),
            ("port", "5434"),
            ("application_name", "wall"),
        ] {
            address.fill(name, "PGX", value).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        assert_eq!((address.user.as_deref(), address.password.as_deref()), (Some("u"), Some("p")));
        assert_eq!((address.database.as_deref(), address.setting("sslmode")), (Some("d"), Some("require")));
        assert_eq!((address.hosts.len(), &*address.ports), (2, &[5434][..]), "h2 has none of its own");
        assert_eq!(address.setting("application_name"), Some("wall"));
        for (name, value) in
            [("sslmode", "Require"), ("sslmode", "\"require\""), ("port", "5433x"), ("dbname", "d\u{fffd}")]
        {
            let error = Address::default().fill(name, "PGX", value).expect_err(value);
            assert_eq!(error.part, "PGX", "{value}");
            assert!(!error.to_string().contains(value), "{error}");
        }
    }
}
