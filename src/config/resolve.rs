//! File, then environment, then flags: the last that speaks wins, and all are checked.

use super::file::{self, Entry, Problem, Raw, quoted};
use super::key::{self, Key, Refused, Show};
use super::{Env, KeyCheck, KeyOverride, Origin, Setting};

/// Collects values key by key, and with them their rows for `config show` and what is wrong.
pub(super) struct Resolver<'a> {
    env: Env<'a>,
    /// The config file's path as shown.
    path: String,
    /// The file's entries that no key has taken yet.
    entries: Vec<Entry>,
    in_file: Vec<Problem>,
    elsewhere: Vec<String>,
    settings: Vec<Setting>,
}

impl<'a> Resolver<'a> {
    /// Over the text of the file at `path`, if there is one.
    pub(super) fn new(path: String, text: Option<&str>, env: Env<'a>) -> Self {
        let (entries, in_file) = match text.map(file::parse) {
            Some(Ok((entries, problems))) => (entries, problems),
            Some(Err(problem)) => (Vec::new(), vec![problem]),
            None => (Vec::new(), Vec::new()),
        };
        Self { env, path, entries, in_file, elsewhere: Vec::new(), settings: Vec::new() }
    }

    /// What the file alone says, and leaves it there.
    pub(super) fn peek<T>(&self, key: &Key<T>) -> Option<T> {
        let entry = self.entries.iter().find(|e| e.section == key.section && e.key == key.name)?;
        (key.parse)(&entry.raw).ok()
    }

    /// The value of a key and where it came from.
    pub(super) fn get<T: Default + Show>(&mut self, key: &Key<T>, flag: Option<&str>) -> (T, Origin) {
        self.get_as(key, flag, Ok)
    }

    /// The same of a key whose values depend on another one's.
    pub(super) fn get_as<T: Default + Show>(
        &mut self,
        key: &Key<T>,
        flag: Option<&str>,
        read: impl Fn(T) -> Result<T, Refused>,
    ) -> (T, Origin) {
        let file = self.take(key.section, key.name);
        let word = |text: &str| Raw::Word(text.to_owned());
        let env = key.env.and_then(|name| {
            let text = (self.env)(name).filter(|text| !text.is_empty())?;
            Some((Raw::Word(text), Origin::Env(name)))
        });
        let flag = key.flag.zip(flag).map(|(name, text)| (word(text), Origin::Flag(name)));

        let default = (key.parse)(&word(key.default)).unwrap_or_default();
        let mut found = (default, Origin::Default);
        for (raw, origin) in [file, env, flag].into_iter().flatten() {
            let given = || assignment(key, &raw, &origin);
            match (key.parse)(&raw).and_then(&read) {
                // The bytes that were no text are lost by now.
                _ if raw.text().is_some_and(|text| text.contains(char::REPLACEMENT_CHARACTER)) => {
                    self.reject(&origin, format!("{}: it is not valid UTF-8", given()));
                }
                Ok(value) => found = (value, origin),
                Err(Refused::Unaccepted) => {
                    self.reject(&origin, format!("{}: expected {}", given(), key.accepts));
                }
                Err(Refused::Because(why)) => self.reject(&origin, format!("{}: {why}", given())),
            }
        }
        self.settings.push(Setting {
            section: key.section,
            name: key.name,
            value: found.0.show(),
            origin: found.1.clone(),
        });
        found
    }

    /// A value that is one of the given names.
    pub(super) fn get_name(&mut self, key: &Key<String>, names: &[&str]) -> String {
        let (value, origin) = self.get(key, None);
        if !names.contains(&value.as_str()) {
            let accepted = names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
            let given = assignment(key, &Raw::Text(value.clone()), &origin);
            self.reject(&origin, format!("{given}: expected one of {accepted}"));
        }
        value
    }

    /// The `[keys]` section, checked by the keymap.
    pub(super) fn bindings(&mut self, check: &KeyCheck) -> Vec<KeyOverride> {
        let mut bindings = Vec::new();
        for Entry { key, raw, line, .. } in self.take_section("keys") {
            match key::bound(&raw) {
                Some(keys) => bindings.push(KeyOverride { action: key, keys, line }),
                None => self.in_file.push(Problem {
                    line,
                    column: None,
                    message: format!(
                        r#"[keys] {} = {}: expected a key such as "q", or a list such as ["q", "Ctrl-q"]"#,
                        shown_key(&key),
                        raw.shown()
                    ),
                }),
            }
        }
        for (index, message) in check(&bindings) {
            if let Some(KeyOverride { action, line, .. }) = bindings.get(index) {
                let message = format!("[keys] {}: {message}", shown_key(action));
                self.in_file.push(Problem { line: *line, column: None, message });
            }
        }
        bindings
    }

    /// A line of the file.
    pub(super) fn place(&self, line: usize) -> Origin {
        Origin::File { path: self.path.clone(), line }
    }

    /// Takes all entries of a section.
    pub(super) fn take_section(&mut self, section: &str) -> Vec<Entry> {
        let (taken, rest) = std::mem::take(&mut self.entries).into_iter().partition(|e| e.section == section);
        self.entries = rest;
        taken
    }

    /// Takes the entries of a section that is a list of tables, table by table.
    pub(super) fn take_tables(&mut self, section: &str) -> Vec<Vec<Entry>> {
        let mut tables: Vec<Vec<Entry>> = Vec::new();
        for entry in self.take_section(section) {
            let at = entry.table;
            tables.resize_with(tables.len().max(at + 1), Vec::new);
            tables[at].push(entry);
        }
        tables
    }

    /// Adds a problem of the file.
    pub(super) fn wrong(&mut self, problem: Problem) {
        self.in_file.push(problem);
    }

    /// Adds a problem that has no line.
    pub(super) fn problem(&mut self, message: String) {
        self.elsewhere.push(message);
    }

    /// What is wrong, in the order of the file, then the rest; and the rows for `config show`.
    pub(super) fn finish(mut self) -> (Vec<String>, Vec<Setting>) {
        for Entry { section, key, line, .. } in std::mem::take(&mut self.entries) {
            self.in_file.push(Problem { line, column: None, message: self.unknown(&section, &key) });
        }
        self.in_file.sort_by_key(|problem| (problem.line, problem.column));
        let path = &self.path;
        let in_file = self.in_file.iter().map(|Problem { line, column, message }| match column {
            Some(column) => format!("{path}:{line}:{column}: {message}"),
            None => format!("{path}:{line}: {message}"),
        });
        (in_file.chain(self.elsewhere).collect(), self.settings)
    }

    pub(super) fn take(&mut self, section: &str, name: &str) -> Option<(Raw, Origin)> {
        let index = self.entries.iter().position(|e| e.section == section && e.key == name)?;
        let entry = self.entries.remove(index);
        Some((entry.raw, self.place(entry.line)))
    }

    /// Adds a problem, at its place if it has one.
    pub(super) fn reject(&mut self, origin: &Origin, message: String) {
        match origin {
            Origin::File { line, .. } => {
                self.in_file.push(Problem { line: *line, column: None, message });
            }
            Origin::Default | Origin::Env(_) | Origin::Flag(_) => self.elsewhere.push(message),
        }
    }

    /// Names the place of an unknown key, and the key that was probably meant.
    fn unknown(&self, section: &str, key: &str) -> String {
        let named = |name| self.settings.iter().filter(move |s| s.section == name).map(|s| s.name);
        let elsewhere = self.settings.iter().find(|s| s.name == key);
        let hint = if let Some(right) = file::nearest(key, named(section)) {
            format!("; did you mean {}?", quoted(right))
        } else if let Some(right) = elsewhere {
            format!("; it belongs in [{}]", right.section)
        } else {
            String::new()
        };
        let place =
            if section.is_empty() { "outside any section".to_owned() } else { format!("in [{section}]") };
        format!("unknown key {} {place}{hint}", quoted(key))
    }
}

/// The key and its value, as this origin spells them; a secret's value is left out.
fn assignment<T>(key: &Key<T>, raw: &Raw, origin: &Origin) -> String {
    let (name, join) = match origin {
        Origin::Env(name) => ((*name).to_owned(), "="),
        Origin::Flag(name) => ((*name).to_owned(), " "),
        Origin::File { .. } | Origin::Default => (format!("[{}] {}", key.section, key.name), " = "),
    };
    if key.secret { name } else { format!("{name}{join}{}", raw.shown()) }
}

/// A key as the file spells it: bare where TOML allows that.
fn shown_key(key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if bare { key.to_owned() } else { quoted(key) }
}
