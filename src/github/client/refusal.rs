//! What a bad status means.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::error::{Error, TokenUse};
use crate::domain::text::{clean, truncate};

/// Columns of what GitHub said.
const SAID: usize = 200;

/// An answer, as far as a refusal shows in it.
pub(super) struct Seen<'a> {
    pub(super) status: u16,
    pub(super) header: &'a dyn Fn(&str) -> Option<&'a str>,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: &'a [u8],
    /// Whose answer it is, to which token.
    pub(super) token: TokenUse,
    /// What was asked for, as people say it.
    pub(super) what: &'a str,
    pub(super) now: DateTime<Utc>,
    /// When the token expires, if that is known.
    pub(super) expires: Option<DateTime<Utc>>,
    pub(super) is_graphql: bool,
}

/// What to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Primary { resets: Option<DateTime<Utc>> },
    Secondary { retry_after: Option<Duration>, resets: Option<DateTime<Utc>> },
    For(Error),
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Complaint {
    message: Option<String>,
}

impl Seen<'_> {
    /// `None`: the answer is good, or at least as GitHub answers.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        let error = |error| Some(Refusal::For(error));
        if let Some(limit) = matches!(self.status, 403 | 429).then(|| self.limit()).flatten() {
            return Some(limit);
        }
        match self.status {
            // Only the rest of the answer tells whether it is good.
            200..=299 | 304 if !self.is_web_page() => None,
            429 => Some(Refusal::Secondary { retry_after: None, resets: None }),
            // GitHub's own page says so, too.
            502 | 504 if self.is_graphql => error(Error::TooMuch(self.status.to_string())),
            500.. if self.status != 511 => {
                error(Error::Down { host: self.token.host.clone(), status: self.status })
            }
            _ if self.is_web_page() || matches!(self.status, 407 | 511) => {
                error(Error::WebPage { host: self.token.host.clone(), status: self.status })
            }
            401 => error(match self.expires.filter(|expires| *expires <= self.now) {
                Some(expires) => Error::Expired(expires, self.token.clone()),
                None => Error::BadToken(self.token.clone()),
            }),
            403 => error(self.forbidden()),
            404 | 410 => {
                error(self.missing_scope().unwrap_or(Error::NotFound { what: self.what.to_owned() }))
            }
            status => error(Error::Refused { status, said: self.said() }),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        (self.header)(name)
    }

    fn limit(&self) -> Option<Refusal> {
        let is_empty = self.header("x-ratelimit-remaining") == Some("0");
        let resets = || DateTime::from_timestamp(self.header("x-ratelimit-reset")?.parse().ok()?, 0);
        let resets = is_empty.then(resets).flatten();
        let said = self.said().to_ascii_lowercase();
        if self.retry_after.is_some()
            || said.contains("secondary rate limit")
            || said.contains("abuse detection")
        {
            return Some(Refusal::Secondary { retry_after: self.retry_after, resets });
        }
        (is_empty || said.contains("api rate limit exceeded")).then_some(Refusal::Primary { resets })
    }

    fn forbidden(&self) -> Error {
        if let Some(sso) = self.header("x-github-sso") {
            return single_sign_on(sso);
        }
        if let Some(missing) = self.missing_scope() {
            return missing;
        }
        let said = match self.header("x-accepted-github-permissions") {
            Some(needed) => format!("{}; it needs {}", self.said(), said(needed)),
            None => self.said(),
        };
        Error::Forbidden { what: self.what.to_owned(), said }
    }

    /// Classic tokens have scopes, and GitHub tells which would have done.
    fn missing_scope(&self) -> Option<Error> {
        let list = |name| {
            let scopes = self.header(name)?.split(',').map(|scope| clean(scope.trim()));
            Some(scopes.filter(|scope| !scope.is_empty()).collect::<Vec<_>>())
        };
        let (has, needed) = (list("x-oauth-scopes")?, list("x-accepted-oauth-scopes")?);
        (!needed.is_empty() && !needed.iter().any(|scope| has.contains(scope)))
            .then_some(Error::MissingScope { needed })
    }

    fn said(&self) -> String {
        let complaint: Complaint = serde_json::from_slice(self.body).unwrap_or_default();
        complaint.message.map_or_else(|| "without a reason".to_owned(), |message| said(&message))
    }

    fn is_web_page(&self) -> bool {
        let html = self.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        html || self.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
    }
}

/// Foreign words, cleaned and cut.
pub(super) fn said(text: &str) -> String {
    truncate(clean(text).trim(), SAID).into_owned()
}

/// From the header `X-GitHub-SSO: required; url=https://github.com/orgs/ORG/sso?…`.
pub(super) fn single_sign_on(header: &str) -> Error {
    let url = header.split_once("url=").map(|(_, url)| said(url)).filter(|url| url.starts_with("https://"));
    let organisation = url.as_deref().and_then(|url| {
        let (_, rest) = url.split_once("/orgs/")?;
        Some(rest.split('/').next()?.to_owned())
    });
    Error::SingleSignOn { organisation, url }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).expect("a time")
    }

    fn token() -> TokenUse {
        TokenUse { host: "github.com".to_owned(), from: "GH_TOKEN".to_owned() }
    }

    fn down(status: u16) -> Error {
        Error::Down { host: "github.com".to_owned(), status }
    }

    fn refusal(status: u16, headers: &[(&str, &str)], body: &str, is_graphql: bool) -> Option<Refusal> {
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let retry_after =
            header("retry-after").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        Seen {
            status,
            header: &header,
            retry_after,
            body: body.as_bytes(),
            token: token(),
            what: "acme/api",
            now: now(),
            expires: header("expires").map(|_| now()),
            is_graphql,
        }
        .refusal()
    }

    fn rest(status: u16, headers: &[(&str, &str)], body: &str) -> Option<Refusal> {
        refusal(status, headers, body, false)
    }

    fn error(found: Option<Refusal>) -> Error {
        match found {
            Some(Refusal::For(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn limits_are_told_apart() {
        let resets = ("x-ratelimit-reset", "1700000600");
        let at = DateTime::from_timestamp(1_700_000_600, 0);
        let empty = ("x-ratelimit-remaining", "0");
        for status in [403, 429] {
            let primary = Some(Refusal::Primary { resets: at });
            assert_eq!(
                rest(status, &[empty, resets], r#"{"message": "API rate limit exceeded for user ID 1."}"#),
                primary
            );
            let secondary = |retry_after, resets| {
                Some(Refusal::Secondary {
                    retry_after: Option::map(retry_after, Duration::from_secs),
                    resets,
                })
            };
            let said = r#"{"message": "You have exceeded a secondary rate limit."}"#;
            assert_eq!(rest(status, &[("x-ratelimit-remaining", "9"), resets], said), secondary(None, None));
            assert_eq!(rest(status, &[("retry-after", "30")], said), secondary(Some(30), None));
            assert_eq!(rest(status, &[empty, resets], said), secondary(None, at));
        }
        assert_eq!(rest(429, &[], ""), Some(Refusal::Secondary { retry_after: None, resets: None }));
        // Whatever the body is, and though nobody tells until when.
        let secondary = Some(Refusal::Secondary { retry_after: Some(Duration::from_secs(9)), resets: None });
        assert_eq!(rest(403, &[("retry-after", "9")], "<html>"), secondary);
        assert_eq!(rest(403, &[empty], "{}"), Some(Refusal::Primary { resets: None }));
    }

    #[test]
    fn a_403_says_what_is_missing() {
        let url = "https://github.com/orgs/acme/sso?authorization_request=A";
        let sso = error(rest(403, &[("x-github-sso", &format!("required; url={url}"))], "{}"));
        assert_eq!(
            sso,
            Error::SingleSignOn { organisation: Some("acme".to_owned()), url: Some(url.to_owned()) }
        );
        assert!(sso.mend().is_some_and(|mend| mend.contains(url)));
        let scopes = [("x-oauth-scopes", "gist, read:user"), ("x-accepted-oauth-scopes", "repo, read:org")];
        let needed = vec!["repo".to_owned(), "read:org".to_owned()];
        assert_eq!(error(rest(403, &scopes, "{}")), Error::MissingScope { needed: needed.clone() });
        assert_eq!(error(rest(404, &scopes, "{}")), Error::MissingScope { needed });
        let has = [("x-oauth-scopes", "repo"), ("x-accepted-oauth-scopes", "repo")];
        assert_eq!(error(rest(404, &has, "{}")), Error::NotFound { what: "acme/api".to_owned() });
        let fine = [("x-accepted-github-permissions", "actions=read")];
        let body = "{\"message\": \"Resource not accessible by\u{202e} personal access token\"}";
        let said = "Resource not accessible by personal access token; it needs actions=read".to_owned();
        assert_eq!(error(rest(403, &fine, body)), Error::Forbidden { what: "acme/api".to_owned(), said });
    }

    #[test]
    fn a_token_is_bad_or_has_expired() {
        assert_eq!(error(rest(401, &[], r#"{"message": "Bad credentials"}"#)), Error::BadToken(token()));
        assert_eq!(error(rest(401, &[("expires", "")], "{}")), Error::Expired(now(), token()));
    }

    #[test]
    fn a_web_page_is_nobodys_answer() {
        let page = |status| Error::WebPage { host: "github.com".to_owned(), status };
        assert_eq!(error(rest(200, &[("content-type", "text/html; charset=utf-8")], "")), page(200));
        assert_eq!(error(rest(200, &[], "\n <html>Log in</html>")), page(200));
        assert_eq!(error(rest(403, &[], "<html>Blocked</html>")), page(403));
        assert_eq!(error(rest(511, &[], "")), page(511));
        assert_eq!(error(rest(407, &[], "{}")), page(407));
        // GitHub's own, of a unicorn.
        assert_eq!(error(rest(503, &[("content-type", "text/html")], "<html>")), down(503));
        assert_eq!(rest(200, &[], "{}"), None);
        assert_eq!(rest(304, &[], ""), None);
    }

    #[test]
    fn a_gateway_that_gives_up_wants_smaller_pages_of_graphql_only() {
        for status in [502, 504] {
            assert_eq!(error(refusal(status, &[], "", true)), Error::TooMuch(status.to_string()));
            assert_eq!(error(rest(status, &[], "")), down(status));
        }
        assert_eq!(error(refusal(503, &[], "", true)), down(503));
    }
}
