//! The config file as a flat list of entries, each with its line.

use std::ops::Range;

pub(super) use crate::domain::text::nearest;
pub(crate) use crate::domain::text::toml_text as quoted;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value before its key says what it should be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    /// From a flag or the environment: untyped.
    Word(String),
    Text(String),
    Integer(i64),
    Boolean(bool),
    List(Vec<String>),
    Fraction(f64),
    /// Anything else, which no key accepts: its type's name.
    Other(&'static str),
}

impl Raw {
    fn new(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Boolean(value) => Self::Boolean(*value),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or(Self::Other("a very large number"), Self::Integer),
            DeValue::Array(items) => items
                .iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .map_or(Self::Other("an array of other things than strings"), Self::List),
            DeValue::Float(number) => {
                number.as_str().parse().map_or(Self::Other("a fraction"), Self::Fraction)
            }
            DeValue::Datetime(_) => Self::Other("a date"),
            DeValue::Table(_) => Self::Other("a table"),
        }
    }

    /// A string, or a word.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Word(text) | Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value for a message.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(text) | Self::Text(text) => quoted(text),
            Self::Integer(number) => number.to_string(),
            Self::Boolean(value) => value.to_string(),
            Self::Fraction(number) => number.to_string(),
            Self::List(items) => list(items.iter().map(|item| quoted(item))),
            Self::Other(kind) => (*kind).to_owned(),
        }
    }
}

/// A TOML array of values that are TOML already.
pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// `section.key = value`, at its line.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) section: String,
    pub(super) key: String,
    pub(super) raw: Raw,
    pub(super) line: usize,
    /// Which of the tables of a list of tables it stands in, from 0.
    pub(super) table: usize,
}

/// Something wrong in the file, at its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) line: usize,
    pub(super) column: Option<usize>,
    pub(super) message: String,
}

/// Reads every entry, in the order of the file. A syntax error stands alone: what follows is guesswork.
pub(super) fn parse(text: &str) -> Result<(Vec<Entry>, Vec<Problem>), Problem> {
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => return Err(syntax(text, &error)),
    };
    let mut found = Vec::new();
    let mut problems = Vec::new();
    for (section, content) in document.get_ref() {
        if super::LISTS.contains(&section.get_ref().as_ref()) {
            match tables(text, section, content) {
                Ok(entries) => found.extend(entries),
                Err(problem) => problems.push(problem),
            }
            continue;
        }
        let unknown = |at: &Spanned<toml::de::DeString<'_>>, message| {
            let (line, _) = position(text, at.span());
            Problem { line, column: None, message }
        };
        let Some(table) = content.get_ref().as_table() else {
            if is_list_of_tables(content) {
                problems.push(unknown(section, unknown_list(section.get_ref())));
            } else {
                // No key stands outside a section: an entry of the section "" is reported as unknown.
                found.push(entry(text, "", section, content));
            }
            continue;
        };
        if !super::SECTIONS.contains(&section.get_ref().as_ref()) {
            problems.push(unknown(section, unknown_section(section.get_ref())));
            continue;
        }
        for (key, value) in table {
            let inner = format!("{}.{}", section.get_ref(), key.get_ref());
            match value.get_ref().as_table() {
                Some(table) if super::SECTIONS.contains(&inner.as_str()) => {
                    found.extend(table.iter().map(|(key, value)| entry(text, &inner, key, value)));
                }
                Some(_) if has_inner(section.get_ref()) => {
                    problems.push(unknown(key, unknown_section(&inner)));
                }
                _ => found.push(entry(text, section.get_ref(), key, value)),
            }
        }
    }
    // The parser's tables are in the order of the alphabet.
    found.sort_by_key(|(start, _)| *start);
    Ok((found.into_iter().map(|(_, entry)| entry).collect(), problems))
}

fn entry(
    text: &str,
    section: &str,
    key: &Spanned<toml::de::DeString<'_>>,
    value: &Spanned<DeValue<'_>>,
) -> (usize, Entry) {
    let (line, _) = position(text, key.span());
    let entry = Entry {
        section: section.to_owned(),
        key: key.get_ref().to_string(),
        raw: Raw::new(value.get_ref()),
        line,
        table: 0,
    };
    (key.span().start, entry)
}

/// The entries of `[[section]]`, of all its tables.
fn tables(
    text: &str,
    section: &Spanned<toml::de::DeString<'_>>,
    content: &Spanned<DeValue<'_>>,
) -> Result<Vec<(usize, Entry)>, Problem> {
    let name = section.get_ref();
    let (line, _) = position(text, section.span());
    let problem = |line, message| Problem { line, column: None, message };
    let DeValue::Array(items) = content.get_ref() else {
        return Err(problem(line, format!("[{name}] is a list of tables: write [[{name}]]")));
    };
    let mut found = Vec::new();
    for (n, item) in items.iter().enumerate() {
        let Some(table) = item.get_ref().as_table() else {
            return Err(problem(line, format!("{name} is a list of tables: write [[{name}]]")));
        };
        if table.is_empty() {
            let (line, _) = position(text, item.span());
            return Err(problem(line, format!("[[{name}]] is empty: it wants a name, at least")));
        }
        found.extend(table.iter().map(|(key, value)| {
            let (start, found) = entry(text, name, key, value);
            (start, Entry { table: n, ..found })
        }));
    }
    Ok(found)
}

fn syntax(text: &str, error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let (line, column) = position(text, span.clone());
    let mut message = error.message().replace('\n', ", ");
    // The parser leaves the name to its own excerpt, which could show a secret.
    if message == "duplicate key" {
        message = format!("{message} {}", quoted(text.get(span).unwrap_or_default()));
    }
    Problem { line, column: Some(column), message }
}

/// Line and column, from 1, of the start of a span.
fn position(text: &str, span: Range<usize>) -> (usize, usize) {
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

fn is_list_of_tables(content: &Spanned<DeValue<'_>>) -> bool {
    let items = content.get_ref().as_array();
    items.is_some_and(|items| items.iter().any(|item| item.get_ref().as_table().is_some()))
}

/// Whether sections stand within this one.
fn has_inner(section: &str) -> bool {
    super::SECTIONS.iter().any(|known| known.strip_prefix(section).is_some_and(|rest| rest.starts_with('.')))
}

fn unknown_section(name: &str) -> String {
    let section =
        |name| if super::LISTS.contains(&name) { format!("[[{name}]]") } else { format!("[{name}]") };
    let hint = nearest(name, super::SECTIONS.into_iter().chain(super::LISTS));
    let hint = hint.map(|right| format!("; did you mean {}?", section(right)));
    format!("unknown section {}{}", quoted(name), hint.unwrap_or_default())
}

fn unknown_list(name: &str) -> String {
    if super::SECTIONS.contains(&name) {
        return format!("[[{name}]] is one section, and no list: write [{name}]");
    }
    unknown_section(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_and_the_lines() {
        let (entries, problems) =
            parse("# top\n[log]\nlevel = \"debug\"\n\n[keys]\nquit = \"q\"\nopen = [\"o\", \"Enter\"]\n")
                .unwrap();
        let rows: Vec<_> =
            entries.iter().map(|e| (e.section.as_str(), e.key.as_str(), e.line, e.raw.shown())).collect();
        assert_eq!(
            rows,
            [
                ("log", "level", 3, "\"debug\"".to_owned()),
                ("keys", "quit", 6, "\"q\"".to_owned()),
                ("keys", "open", 7, "[\"o\", \"Enter\"]".to_owned()),
            ]
        );
        assert!(problems.is_empty());
    }

    #[test]
    fn names_the_place_of_a_syntax_error() {
        for (text, place, message) in [
            ("[log]\nlevel = = 3\n", (2, Some(9)), ""),
            ("[log]\nlevel = \"a\nfile = 3\n", (2, Some(11)), "invalid basic string, expected `\"`"),
            ("[log]\nlevel = 1\nlevel = 2\n", (3, Some(1)), "duplicate key \"level\""),
        ] {
            let problem = parse(text).unwrap_err();
            assert_eq!((problem.line, problem.column), place, "{problem:?}");
            assert!(problem.message.ends_with(message), "{problem:?}");
        }
    }

    #[test]
    fn names_a_section_that_does_not_exist() {
        for (text, says) in [
            ("[dashbord]\ninterval = \"2s\"\n", "unknown section \"dashbord\"; did you mean [dashboard]?"),
            ("[view]\nname = \"x\"\n", "unknown section \"view\"; did you mean [[views]]?"),
            ("[[view]]\nname = \"x\"\n", "unknown section \"view\"; did you mean [[views]]?"),
            ("[[dashbord]]\nlimit = 1\n", "unknown section \"dashbord\"; did you mean [dashboard]?"),
            ("[[dashboard]]\nlimit = 1\n", "[[dashboard]] is one section, and no list: write [dashboard]"),
            ("[insights.lm]\nmodel = 1\n", "unknown section \"insights.lm\"; did you mean [insights.llm]?"),
            ("[zzz]\n", "unknown section \"zzz\""),
        ] {
            let (entries, problems) = parse(text).unwrap();
            let told: Vec<_> =
                problems.iter().map(|problem| (problem.line, problem.message.as_str())).collect();
            assert_eq!((told, entries.len()), (vec![(1, says)], 0), "{text}");
        }
    }
}
