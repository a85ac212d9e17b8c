//! The chat protocol, as far as it is spoken: what is sent and what is read.

use serde::Serialize;
use serde_json::{Value, json};

use crate::insight::reply::{RECOMMENDATION, SUMMARY};

/// Who says it.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    System,
    User,
    Assistant,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Message {
    pub role: Role,
    pub content: String,
}

/// How strictly the form of the reply is asked for: services differ in what they know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Schema,
    Object,
    Free,
}

impl Format {
    pub(super) const ALL: [Self; 3] = [Self::Schema, Self::Object, Self::Free];

    /// The value of `response_format`.
    fn value(self) -> Option<Value> {
        match self {
            Self::Schema => Some(json!({
                "type": "json_schema",
                "json_schema": {"name": "insight", "strict": true, "schema": {
                    "type": "object",
                    "properties": {
                        "summary": {"type": "string", "description": format!("at most {SUMMARY} characters")},
                        "recommendation": {
                            "type": "string",
                            "description": format!("at most {RECOMMENDATION} characters"),
                        },
                        "risk": {"type": "string", "enum": ["low", "medium", "high"]},
                    },
                    "required": ["summary", "recommendation", "risk"],
                    "additionalProperties": false,
                }},
            })),
            Self::Object => Some(json!({"type": "json_object"})),
            Self::Free => None,
        }
    }
}

#[derive(Debug, Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: &'a [Message],
    temperature: f32,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Value>,
}

pub(super) fn request(
    model: &str,
    messages: &[Message],
    format: Format,
    max_tokens: u32,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Request {
        model,
        messages,
        temperature: 0.2,
        max_tokens,
        response_format: format.value(),
    })
}

/// The body of an answer. Services differ in what they leave out or set to null, so it is read place by place.
#[derive(Debug)]
pub(super) struct Answer(Value);

impl Answer {
    pub(super) fn parse(body: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body).map(Self)
    }

    /// What was said; empty where nothing was.
    pub(super) fn content(&self) -> &str {
        self.text("/choices/0/message/content").unwrap_or_default()
    }

    /// The model, as the service calls it.
    pub(super) fn model(&self) -> Option<&str> {
        self.text("/model").filter(|model| !model.is_empty())
    }

    /// Tokens of prompt and reply, if they were counted.
    pub(super) fn tokens(&self) -> Option<(u64, u64)> {
        let count = |place| self.0.pointer(place).and_then(Value::as_u64);
        Some((count("/usage/prompt_tokens")?, count("/usage/completion_tokens")?))
    }

    fn text(&self, place: &str) -> Option<&str> {
        self.0.pointer(place)?.as_str()
    }
}

/// What a service says of a request that it refuses: `{"error": {"message": …}}` or `{"error": …}`.
pub(super) fn complaint(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let error = body.get("error")?;
    error.as_str().or_else(|| error.get("message")?.as_str()).map(str::to_owned)
}
