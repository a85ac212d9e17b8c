//! An answer whose body is read piece by piece, and never held whole.

use reqwest::{
    Response,
    header::{CONTENT_TYPE, HeaderMap},
};
use url::Url;

use super::{Answer, HttpClient, HttpError, HttpRequest, Unanswered};

/// An answer whose body is still to come.
#[derive(Debug)]
pub struct Opened<'c> {
    client: &'c HttpClient,
    url: Url,
    response: Response,
}

impl HttpClient {
    /// Asks for what is there, and waits for no more than the answer's headers.
    ///
    /// # Errors
    /// There is no answer; a bad status is one.
    pub async fn open(&self, request: HttpRequest<'_>) -> Result<Opened<'_>, HttpError> {
        let prepared = self.inner.get(request.url.clone());
        let response = self.begin(request, prepared).await.map_err(|unanswered| match unanswered {
            Unanswered::NotSent(error) | Unanswered::Unknown(error) => error,
        })?;
        Ok(Opened { client: self, url: request.url.clone(), response })
    }
}

impl Opened<'_> {
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// A page, as those have that are in between.
    pub fn is_web_page(&self) -> bool {
        let kind = self.response.headers().get(CONTENT_TYPE);
        kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
    }

    fn headers(&self) -> HeaderMap {
        self.response.headers().clone()
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// The connection is broken.
    pub async fn piece(&mut self) -> Result<Option<impl AsRef<[u8]> + Send + use<>>, HttpError> {
        self.response.chunk().await.map_err(|error| self.client.unreachable(&self.url, &error))
    }

    /// The whole body, where it is a small one.
    ///
    /// # Errors
    /// It is not whole, or too large.
    pub async fn whole(self) -> Result<Answer, HttpError> {
        let (status, headers) = (self.status(), self.headers());
        let body = self.client.body(&self.url, self.response).await?;
        Ok(Answer { status, headers, body })
    }
}
