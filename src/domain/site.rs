//! Which GitHub: github.com, one in a company's own cloud, or an Enterprise Server.

use url::Url;

use super::web::is_here;

/// A GitHub, and where its two interfaces are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// As people say it: `github.com`.
    pub host: String,
    /// Begins every address of the REST interface; ends with `/`.
    pub rest: Url,
    pub graphql: Url,
}

/// The usual one.
pub const GITHUB: &str = "https://github.com";

impl Site {
    /// From the address of its pages, or from its host alone.
    ///
    /// # Errors
    /// What it should be.
    pub fn new(address: &str) -> Result<Self, &'static str> {
        let wrong = "expected a host such as github.com, or the https:// address of its pages, without a login; \
                     http:// only for this machine";
        let address = address.trim().trim_end_matches('/');
        let address = if address.contains("://") { address } else { &format!("https://{address}") };
        // As other programs want it of an Enterprise Server.
        let address =
            ["/api/v3", "/api/graphql"].iter().find_map(|end| address.strip_suffix(end)).unwrap_or(address);
        let url = Url::parse(address).map_err(|_no_url| wrong)?;
        let safe = url.scheme() == "https" || url.scheme() == "http" && is_here(&url);
        // Two slashes: before it stands a second scheme, which would be taken for the host.
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && !url.path().starts_with("//");
        let name = url.host_str().filter(|_| safe && plain && url.fragment().is_none()).ok_or(wrong)?;
        let host = url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
        // As `gh` has it: only an Enterprise Server has its interfaces below the address of its pages.
        let cloud = name.trim_start_matches("www.").trim_start_matches("api.");
        let parse = |text: String| Url::parse(&text).map_err(|_no_url| wrong);
        if cloud == "github.com" || cloud.ends_with(".ghe.com") {
            let api = format!("https://api.{cloud}");
            return Ok(Self {
                host: cloud.to_owned(),
                rest: parse(format!("{api}/"))?,
                graphql: parse(format!("{api}/graphql"))?,
            });
        }
        let (rest, graphql) =
            (parse(format!("{address}/api/v3/"))?, parse(format!("{address}/api/graphql"))?);
        Ok(Self { host, rest, graphql })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_github_has_its_own_addresses() {
        for (address, host, rest, graphql) in [
            ("https://github.com", "github.com", "https://api.github.com/", "https://api.github.com/graphql"),
            (
                "https://github.com/",
                "github.com",
                "https://api.github.com/",
                "https://api.github.com/graphql",
            ),
            (
                "https://api.github.com",
                "github.com",
                "https://api.github.com/",
                "https://api.github.com/graphql",
            ),
            (
                "https://acme.ghe.com",
                "acme.ghe.com",
                "https://api.acme.ghe.com/",
                "https://api.acme.ghe.com/graphql",
            ),
            (
                "https://ghe.acme.test:8443/",
                "ghe.acme.test:8443",
                "https://ghe.acme.test:8443/api/v3/",
                "https://ghe.acme.test:8443/api/graphql",
            ),
            (
                "https://ghe.acme.test/api/v3/",
                "ghe.acme.test",
                "https://ghe.acme.test/api/v3/",
                "https://ghe.acme.test/api/graphql",
            ),
            ("github.com", "github.com", "https://api.github.com/", "https://api.github.com/graphql"),
            (
                "ghe.acme.test:8443/",
                "ghe.acme.test:8443",
                "https://ghe.acme.test:8443/api/v3/",
                "https://ghe.acme.test:8443/api/graphql",
            ),
            (
                "https://a.test/github",
                "a.test",
                "https://a.test/github/api/v3/",
                "https://a.test/github/api/graphql",
            ),
            (
                "http://127.0.0.1:8080",
                "127.0.0.1:8080",
                "http://127.0.0.1:8080/api/v3/",
                "http://127.0.0.1:8080/api/graphql",
            ),
        ] {
            let site = Site::new(address).expect(address);
            assert_eq!(
                (site.host.as_str(), site.rest.as_str(), site.graphql.as_str()),
                (host, rest, graphql)
            );
        }
    }

    #[test]
    fn what_would_give_the_token_away_is_refused() {
        for address in [
            "http://github.com",
            "http://10.0.0.1",
            "http://localhost.acme.test",
            "https://ann:x@ghe.acme.test",
            "https://ghe.acme.test/?x",
            "ann:x@ghe.acme.test",
            "a b",
            "https:ghe.acme.test",
            "https://https://ghe.acme.test",
            "ftp://ghe.acme.test",
            "",
        ] {
            assert!(Site::new(address).is_err(), "{address}");
        }
    }
}
