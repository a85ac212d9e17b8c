//! An address as people may see it.

use super::{Address, check, is_file};

/// Percent-encodes what may not stand plainly in any part of an address.
pub(crate) fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encode = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}

/// The address for a reader: a password as `***` wherever it stands, and nothing at all of what is no address.
pub(crate) fn redacted(url: &str) -> String {
    let url = url.trim();
    if check(url).is_err() {
        return "***".to_owned();
    }
    let (before, query) = url.split_once('?').map_or((url, None), |(before, query)| (before, Some(query)));
    let login = |(login, host): (&str, &str)| match login.split_once(':') {
        Some((user, _)) => format!("{user}:***@{host}"),
        None => format!("{login}@{host}"),
    };
    let shown = match before.split_once("://") {
        // A file has no login, but may have an @ in its name.
        Some((scheme, rest)) if !is_file(url) => {
            format!("{scheme}://{}", rest.rsplit_once('@').map_or_else(|| rest.to_owned(), login))
        }
        _ => before.to_owned(),
    };
    let pair = |pair: &str| match pair.split_once('=') {
        Some(("password", _)) => "password=***".to_owned(),
        _ => pair.to_owned(),
    };
    let query = query.map(|query| query.split('&').map(pair).collect::<Vec<_>>().join("&"));
    query.map_or(shown.clone(), |query| format!("{shown}?{query}"))
}

/// Whether the address holds a password.
pub(crate) fn has_password(url: &str) -> bool {
    url.parse::<Address>().is_ok_and(|address| address.password.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_redacted_wherever_they_stand() {
        for (url, shown) in [
            ("postgres://ana:hunter2@db:5433/flow", "postgres://ana:***@db:5433/flow"),
            ("postgres://ana:hun@ter2@h1:5433,h2/flow", "postgres://ana:***@h1:5433,h2/flow"),
            ("postgres://ana@db/flow?ssl=true", "postgres://ana@db/flow?ssl=true"),
            ("postgres://:hunter2@db/flow", "postgres://:***@db/flow"),
            (
                "postgres:///flow?host=/tmp&password=hunter2&ssl=true",
                "postgres:///flow?host=/tmp&password=***&ssl=true",
            ),
            ("postgres://ana@db/flow?passwd=hunter2", "***"),
            ("postgres://ana@db/flow?Password=hunter2", "***"),
            ("postgres://ana:hunter2@db:port/flow", "***"),
            ("mysql://ana:hunter2@db/flow", "***"),
            ("host=db password=hunter2", "***"),
            ("sqlite:///home/me@work/flow.db", "sqlite:///home/me@work/flow.db"),
            ("sqlite:flow.db?key=hunter2", "***"),
        ] {
            assert_eq!(redacted(url), shown);
        }
        assert!(has_password("postgres://ana:hunter2@h1,h2/flow"));
        assert!(has_password("postgres:///flow?password=hunter2"));
        assert!(!has_password("postgres://ana@db/flow"));
    }
}
