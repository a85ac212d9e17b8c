//! Writes: each is sent once, by a client of its own, and what became of it is one of few things.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;
use url::Url;

use super::{
    ACCEPT, Budget, ClientOptions, Clock, Error, GraphError, Kind, LARGEST, Resource, Token, VERSION, Why,
    date,
    graph::Wire,
    is_home,
    refusal::{Refusal, Seen, said},
    resets, told,
};
use crate::{
    domain::site::Site,
    github::query::Query,
    http::client::{Answer, HttpRequest, OnceClient, Unanswered, Verb},
};

/// GitHub itself gives up after 10 s; the rest is for slow lines.
const PATIENCE: Duration = Duration::from_secs(20);

/// What became of a write. All text is cleaned.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// What GitHub answered.
    Done(Value),
    Refused {
        said: String,
        /// The token may not do it: 403, or GraphQL's word for it.
        is_forbidden: bool,
    },
    /// It is too much at the moment: nothing was done.
    Limited(Why),
    /// There was no connection.
    NotSent(String),
    /// Nobody knows: GitHub may have done it.
    Unknown(String),
}

/// Sends writes with one token.
#[derive(Debug)]
pub struct Writer {
    http: OnceClient,
    site: Site,
    token: Token,
    clock: Clock,
    patience: Duration,
    budget: Budget,
}

impl Writer {
    /// Connects to nothing.
    ///
    /// # Errors
    /// There is no token, it cannot be one, or the address is wrong.
    pub fn new(options: &ClientOptions) -> Result<Self, Error> {
        let site = Site::new(&options.url).map_err(|expected| Error::Options(expected.to_owned()))?;
        let token = options.token.clone();
        token.bearer(&site.host)?;
        let http = OnceClient::new(site.rest.scheme(), LARGEST, options.proxy.as_ref())?;
        let (clock, budget) = (options.clock, options.budget.clone());
        Ok(Self { http, site, token, clock, patience: PATIENCE, budget })
    }

    /// The same with another patience.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// A mutation by GraphQL, with a single field.
    pub async fn mutate(&self, query: Query, variables: &Value) -> Written {
        let body = json!({"operationName": query.name(), "query": query.text(), "variables": variables});
        let answer = match self.send(Verb::Post, &self.site.graphql, Some(&body)).await {
            Ok(answer) => answer,
            Err(written) => return written,
        };
        if let Some(written) = self.refused(&answer, Resource::Graphql) {
            return written;
        }
        let Ok(wire) = Wire::<Value>::parse(&answer.body) else { return not_understood() };
        let errors = wire.errors(answer.header("x-github-sso"));
        let written = mutated(wire.data, &errors);
        match written {
            Written::Limited(Why::Secondary) => self.slower(answer.retry_after(), None, &answer),
            Written::Limited(Why::Primary | Why::Share) => {
                self.exhausted(Resource::Graphql, resets(&answer), &answer)
            }
            written => written,
        }
    }

    /// A write by REST, to a path below the interface's address.
    pub async fn rest(&self, verb: Verb, path: &str, body: Option<&Value>) -> Written {
        let url = self.site.rest.join(path).ok().filter(|url| is_home(url, &self.site));
        let Some(url) = url else { return Written::NotSent("an address that leads elsewhere".to_owned()) };
        let answer = match self.send(verb, &url, body).await {
            Ok(answer) => answer,
            Err(written) => return written,
        };
        if let Some(written) = self.refused(&answer, Resource::Rest) {
            return written;
        }
        if answer.body.is_empty() {
            return Written::Done(Value::Null);
        }
        serde_json::from_slice(&answer.body).map_or_else(|_no_json| not_understood(), Written::Done)
    }

    async fn send(&self, verb: Verb, url: &Url, body: Option<&Value>) -> Result<Answer, Written> {
        let bearer =
            self.token.bearer(&self.site.host).map_err(|error| Written::NotSent(error.to_string()))?;
        let request = HttpRequest { url, bearer: Some(&bearer), headers: &[ACCEPT, VERSION] };
        let body = body.map(|body| body.to_string().into_bytes());
        match timeout(self.patience, self.http.send(verb, request, body)).await {
            Ok(Ok(answer)) => Ok(answer.without_key(&bearer)),
            Ok(Err(Unanswered::NotSent(error))) => Err(Written::NotSent(Error::from(error).to_string())),
            Ok(Err(Unanswered::Unknown(error))) => Err(Written::Unknown(Error::from(error).to_string())),
            Err(_elapsed) => Err(Written::Unknown(Error::TimedOut(self.patience.as_secs()).to_string())),
        }
    }

    /// What a bad status means; `None`: it is a good one.
    fn refused(&self, answer: &Answer, resource: Resource) -> Option<Written> {
        let now = self.theirs(answer);
        self.budget.limits().note(resource, told(answer), 1, now);
        let seen = Seen {
            status: answer.status,
            header: &|name| answer.header(name),
            retry_after: answer.retry_after(),
            body: &answer.body,
            token: self.token.used(&self.site.host),
            what: "this",
            now,
            expires: None,
            is_graphql: resource == Resource::Graphql,
        };
        let error = match seen.refusal() {
            None if answer.status < 300 => return None,
            None => return Some(not_understood()),
            Some(Refusal::Primary { resets }) => return Some(self.exhausted(resource, resets, answer)),
            Some(Refusal::Secondary { retry_after, resets }) => {
                return Some(self.slower(retry_after, resets, answer));
            }
            Some(Refusal::For(error)) => error,
        };
        Some(match answer.status {
            // Whoever wants it done elsewhere has not done it.
            301 | 302 | 307 | 308 => Written::Refused { said: self.led(answer), is_forbidden: false },
            // An answer of GitHub's own, and not of anybody in between.
            400..=499 if is_object(&answer.body) => {
                let is_forbidden = answer.status == 403 && !matches!(error, Error::SingleSignOn { .. });
                Written::Refused { said: complaint(error, &answer.body), is_forbidden }
            }
            _ => Written::Unknown(error.to_string()),
        })
    }

    /// GitHub's clock.
    fn theirs(&self, answer: &Answer) -> DateTime<Utc> {
        date(answer).unwrap_or_else(self.clock)
    }

    /// The hourly limit is reached: the token's other clients wait, too.
    fn exhausted(&self, resource: Resource, resets: Option<DateTime<Utc>>, answer: &Answer) -> Written {
        self.budget.limits().primary(resource, resets, self.theirs(answer));
        Written::Limited(Why::Primary)
    }

    /// The same where GitHub asks for slower going.
    fn slower(
        &self,
        retry_after: Option<Duration>,
        resets: Option<DateTime<Utc>>,
        answer: &Answer,
    ) -> Written {
        self.budget.limits().secondary(retry_after, resets, self.theirs(answer));
        Written::Limited(Why::Secondary)
    }

    /// Where a write is led to, which does not follow.
    fn led(&self, answer: &Answer) -> String {
        let to = answer.header("location").and_then(|to| self.site.rest.join(to).ok());
        match to.filter(|to| !is_home(to, &self.site)) {
            None => "the repository has another name by now: look again".to_owned(),
            Some(to) => {
                let to = said(to.host_str().unwrap_or_default());
                Error::ElsewhereLed { host: self.site.host.clone(), to }.to_string()
            }
        }
    }
}

fn not_understood() -> Written {
    Written::Unknown("the answer is not understood".to_owned())
}

fn is_object(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|value| value.is_object())
}

/// GitHub's sentence, with its details; our own where it has to do with the token.
fn complaint(error: Error, body: &[u8]) -> String {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Complaint {
        errors: Value,
    }
    let told = match error {
        Error::Forbidden { said, .. } | Error::Refused { said, .. } => said,
        // Its own word is no more than this.
        Error::NotFound { .. } => {
            "GitHub does not find it: it is gone, or the token may not do this".to_owned()
        }
        error => error.with_mend(),
    };
    let details = match serde_json::from_slice::<Complaint>(body).unwrap_or_default().errors {
        Value::Array(all) => all,
        one => vec![one],
    };
    let details = details.iter().filter_map(|one| one.as_str().or_else(|| one.get("message")?.as_str()));
    details.map(said).fold(told, |told, detail| format!("{told}: {detail}"))
}

/// What the answer to a mutation means.
fn mutated(data: Option<Value>, errors: &[GraphError]) -> Written {
    let fields = data.as_ref().and_then(Value::as_object);
    let is_told = fields.is_some_and(|fields| fields.values().any(|it| !it.is_null()));
    let is_null = fields.is_some_and(|fields| !fields.is_empty());
    if let Some(data) = data.filter(|_| is_told) {
        return Written::Done(data);
    }
    let Some(error) = errors.first() else { return not_understood() };
    if error.is_of_text() {
        return Written::Refused { said: error.said.clone(), is_forbidden: false };
    }
    // What is wrong with a part of the answer says nothing of the deed.
    if errors.iter().any(|error| error.path.len() > 1) {
        return Written::Unknown(error.said.clone());
    }
    match &error.kind {
        Kind::RateLimited => Written::Limited(Why::Primary),
        Kind::SecondaryLimit => Written::Limited(Why::Secondary),
        Kind::TooMuch => Written::Unknown(error.said.clone()),
        Kind::Other(word) if is_outage(word) => Written::Unknown(error.said.clone()),
        // Without a word for its kind it refuses only where it tells why the deed's own field is null.
        Kind::Other(word) if word.is_empty() && (!is_null || is_outage(&error.said)) => {
            Written::Unknown(error.said.clone())
        }
        Kind::Forbidden => Written::Refused { said: error.said.clone(), is_forbidden: true },
        Kind::SingleSignOn(sso) => Written::Refused { said: sso.with_mend(), is_forbidden: false },
        Kind::MissingScope { needed, .. } => {
            let error = Error::MissingScope { needed: needed.clone() };
            Written::Refused { said: error.to_string(), is_forbidden: true }
        }
        Kind::NotFound | Kind::NoSuchField(_) | Kind::Other(_) => {
            Written::Refused { said: error.said.clone(), is_forbidden: false }
        }
    }
}

/// A word for what has gone wrong at GitHub, not for what it refuses.
fn is_outage(word: &str) -> bool {
    let word = word.to_ascii_uppercase().replace(' ', "_");
    ["INTERNAL", "SERVER_ERROR", "SERVICE_UNAVAILABLE", "TIMEOUT"].iter().any(|part| word.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(body: &str) -> Written {
        let wire = Wire::<Value>::parse(body.as_bytes()).expect("JSON");
        let errors = wire.errors(None);
        mutated(wire.data, &errors)
    }

    #[test]
    fn a_mutation_has_one_of_three_outcomes() {
        let refused = |said: &str, is_forbidden| Written::Refused { said: said.to_owned(), is_forbidden };
        let unknown = |said: &str| Written::Unknown(said.to_owned());
        for (body, expected) in [
            (r#"{"data": {"x": {"id": 1}}}"#, Written::Done(json!({"x": {"id": 1}}))),
            // It is done, though not all of it is told.
            (
                r#"{"data": {"x": {"id": 1, "y": null}}, "errors": [{"type": "FORBIDDEN", "path": ["x", "y"], "message": "no"}]}"#,
                Written::Done(json!({"x": {"id": 1, "y": null}})),
            ),
            (
                r#"{"data": {"x": null}, "errors": [{"type": "UNPROCESSABLE", "path": ["x"], "message": "Draft"}]}"#,
                refused("Draft", false),
            ),
            (
                r#"{"data": {"x": null}, "errors": [{"type": "FORBIDDEN", "path": ["x"], "message": "no"}]}"#,
                refused("no", true),
            ),
            (
                r#"{"errors": [{"extensions": {"code": "undefinedField"}, "message": "Field 'x' doesn't exist"}]}"#,
                refused("Field 'x' doesn't exist", false),
            ),
            // A server that does not know an argument, or a value: none of it was done.
            (
                r#"{"errors": [{"path": ["mutation Close", "x", "y"], "extensions": {"code": "undefinedField"}, "message": "Field 'y' doesn't exist"}]}"#,
                refused("Field 'y' doesn't exist", false),
            ),
            (
                r#"{"errors": [{"path": ["mutation Close", "x", "input", "y"], "message": "InputObject 'X' doesn't accept argument 'y'"}]}"#,
                refused("InputObject 'X' doesn't accept argument 'y'", false),
            ),
            (
                r#"{"errors": [{"extensions": {"value": "REBASE", "problems": []}, "message": "Variable $method was provided invalid value"}]}"#,
                refused("Variable $method was provided invalid value", false),
            ),
            // The deed itself may be done.
            (
                r#"{"data": {"x": null}, "errors": [{"type": "FORBIDDEN", "path": ["x", "y"], "message": "no"}]}"#,
                unknown("no"),
            ),
            (
                r#"{"data": null, "errors": [{"message": "Something went wrong while executing your query."}]}"#,
                unknown("Something went wrong while executing your query."),
            ),
            (r#"{"errors": [{"type": "INTERNAL_SERVER_ERROR", "message": "x"}]}"#, unknown("x")),
            (r#"{"errors": [{"message": "new words"}]}"#, unknown("new words")),
            (
                r#"{"data": {"x": null}, "errors": [{"message": "Body is too long"}]}"#,
                refused("Body is too long", false),
            ),
            (
                r#"{"data": {"x": null}, "errors": [{"path": ["x"], "message": "Internal Server Error"}]}"#,
                unknown("Internal Server Error"),
            ),
            (
                r#"{"data": {"x": null}, "errors": [{"path": ["x"], "message": "The request timed out"}]}"#,
                unknown("The request timed out"),
            ),
            (r#"{"data": {"x": null}}"#, unknown("the answer is not understood")),
            (r#"{"errors": [{"type": "RATE_LIMITED", "message": "x"}]}"#, Written::Limited(Why::Primary)),
        ] {
            assert_eq!(written(body), expected, "{body}");
        }
    }

    #[test]
    fn githubs_sentence_comes_with_its_details() {
        let body = br#"{"message": "Validation Failed", "errors": ["No\u001b[2J", {"message": "Own one"}, {"code": "x"}]}"#;
        let error = Error::Refused { status: 422, said: "Validation Failed".to_owned() };
        assert_eq!(complaint(error.clone(), body), "Validation Failed: No[2J: Own one");
        let body = br#"{"message": "Validation Failed", "errors": "Only one"}"#;
        assert_eq!(complaint(error.clone(), body), "Validation Failed: Only one");
        assert_eq!(complaint(error, br#"{"message": "Validation Failed"}"#), "Validation Failed");
    }
}
