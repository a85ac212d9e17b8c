//! Whether others can listen.

use crate::domain::web::is_this_machine;

/// True when a session with `node` (`host:port` or a socket's folder) can be overheard on the network.
pub(super) fn exposed(node: &str, encrypted: bool) -> bool {
    let host = node.rsplit_once(':').map_or(node, |(host, _)| host).trim_matches(['[', ']']);
    let is_socket = host.starts_with('/');
    !encrypted && !is_socket && !is_this_machine(host)
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
