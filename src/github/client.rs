//! Asks GitHub, within its limits and the user's share of them. It never waits for long by itself: a caller is told
//! until when ([`Error::Wait`]), and shows it.

mod error;
mod graph;
mod limits;
mod log;
mod refusal;
mod rest;
mod state;
mod token;
mod write;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep_until, timeout},
};
use url::Url;

pub use self::{
    error::{ClientNotice, Error, GH, Missing, TokenUse},
    graph::{Graph, GraphError, Kind, PathStep},
    limits::{Budget, Purse, Resource, Wait, Why},
    log::{LogBytes, NoLog},
    rest::{Etag, Page},
    token::Token,
    write::{Writer, Written},
};
use self::{
    graph::Wire,
    refusal::{Refusal, Seen},
    state::State,
};
use super::query::{Query, RefusedField, without};
pub use crate::http::client::Verb;
use crate::{
    domain::{proxy::Proxy, secret::Secret, site::Site},
    http::client::{Answer, HttpClient, HttpError, HttpRequest},
};

/// Bytes of an answer: a page of files has a hundred patches.
const LARGEST: usize = 32 * 1024 * 1024;
/// GitHub itself gives up after 10 s; the rest is for slow lines.
const PATIENCE: Duration = Duration::from_mins(1);
/// Requests of REST at the same time.
const REST_LANES: usize = 4;
/// Between the beginnings of two of them: eight in a second, of the fifteen that GitHub allows.
pub(in crate::github) const REST_PACE: Duration = Duration::from_millis(125);
/// Fields that are left out, one after the other, before a query is given up.
const MOST_REFUSED: usize = 16;

const VERSION: (&str, &str) = ("x-github-api-version", "2022-11-28");
const ACCEPT: (&str, &str) = ("accept", "application/vnd.github+json");

/// This machine's clock, or a test's.
pub type Clock = fn() -> DateTime<Utc>;

/// Whom to ask, and by whose leave. Clients by copies of it share their budget.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// The address of its pages; see [`Site::new`].
    pub url: String,
    pub token: Token,
    pub proxy: Option<Proxy>,
    pub clock: Clock,
    /// Between the beginnings of two requests of REST.
    pub pace: Duration,
    /// It may spend all that is left: the user has asked for it, and waits.
    pub takes_all: bool,
    /// Clients of the same token have the same.
    pub budget: Budget,
}

impl ClientOptions {
    pub fn new(url: impl Into<String>, token: Option<Secret>, proxy: Option<Proxy>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "limits end at times of the clock")]
        let clock: Clock = || Utc::now();
        let budget = Budget::default();
        let (url, token) = (url.into(), Token::fixed(token));
        Self { url, token, proxy, clock, pace: REST_PACE, takes_all: false, budget }
    }
}

/// A client of one GitHub with one token.
#[derive(Debug)]
pub struct Client {
    http: HttpClient,
    site: Site,
    token: Token,
    clock: Clock,
    /// One query at a time: GitHub counts its own seconds.
    graphql: Semaphore,
    rest: Semaphore,
    pace: Duration,
    /// When the next request of REST may begin.
    next: Mutex<Option<Instant>>,
    state: Mutex<State>,
}

impl Client {
    /// Prepares a client; connects to nothing.
    ///
    /// # Errors
    /// There is no token, it cannot be one, or the address is wrong.
    pub fn new(options: ClientOptions) -> Result<Self, Error> {
        let ClientOptions { url, token, proxy, clock, pace, takes_all, budget } = options;
        let site = Site::new(&url).map_err(|expected| Error::Options(expected.to_owned()))?;
        token.bearer(&site.host)?;
        Ok(Self {
            http: HttpClient::new(site.rest.scheme(), LARGEST, proxy.as_ref())?,
            token,
            site,
            clock,
            graphql: Semaphore::new(1),
            rest: Semaphore::new(REST_LANES),
            pace,
            next: Mutex::new(None),
            state: Mutex::new(State::new(budget, takes_all)),
        })
    }

    pub fn site(&self) -> &Site {
        &self.site
    }

    /// What is known of a purse; `None` before the first answer, and on servers without limits.
    pub fn purse(&self, resource: Resource) -> Option<Purse> {
        self.state().limits().purse(resource)
    }

    /// Points and requests of REST that this client has spent.
    pub fn spent(&self) -> (u32, u32) {
        self.state().spent
    }

    /// The scopes of a classic token; `None` before the first answer, and for other kinds of tokens.
    pub fn scopes(&self) -> Option<Vec<String>> {
        self.state().scopes.clone()
    }

    /// What should be told, since this was last asked.
    pub fn notices(&self) -> Vec<ClientNotice> {
        self.state().take_notices()
    }

    /// Asks a query; `what` it is about is for messages.
    ///
    /// # Errors
    /// There is no data. What is wrong with a part of it stands in [`Graph::errors`].
    pub async fn graphql<T: DeserializeOwned>(
        &self,
        query: Query,
        variables: impl Serialize,
        what: &str,
    ) -> Result<Graph<T>, Error> {
        // An error would mean that the semaphore is closed, which nobody does.
        let _lane = self.graphql.acquire().await.ok();
        let malformed = |error: serde_json::Error| Error::Malformed(error.to_string());
        let variables = serde_json::to_value(variables).map_err(malformed)?;
        for _ in 0..MOST_REFUSED {
            let text = self.state().text(query);
            let body =
                serde_json::json!({"operationName": query.name(), "query": text, "variables": variables});
            match self.once(body.to_string().into_bytes(), what).await? {
                Asked::Answered(graph) => return Ok(graph),
                Asked::Refused(errors) => self.leave_out(query, &text, errors)?,
            }
        }
        Err(Error::Malformed(format!("{} has too many unknown fields", query.name())))
    }

    async fn once<T: DeserializeOwned>(&self, body: Vec<u8>, what: &str) -> Result<Asked<T>, Error> {
        self.state().check(Resource::Graphql, (self.clock)())?;
        let answer = self.answered(&self.site.graphql, &[ACCEPT], Some(&body)).await?;
        let sso = answer.header("x-github-sso").map(str::to_owned);
        self.heard(&answer, Resource::Graphql, what)?;
        let wire = match Wire::<T>::parse(&answer.body) {
            Ok(wire) => wire,
            Err(why) => {
                // The errors may be known though the data is not.
                let errors = Wire::<serde::de::IgnoredAny>::parse(&answer.body)
                    .map_err(|_same| Error::Malformed(why.clone()))?;
                let errors = errors.errors(sso.as_deref());
                self.stopped(&errors, &answer)?;
                return Err(Error::Malformed(why));
            }
        };
        let errors = wire.errors(sso.as_deref());
        self.stopped(&errors, &answer)?;
        match wire.data {
            Some(data) => {
                self.state().limits().succeeded();
                Ok(Asked::Answered(Graph { data, errors, at: date(&answer) }))
            }
            None if errors.iter().any(|error| error.kind.refused().is_some()) => Ok(Asked::Refused(errors)),
            None => Err(nothing(errors, what)),
        }
    }

    /// Asks with the token; where GitHub refuses that, once more with another one that its source may have by now.
    async fn answered(
        &self,
        url: &Url,
        headers: &[(&'static str, &str)],
        json: Option<&[u8]>,
    ) -> Result<Answer, Error> {
        let bearer = self.token.bearer(&self.site.host)?;
        let request = HttpRequest { url, bearer: Some(&bearer), headers };
        let answer = self.ask(request, json).await?.without_key(&bearer);
        if answer.status != 401 {
            return Ok(answer);
        }
        let Some(bearer) = self.token.instead_of(&bearer) else { return Ok(answer) };
        // It was the former one's.
        self.state().expires = None;
        let request = HttpRequest { bearer: Some(&bearer), ..request };
        Ok(self.ask(request, json).await?.without_key(&bearer))
    }

    async fn ask(&self, request: HttpRequest<'_>, json: Option<&[u8]>) -> Result<Answer, Error> {
        match json {
            Some(json) => in_time(self.http.post_json(request, json.to_vec())).await,
            None => in_time(self.http.get(request)).await,
        }
    }

    /// Limits are told within good answers, too.
    fn stopped(&self, errors: &[GraphError], answer: &Answer) -> Result<(), Error> {
        let state = self.state();
        let now = state.theirs((self.clock)());
        for error in errors {
            let wait = match error.kind {
                Kind::RateLimited => state.limits().primary(Resource::Graphql, resets(answer), now),
                Kind::SecondaryLimit => state.limits().secondary(answer.retry_after(), None, now),
                Kind::TooMuch => return Err(Error::TooMuch(error.said.clone())),
                Kind::NotFound
                | Kind::Forbidden
                | Kind::SingleSignOn(_)
                | Kind::NoSuchField(_)
                | Kind::MissingScope { .. }
                | Kind::Other(_) => continue,
            };
            return Err(Error::Wait(state.ours(wait)));
        }
        Ok(())
    }

    /// Goes on without the fields that were refused.
    fn leave_out(&self, query: Query, text: &str, errors: Vec<GraphError>) -> Result<(), Error> {
        let refused: Vec<RefusedField> =
            errors.iter().filter_map(|error| error.kind.refused().cloned()).collect();
        // A place that leads to nothing: by name, then.
        let anywhere =
            || refused.iter().map(|one| RefusedField { place: None, ..one.clone() }).collect::<Vec<_>>();
        let Some(shorter) = without(text, &refused).or_else(|| without(text, &anywhere())) else {
            return Err(nothing(errors, query.name()));
        };
        let mut state = self.state();
        for error in errors {
            match error.kind {
                Kind::NoSuchField(refused) => state.notice(ClientNotice::NoSuchField(refused.field)),
                Kind::MissingScope { refused, needed } => {
                    state.notice(ClientNotice::FieldNeedsScope { field: refused.field, needed });
                }
                Kind::NotFound
                | Kind::Forbidden
                | Kind::SingleSignOn(_)
                | Kind::RateLimited
                | Kind::SecondaryLimit
                | Kind::TooMuch
                | Kind::Other(_) => {}
            }
        }
        state.remember(query, shorter);
        Ok(())
    }

    /// Takes in an answer's headers, and refuses what is none.
    fn heard(&self, answer: &Answer, resource: Resource, what: &str) -> Result<(), Error> {
        let now = (self.clock)();
        let mut state = self.state();
        state.hear(answer, resource, date(answer), now);
        let theirs = state.theirs(now);
        let refusal = Seen {
            status: answer.status,
            header: &|name| answer.header(name),
            retry_after: answer.retry_after(),
            body: &answer.body,
            token: self.token.used(&self.site.host),
            what,
            now: theirs,
            expires: state.expires,
            is_graphql: resource == Resource::Graphql,
        }
        .refusal();
        let wait = match refusal {
            None => return Ok(()),
            Some(Refusal::For(error)) => return Err(error),
            Some(Refusal::Primary { resets }) => state.limits().primary(resource, resets, theirs),
            Some(Refusal::Secondary { retry_after, resets }) => {
                state.limits().secondary(retry_after, resets, theirs)
            }
        };
        Err(Error::Wait(state.ours(wait)))
    }

    /// Its turn among the requests of REST.
    async fn turn(&self) {
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = next.map_or_else(Instant::now, |next| next.max(Instant::now()));
            *next = Some(turn + self.pace);
            turn
        };
        sleep_until(turn).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Asked<T> {
    Answered(Graph<T>),
    Refused(Vec<GraphError>),
}

impl Kind {
    fn refused(&self) -> Option<&RefusedField> {
        match self {
            Self::NoSuchField(refused) | Self::MissingScope { refused, .. } => Some(refused),
            Self::NotFound
            | Self::Forbidden
            | Self::SingleSignOn(_)
            | Self::RateLimited
            | Self::SecondaryLimit
            | Self::TooMuch
            | Self::Other(_) => None,
        }
    }
}

/// Why there is no data at all: the first error tells.
pub(in crate::github) fn nothing(errors: Vec<GraphError>, what: &str) -> Error {
    let what = what.to_owned();
    let Some(GraphError { kind, said, .. }) = errors.into_iter().next() else {
        return Error::Malformed("neither data nor errors".to_owned());
    };
    match kind {
        Kind::NotFound => Error::NotFound { what },
        Kind::Forbidden => Error::Forbidden { what, said },
        Kind::SingleSignOn(error) => error,
        Kind::MissingScope { needed, .. } => Error::MissingScope { needed },
        Kind::RateLimited | Kind::SecondaryLimit | Kind::TooMuch => Error::TooMuch(said),
        Kind::NoSuchField(_) | Kind::Other(_) => Error::Refused { status: 200, said },
    }
}

async fn in_time<T>(request: impl Future<Output = Result<T, HttpError>>) -> Result<T, Error> {
    let answer = timeout(PATIENCE, request).await.map_err(|_elapsed| Error::TimedOut(PATIENCE.as_secs()))?;
    Ok(answer?)
}

/// GitHub's clock.
fn date(answer: &Answer) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_rfc2822(answer.header("date")?).ok()?;
    Some(date.with_timezone(&Utc))
}

/// What the headers say of a purse.
fn told(answer: &Answer) -> Option<limits::Quota> {
    let number = |name| answer.header(name)?.parse().ok();
    Some(limits::Quota {
        limit: number("x-ratelimit-limit")?,
        remaining: number("x-ratelimit-remaining")?,
        resets: resets(answer)?,
    })
}

/// When a purse is filled again, by GitHub's clock.
fn resets(answer: &Answer) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(answer.header("x-ratelimit-reset")?.parse().ok()?, 0)
}

/// Whether an address is one of this site's interfaces: only there goes the token.
fn is_home(url: &Url, site: &Site) -> bool {
    url.origin() == site.rest.origin() && url.username().is_empty() && url.password().is_none()
}
