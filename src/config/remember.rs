//! Adds to the config file what its user wants remembered; every other byte of it stays.

use std::{ops::Range, path::Path};

use toml::de::{DeTable, DeValue};

use super::{Config, LARGEST_FILE, NOTIFY, file, quoted};
use crate::{
    domain::{notify::Rule, text::toml_text},
    private,
};

const SECTION: &str = "github";
const KEY: &str = "repos";

impl Config {
    /// Writes a repository or an organisation into `repos` of `[github]`; a file that is missing is made for its user
    /// alone. Says where.
    ///
    /// # Errors
    /// Why it cannot be written; then the file is as it was.
    pub fn remember_repository(&self, name: &str) -> Result<String, String> {
        let shown = self.paths.shown(&self.file.0);
        match change(&self.file.0, |text| added(text, name)) {
            Ok(()) => Ok(format!("{name} is remembered in {shown}")),
            Err(why) => {
                Err(format!("{name} is not remembered: {shown}: {why}; add it to {KEY} under [{SECTION}]"))
            }
        }
    }

    /// Writes a rule that the terminal tells of behind all else in the file. Says where.
    ///
    /// # Errors
    /// Why it cannot be written; then the file is as it was.
    pub fn remember_rule(&self, rule: &Rule) -> Result<String, String> {
        let (shown, name) = (self.paths.shown(&self.file.0), quoted(&rule.name));
        match change(&self.file.0, |text| with_rule(text, rule).map(Some)) {
            Ok(()) => Ok(format!("Rule {name}: on from now on, kept in {shown}")),
            Err(why) => Err(format!("Rule {name}: on until you quit, and not kept: {shown}: {why}")),
        }
    }
}

/// Writes the file anew, where there is something to be changed.
fn change(path: &Path, new: impl Fn(&str) -> Result<Option<String>, String>) -> Result<(), String> {
    let _lock = private::lock_beside(path).map_err(|error| error.to_string())?;
    let is_there = path.exists();
    let text = if is_there { private::read(path, LARGEST_FILE) } else { Ok(String::new()) };
    let text = text.map_err(|error| error.to_string())?;
    let Some(new) = new(&text)? else { return Ok(()) };
    let write = if is_there { private::replace } else { private::write };
    write(path, new.as_bytes()).map_err(|error| error.to_string())
}

/// The text with one more rule.
fn with_rule(text: &str, rule: &Rule) -> Result<String, String> {
    let how: Vec<String> = rule.signs.iter().map(|sign| toml_text(sign.name())).collect();
    let (name, filter, how) = (toml_text(&rule.name), toml_text(&rule.text), how.join(", "));
    let new = format!(
        "{text}{}[[{NOTIFY}]]\nname = {name}\nfilter = {filter}\nhow = [{how}]\n",
        match text {
            "" => "",
            text if text.ends_with('\n') => "\n",
            _ => "\n\n",
        }
    );
    let read = |text: &str| file::parse(text).map_err(|problem| problem.message);
    let ((old, old_problems), (all, problems)) = (read(text)?, read(&new)?);
    let names = |entry: &file::Entry| entry.section == NOTIFY && entry.key == "name";
    if old.iter().any(|entry| names(entry) && entry.raw.text() == Some(rule.name.as_str())) {
        return Err("there is a rule of this name".to_owned());
    }
    // Nothing else may mean another thing now.
    let is_same = |one: &file::Entry, other: &file::Entry| {
        (&one.section, one.table, &one.key, &one.raw) == (&other.section, other.table, &other.key, &other.raw)
    };
    let is_kept = old.iter().all(|entry| all.iter().any(|other| is_same(entry, other)));
    let is_more = is_kept && all.len() == old.len() + 3 && problems.len() == old_problems.len();
    if is_more { Ok(new) } else { Err("it is written in a way of its own".to_owned()) }
}

/// The text with one more repository; `None`: it is there already.
fn added(text: &str, name: &str) -> Result<Option<String>, String> {
    let Some((at, insert)) = place(text, name)? else { return Ok(None) };
    let (before, after) = text.split_at_checked(at).ok_or("it has changed")?;
    let new = format!("{before}{insert}{after}");
    // Nothing else may mean another thing now.
    if is_only_more(text, &new) { Ok(Some(new)) } else { Err("it is written in a way of its own".to_owned()) }
}

/// Where to insert, and the text to be inserted.
fn place(text: &str, name: &str) -> Result<Option<(usize, String)>, String> {
    let document = DeTable::parse(text).map_err(|error| error.message().to_owned())?;
    let name = quoted(name);
    let section = document.get_ref().iter().find(|(key, _)| key.get_ref() == SECTION);
    let Some((header, section)) = section else {
        let apart = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let apart = if text.is_empty() { String::new() } else { format!("{apart}\n") };
        return Ok(Some((text.len(), format!("{apart}[{SECTION}]\n{KEY} = [{name}]\n"))));
    };
    let table = section.get_ref().as_table().ok_or("[github] is no section")?;
    let Some((_, repos)) = table.iter().find(|(key, _)| key.get_ref() == KEY) else {
        let end = line_end(text, &header.span());
        let apart = if text.get(..end).is_some_and(|before| before.ends_with('\n')) { "" } else { "\n" };
        return Ok(Some((end, format!("{apart}{KEY} = [{name}]\n"))));
    };
    let DeValue::Array(items) = repos.get_ref() else { return Err(format!("{KEY} is no list")) };
    let is_it = |item: &str| quoted(item).eq_ignore_ascii_case(&name);
    if items.iter().any(|item| item.get_ref().as_str().is_some_and(is_it)) {
        return Ok(None);
    }
    Ok(Some(match items.iter().last() {
        Some(last) => (last.span().end, format!(", {name}")),
        None => (repos.span().start + 1, name),
    }))
}

/// The start of the line after it.
fn line_end(text: &str, span: &Range<usize>) -> usize {
    text.get(span.end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| span.end + at + 1)
}

fn is_only_more(old: &str, new: &str) -> bool {
    let others = |text: &str| {
        let (entries, problems) = file::parse(text).ok()?;
        let (mine, others): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.section == SECTION && entry.key == KEY);
        let others: Vec<_> =
            others.into_iter().map(|entry| (entry.section, entry.table, entry.key, entry.raw)).collect();
        let problems: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
        Some((mine.len(), others, problems))
    };
    let Some((_, old, old_problems)) = others(old) else { return false };
    others(new).is_some_and(|(mine, new, problems)| mine == 1 && new == old && problems == old_problems)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter::Filter;

    #[test]
    fn a_rule_is_added_behind_all_else() {
        let rule = Rule::by_terminal("mine \"fails\"".to_owned(), "is:mine".to_owned(), Filter::default());
        let told =
            "[[notify]]\nname = \"mine \\\"fails\\\"\"\nfilter = \"is:mine\"\nhow = [\"bell\", \"osc9\"]\n";
        for (text, before) in [
            ("", ""),
            ("# mine\n[log]\nlevel = \"debug\"", "# mine\n[log]\nlevel = \"debug\"\n\n"),
            (
                "[[notify]]\nname = \"late\"\nfilter = \"age:>2d\"\nhow = \"bell\"\n",
                "[[notify]]\nname = \"late\"\nfilter = \"age:>2d\"\nhow = \"bell\"\n\n",
            ),
        ] {
            let new = with_rule(text, &rule);
            assert_eq!(new, Ok(format!("{before}{told}")));
            assert!(with_rule(&new.unwrap_or_default(), &rule).is_err(), "it is there already");
        }
        for text in ["notify = []\n", "notify = 3\n", "[log\n"] {
            assert!(with_rule(text, &rule).is_err(), "{text}");
        }
    }

    #[test]
    fn a_repository_is_added_and_nothing_else_changes() {
        for (text, new) in [
            ("", "[github]\nrepos = [\"acme/api\"]\n"),
            (
                "# mine\n[log]\nlevel = \"debug\"",
                "# mine\n[log]\nlevel = \"debug\"\n\n[github]\nrepos = [\"acme/api\"]\n",
            ),
            (
                "[github] # ours\nurl = \"https://git.test\"\n[log]\n",
                "[github] # ours\nrepos = [\"acme/api\"]\nurl = \"https://git.test\"\n[log]\n",
            ),
            ("[github]", "[github]\nrepos = [\"acme/api\"]\n"),
            ("[github]\nrepos = []\n", "[github]\nrepos = [\"acme/api\"]\n"),
            (
                "[github]\nrepos = [\n  \"a/b\", # the first\n  \"c\", # the last\n]\n",
                "[github]\nrepos = [\n  \"a/b\", # the first\n  \"c\", \"acme/api\", # the last\n]\n",
            ),
        ] {
            assert_eq!(added(text, "acme/api").as_ref().map(Option::as_deref), Ok(Some(new)), "{text}");
            assert_eq!(added(new, "Acme/API"), Ok(None), "it is there already");
        }
        for text in [
            "github = { url = \"https://git.test\" }\n",
            "[github]\nrepos = 3\n",
            "[github\n",
            "github = 1\n",
        ] {
            assert!(added(text, "acme/api").is_err(), "{text}");
        }
    }
}
