//! What looks like a secret.

use std::sync::LazyLock;

use regex::RegexSet;

/// Keys of AWS, private keys, tokens of GitHub and Slack, and a text that is given a name such as `password`.
///
/// `[iıİ]` is an `i` in any case, and the white space includes the four separators of ASCII.
pub(in crate::insight) const PATTERN: &str = concat!(
    r"AKIA[0-9A-Z]{16}",
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----",
    r"|gh[pousr]_[A-Za-z0-9]{36}",
    r"|xox[baprs]-[A-Za-z0-9-]{10,}",
    r"|(?i:(ap[iıİ][_-]?key|secret|passwd|password|token)[\s\x1c-\x1f]*[:=][\s\x1c-\x1f]*",
    r#"["'][^"'\s\x1c-\x1f]{12,}["'])"#,
);

static SECRET: LazyLock<RegexSet> = LazyLock::new(|| RegexSet::new([PATTERN]).unwrap_or_default());

/// Whether a part of `code` looks like a secret.
pub(in crate::insight) fn is_in(code: &str) -> bool {
    SECRET.is_match(code)
}
