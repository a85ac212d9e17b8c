//! What an LLM is told of a pull request: pure, and the same for the same input.
//!
//! Everything that strangers wrote stands between two lines with a marker that does not occur in it (the private
//! module `fence`), without control and bidi characters, and without what looks like a secret. The diff is packed into
//! a budget, riskiest first (the private module `diff`).

mod diff;
mod fence;

use self::{diff::Diff, fence::fenced};
use super::risk::{Assessment, redact::redact};
use crate::domain::{
    assessment::Findings,
    insight::Risk,
    pull_text::PullText,
    text::{clean, is_invisible, truncate},
};

/// Who the model is and what it has to do.
pub const SYSTEM: &str = include_str!("../../assets/prompts/insight.md");

/// Tokens of `context_tokens` that are kept free for the reply: its texts need about 300, and some models think first.
pub fn reply_tokens(context_tokens: u32) -> u32 {
    (context_tokens / 4).clamp(1_024, 4_096)
}

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
    pub description: Option<&'a str>,
    /// GitHub's array of its files, as text.
    pub files_json: Option<&'a str>,
}

impl<'a> From<&'a PullText> for PromptInput<'a> {
    fn from(pull: &'a PullText) -> Self {
        Self {
            title: &pull.title,
            author: pull.author.as_deref(),
            branch: pull.branch.as_deref(),
            base: pull.base.as_deref(),
            description: pull.description.as_deref(),
            files_json: pull.files.as_deref(),
        }
    }
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
        let tokens = context_tokens.saturating_sub(reply_tokens(context_tokens));
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
    let level = assessment.level.as_ref().map_or("unknown", Risk::word);
    let details = &assessment.details;
    let mut lines = vec!["Facts, from the risk model:".to_owned(), format!("- level: {level}")];
    lines.extend(
        assessment.score.map(|score| format!("- probability of a later fix: {:.0} %", 100.0 * score)),
    );
    lines.extend(details.reasons.iter().map(|reason| format!("- {}: {}", reason.group, reason.text)));
    lines.extend(details.effort.map(|effort| format!("- review effort: {effort} of 5")));
    let yes = |yes| if yes { "yes" } else { "no" };
    lines.extend(details.tests_touched.map(|touched| format!("- tests changed: {}", yes(touched))));
    joined(lines)
}

/// What the pull request says of itself.
fn head(input: &PromptInput<'_>, room: usize) -> String {
    let named = [
        ("Title", Some(input.title)),
        ("Author", input.author),
        ("Branch", input.branch),
        ("Into", input.base),
    ];
    let texts = named.into_iter().filter_map(|(name, text)| Some((name, line(text?))));
    let mut lines: Vec<String> =
        texts.filter(|(_, text)| !text.is_empty()).map(|(name, text)| format!("{name}: {text}")).collect();
    let description = block(input.description.unwrap_or_default());
    let description = description.trim();
    if !description.is_empty() {
        let kept = cut(description, DESCRIPTION.min(room / 4));
        let more = if kept.len() < description.len() { " […]" } else { "" };
        lines.push(format!("\nDescription:\n{kept}{more}"));
    }
    joined(lines)
}

/// What the risk model found, with the names of files, which are the pull request's own.
fn findings(details: &Findings) -> String {
    let place = |file: &str, at: Option<u32>| {
        let at = at.map(|at| format!(":{at}")).unwrap_or_default();
        format!("{}{at}", line(file))
    };
    let mut lines = Vec::new();
    if !details.attention.is_empty() {
        lines.push("\nNeeds attention, by the risk model's rules:".to_owned());
    }
    lines.extend(details.attention.iter().map(|entry| {
        let at = entry.file.as_deref().map(|file| format!(", {}", place(file, entry.line)));
        format!("- {}: {}{}", entry.level, line(&entry.text), at.unwrap_or_default())
    }));
    if !details.focus_files.is_empty() {
        lines.push("\nRead first, by the risk model:".to_owned());
    }
    let focus = details.focus_files.iter();
    lines.extend(focus.map(|entry| format!("- {}: {}", place(&entry.file, entry.line), line(&entry.why))));
    joined(lines)
}

/// Lines with their ends.
fn joined(lines: Vec<String>) -> String {
    lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect()
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
