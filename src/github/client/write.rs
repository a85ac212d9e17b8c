//! Requests of REST that change something. Each is sent once: whether it took effect may stay unknown, and then it is
//! looked at, not sent again.

use serde_json::Value;
use url::Url;

use super::{ACCEPT, Client, Error, LARGEST, Resource, VERSION, in_time};
use crate::http::client::{HttpClient, HttpRequest};

/// How something is to change.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// Something new, or something that is done.
    Post(&'a Value),
    /// A part of what is there.
    Patch(&'a Value),
}

/// Why something that was to change did not, or may have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Nothing has changed.
    #[error("{0}")]
    Refused(Error),
    /// It may have changed.
    #[error("it is not known whether it was done: {0}")]
    Unknown(Error),
}

impl WriteError {
    pub fn error(&self) -> &Error {
        match self {
            Self::Refused(error) | Self::Unknown(error) => error,
        }
    }
}

impl Client {
    /// Changes something; `what` it is about is for messages. Returns the answer's body.
    ///
    /// # Errors
    /// It was refused, or nobody knows.
    pub async fn change(&self, url: &Url, change: Change<'_>, what: &str) -> Result<Vec<u8>, WriteError> {
        let before = WriteError::Refused;
        self.state().check(Resource::Rest, (self.clock)()).map_err(before)?;
        let http = HttpClient::once(url.scheme(), LARGEST, self.proxy.as_ref());
        let http = http.map_err(|error| before(error.into()))?;
        self.turn().await;
        let request = HttpRequest { url, bearer: Some(&self.bearer), headers: &[ACCEPT, VERSION] };
        let answer = match change {
            Change::Post(body) => in_time(http.post_json(request, body.to_string().into_bytes())).await,
            Change::Patch(body) => in_time(http.patch_json(request, body.to_string().into_bytes())).await,
        };
        let answer = answer.map_err(told)?.without_key(&self.bearer);
        // A redirect is refused with the rest: followed, it would be sent twice.
        self.heard(&answer, Resource::Rest, what).map_err(told)?;
        self.state().limits.succeeded();
        Ok(answer.body)
    }
}

/// Whether it is known that nothing has changed.
fn told(error: Error) -> WriteError {
    match error {
        Error::TooMuch(_)
        | Error::Down(_)
        | Error::WebPage { .. }
        | Error::Unreachable(_)
        | Error::TimedOut(_)
        | Error::TooLarge(_)
        | Error::Malformed(_)
        | Error::InPart
        | Error::Moving => WriteError::Unknown(error),
        Error::Wait(_)
        | Error::NoToken { .. }
        | Error::BadToken
        | Error::Expired(_)
        | Error::MissingScope { .. }
        | Error::ChecksUnreadable
        | Error::Forbidden { .. }
        | Error::SingleSignOn { .. }
        | Error::NotFound { .. }
        | Error::ElsewhereLed { .. }
        | Error::Intercepted(_)
        | Error::ClockOrCertificate(_)
        | Error::Refused { .. }
        | Error::Options(_) => WriteError::Refused(error),
    }
}
