//! What an LLM answered, checked: pure, and it takes any text.

use serde_json::Value;

use crate::domain::{insight::Risk, text::clean};

/// Characters of a summary.
pub const SUMMARY: usize = 200;
/// Characters of a recommendation.
pub const RECOMMENDATION: usize = 600;

/// Bytes in which an object is searched for: a reply has a thousand.
const LONGEST: usize = 64 * 1024;
/// Opening braces that are tried.
const TRIES: usize = 64;

/// The words of an LLM. Cleaned, and cut to size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// One line: what the change does.
    pub summary: String,
    pub recommendation: String,
    /// The level that it would give: low, medium or high.
    pub risk: Risk,
}

/// Why a reply cannot be used, in words that the LLM understands, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("it is empty")]
    Empty,
    /// No JSON object is in it.
    #[error("it holds no JSON object")]
    NoObject,
    /// It is not clear which object counts.
    #[error("it holds more than one JSON object")]
    Ambiguous,
    /// A text is absent or empty.
    #[error("{0} must be a text that is not empty")]
    Text(&'static str),
    /// The level is none.
    #[error(r#"risk must be "low", "medium" or "high""#)]
    Risk,
}

impl Reply {
    /// Reads plain JSON, JSON in a fence, or prose around one object.
    ///
    /// # Errors
    /// What is wrong with the reply.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::Empty);
        }
        let object = object(text)?;
        let words = |name, most| {
            let text = object.get(name).and_then(Value::as_str).map(|text| words(text, most));
            text.filter(|text| !text.is_empty()).ok_or(Invalid::Text(name))
        };
        let level = object.get("risk").and_then(Value::as_str).map(|word| word.trim().to_ascii_lowercase());
        Ok(Self {
            summary: words("summary", SUMMARY)?,
            recommendation: words("recommendation", RECOMMENDATION)?,
            risk: match level.as_deref() {
                Some("low") => Risk::Low,
                Some("medium") => Risk::Medium,
                Some("high") => Risk::High,
                Some(_) | None => return Err(Invalid::Risk),
            },
        })
    }
}

/// The one object that has a summary, or is the only one.
fn object(text: &str) -> Result<serde_json::Map<String, Value>, Invalid> {
    if let Ok(Value::Object(whole)) = serde_json::from_str(text) {
        return Ok(whole);
    }
    let mut found = Vec::new();
    let mut rest = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default();
    for _ in 0..TRIES {
        let Some(start) = rest.find('{') else { break };
        rest = rest.get(start..).unwrap_or_default();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter();
        let length = if let Some(Ok(Value::Object(object))) = values.next() {
            found.push(object);
            values.byte_offset()
        } else {
            1
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    if found.len() > 1 {
        found.retain(|object| object.contains_key("summary"));
    }
    match (found.pop(), found.is_empty()) {
        (Some(object), true) => Ok(object),
        (Some(_), false) => Err(Invalid::Ambiguous),
        (None, _) => Err(Invalid::NoObject),
    }
}

/// Text on one line, in at most so many characters.
fn words(text: &str, most: usize) -> String {
    let line = clean(text).split_whitespace().collect::<Vec<_>>().join(" ");
    // A mark may have come to stand on another base.
    let text = clean(&line).trim().to_owned();
    if text.chars().count() <= most {
        return text;
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = r#"{"summary": "Renews tokens.", "recommendation": "Read a.rs.", "risk": "high"}"#;

    #[test]
    fn every_form_is_read() {
        let reply = Reply {
            summary: "Renews tokens.".to_owned(),
            recommendation: "Read a.rs.".to_owned(),
            risk: Risk::High,
        };
        for text in [
            GOOD.to_owned(),
            format!("```json\n{GOOD}\n```"),
            format!("Sure {{here}} you are:\n{GOOD}\nAsk {{\"me\": 1}} more"),
            format!("<think>{{\"a\": {{}}}} hm</think>\n{GOOD}"),
            GOOD.replace("high", " High "),
            GOOD.replace('}', r#", "more": [1, {"summary": "x"}]}"#),
        ] {
            assert_eq!(Reply::parse(&text), Ok(reply.clone()), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, why) in [
            (" \n", Invalid::Empty),
            ("I cannot help with that.", Invalid::NoObject),
            ("{\"summary\": \"cut off", Invalid::NoObject),
            (&format!("{GOOD} or {GOOD}"), Invalid::Ambiguous),
            ("{}", Invalid::Text("summary")),
            ("[]", Invalid::NoObject),
            (&GOOD.replace("Renews tokens.", " \\u200b "), Invalid::Text("summary")),
            (&GOOD.replace("\"Read a.rs.\"", "[\"Read\"]"), Invalid::Text("recommendation")),
            (&GOOD.replace("high", "critical"), Invalid::Risk),
            (&GOOD.replace("\"high\"", "3"), Invalid::Risk),
        ] {
            assert_eq!(Reply::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn words_are_cleaned_and_cut() {
        let long = GOOD
            .replace("Renews", &format!("\\u001b[31m two\\nlines \\u202e{}", "w".repeat(500)))
            .replace("Read", &"ä ".repeat(1_000));
        let reply = Reply::parse(&long).unwrap();
        assert!(reply.summary.starts_with("[31m two lines www"), "{reply:?}");
        assert_eq!(reply.summary.chars().count(), SUMMARY);
        assert!(
            reply.recommendation.chars().count() <= RECOMMENDATION && reply.recommendation.ends_with('…')
        );
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in r#"(?s)([{}\[\]":,a\\]|summary|.){0,200}"#) {
            drop(Reply::parse(&text));
        }

        #[test]
        fn what_passes_is_clean_and_short(text in "(?s).{1,900}", around in "[^{}]{0,20}") {
            let object = serde_json::json!({"summary": text, "recommendation": text, "risk": "low"});
            if let Ok(reply) = Reply::parse(&format!("{around}{object}{around}")) {
                prop_assert!(reply.summary.chars().count() <= SUMMARY);
                prop_assert!(reply.recommendation.chars().count() <= RECOMMENDATION);
                prop_assert_eq!(clean(&reply.summary), reply.summary.clone());
                prop_assert_eq!(clean(&reply.recommendation), reply.recommendation);
            }
        }
    }
}
