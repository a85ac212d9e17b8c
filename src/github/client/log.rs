//! The log of a job: GitHub leads to a store of files, by an address that is itself a key.

use std::time::Duration;

use tokio::time::timeout;
use url::Url;

use super::{ACCEPT, Client, Error, Resource, VERSION, in_time};
use crate::{
    domain::web::is_here,
    http::client::{HttpRequest, Opened},
};

/// Renames of a repository in a row.
const MOST_MOVED: usize = 3;
/// How long a store may be silent in the midst of a log.
const SILENCE: Duration = Duration::from_secs(30);
/// As it is stored: it is shown while it comes in.
const PLAIN: (&str, &str) = ("accept-encoding", "identity");

/// There is no log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoLog {
    /// Never written, not yet, or no more.
    Missing,
    /// GitHub had it once.
    Gone,
}

/// A log's bytes, which are still to come.
#[derive(Debug)]
pub struct LogBytes<'c>(Opened<'c>);

impl LogBytes<'_> {
    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// The store is silent, or the connection is broken.
    pub async fn next(&mut self) -> Result<Option<impl AsRef<[u8]> + Send + use<>>, Error> {
        let piece = timeout(SILENCE, self.0.piece()).await;
        Ok(piece.map_err(|_elapsed| Error::TimedOut(SILENCE.as_secs()))??)
    }
}

impl Client {
    /// Opens the log of a job of `owner/name`.
    ///
    /// # Errors
    /// There is no answer, or GitHub refuses it.
    pub async fn log(&self, repository: &str, job: i64) -> Result<Result<LogBytes<'_>, NoLog>, Error> {
        let what = format!("the log of job {job}");
        // An error would mean that the semaphore is closed, which nobody does.
        let _lane = self.rest.acquire().await.ok();
        let mut url = self.address(&format!("repos/{repository}/actions/jobs/{job}/logs"))?;
        for _ in 0..MOST_MOVED {
            self.state().check(Resource::Rest, (self.clock)())?;
            self.turn().await;
            let bearer = self.token.bearer(&self.site.host)?;
            let request =
                HttpRequest { url: &url, bearer: Some(&bearer), headers: &[ACCEPT, VERSION, PLAIN] };
            let opened = in_time(self.http.open(request)).await?;
            if opened.status() == 200 {
                return plain(opened, &url);
            }
            let answer = in_time(opened.whole()).await?.without_key(&bearer);
            let target = answer.header("location").unwrap_or_default();
            match answer.status {
                // The token was refused, and its source has another one by now.
                401 if self.token.instead_of(&bearer).is_some() => self.state().expires = None,
                // The repository has another name.
                301 | 308 => url = self.at_home(&url, target)?,
                302 | 303 | 307 => {
                    let store = self.store(&url, target)?;
                    self.state().limits().succeeded();
                    return self.stored(&store).await;
                }
                status => {
                    return match self.heard(&answer, Resource::Rest, &what) {
                        Err(Error::NotFound { .. }) if status == 410 => Ok(Err(NoLog::Gone)),
                        Err(Error::NotFound { .. }) => Ok(Err(NoLog::Missing)),
                        Err(error) => Err(error),
                        Ok(()) => Err(Error::Refused { status, said: "no log, and no reason".to_owned() }),
                    };
                }
            }
        }
        Err(Error::Refused { status: 301, said: "it leads in a circle".to_owned() })
    }

    /// Where the log is stored. The address lets anybody read it: it is told nowhere.
    fn store(&self, base: &Url, address: &str) -> Result<Url, Error> {
        let wrong = || Error::Malformed("the address of the log is none".to_owned());
        let url = base.join(address).map_err(|_no_url| wrong())?;
        // Only beside a GitHub on this machine is a store without encryption.
        let is_safe = url.scheme() == "https"
            || url.scheme() == "http" && is_here(&url) && self.site.rest.scheme() == "http";
        let is_plain = url.username().is_empty() && url.password().is_none();
        if is_safe && is_plain && url.has_host() { Ok(url) } else { Err(wrong()) }
    }

    /// One step further, and neither the token nor anything else goes with it.
    async fn stored(&self, url: &Url) -> Result<Result<LogBytes<'_>, NoLog>, Error> {
        let request = HttpRequest { url, bearer: None, headers: &[PLAIN] };
        let opened = in_time(self.http.open(request)).await?;
        match opened.status() {
            200 => plain(opened, url),
            404 => Ok(Err(NoLog::Missing)),
            410 => Ok(Err(NoLog::Gone)),
            status @ 500.. => {
                Err(Error::Down { host: url.host_str().unwrap_or_default().to_owned(), status })
            }
            status => {
                Err(Error::Refused { status, said: "the store of logs does not hand it out".to_owned() })
            }
        }
    }
}

/// A log, and no page of a proxy's for logging in.
fn plain<'c>(opened: Opened<'c>, url: &Url) -> Result<Result<LogBytes<'c>, NoLog>, Error> {
    if opened.is_web_page() {
        let host = url.host_str().unwrap_or_default().to_owned();
        return Err(Error::WebPage { host, status: opened.status() });
    }
    Ok(Ok(LogBytes(opened)))
}
