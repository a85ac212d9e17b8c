//! REST: pages, redirects within GitHub, and what has not changed.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use url::Url;

use super::{ACCEPT, Client, Error, Resource, VERSION, date, is_home, refusal::said};
use crate::http::client::Answer;

/// Redirects in a row.
const MOST_LED: usize = 5;

/// Of a list that somebody waits for.
const MOST_PAGES: usize = 10;

/// What was answered.
#[derive(Debug)]
pub struct Page<T> {
    pub content: T,
    /// The address of the next page.
    pub next: Option<Url>,
    /// To ask again whether it has changed.
    pub etag: Option<Etag>,
    /// GitHub led on to this address: a repository has another name now.
    pub moved: Option<Url>,
    /// GitHub's clock when it answered, if it told.
    pub at: Option<DateTime<Utc>>,
}

/// What an address had when it was read with a token. Another token sees other things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Etag {
    pub url: Url,
    pub value: String,
    pub token: uuid::Uuid,
}

impl Client {
    /// Tells tokens apart without holding them.
    pub(in crate::github) fn mark(&self) -> uuid::Uuid {
        self.token.mark()
    }

    /// What an address had when it was read with this token.
    pub(in crate::github) fn etag(&self, url: Url, value: String) -> Etag {
        Etag { url, value, token: self.mark() }
    }

    /// An address below the interface's: `repos/acme/api/pulls/1/files?per_page=100`.
    ///
    /// # Errors
    /// It cannot be one.
    pub fn address(&self, path: &str) -> Result<Url, Error> {
        let url = self.site.rest.join(path).ok().filter(|url| is_home(url, &self.site));
        url.ok_or_else(|| Error::Options("an address that leads elsewhere".to_owned()))
    }

    /// Asks for a page; `what` it is about is for messages.
    ///
    /// # Errors
    /// There is none.
    pub async fn page<T: DeserializeOwned>(&self, url: &Url, what: &str) -> Result<Page<T>, Error> {
        let page = self.changed(url, None, what).await?;
        page.ok_or_else(|| Error::Refused { status: 304, said: "nobody asked for changes".to_owned() })
    }

    /// Asks for a path's pages, one after the other, ten at most.
    ///
    /// # Errors
    /// One of them cannot be had.
    pub async fn pages<T: DeserializeOwned>(&self, path: &str, what: &str) -> Result<Vec<T>, Error> {
        let (mut pages, mut next) = (Vec::new(), Some(self.address(path)?));
        while let Some(url) = next.filter(|_| pages.len() < MOST_PAGES) {
            let page = self.page(&url, what).await?;
            pages.push(page.content);
            next = page.next;
        }
        Ok(pages)
    }

    /// The same of one page; `None`: it is as the [`Etag`] has it, and costs nothing.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn changed<T: DeserializeOwned>(
        &self,
        url: &Url,
        known: Option<&Etag>,
        what: &str,
    ) -> Result<Option<Page<T>>, Error> {
        // An error would mean that the semaphore is closed, which nobody does.
        let _lane = self.rest.acquire().await.ok();
        let known = known.filter(|etag| etag.url == *url && etag.token == self.mark());
        let (answer, at) = self.led(url, known, what).await?;
        if answer.status == 304 {
            return Ok(None);
        }
        let content = serde_json::from_slice(&answer.body)
            .map_err(|error| Error::Malformed(said(&error.to_string())))?;
        self.state().limits().succeeded();
        let next = answer.headers("link").find_map(next).map(|next| self.at_home(&at, &next)).transpose()?;
        let etag = answer.header("etag").map(|value| self.etag(url.clone(), value.to_owned()));
        let moved = Some(at).filter(|at| at != url);
        Ok(Some(Page { content, next, etag, moved, at: date(&answer) }))
    }

    /// The answer at the end of redirects, and its address.
    async fn led(&self, url: &Url, known: Option<&Etag>, what: &str) -> Result<(Answer, Url), Error> {
        let mut url = url.clone();
        for _ in 0..MOST_LED {
            self.state().check(Resource::Rest, (self.clock)())?;
            self.turn().await;
            let tag = known.map(|etag| ("if-none-match", etag.value.as_str()));
            let headers: Vec<(&'static str, &str)> = [ACCEPT, VERSION].into_iter().chain(tag).collect();
            let answer = self.answered(&url, &headers, None).await?;
            let target = match answer.status {
                301 | 302 | 307 | 308 => answer.header("location").map(str::to_owned),
                _ => None,
            };
            let Some(target) = target else {
                self.heard(&answer, Resource::Rest, what)?;
                return Ok((answer, url));
            };
            url = self.at_home(&url, &target)?;
        }
        Err(Error::Refused { status: 301, said: "it leads in a circle".to_owned() })
    }

    /// An address that GitHub names, if it is its own: the token goes nowhere else.
    pub(super) fn at_home(&self, base: &Url, address: &str) -> Result<Url, Error> {
        let url =
            base.join(address).map_err(|_no_url| Error::Malformed("an address that is none".to_owned()))?;
        if is_home(&url, &self.site) {
            return Ok(url);
        }
        let to = said(url.host_str().unwrap_or_default());
        Err(Error::ElsewhereLed { host: self.site.host.clone(), to })
    }
}

/// From the header `Link: <https://…?page=2>; rel="next", …` (RFC 8288). An address may hold commas.
fn next(header: &str) -> Option<String> {
    let mut links = header.split('<').skip(1).filter_map(|link| link.split_once('>'));
    let (url, _) = links.find(|(_, parameters)| parameters.split([';', ',']).any(is_next))?;
    Some(url.to_owned())
}

fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let mut relations = value.trim().trim_matches('"').split_whitespace();
    name.trim().eq_ignore_ascii_case("rel") && relations.any(|word| word.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        let links = "<https://a/x?page=1>; rel=\"prev\", <https://a/x?page=3>; rel=\"next\", <https://a/x?page=9>; rel=\"last\"";
        assert_eq!(next(links).as_deref(), Some("https://a/x?page=3"));
        assert_eq!(next("<https://a/x?page=1>; rel=\"first\""), None);
        assert_eq!(next(""), None);
        for link in [
            "<https://a/x?ids=1,2&page=3>; rel=next",
            "<https://a/x?page=1>; rel=\"first\",<https://a/x?ids=1,2&page=3> ; title=\"a, b\"; REL = \"last next\"",
        ] {
            assert_eq!(next(link).as_deref(), Some("https://a/x?ids=1,2&page=3"), "{link}");
        }
        assert_eq!(next("<https://a/x>; rel=\"nextish\"; next"), None);
    }
}
