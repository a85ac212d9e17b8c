//! One POST, and again where that helps.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use url::Url;

use super::{error::LlmError, wire::complaint};
use crate::{
    backoff,
    domain::{
        proxy::Proxy,
        secret::Secret,
        text::{clean, truncate},
    },
    http::client::{Answer, Bearer, HttpClient, HttpError, Request},
};

/// Bytes of an answer.
const LARGEST: usize = 1024 * 1024;
/// Tries after the first.
const RETRIES: u32 = 2;
/// Columns of a service's complaint.
const WHY: usize = 160;
/// So many characters of the key in a row give it away.
const TELLING: usize = 6;

/// Where to send to, and by whose leave.
#[derive(Debug)]
pub(super) struct Transport {
    client: HttpClient,
    endpoint: Url,
    key: Option<Secret>,
    bearer: Option<Bearer>,
}

/// A failure, and how long the service wants to be left alone.
struct Failed {
    error: LlmError,
    wait: Option<Duration>,
}

impl From<HttpError> for LlmError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Unreachable(why) | HttpError::Certificate { reason: why, .. } => {
                Self::Unreachable(why)
            }
            HttpError::TooLarge(_) => Self::TooLarge,
            HttpError::Options(why) => Self::Options(why),
        }
    }
}

impl Transport {
    pub(super) fn new(base: &str, key: Option<Secret>, proxy: Option<&Proxy>) -> Result<Self, LlmError> {
        let wrong = |why: &str| LlmError::Options(why.to_owned());
        let endpoint = Url::parse(&format!("{}/chat/completions", base.trim_end_matches('/')))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| wrong("its URL is not one of http or https"))?;
        if !endpoint.username().is_empty() || endpoint.password().is_some() {
            return Err(wrong("its URL holds a login"));
        }
        let bearer = key.as_ref().map(Bearer::new).transpose()?;
        let client = HttpClient::new(endpoint.scheme(), LARGEST, proxy)?;
        Ok(Self { client, endpoint, key, bearer })
    }

    /// The body of a good answer.
    pub(super) async fn post(&self, body: &[u8], deadline: Instant) -> Result<Vec<u8>, LlmError> {
        let mut attempt = 0;
        loop {
            let Failed { error, wait } = match self.once(body.to_vec()).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let wait = wait.unwrap_or_else(|| backoff::SERVICE.pause(attempt));
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
        let request = Request { url: &self.endpoint, bearer: self.bearer.as_ref(), headers: &[] };
        let sent = self.client.post_json(request, body).await;
        let answer = sent.map_err(|error| Failed { error: error.into(), wait: None })?;
        match self.refusal(&answer) {
            None => Ok(answer.body),
            Some(error) => Err(Failed { error, wait: answer.retry_after() }),
        }
    }

    /// What an answer's status says against it.
    fn refusal(&self, answer: &Answer) -> Option<LlmError> {
        let status = answer.status;
        Some(match status {
            200..=299 => return None,
            401 | 403 => LlmError::Unauthorised(status),
            429 => LlmError::RateLimited,
            500.. => LlmError::Server(status),
            300..=399 => {
                LlmError::Refused { status, why: Some("it redirects, which is not followed".to_owned()) }
            }
            _ => LlmError::Refused { status, why: self.harmless(complaint(&answer.body)) },
        })
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
