//! A client that follows no redirect, and holds no body beyond its limit.

use std::{error::Error, sync::Arc, time::Duration};

use chrono::Utc;
use reqwest::{
    Response,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use url::Url;

use super::retry_after::retry_after;
use crate::domain::{
    secret::Secret,
    text::{clean, truncate},
};

const CONNECT: Duration = Duration::from_secs(5);
/// Columns of the system's reason for a failure.
const REASON: usize = 160;

/// Why there is no answer. Holds no header, no key, and nothing of the URL beyond host and port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// No connection, or a broken one.
    #[error("{0}")]
    Unreachable(String),
    /// The body is larger than this many bytes.
    #[error("more than {0} bytes")]
    TooLarge(usize),
    /// The client cannot be made, or the request cannot be written.
    #[error("{0}")]
    Options(String),
}

/// The value of an `Authorization` header; its debug form hides it.
#[derive(Clone, Debug)]
pub struct Bearer(HeaderValue);

impl Bearer {
    /// # Errors
    /// The key holds characters that no header may have.
    pub fn new(key: &Secret) -> Result<Self, HttpError> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose())).map_err(|_invalid| {
            HttpError::Options("its key holds characters that no header may have".to_owned())
        })?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: HeaderMap,
    /// The whole body, as sent.
    pub body: Vec<u8>,
}

impl Answer {
    /// How long the server wants to be left alone (`Retry-After`).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.headers.get(RETRY_AFTER)?.to_str().ok()?;
        #[expect(clippy::disallowed_methods, reason = "the server names a date of our clock")]
        retry_after(value, Utc::now())
    }
}

/// A pool of connections.
#[derive(Debug)]
pub struct Client {
    inner: reqwest::Client,
    /// Bytes of a body that are held.
    largest: usize,
}

impl Client {
    /// A client for addresses of `scheme`; an answer's body may have `largest` bytes.
    ///
    /// # Errors
    /// [`HttpError::Options`].
    pub fn new(scheme: &str, largest: usize) -> Result<Self, HttpError> {
        let inner = reqwest::Client::builder()
            .user_agent(concat!("flowlens/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .redirect(Policy::none())
            .tls_backend_preconfigured(tls(scheme == "https")?)
            .build()
            .map_err(|error| HttpError::Options(reason(&error)))?;
        Ok(Self { inner, largest })
    }

    /// Posts a JSON body.
    ///
    /// # Errors
    /// There is no whole answer; a bad status is an answer.
    pub async fn post_json(
        &self,
        url: &Url,
        bearer: Option<&Bearer>,
        body: Vec<u8>,
    ) -> Result<Answer, HttpError> {
        let mut request = self.inner.post(url.clone()).header(CONTENT_TYPE, "application/json").body(body);
        if let Some(Bearer(value)) = bearer {
            request = request.header(AUTHORIZATION, value.clone());
        }
        let response = request.send().await.map_err(|error| unreachable(url, &error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = self.body(url, response).await?;
        Ok(Answer { status, headers, body })
    }

    /// The body, chunk by chunk, so that one which is too large is never held.
    async fn body(&self, url: &Url, mut response: Response) -> Result<Vec<u8>, HttpError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(url, &error))? {
            if body.len() + chunk.len() > self.largest {
                return Err(HttpError::TooLarge(self.largest));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn unreachable(url: &Url, error: &reqwest::Error) -> HttpError {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    HttpError::Unreachable(format!("{host}{port}, {}", reason(error)))
}

/// The innermost reason: the outer ones tell the URL.
fn reason(error: &reqwest::Error) -> String {
    let mut inner: &dyn Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    if inner.is::<reqwest::Error>() {
        return "the connection failed".to_owned();
    }
    truncate(&clean(&inner.to_string()), REASON).into_owned()
}

/// TLS as the database's: rustls with ring. The machine's certificates take some milliseconds to read.
fn tls(encrypted: bool) -> Result<ClientConfig, HttpError> {
    let mut roots = RootCertStore::empty();
    if encrypted {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Options(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
