//! Texts with placeholders, `{name}`, that are filled in with values as they are.

/// The text with its placeholders filled in, in one pass: a value that looks like a placeholder stays as it is, and so
/// does a placeholder without a value.
pub fn filled<'v>(template: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let mut out = String::new();
    for part in parts(template) {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Name(name) => match value(name) {
                Some(value) => out.push_str(value),
                None => out.extend(["{", name, "}"]),
            },
        }
    }
    out
}

/// The names of the placeholders, in their order.
pub fn names(template: &str) -> Vec<&str> {
    let name = |part| match part {
        Part::Name(name) => Some(name),
        Part::Text(_) => None,
    };
    parts(template).into_iter().filter_map(name).collect()
}

enum Part<'a> {
    Text(&'a str),
    /// Small letters in braces; all other braces are text.
    Name(&'a str),
}

fn parts(template: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let name = after
            .split_once('}')
            .filter(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        if let Some((name, behind)) = name {
            parts.push(Part::Text(before));
            parts.push(Part::Name(name));
            rest = behind;
        } else {
            let (text, behind) = rest.split_at(before.len() + 1);
            parts.push(Part::Text(text));
            rest = behind;
        }
    }
    parts.push(Part::Text(rest));
    parts
}
