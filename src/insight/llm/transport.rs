//! One POST, and again where that helps. No redirect is followed, and no body is held that is too large.

use std::{error::Error, sync::Arc, time::Duration};

use chrono::Utc;
use reqwest::{
    Client, Response, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::time::{Instant, sleep};

use super::{
    error::LlmError,
    retry::{pause, retry_after},
    wire::complaint,
};
use crate::{
    domain::{
        secret::Secret,
        text::{clean, truncate},
    },
    store::retry::random_fraction,
};

/// Bytes of an answer.
const LARGEST: usize = 1024 * 1024;
/// Tries after the first.
const RETRIES: u32 = 2;
const CONNECT: Duration = Duration::from_secs(5);
/// Columns of what a service or the system says of a failure.
const WHY: usize = 160;
/// So many characters of the key in a row give it away.
const TELLING: usize = 6;

/// Where to send to, and by whose leave.
#[derive(Debug)]
pub(super) struct Transport {
    client: Client,
    endpoint: Url,
    key: Option<Secret>,
    authorization: Option<HeaderValue>,
}

/// A failure, and how long the service wants to be left alone.
struct Failed {
    error: LlmError,
    wait: Option<Duration>,
}

impl From<LlmError> for Failed {
    fn from(error: LlmError) -> Self {
        Self { error, wait: None }
    }
}

impl Transport {
    pub(super) fn new(base: &str, key: Option<Secret>) -> Result<Self, LlmError> {
        let wrong = |why: &str| LlmError::Options(why.to_owned());
        let endpoint = Url::parse(&format!("{}/chat/completions", base.trim_end_matches('/')))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| wrong("its URL is not one of http or https"))?;
        if !endpoint.username().is_empty() || endpoint.password().is_some() {
            return Err(wrong("its URL holds a login"));
        }
        let authorization = key.as_ref().map(|key| {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose())).ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        if let Some(None) = authorization {
            return Err(wrong("its key holds characters that no header may have"));
        }
        let client = Client::builder()
            .user_agent(concat!("flowlens/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .redirect(Policy::none())
            .tls_backend_preconfigured(tls(&endpoint)?)
            .build()
            .map_err(|error| LlmError::Options(cause(&error)))?;
        Ok(Self { client, endpoint, key, authorization: authorization.flatten() })
    }

    /// The body of a good answer.
    pub(super) async fn post(&self, body: &[u8], deadline: Instant) -> Result<Vec<u8>, LlmError> {
        let mut attempt = 0;
        loop {
            let Failed { error, wait } = match self.once(body.to_vec()).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let wait = wait.unwrap_or_else(|| pause(attempt, random_fraction()));
            let in_time = Instant::now().checked_add(wait).is_some_and(|then| then < deadline);
            if attempt == RETRIES || !error.is_passing() || !in_time {
                return Err(error);
            }
            tracing::debug!("the LLM {error}; trying again in {} ms", wait.as_millis());
            sleep(wait).await;
            attempt += 1;
        }
    }

    async fn once(&self, body: Vec<u8>) -> Result<Vec<u8>, Failed> {
        let mut request =
            self.client.post(self.endpoint.clone()).header(CONTENT_TYPE, "application/json").body(body);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let response = request.send().await.map_err(|error| self.broken(&error))?;
        let status = response.status().as_u16();
        let error = match status {
            200..=299 => return Ok(self.body(response).await?),
            401 | 403 => LlmError::Unauthorised(status),
            429 => LlmError::RateLimited,
            500.. => LlmError::Server(status),
            300..=399 => {
                LlmError::Refused { status, why: Some("it redirects, which is not followed".to_owned()) }
            }
            _ => {
                let body = self.body(response).await.unwrap_or_default();
                return Err(LlmError::Refused { status, why: self.harmless(complaint(&body)) }.into());
            }
        };
        let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        #[expect(clippy::disallowed_methods, reason = "the service names a date of our clock")]
        let wait = wait.and_then(|value| retry_after(value, Utc::now()));
        Err(Failed { error, wait })
    }

    /// The body, chunk by chunk, so that one which is too large is never held.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, LlmError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(&error))? {
            if body.len() + chunk.len() > LARGEST {
                return Err(LlmError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn broken(&self, error: &reqwest::Error) -> LlmError {
        let host = self.endpoint.host_str().unwrap_or_default();
        let port = self.endpoint.port().map(|port| format!(":{port}")).unwrap_or_default();
        LlmError::Unreachable(format!("{host}{port}, {}", cause(error)))
    }

    /// What a service said, cleaned; nothing where it holds a part of the key.
    fn harmless(&self, text: Option<String>) -> Option<String> {
        let text = truncate(clean(&text?).trim(), WHY).into_owned();
        (!text.is_empty() && !self.gives_away(&text)).then_some(text)
    }

    /// Whether a text holds the key or a part of it.
    pub(super) fn gives_away(&self, text: &str) -> bool {
        let Some(key) = self.key.as_ref().map(|key| key.expose().as_bytes()).filter(|key| !key.is_empty())
        else {
            return false;
        };
        let parts = key.windows(TELLING.min(key.len()));
        let text = text.as_bytes();
        parts.into_iter().any(|part| text.windows(part.len()).any(|here| here == part))
    }
}

/// The innermost reason: the outer ones tell the URL.
fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    if inner.is::<reqwest::Error>() {
        return "the connection failed".to_owned();
    }
    truncate(&clean(&inner.to_string()), WHY).into_owned()
}

/// TLS as the database's: rustls with ring, and the certificates that this machine trusts.
fn tls(endpoint: &Url) -> Result<ClientConfig, LlmError> {
    let mut roots = RootCertStore::empty();
    if endpoint.scheme() == "https" {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| LlmError::Options(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
