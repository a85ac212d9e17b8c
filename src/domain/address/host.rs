//! The hosts of a server's address.

use std::net::IpAddr;

use super::AddressError;

/// A host and, if given, its port. A host that begins with `/` is a socket's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) port: Option<u16>,
}

/// `h1:5433,h2` → its hosts; an empty text names none. In a URL each is decoded by itself: its name may hold a `:`.
pub(super) fn hosts_of(
    list: &str,
    decoded: impl Fn(&str, &str) -> Result<String, AddressError>,
) -> Result<Vec<Host>, AddressError> {
    if list.is_empty() {
        return Ok(Vec::new());
    }
    list.split(',').enumerate().map(|(i, host)| host_of(host, &format!("host {}", i + 1), &decoded)).collect()
}

/// `host`, `host:port`, `[::1]:port`, `::1` or a socket's folder; `place` names it in errors.
pub(crate) fn parse_host(text: &str, place: &str) -> Result<Host, AddressError> {
    host_of(text, place, |host, _| Ok(host.to_owned()))
}

fn host_of(
    text: &str,
    place: &str,
    decoded: impl Fn(&str, &str) -> Result<String, AddressError>,
) -> Result<Host, AddressError> {
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
    let name = decoded(name, place)?;
    let is_folder = name.starts_with('/');
    if name.is_empty()
        || name.contains(|c: char| c.is_control() || (!is_folder && (c.is_whitespace() || "@?#".contains(c))))
    {
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

/// `192.0.2.1,::1`, as libpq takes it: numbers, and no names.
pub(super) fn addresses_of(list: &str) -> Result<Vec<IpAddr>, AddressError> {
    let addresses = list.split(',').map(str::trim).filter(|_| !list.is_empty()).map(str::parse);
    addresses.collect::<Result<_, _>>().map_err(|_no_address| {
        AddressError::new("the parameter hostaddr", "holds what is no IP address", "write a name as host")
    })
}

pub(super) fn parse_port(text: &str, place: &str) -> Result<u16, AddressError> {
    match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(AddressError::new(
            place,
            "is not a number from 1 to 65535",
            "write host:5433 (and a : in a password as %3A, an @ as %40)",
        )),
    }
}
