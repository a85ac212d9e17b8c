//! A client that follows no redirect, and holds no body beyond its limit.

mod once;
mod stream;

use std::{error::Error, io, sync::Arc, time::Duration};

use chrono::Utc;
use memchr::memmem;
use reqwest::{
    ClientBuilder, NoProxy, RequestBuilder, Response,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use rustls::{
    CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext},
    ClientConfig, RootCertStore,
    crypto::ring,
};
use url::Url;

pub use self::{
    once::{OnceClient, Unanswered, Verb},
    stream::Opened,
};
use super::retry_after::retry_after;
use crate::domain::{
    proxy::Proxy,
    secret::Secret,
    text::{clean, truncate},
};

const CONNECT: Duration = Duration::from_secs(5);
/// Columns of the system's reason for a failure.
const REASON: usize = 160;

/// A key of fewer bytes may be a word of any answer.
const SHORTEST_KEY: usize = 8;

/// Why there is no answer. Holds no header, no key, and nothing of the URL beyond host and port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// No connection, or a broken one.
    #[error("{0}")]
    Unreachable(String),
    /// The server shows a certificate that cannot be trusted: somebody in between, or a clock that is wrong.
    #[error("{reason}")]
    Certificate {
        reason: String,
        /// It is too old or not valid yet, by this machine's clock.
        is_dated: bool,
    },
    /// The body is larger than this many bytes.
    #[error("more than {0} bytes")]
    TooLarge(usize),
    /// The client cannot be made, or the request cannot be written.
    #[error("{0}")]
    Options(String),
}

/// The value of an `Authorization` header; its debug form hides it.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct HttpRequest<'a> {
    pub url: &'a Url,
    pub bearer: Option<&'a Bearer>,
    /// Names in small letters.
    pub headers: &'a [(&'static str, &'a str)],
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
    /// The same without the key that was sent: whoever is in between may send it back, and answers are shown.
    #[must_use]
    pub fn without_key(mut self, Bearer(sent): &Bearer) -> Self {
        let key = sent.as_bytes().strip_prefix(b"Bearer ").unwrap_or_default();
        if key.len() < SHORTEST_KEY {
            return self;
        }
        let finder = memmem::Finder::new(key);
        for value in self.headers.values_mut().filter(|value| finder.find(value.as_bytes()).is_some()) {
            *value = HeaderValue::from_static("***");
        }
        let places: Vec<usize> = finder.find_iter(&self.body).collect();
        for place in places {
            if let Some(found) = self.body.get_mut(place..place + key.len()) {
                found.fill(b'*');
            }
        }
        self
    }

    /// A header's value; the name in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The same of one that may come several times.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok())
    }

    /// How long the server wants to be left alone (`Retry-After`).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.headers.get(RETRY_AFTER)?.to_str().ok()?;
        #[expect(clippy::disallowed_methods, reason = "the server names a date of our clock")]
        retry_after(value, Utc::now())
    }
}

/// Never goes through a proxy: what stays on this machine needs none, and a proxy elsewhere would lead astray.
const HERE: &str = "localhost,127.0.0.0/8,::1";

/// A pool of connections.
///
/// `https://` goes through the proxy that the environment names for it, as a tunnel: the proxy learns host and port, and
/// nothing of what is said. `http://` goes through none: a proxy would read it all.
#[derive(Debug)]
pub struct HttpClient {
    inner: reqwest::Client,
    /// The proxy's host and port, for failures.
    proxy: Option<String>,
    /// Bytes of a body that are held.
    largest: usize,
}

impl HttpClient {
    /// A client for addresses of `scheme`; an answer's body may have `largest` bytes.
    ///
    /// # Errors
    /// [`HttpError::Options`].
    pub fn new(scheme: &str, largest: usize, proxy: Option<&Proxy>) -> Result<Self, HttpError> {
        Self::built(scheme, largest, proxy, |builder| builder)
    }

    fn built(
        scheme: &str,
        largest: usize,
        proxy: Option<&Proxy>,
        also: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self, HttpError> {
        let proxy = proxy.filter(|_| scheme == "https").map(tunnel).transpose()?;
        // The library would read variables by itself, and take any of them for http://, too.
        let builder = reqwest::Client::builder().no_proxy();
        let (builder, proxy) = match proxy {
            Some((proxy, name)) => (builder.proxy(proxy), Some(name)),
            None => (builder, None),
        };
        let inner = also(builder)
            .user_agent(concat!("flowlens/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .redirect(Policy::none())
            .tls_backend_preconfigured(tls(scheme == "https")?)
            .build()
            .map_err(|error| HttpError::Options(reason(&error)))?;
        Ok(Self { inner, proxy, largest })
    }

    /// Asks for what is there.
    ///
    /// # Errors
    /// There is no whole answer; a bad status is an answer.
    pub async fn get(&self, request: HttpRequest<'_>) -> Result<Answer, HttpError> {
        self.send(request, self.inner.get(request.url.clone())).await
    }

    /// Posts a JSON body.
    ///
    /// # Errors
    /// There is no whole answer; a bad status is an answer.
    pub async fn post_json(&self, request: HttpRequest<'_>, body: Vec<u8>) -> Result<Answer, HttpError> {
        let json = self.inner.post(request.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
        self.send(request, json).await
    }

    async fn send(&self, asked: HttpRequest<'_>, request: RequestBuilder) -> Result<Answer, HttpError> {
        self.exchange(asked, request).await.map_err(|unanswered| match unanswered {
            Unanswered::NotSent(error) | Unanswered::Unknown(error) => error,
        })
    }

    async fn exchange(&self, asked: HttpRequest<'_>, request: RequestBuilder) -> Result<Answer, Unanswered> {
        let response = self.begin(asked, request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = self.body(asked.url, response).await.map_err(Unanswered::Unknown)?;
        Ok(Answer { status, headers, body })
    }

    /// Sends it; the body is still to come.
    async fn begin(
        &self,
        HttpRequest { url, bearer, headers }: HttpRequest<'_>,
        mut request: RequestBuilder,
    ) -> Result<Response, Unanswered> {
        if let Some(Bearer(value)) = bearer {
            request = request.header(AUTHORIZATION, value.clone());
        }
        for (name, value) in headers {
            request = request.header(HeaderName::from_static(name), *value);
        }
        request.send().await.map_err(|error| {
            let is_sent = !error.is_connect() && !error.is_builder();
            let why = self.unreachable(url, &error);
            if is_sent { Unanswered::Unknown(why) } else { Unanswered::NotSent(why) }
        })
    }

    fn unreachable(&self, url: &Url, error: &reqwest::Error) -> HttpError {
        let proxy = self.proxy.as_ref().map(|name| format!(" (HTTPS_PROXY is {name})")).unwrap_or_default();
        let reason = format!("{}, {}{proxy}", place(url), reason(error));
        match certificate(error) {
            Some(is_dated) => HttpError::Certificate { reason, is_dated },
            None => HttpError::Unreachable(reason),
        }
    }

    /// The body, chunk by chunk, so that one which is too large is never held.
    async fn body(&self, url: &Url, mut response: Response) -> Result<Vec<u8>, HttpError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(url, &error))? {
            if body.len() + chunk.len() > self.largest {
                return Err(HttpError::TooLarge(self.largest));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// The proxy for `https://`, and its name.
fn tunnel(proxy: &Proxy) -> Result<(reqwest::Proxy, String), HttpError> {
    let wrong = || HttpError::Options("HTTPS_PROXY is not http://HOST:PORT or https://HOST:PORT".to_owned());
    let url = Url::parse(proxy.url.expose()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.filter(Url::has_host).ok_or_else(wrong)?;
    let name = place(&url);
    let except = NoProxy::from_string(&format!("{},{HERE}", proxy.except));
    Ok((reqwest::Proxy::https(url).map_err(|_unusable| wrong())?.no_proxy(except), name))
}

fn place(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
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
    let said = inner.to_string();
    match inner.downcast_ref::<io::Error>().map(io::Error::kind) {
        _ if error.is_timeout() => "no answer in time".to_owned(),
        _ if said.starts_with("failed to lookup address") => "no address is known for this name".to_owned(),
        Some(io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        _ => truncate(&clean(&said), REASON).into_owned(),
    }
}

/// Whether a certificate is why, and then whether its dates are.
fn certificate(error: &reqwest::Error) -> Option<bool> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(here) = next {
        let tls = here.downcast_ref();
        if let Some(rustls::Error::InvalidCertificate(why)) = tls {
            let dates =
                matches!(why, Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. });
            return Some(dates);
        }
        // Some hold another one that they do not name as their source.
        next = match here.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(held) => Some(held),
            None => here.source(),
        };
    }
    None
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
