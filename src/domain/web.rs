//! Addresses of web pages, as they stand in the database: whoever writes there chooses them.

use std::net::IpAddr;

use url::Url;

/// Whether an address leads to this machine.
#[must_use]
pub fn is_here(url: &Url) -> bool {
    url.host_str().is_some_and(|host| is_this_machine(host.trim_matches(['[', ']'])))
}

/// Whether a host's name or address, without brackets, is this machine's.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    let name = host.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The address as a browser may be given it, else why it had better not: it leads to none of `hosts`, which are all
/// where that is `None`.
///
/// Programs differ in how they take an address apart. What they get is put together anew from what was looked at.
///
/// # Errors
/// It is not https, holds a login, or leads elsewhere.
pub fn openable(address: &str, hosts: Option<&[String]>) -> Result<String, String> {
    let url = Url::parse(address).map_err(|error| error.to_string())?;
    if url.scheme() != "https" {
        return Err(format!("it begins with {}:, not with https:", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it holds a login before its host".to_owned());
    }
    let host = url.host_str().unwrap_or_default();
    let place = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    if let Some(hosts) = hosts
        && !hosts.iter().any(|known| known.eq_ignore_ascii_case(&place))
    {
        return Err(format!(
            "it leads to {place}, not to {} (GH_HOST, or url under [github] in the config file, names another host)",
            hosts.join(" or ")
        ));
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_pages_of_known_hosts_without_a_login_are_opened() {
        let known = ["github.com".to_owned(), "ghe.acme.test:8443".to_owned()];
        for (address, opened) in [
            ("https://github.com/a/b/pull/1", "https://github.com/a/b/pull/1"),
            ("HTTPS://GitHub.com/a b", "https://github.com/a%20b"),
            ("https://github.com:443/a", "https://github.com/a"),
            ("https://ghe.acme.test:8443/a", "https://ghe.acme.test:8443/a"),
            // Some take the login's end for the host's.
            ("https://github.com\\@evil.test/", "https://github.com/@evil.test/"),
            ("https://github.com/\"'`$(x)", "https://github.com/%22'%60$(x)"),
        ] {
            assert_eq!(openable(address, Some(&known)).as_deref(), Ok(opened), "{address}");
        }
        for address in [
            "https://github.com@evil.test/a/b/pull/1",
            "https://github.com:x@evil.test/",
            "https://me@github.com/",
            "https://evil.test/github.com",
            "https://github.com.evil.test/",
            "https://evil.test\\@github.com/",
            "https://github.com:8443/",
            "https://ghe.acme.test/",
            "https://gіthub.com/", // Cyrillic
            "http://github.com/a",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "-version",
            "",
        ] {
            assert!(openable(address, Some(&known)).is_err(), "{address}");
        }
        assert!(openable("https://ci.test/run/1", None).is_ok());
        assert!(openable("https://ci.test@evil.test/", None).is_err());
    }
}
