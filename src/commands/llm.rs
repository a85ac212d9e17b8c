//! From the configuration to the LLM, and what would be sent to it.

use std::io::{self, Write};

use serde_json::Value;

use super::Failure;
use crate::{
    config::Config,
    domain::assessment::LlmPart,
    insight::{
        change::{Change, is_file},
        llm::{Llm, LlmOptions},
        prompt::{Prompt, PromptInput},
    },
};

/// The LLM, if one is configured.
///
/// # Errors
/// It is configured impossibly.
pub fn configured(config: &Config) -> Result<Option<Llm>, Failure> {
    let Some(llm) = &config.insights.llm else { return Ok(None) };
    let options = LlmOptions {
        url: llm.url.clone(),
        model: llm.model.clone(),
        key: llm.key.clone(),
        proxy: llm.proxy.clone(),
        timeout: llm.timeout,
        context_tokens: config.insights.context_tokens,
        concurrency: llm.concurrency.try_into().unwrap_or(usize::MAX),
        prices: llm.prices,
    };
    Llm::new(options).map(Some).map_err(|error| Failure::Usage(format!("the LLM {error}")))
}

/// The LLM that `--llm` asks for.
///
/// # Errors
/// None is configured, or impossibly.
pub(super) fn required(config: &Config) -> Result<Llm, Failure> {
    configured(config)?.ok_or_else(|| {
        let why = "no LLM is configured: set url and model in [insights.llm] of the config file";
        Failure::Usage(why.to_owned())
    })
}

/// What a pull request's JSON has for an LLM beside what the risk model reads.
pub(super) struct Source {
    base: Option<String>,
    description: Option<String>,
    files: Option<String>,
}

impl Source {
    /// From a text that a change was read from: documents one behind the other.
    pub(super) fn of(text: &str) -> Self {
        let mut files = Vec::new();
        let mut object = Value::Null;
        for document in serde_json::Deserializer::from_str(text).into_iter::<Value>().map_while(Result::ok) {
            match document {
                Value::Object(mut pull) if !is_file(&pull) => {
                    let list = ["files", "files_changed"].iter().find_map(|key| pull.remove(*key));
                    if let Some(list) = list {
                        collect(opened(list), &mut files);
                    }
                    object = if object.is_null() { Value::Object(pull) } else { object };
                }
                list => collect(list, &mut files),
            }
        }
        let value = object.get_mut("pull_request").map(Value::take).unwrap_or(object);
        let text = |places: &[&str]| {
            places.iter().find_map(|place| value.pointer(place)?.as_str()).map(str::to_owned)
        };
        Self {
            base: text(&["/base/ref", "/baseRefName", "/base_branch"]),
            description: text(&["/body", "/description"]),
            files: (!files.is_empty()).then(|| Value::Array(files).to_string()),
        }
    }

    pub(super) fn input<'a>(&'a self, change: &'a Change) -> PromptInput<'a> {
        PromptInput {
            title: &change.title,
            author: change.author.as_deref(),
            branch: change.branch.as_deref(),
            base: self.base.as_deref(),
            description: self.description.as_deref(),
            files_json: self.files.as_deref(),
        }
    }
}

/// Some services store the list as a string of JSON.
fn opened(list: Value) -> Value {
    match list {
        Value::String(text) => {
            serde_json::from_str(&text).ok().filter(Value::is_array).unwrap_or(Value::Array(Vec::new()))
        }
        list => list,
    }
}

/// Takes the files out of a list, or of pages of them.
fn collect(value: Value, files: &mut Vec<Value>) {
    match value {
        Value::Array(list) => list.into_iter().for_each(|entry| collect(entry, files)),
        entry => files.push(entry),
    }
}

/// Prints what would be sent, and what is left out.
pub(super) fn print(prompt: &Prompt, config: &Config, out: &mut impl Write) -> io::Result<()> {
    let Prompt { system, user, omitted } = prompt;
    match &config.insights.llm {
        Some(llm) => writeln!(out, "--- to {}, model {}; nothing is sent now", llm.url, llm.model)?,
        None => writeln!(out, "--- to nobody: no LLM is configured")?,
    }
    writeln!(out, "--- system\n{}\n--- user\n{}", system.trim_end(), user.trim_end())?;
    writeln!(out, "--- left out of the diff")?;
    for entry in omitted {
        writeln!(out, "{entry}")?;
    }
    if omitted.is_empty() {
        writeln!(out, "nothing")?;
    }
    Ok(())
}

/// Who wrote the words: `words by qwen3:8b, which would say low; 1200 + 90 tokens, $0.0004`.
pub(super) fn credit(part: &LlmPart) -> String {
    let opinion = part.opinion.as_ref().map(|level| format!(", which would say {level}"));
    let tokens = part.tokens.map(|(read, written)| format!("; {read} + {written} tokens"));
    let cost = part.cost.map(|cost| format!(", ${cost:.4}"));
    let [opinion, tokens, cost] = [opinion, tokens, cost].map(Option::unwrap_or_default);
    format!("words by {}{opinion}{tokens}{cost}", part.model)
}
