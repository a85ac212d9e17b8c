//! The words of a record.

use std::fmt::{self, Display, Formatter, Write as _};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing_subscriber::registry::{LookupSpan, Scope};

/// Longer records are cut: SQL and servers' messages can be of any length.
const LINE_LIMIT: usize = 4_000;

/// The fields of an event or a span: the message, then the others as ` name=value`.
#[derive(Debug, Default)]
pub(super) struct Fields {
    message: String,
    rest: String,
    /// The same without the message, for a machine.
    values: Map<String, Value>,
}

impl Fields {
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn append(&mut self, later: &Self) {
        self.message.push_str(&later.message);
        self.rest.push_str(&later.rest);
        self.values.extend(later.values.clone());
    }

    pub(super) fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>, typed: Value) {
        if field.name() != "message" {
            self.values.insert(field.name().to_owned(), typed);
        }
        // Only a value's own Display can fail; what it wrote so far stays.
        match field.name() {
            "message" => self.message.write_fmt(value).ok(),
            name => write!(self.rest, " {name}={value}").ok(),
        };
    }
}

impl Visit for Fields {
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.add(field, format_args!("{value}"), value.to_string().into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, format_args!("{value:?}"), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, format_args!("{value}"), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, format_args!("{value}"), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, format_args!("{value}"), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, format_args!("{value}"), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format_args!("{value:?}"), format!("{value:?}").into());
    }
}

impl Display for Fields {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.message, self.rest)
    }
}

/// The spans around a record, from the outermost: ` in request{id=7}:page{n=2}`. They come last, so that no
/// length of theirs cuts off the message.
pub(super) fn spans<'a, S: LookupSpan<'a>>(scope: Option<Scope<'a, S>>) -> String {
    let mut text = String::new();
    for span in scope.into_iter().flat_map(Scope::from_root) {
        text.push_str(if text.is_empty() { " in " } else { ":" });
        text.push_str(span.name());
        if let Some(fields) = span.extensions().get::<Fields>().map(Fields::to_string)
            && !fields.is_empty()
        {
            text.extend(["{", fields.trim_start(), "}"]);
        }
    }
    text
}

/// Whether a terminal obeys a character: a control character, or a direction of writing.
pub(super) fn is_obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One line of bounded length without anything that a terminal would obey.
pub(super) fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(LINE_LIMIT));
    for c in text.chars() {
        if line.len() >= LINE_LIMIT {
            line.push('…');
            break;
        }
        if is_obeyed(c) {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_records_are_cut() {
        assert_eq!(line(&"é".repeat(10_000)).chars().count(), LINE_LIMIT / 2 + 1);
        assert_eq!(line("a\u{202e}b\tc"), r"a\u{202e}b\tc");
    }
}
