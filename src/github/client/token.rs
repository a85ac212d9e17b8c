//! The token: one until GitHub refuses it, then the one that its source has by then, where it is renewed.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

use super::{
    Error,
    error::{Missing, TokenUse},
};
use crate::{domain::secret::Secret, http::client::Bearer};

type Source = Arc<dyn Fn() -> Result<Secret, Missing> + Send + Sync>;

/// Copies share it.
#[derive(Clone)]
pub struct Token {
    /// Where it is from, as people say it.
    from: Arc<str>,
    now: Arc<Mutex<Result<Secret, Missing>>>,
    source: Source,
}

impl Token {
    /// From where it may be another one later: a file, or another program.
    pub fn of(from: &str, source: impl Fn() -> Result<Secret, Missing> + Send + Sync + 'static) -> Self {
        Self { from: from.into(), now: Arc::new(Mutex::new(source())), source: Arc::new(source) }
    }

    /// One that stays.
    pub(super) fn fixed(token: Option<Secret>) -> Self {
        Self::of("", move || token.clone().ok_or(Missing::Nowhere))
    }

    /// # Errors
    /// There is none, or it cannot be one.
    pub(super) fn bearer(&self, host: &str) -> Result<Bearer, Error> {
        let now = self.now();
        let token = now.as_ref().map_err(|why| Error::NoToken { host: host.to_owned(), why: *why })?;
        Bearer::new(token).map_err(|_not_a_header| Error::BadToken(self.used(host)))
    }

    /// For what is wrong with it.
    pub(super) fn used(&self, host: &str) -> TokenUse {
        TokenUse { host: host.to_owned(), from: self.from.to_string() }
    }

    /// Tells tokens apart without holding them.
    pub(super) fn mark(&self) -> Uuid {
        let now = self.now();
        Uuid::new_v5(&Uuid::NAMESPACE_URL, now.as_ref().map_or("", Secret::expose).as_bytes())
    }

    /// Another one than this, which was refused.
    pub(super) fn instead_of(&self, refused: &Bearer) -> Option<Bearer> {
        let mut now = self.now();
        let other = |token: &Secret| Bearer::new(token).ok().filter(|bearer| bearer != refused);
        // Somebody who was refused at the same time may have asked.
        if let Some(bearer) = now.as_ref().ok().and_then(other) {
            return Some(bearer);
        }
        let token = (self.source)().ok()?;
        let bearer = other(&token)?;
        *now = Ok(token);
        Some(bearer)
    }

    fn now(&self) -> MutexGuard<'_, Result<Secret, Missing>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
