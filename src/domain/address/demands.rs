//! Parameters of libpq that this program has nothing to do for: some change nothing, others ask for more than there is.

/// They change neither the rows nor who may read them.
const IDLE: [&str; 11] = [
    "fallback_application_name",
    "client_encoding",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "sslcompression",
    "sslsni",
    "krbsrvname",
    "gsslib",
];

/// They may make a connection safer, or not at all; with the values that ask for no more than there is. To pass over any
/// other value would connect with less than was asked for.
const DEMANDS: [(&str, &[&str]); 11] = [
    ("requiressl", &["0", "1"]),
    ("channel_binding", &["disable", "prefer"]),
    ("gssencmode", &["disable", "prefer"]),
    ("sslnegotiation", &["postgres"]),
    ("ssl_min_protocol_version", &["TLSv1", "TLSv1.1", "TLSv1.2"]),
    ("ssl_max_protocol_version", &["TLSv1.3"]),
    ("sslcertmode", &["allow"]),
    ("sslcrl", &[]),
    ("sslcrldir", &[]),
    ("requirepeer", &[]),
    ("require_auth", &[]),
];

/// Whether a parameter is one of these, and what is wrong with its value and with that alone: the values that are possible.
pub(crate) fn demand(name: &str, value: &str) -> Option<Result<(), &'static [&'static str]>> {
    if IDLE.contains(&name) {
        return Some(Ok(()));
    }
    let (_, accepted) = DEMANDS.iter().find(|(known, _)| *known == name)?;
    let is_met = value.is_empty() || accepted.iter().any(|accepted| accepted.eq_ignore_ascii_case(value));
    Some(if is_met { Ok(()) } else { Err(accepted) })
}
