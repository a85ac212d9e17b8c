//! A client for what must happen at most once: a connection for each request, and nothing is ever sent again.

use reqwest::{
    Method, RequestBuilder,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};

use super::{Answer, HttpClient, HttpError, HttpRequest};
use crate::domain::proxy::Proxy;

/// Why there is no answer, and whether the server may have the request all the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// There was no connection to send it by.
    #[error("{0}")]
    NotSent(HttpError),
    #[error("{0}")]
    Unknown(HttpError),
}

/// What is done with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Post,
    Put,
    Patch,
}

/// An [`HttpClient`] that keeps no connection: on one that idled, a request may fail half-way, and libraries send it
/// again.
#[derive(Debug)]
pub struct OnceClient(HttpClient);

impl OnceClient {
    /// A client for addresses of `scheme`; an answer's body may have `largest` bytes.
    ///
    /// # Errors
    /// [`HttpError::Options`].
    pub fn new(scheme: &str, largest: usize, proxy: Option<&Proxy>) -> Result<Self, HttpError> {
        let client = HttpClient::built(scheme, largest, proxy, |builder| {
            builder.pool_max_idle_per_host(0).retry(reqwest::retry::never())
        })?;
        Ok(Self(client))
    }

    /// Sends it once, with a JSON body if there is one.
    ///
    /// # Errors
    /// There is no whole answer; a bad status is an answer.
    pub async fn send(
        &self,
        verb: Verb,
        request: HttpRequest<'_>,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, Unanswered> {
        let method = match verb {
            Verb::Post => Method::POST,
            Verb::Put => Method::PUT,
            Verb::Patch => Method::PATCH,
        };
        let prepared = self.0.inner.request(method, request.url.clone());
        self.0.exchange(request, with(prepared, body)).await
    }
}

fn with(request: RequestBuilder, body: Option<Vec<u8>>) -> RequestBuilder {
    match body {
        Some(body) => request.header(CONTENT_TYPE, "application/json").body(body),
        // Some servers want to be told that there is none.
        None => request.header(CONTENT_LENGTH, "0"),
    }
}
