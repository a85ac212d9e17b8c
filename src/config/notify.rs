//! `[[notify]]`: what to tell the reader of, and how.

use std::time::Duration;

use super::{
    NOTIFY, Origin,
    file::{Entry, Problem, Raw, list, nearest, quoted},
    resolve::Resolver,
};
use crate::domain::{
    duration,
    filter::Filter,
    notify::{FACTS, Rule, Sign, unknown},
    text::clean,
};

const KEYS: [&str; 6] = ["name", "filter", "how", "command", "per_minute", "timeout"];
const MOST_PER_MINUTE: usize = 600;

impl Resolver<'_> {
    /// The rules, in the order of the file.
    pub(super) fn notify_rules(&mut self) -> Vec<(Rule, Origin)> {
        let mut rules: Vec<(Rule, Origin)> = Vec::new();
        for table in self.take_tables(NOTIFY) {
            let line = table.first().map_or(0, |entry| entry.line);
            let mut wanted = PartialRule::default();
            let mut is_whole = true;
            for Entry { key, raw, line, .. } in table {
                if let Err(expected) = wanted.set(&key, &raw) {
                    // An argument may be a secret.
                    let given = if key == "command" { String::new() } else { format!(" = {}", raw.shown()) };
                    let message = if KEYS.contains(&key.as_str()) {
                        format!("[[{NOTIFY}]] {key}{given}: {expected}")
                    } else {
                        expected
                    };
                    self.wrong(Problem { line, column: None, message });
                    is_whole = false;
                }
            }
            if !is_whole {
                continue;
            }
            match wanted.rule() {
                Ok(rule) if rules.iter().any(|(other, _)| other.name == rule.name) => {
                    let message = format!("[[{NOTIFY}]] {} is there already", quoted(&rule.name));
                    self.wrong(Problem { line, column: None, message });
                }
                Ok(rule) => {
                    let place = self.place(line);
                    rules.push((rule, place));
                }
                Err(missing) => {
                    self.wrong(Problem { line, column: None, message: format!("[[{NOTIFY}]] {missing}") });
                }
            }
        }
        rules
    }
}

/// One `[[notify]]` as far as it is read.
#[derive(Default)]
struct PartialRule {
    name: Option<String>,
    filter: Option<(String, Filter)>,
    signs: Vec<Sign>,
    command: Vec<String>,
    per_minute: Option<usize>,
    timeout: Option<Duration>,
}

impl PartialRule {
    /// Takes a value.
    ///
    /// # Errors
    /// What is accepted instead.
    fn set(&mut self, key: &str, raw: &Raw) -> Result<(), String> {
        let text = || raw.text().map(clean).map(|text| text.trim().to_owned());
        match key {
            "name" => {
                self.name = Some(text().filter(|name| !name.is_empty()).ok_or("expected a name")?);
            }
            "filter" => {
                let text = text().ok_or("expected a filter such as \"is:mine is:failing\"")?;
                let filter = Filter::parse(&text)?;
                self.filter = Some((text, filter));
            }
            "how" => self.signs = signs(raw)?,
            "command" => self.command = command(raw)?,
            "per_minute" => match raw {
                Raw::Integer(number) => {
                    let number = usize::try_from(*number).ok();
                    let number = number.filter(|number| (1..=MOST_PER_MINUTE).contains(number));
                    self.per_minute = Some(number.ok_or(EXPECTED_NUMBER)?);
                }
                _ => return Err(EXPECTED_NUMBER.to_owned()),
            },
            "timeout" => {
                let given = raw.text().and_then(duration::parse);
                let is_right =
                    |given: &Duration| (Duration::from_millis(100)..=Duration::from_mins(10)).contains(given);
                self.timeout = Some(
                    given.filter(is_right).ok_or("expected a duration from 100ms to 10m, such as \"10s\"")?,
                );
            }
            _ => {
                let hint = nearest(key, KEYS).map(|right| format!("; did you mean {}?", quoted(right)));
                return Err(format!(
                    "unknown key {} in [[{NOTIFY}]]{}",
                    quoted(key),
                    hint.unwrap_or_default()
                ));
            }
        }
        Ok(())
    }

    /// The whole rule; or what is missing.
    fn rule(self) -> Result<Rule, String> {
        let name = self.name.ok_or("wants a name")?;
        let (text, filter) = self.filter.ok_or_else(|| format!("{} wants a filter", quoted(&name)))?;
        if self.signs.is_empty() && self.command.is_empty() {
            return Err(format!("{} tells nobody: it wants how, or a command", quoted(&name)));
        }
        Ok(Rule {
            name,
            text,
            filter,
            signs: self.signs,
            command: self.command,
            timeout: self.timeout.unwrap_or(Rule::TIMEOUT),
            per_minute: self.per_minute.unwrap_or(Rule::PER_MINUTE),
        })
    }
}

const EXPECTED_NUMBER: &str = "expected a whole number from 1 to 600";

fn signs(raw: &Raw) -> Result<Vec<Sign>, String> {
    let names: Vec<&str> = match raw {
        Raw::Text(name) => vec![name],
        Raw::List(names) => names.iter().map(String::as_str).collect(),
        _ => vec![""],
    };
    let expected =
        || format!("expected one or a list of {}", Sign::ALL.map(|sign| quoted(sign.name())).join(", "));
    names.into_iter().map(|name| Sign::parse(name).ok_or_else(expected)).collect()
}

/// A program and its arguments: never a line for a shell.
fn command(raw: &Raw) -> Result<Vec<String>, String> {
    let expected = "expected a list, the program first, such as [\"notify-send\", \"--\", \"{title}\"]";
    let Raw::List(words) = raw else { return Err(expected.to_owned()) };
    match words.first() {
        None => return Err(expected.to_owned()),
        Some(program) if program.trim().is_empty() => return Err(expected.to_owned()),
        Some(program) if program.contains('{') => {
            return Err("the program itself may not depend on a pull request".to_owned());
        }
        Some(_) => {}
    }
    if words.iter().any(|word| word.contains('\0')) {
        return Err("an argument cannot hold a NUL".to_owned());
    }
    if let Some(name) = words.iter().find_map(|word| unknown(word)) {
        let known = FACTS.map(|(fact, _)| format!("{{{fact}}}")).join(" ");
        return Err(format!("{{{name}}} stands for nothing; there are {known}"));
    }
    Ok(words.clone())
}

/// As TOML, for `config show`; arguments may hold a secret and are left out.
pub fn toml(rule: &Rule) -> String {
    let mut lines = vec![
        format!("[[{NOTIFY}]]"),
        format!("name = {}", quoted(&rule.name)),
        format!("filter = {}", quoted(&rule.text)),
        format!("how = {}", list(rule.signs.iter().map(|sign| quoted(sign.name())))),
    ];
    if let [program, arguments @ ..] = rule.command.as_slice() {
        let shown = std::iter::once(quoted(program)).chain((!arguments.is_empty()).then(|| quoted("…")));
        lines.push(format!("command = {}  # {} arguments, not shown", list(shown), arguments.len()));
    }
    lines.push(format!("per_minute = {}", rule.per_minute));
    lines.push(format!("timeout = {}", quoted(&duration::format(rule.timeout))));
    lines.join("\n") + "\n"
}
