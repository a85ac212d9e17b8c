//! Whether others can listen.

use std::net::IpAddr;

/// True when a session with `node` (`host:port` or a socket's folder) can be overheard on the network.
pub(super) fn exposed(node: &str, encrypted: bool) -> bool {
    let host = node.rsplit_once(':').map_or(node, |(host, _)| host).trim_matches(['[', ']']);
    let local = host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    !encrypted && !local
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
