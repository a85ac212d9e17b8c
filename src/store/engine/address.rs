//! Reading a database address (`postgres://…`), with errors that name the part and the mend.
//!
//! The driver's own parser is not enough: it takes a list of hosts for one host name, ignores `ssl=true`
//! and every parameter that it does not know, and cannot reach an IPv6 literal. No error repeats what
//! stands before the database's name: a stray `@`, `/` or `:` makes a password look like a host or a port.

use std::str::FromStr;

use sqlx::postgres::PgSslMode;

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
    pub(in crate::store) fn new(
        part: impl Into<String>,
        problem: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { part: part.into(), problem: problem.into(), mend: mend.into() }
    }
}

/// A host and, if given, its port. A host that begins with `/` is a socket's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Host {
    pub(in crate::store) name: String,
    pub(in crate::store) port: Option<u16>,
}

/// The parts of an address, decoded. Not `Debug`: it holds the password.
#[derive(Clone, Default)]
pub(in crate::store) struct Address {
    pub(in crate::store) user: Option<String>,
    pub(in crate::store) password: Option<String>,
    pub(in crate::store) hosts: Vec<Host>,
    /// The port for hosts that name none (`?port=`).
    pub(in crate::store) port: Option<u16>,
    pub(in crate::store) database: Option<String>,
    /// `ssl=true`: encrypt, or do not connect.
    pub(in crate::store) ssl: bool,
    /// `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `application_name` and `options`, as given.
    pub(in crate::store) settings: Vec<(&'static str, String)>,
}

/// The parameters that are passed on to the driver under their own names.
const SETTINGS: [&str; 6] = ["sslmode", "sslrootcert", "sslcert", "sslkey", "application_name", "options"];

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(url: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = url.trim().split_once("://").unwrap_or_default();
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
        address.hosts = parse_hosts(hosts)?;
        address.database = non_empty(decode(path.trim_start_matches('/'), "the database's name")?);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            address.set(name, decode(value, &format!("the value of {name}"))?)?;
        }
        Ok(address)
    }
}

impl Address {
    fn set(&mut self, name: &str, value: String) -> Result<(), AddressError> {
        match name {
            "host" | "hostaddr" => self.hosts = parse_hosts(&value)?,
            "port" => self.port = Some(parse_port(&value, "the parameter port")?),
            "user" => self.user = non_empty(value),
            "password" => self.password = Some(value),
            "dbname" => self.database = non_empty(value),
            "ssl" => {
                self.ssl = match value.to_ascii_lowercase().as_str() {
                    "" | "true" | "on" | "yes" | "1" => true,
                    "false" | "off" | "no" | "0" => false,
                    _ => {
                        return Err(AddressError::new(
                            "the parameter ssl",
                            "is neither true nor false",
                            "write ssl=true or an sslmode",
                        ));
                    }
                }
            }
            "sslmode" if PgSslMode::from_str(&value).is_err() => {
                return Err(AddressError::new(
                    "the parameter sslmode",
                    "has an unknown value",
                    "write disable, prefer, require, verify-ca or verify-full",
                ));
            }
            _ => {
                let Some(known) = SETTINGS.into_iter().find(|known| *known == name) else {
                    return Err(unknown_parameter(name));
                };
                self.settings.push((known, value));
            }
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

/// `h1:5433,h2` → its hosts; an empty text names none.
fn parse_hosts(list: &str) -> Result<Vec<Host>, AddressError> {
    if list.is_empty() {
        return Ok(Vec::new());
    }
    list.split(',').enumerate().map(|(i, host)| parse_host(host, &format!("host {}", i + 1))).collect()
}

/// `host`, `host:port`, `[::1]:port`, `::1` or a socket's folder; `place` names it in errors.
pub(in crate::store) fn parse_host(text: &str, place: &str) -> Result<Host, AddressError> {
    let text = text.trim();
    let (name, port) =
        if let Some((name, rest)) = text.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            (name, rest.strip_prefix(':'))
        } else if text.matches(':').count() > 1 || text.starts_with('/') {
            (text, None)
        } else {
            match text.split_once(':') {
                Some((name, port)) => (name, Some(port)),
                None => (text, None),
            }
        };
    let name = decode(name, place)?;
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || "@?#".contains(c)) {
        return Err(AddressError::new(
            place,
            "is not a host name",
            "write host:port, hosts separated by commas",
        ));
    }
    let port = port.filter(|port| !port.is_empty());
    let port = port.map(|port| parse_port(port, &format!("the port of {place}"))).transpose()?;
    Ok(Host { name, port })
}

fn parse_port(text: &str, place: &str) -> Result<u16, AddressError> {
    match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(AddressError::new(
            place,
            "is not a number from 1 to 65535",
            "write host:5433 (and a : in a password as %3A, an @ as %40)",
        )),
    }
}

fn non_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// `%41` → `A`. A plus stays a plus, as in libpq.
pub(in crate::store) fn decode(text: &str, part: &str) -> Result<String, AddressError> {
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
            ("postgres:///d?host=h1,h2&port=5433", "h1 h2"),
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
            ("postgres://u:hunter2@h/d?hunter2 x=1", "a parameter"),
            ("postgres://u:hunter2@h/d?sslmode=on", "the parameter sslmode"),
            ("postgres://u:hunter2@h/d?ssl=maybe", "the parameter ssl"),
            ("postgres://u:hunter2@h/d?port=x", "the parameter port"),
        ];
        for (url, part) in table {
            let error = url.parse::<Address>().err().unwrap_or_else(|| panic!("{url} was accepted"));
            assert_eq!(error.part, part, "{url}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
