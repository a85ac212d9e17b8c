//! What an LLM is told of a pull request: pure, and the same for the same input.
//!
//! Everything that strangers wrote stands between two lines with a marker that does not occur in it (the private
//! module `fence`), without control and bidi characters, and without what looks like a secret. The diff is packed into
//! a budget, riskiest first (the private module `diff`).

mod diff;
mod fence;

use std::fmt::Write as _;

use self::{diff::Diff, fence::fenced};
use super::risk::{Assessment, redact::redact};
use crate::domain::{
    assessment::Details,
    insight::Risk,
    text::{clean, is_invisible, truncate},
};

/// Who the model is and what it has to do.
pub const SYSTEM: &str = include_str!("../../assets/prompts/insight.md");

/// Tokens of prompt and reply together, where nothing else is configured: what small local models take.
pub const CONTEXT_TOKENS: u32 = 8_192;

/// Tokens kept free for the reply: its texts need about 300, and some models think first.
pub const REPLY_TOKENS: u32 = 1_024;

/// Bytes that a token is taken for. English text and code have about four in the usual vocabularies; other scripts
/// have fewer, so that of a text in them less is packed than would fit, or a third more than was meant.
const BYTES_A_TOKEN: usize = 4;

/// Columns of a title, a name of a branch, a path; and bytes of a description.
const LINE: usize = 300;
const DESCRIPTION: usize = 4_000;

/// A pull request as it came: whatever is sent of it is cleaned and redacted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PromptInput<'a> {
    /// Its title; empty where it is not known.
    pub title: &'a str,
    /// The author's login.
    pub author: Option<&'a str>,
    /// Source branch.
    pub branch: Option<&'a str>,
    /// The branch that it is to go into.
    pub base: Option<&'a str>,
    /// What its author says of it.
    pub description: Option<&'a str>,
    /// GitHub's array of its files, as text.
    pub files_json: Option<&'a str>,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The system's message: always the same.
    pub system: String,
    /// The user's message: facts, then the fenced data.
    pub user: String,
    /// What is not sent of the diff, and why: `Cargo.lock (+10 −2): generated`. Cleaned.
    pub omitted: Vec<String>,
}

impl Prompt {
    /// Composes what is sent, in so many tokens with the reply; the prompt alone needs about 700.
    pub fn new(input: &PromptInput<'_>, assessment: &Assessment, context_tokens: u32) -> Self {
        let tokens = context_tokens.saturating_sub(REPLY_TOKENS);
        let bytes = usize::try_from(tokens).unwrap_or(usize::MAX).saturating_mul(BYTES_A_TOKEN);
        let facts = facts(assessment);
        let room = bytes.saturating_sub(SYSTEM.len() + facts.len() + fence::BYTES);
        let mut data = cut(&head(input, room), room / 2).to_owned();
        data += cut(&findings(&assessment.details), room / 4);
        let diff = Diff::of(input.files_json, &assessment.details.focus_files);
        let omitted = diff.pack(room.saturating_sub(data.len()), &mut data);
        let user = format!("{facts}\n{}", fenced(cut(&data, room)));
        Self { system: SYSTEM.to_owned(), user, omitted }
    }
}

/// What the risk model counted: numbers and our own words, nothing of the pull request's.
fn facts(assessment: &Assessment) -> String {
    let mut out = String::from("Facts, from the risk model:\n");
    let mut fact = |name: &str, text: &str| out += &format!("- {name}: {text}\n");
    fact("level", assessment.level.as_ref().map_or("unknown", Risk::word));
    if let Some(score) = assessment.score {
        fact("probability of a later fix", &format!("{:.0} %", 100.0 * score));
    }
    for reason in &assessment.details.reasons {
        fact(&reason.group, &reason.text);
    }
    if let Some(effort) = assessment.details.effort {
        fact("review effort", &format!("{effort} of 5"));
    }
    if let Some(touched) = assessment.details.tests_touched {
        fact("tests changed", if touched { "yes" } else { "no" });
    }
    out
}

/// What the pull request says of itself.
fn head(input: &PromptInput<'_>, room: usize) -> String {
    let mut out = String::new();
    let named = [
        ("Title", Some(input.title)),
        ("Author", input.author),
        ("Branch", input.branch),
        ("Into", input.base),
    ];
    for (name, text) in named {
        if let Some(text) = text.map(line).filter(|text| !text.is_empty()) {
            out += &format!("{name}: {text}\n");
        }
    }
    let description = block(input.description.unwrap_or_default());
    let description = description.trim();
    if !description.is_empty() {
        let kept = cut(description, DESCRIPTION.min(room / 4));
        let more = if kept.len() < description.len() { " […]" } else { "" };
        out += &format!("\nDescription:\n{kept}{more}\n");
    }
    out
}

/// What the risk model found, with the names of files, which are the pull request's own.
fn findings(details: &Details) -> String {
    let place = |file: &str, at: Option<u32>| {
        let at = at.map(|at| format!(":{at}")).unwrap_or_default();
        format!("{}{at}", line(file))
    };
    let mut out = String::new();
    if !details.attention.is_empty() {
        out += "\nNeeds attention, by the risk model's rules:\n";
    }
    for entry in &details.attention {
        let at = entry.file.as_deref().map(|file| format!(", {}", place(file, entry.line)));
        // Writing to a string cannot fail.
        _ = writeln!(out, "- {}: {}{}", entry.level, line(&entry.text), at.unwrap_or_default());
    }
    if !details.focus_files.is_empty() {
        out += "\nRead first, by the risk model:\n";
    }
    for entry in &details.focus_files {
        _ = writeln!(out, "- {}: {}", place(&entry.file, entry.line), line(&entry.why));
    }
    out
}

/// Text of strangers on one line.
fn line(text: &str) -> String {
    let text = clean(text);
    truncate(redact(text.trim()).as_ref(), LINE).into_owned()
}

/// Text of strangers on many lines: nothing invisible but their ends and tabs.
fn block(text: &str) -> String {
    let seen: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| matches!(c, '\n' | '\t') || !(c.is_control() || is_invisible(*c)))
        .collect();
    redact(&seen).into_owned()
}

/// At most so many bytes of it.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}
