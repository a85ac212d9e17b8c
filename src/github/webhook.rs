//! Webhook deliveries as facts. Pure: signatures and the inbox are the receiver's.

mod checks;
mod form;
mod pull;
mod repository;

use chrono::{DateTime, Utc};
use std::borrow::Cow;

use serde::Deserialize;

use self::{
    checks::{CheckRunEvent, CheckSuiteEvent, StatusEvent, WorkflowJobEvent, WorkflowRunEvent},
    form::{Form, Maybe, objects},
    pull::{MergeGroupEvent, PullRequestEvent, ReviewEvent},
    repository::Repository,
};
use crate::{
    domain::encoding::paired,
    facts::fact::{Fact, PullState, RepositoryRef, What},
};

/// A delivery, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedDelivery {
    /// Dated by the things themselves, so that a second telling changes no row.
    pub facts: Vec<Fact>,
    /// GitHub's word, whether we know it or not.
    pub action: Option<String>,
    pub repository: Option<RepositoryRef>,
    /// Whose files may be new: compare with those stored.
    pub wants_files: Vec<WantedFiles>,
    /// Why there are no facts, where nothing is wrong.
    pub ignored: Option<&'static str>,
}

/// A head of an open pull request of [`ParsedDelivery::repository`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedFiles {
    pub number: i32,
    pub head_sha: String,
    pub base_branch: String,
}

/// What the receiver stores beside a delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    pub action: Option<String>,
    /// GitHub's id.
    pub repository_id: Option<i64>,
}

/// What a delivery says, and when it was so.
type Dated = Vec<(DateTime<Utc>, What)>;

/// Why a delivery cannot be read, now or later. Nothing of its text is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("no JSON at line {line}, column {column}")]
    NoJson { line: usize, column: usize },
    #[error("no JSON object")]
    NoObject,
    #[error("nested deeper than {DEEPEST} levels")]
    TooDeep,
    #[error("of a form that is not known at line {line}, column {column}")]
    Form { line: usize, column: usize },
    #[error("{0} is missing, or of a form that is not known")]
    Missing(&'static str),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Head {
    action: Maybe<String>,
    repository: Maybe<Repository>,
}

objects!(Head);

/// Whoever reads JSON into a tree takes no more.
const DEEPEST: usize = 127;

/// Reads what is stored beside a delivery; checks that all of it is a JSON object, which anybody can read.
///
/// # Errors
/// It is none.
pub fn envelope(body: &[u8]) -> Result<Envelope, Unreadable> {
    let head: Head = parse(body)?;
    if depth(body) > DEEPEST {
        return Err(Unreadable::TooDeep);
    }
    let repository_id = head.repository.as_ref().and_then(|repository| *repository.id);
    Ok(Envelope { action: head.action.clone(), repository_id })
}

/// Reads a delivery of an event (`X-GitHub-Event`).
///
/// # Errors
/// It can never be read: it is no JSON, or what makes it the event is not in it.
pub fn read(event: &str, body: &[u8]) -> Result<ParsedDelivery, Unreadable> {
    let head: Head = parse(body)?;
    let action = head.action.as_deref();
    let mut told = ParsedDelivery { action: head.action.clone(), ..ParsedDelivery::default() };
    let Some(repository) = head.repository.as_ref() else {
        told.ignored = Some("it is about no repository");
        return Ok(told);
    };
    told.repository = repository.reference();
    let parts = match event {
        "pull_request" => parse::<PullRequestEvent>(body)?.told(action)?,
        "pull_request_review" => parse::<ReviewEvent>(body)?.told(action)?,
        "check_run" => parse::<CheckRunEvent>(body)?.told()?,
        "check_suite" => parse::<CheckSuiteEvent>(body)?.told()?,
        "workflow_run" => parse::<WorkflowRunEvent>(body)?.told()?,
        "workflow_job" => parse::<WorkflowJobEvent>(body)?.told()?,
        "status" => parse::<StatusEvent>(body)?.told()?,
        "merge_group" => parse::<MergeGroupEvent>(body)?.told(action),
        "push" | "repository" | "ping" => Vec::new(),
        _ => {
            told.ignored = Some("no row shows this event");
            return Ok(told);
        }
    };
    let reference =
        told.repository.clone().ok_or(Unreadable::Missing("repository.id or repository.full_name"))?;
    let facts = parts.into_iter().map(|(at, what)| Fact { repository: reference.clone(), at, what });
    let own = action.filter(|_| event == "repository");
    let told_of_it = repository.fact(&reference, own).into_iter().chain(repository.gone(&reference, own));
    told.facts = told_of_it.chain(facts).collect();
    told.wants_files = told.facts.iter().filter_map(wanted).collect();
    Ok(told)
}

fn parse<T: Form>(body: &[u8]) -> Result<T, Unreadable> {
    // Not GitHub's, but editors' and proxies': it says nothing.
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let read: Result<Maybe<T>, _> = serde_json::from_slice(body).or_else(|error| {
        // Half a surrogate pair, in which a text may end that was cut to length, is JSON all the same.
        match str::from_utf8(body).map(paired) {
            Ok(Cow::Owned(mended)) => serde_json::from_str(&mended),
            Ok(Cow::Borrowed(_)) | Err(_) => Err(error),
        }
    });
    let read = read.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        if error.is_data() { Unreadable::Form { line, column } } else { Unreadable::NoJson { line, column } }
    })?;
    read.into_option().ok_or(Unreadable::NoObject)
}

/// How deep JSON is nested.
fn depth(json: &[u8]) -> usize {
    let (mut deepest, mut depth) = (0_usize, 0_usize);
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_text = !is_text,
            b'{' | b'[' if !is_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn wanted(fact: &Fact) -> Option<WantedFiles> {
    match &fact.what {
        What::PullRequest(seen) if matches!(seen.state, PullState::Draft | PullState::Open) => {
            Some(WantedFiles {
                number: seen.number,
                head_sha: seen.head_sha.clone(),
                base_branch: seen.base_branch.clone(),
            })
        }
        What::PullRequest(_)
        | What::Repository(_)
        | What::RepositoryGone
        | What::Files(_)
        | What::Mergeability(_)
        | What::Gone(_)
        | What::Check(_)
        | What::AllChecks(_)
        | What::Review(_)
        | What::ReviewDismissed(_)
        | What::MergeQueue(_) => None,
    }
}
