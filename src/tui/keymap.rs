//! Keys, and which of them does what after the config's `[keys]`.

use std::{collections::HashMap, fmt};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{Action, BINDINGS, KeyGroup};

/// A key with its modifiers; Shift is part of the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub(super) code: KeyCode,
    pub(super) ctrl: bool,
    pub(super) alt: bool,
}

/// Names that the help shows, beside those of [`NAMED`].
const SHOWN: [(&str, &str); 7] = [
    ("↑", "up"),
    ("↓", "down"),
    ("←", "left"),
    ("→", "right"),
    ("pgup", "pageup"),
    ("pgdn", "pagedown"),
    ("shift-tab", "backtab"),
];

/// Keys for which terminals send another one's byte.
const SAME: [(&str, &str); 3] = [("ctrl-i", "tab"), ("ctrl-m", "enter"), ("ctrl-[", "esc")];

const NAMED: [(&str, KeyCode); 14] = [
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
];

impl Key {
    /// Reads `j`, `G`, `space`, `ctrl-d`, `alt-x`, `pageup`, `f5`.
    pub fn parse(text: &str) -> Option<Self> {
        let folded = text.to_lowercase();
        let mut rest = SHOWN.iter().find(|(shown, _)| *shown == folded).map_or(text, |(_, name)| name);
        let (mut ctrl, mut alt) = (false, false);
        loop {
            let folded = rest.to_ascii_lowercase();
            let Some((prefix, _)) = folded.split_once('-').filter(|(_, key)| !key.is_empty()) else { break };
            match prefix {
                "ctrl" => ctrl = true,
                "alt" => alt = true,
                _ => return None,
            }
            rest = rest.get(prefix.len() + 1..)?;
        }
        let folded = rest.to_ascii_lowercase();
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) => KeyCode::Char(if ctrl { c.to_ascii_lowercase() } else { c }),
            _ if folded == "space" => KeyCode::Char(' '),
            _ => match NAMED.iter().find(|(name, _)| *name == folded) {
                Some((_, code)) => *code,
                None => KeyCode::F(folded.strip_prefix('f')?.parse().ok().filter(|n| (1..=12).contains(n))?),
            },
        };
        Some(Self { code, ctrl, alt })
    }

    /// The letter that it types.
    pub(super) const fn letter(self) -> Option<char> {
        match self.code {
            KeyCode::Char(letter) if !self.ctrl && !self.alt => Some(letter),
            _ => None,
        }
    }

    pub(super) fn of(event: KeyEvent) -> Self {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        let code = match event.code {
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Self { code, ctrl, alt: event.modifiers.contains(KeyModifiers::ALT) }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        if self.alt {
            f.write_str("Alt-")?;
        }
        let name = |code| NAMED.iter().find(|(_, c)| *c == code).map_or("?", |(name, _)| name);
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "F{n}"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            KeyCode::BackTab => f.write_str("Shift-Tab"),
            code => {
                let mut chars = name(code).chars();
                let first = chars.next().map(|c| c.to_ascii_uppercase()).unwrap_or_default();
                write!(f, "{first}{}", chars.as_str())
            }
        }
    }
}

/// Where a key means its action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Where nothing else is said.
    All,
    /// On a pull request's own screen: before its meaning elsewhere.
    Pull,
    /// In the changed files: before its meaning elsewhere.
    Files,
    /// In a log: before its meaning in the files.
    Log,
}

impl Scope {
    fn of(action: Action) -> Self {
        match action.binding().group {
            KeyGroup::Pull => Self::Pull,
            KeyGroup::Files => Self::Files,
            KeyGroup::Log => Self::Log,
            KeyGroup::Move | KeyGroup::Show | KeyGroup::Act | KeyGroup::Program => Self::All,
        }
    }
}

/// Keys, and a word for their action.
pub type Hint = (String, &'static str);

/// Hints of keys that no config changes: those of a line that is typed.
pub fn fixed_hints<'k>(hints: impl IntoIterator<Item = (&'k str, &'static str)>) -> Vec<Hint> {
    hints.into_iter().map(|(key, word)| (key.to_owned(), word)).collect()
}

/// Which key does what, after the config's `[keys]`.
#[derive(Clone, Debug)]
pub struct Keymap {
    actions: HashMap<(Scope, Key), Action>,
    keys: Vec<(Action, Vec<Key>)>,
    /// Commands of the user's own, by their index.
    own: HashMap<Key, usize>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::new(&[]).unwrap_or_else(|_| Self {
            actions: HashMap::new(),
            keys: Vec::new(),
            own: HashMap::new(),
        })
    }
}

impl Keymap {
    /// The default table with some actions bound anew: `(action, keys)`.
    ///
    /// # Errors
    /// Unknown actions, unknown keys, and keys bound to two actions, each with the index of its entry.
    pub fn new(overrides: &[(&str, &[String])]) -> Result<Self, Vec<(usize, String)>> {
        let mut problems = Vec::new();
        let mut keys: Vec<(Action, Vec<Key>, Option<usize>)> = BINDINGS
            .iter()
            .map(|b| (b.action, b.keys.iter().filter_map(|text| Key::parse(text)).collect(), None))
            .collect();
        for (n, (name, texts)) in overrides.iter().enumerate() {
            let name = renamed(name);
            let Some(at) = BINDINGS.iter().position(|b| b.name == name) else {
                problems.push((n, unknown_action(name)));
                continue;
            };
            let mut parsed = Vec::new();
            for text in *texts {
                match Key::parse(text) {
                    Some(key) if key == QUIT_ALWAYS => problems.push((n, "Ctrl-C always quits".to_owned())),
                    Some(key) => match SAME.iter().find(|(name, _)| Self::is(key, name)) {
                        Some((_, other)) => {
                            problems.push((n, format!("{key} is {other} on a terminal; bind {other:?}")));
                        }
                        None => parsed.push(key),
                    },
                    None => problems.push((
                        n,
                        format!("{text:?} is no key; write j, G, space, ctrl-d, alt-x, pageup, f5"),
                    )),
                }
            }
            keys[at] = (BINDINGS[at].action, parsed, Some(n));
        }
        let mut actions = HashMap::new();
        // Config entries last, so that a conflict names the user's line.
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by_key(|at| keys[*at].2);
        for at in order {
            let (action, list, entry) = &keys[at];
            for key in list {
                if let Some(other) = actions.insert((Scope::of(*action), *key), *action)
                    && other != *action
                {
                    let (one, two) = (action.binding().name, other.binding().name);
                    problems.push((
                        entry.unwrap_or_default(),
                        format!("{key} would do both {one} and {two}; bind one of them elsewhere"),
                    ));
                }
            }
        }
        let keys = keys.into_iter().map(|(action, list, _)| (action, list)).collect();
        if problems.is_empty() { Ok(Self { actions, keys, own: HashMap::new() }) } else { Err(problems) }
    }

    /// With the keys of the user's own commands, in their order.
    ///
    /// # Errors
    /// Unknown keys, and keys that do something else already, each with the index of its command.
    pub fn with_commands(mut self, keys: &[Option<&str>]) -> Result<Self, Vec<(usize, String)>> {
        let mut problems = Vec::new();
        for (at, text) in keys.iter().enumerate().filter_map(|(at, text)| Some((at, (*text)?))) {
            match self.free(text) {
                Ok(key) => drop(self.own.insert(key, at)),
                Err(why) => problems.push((at, why)),
            }
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    /// A key that nothing is bound to.
    fn free(&self, text: &str) -> Result<Key, String> {
        let key =
            Key::parse(text).ok_or_else(|| format!("{text:?} is no key; write j, G, ctrl-e, alt-x, f5"))?;
        if key == QUIT_ALWAYS {
            return Err("Ctrl-C always quits".to_owned());
        }
        if let Some((_, other)) = SAME.iter().find(|(name, _)| Self::is(key, name)) {
            return Err(format!("{key} is {other} on a terminal"));
        }
        if let Some(action) = self.action(Scope::All, key) {
            let name = action.binding().name;
            return Err(format!("{key} does {name} already; another key, or [keys] {name} = [] to free it"));
        }
        if self.own.contains_key(&key) {
            return Err(format!("{key} starts another command already"));
        }
        Ok(key)
    }

    /// The command of the user's own that a key starts, by its index.
    pub fn own(&self, key: Key) -> Option<usize> {
        self.own.get(&key).copied()
    }

    fn is(key: Key, name: &str) -> bool {
        Key::parse(name) == Some(key)
    }

    pub fn action(&self, scope: Scope, key: Key) -> Option<Action> {
        let outer: &[Scope] = match scope {
            Scope::Log => &[Scope::Log, Scope::Files, Scope::All],
            Scope::Files => &[Scope::Files, Scope::All],
            Scope::Pull => &[Scope::Pull, Scope::All],
            Scope::All => &[Scope::All],
        };
        outer.iter().find_map(|scope| self.only(*scope, key))
    }

    /// What the key means in this scope alone.
    pub fn only(&self, scope: Scope, key: Key) -> Option<Action> {
        self.actions.get(&(scope, key)).copied()
    }

    /// The keys of an action, for the help: `j ↓`.
    pub fn label(&self, action: Action) -> String {
        let keys = self.keys.iter().find(|(a, _)| *a == action).map_or(&[][..], |(_, keys)| keys);
        keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
    }

    /// The first key of each action, with one word for all, for the footer.
    pub fn hint(&self, actions: &[Action], word: &'static str) -> Hint {
        let keys = actions.iter().map(|action| self.first(*action)).filter(|key| !key.is_empty());
        (keys.collect::<Vec<_>>().join(" "), word)
    }

    /// The first key of an action, for a sentence.
    pub fn first(&self, action: Action) -> String {
        let keys = self.keys.iter().find(|(a, _)| *a == action).map_or(&[][..], |(_, keys)| keys);
        keys.first().map(Key::to_string).unwrap_or_default()
    }
}

/// The name of today for an action of a former version.
pub fn renamed(name: &str) -> &str {
    if name == "quick-filter" { Action::NextView.binding().name } else { name }
}

pub(super) const QUIT_ALWAYS: Key = Key { code: KeyCode::Char('c'), ctrl: true, alt: false };

fn unknown_action(name: &str) -> String {
    let nearest = BINDINGS.iter().map(|b| (strsim::damerau_levenshtein(b.name, name), b.name)).min();
    match nearest {
        Some((distance, near)) if distance <= 3 => format!("{name:?} is no action; did you mean {near:?}?"),
        Some(_) | None => format!("{name:?} is no action; the palette (:) lists their names"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_table_has_no_conflict_and_its_keys_parse() {
        let keymap = Keymap::new(&[]).unwrap();
        for binding in &BINDINGS {
            assert!(binding.keys.iter().all(|key| Key::parse(key).is_some()), "{}", binding.name);
            assert_eq!(keymap.label(binding.action).is_empty(), binding.keys.is_empty());
            for key in binding.keys {
                let key = Key::parse(key).unwrap();
                assert_eq!(Key::parse(&key.to_string()), Some(key), "as the help shows it");
            }
        }
    }

    #[test]
    fn keys_read_and_show() {
        for (text, shown) in [
            ("j", "j"),
            ("G", "G"),
            ("ctrl-D", "Ctrl-d"),
            ("alt-x", "Alt-x"),
            ("space", "Space"),
            ("f5", "F5"),
            ("-", "-"),
            ("ctrl--", "Ctrl--"),
            ("pageup", "PgUp"),
            ("é", "é"),
        ] {
            assert_eq!(Key::parse(text).unwrap().to_string(), shown, "{text}");
        }
        for bad in ["", "hyper-x", "f13", "jk", "ctrl-"] {
            assert_eq!(Key::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn rebinding_moves_a_key_and_conflicts_are_named() {
        let keymap = Keymap::new(&[("refresh", &["f5".to_owned()])]).unwrap();
        assert_eq!(keymap.label(Action::Refresh), "F5");
        for (dead, other) in [("ctrl-i", "tab"), ("Ctrl-M", "enter"), ("ctrl-[", "esc")] {
            let problems = Keymap::new(&[("zoom", &[dead.to_owned()])]).unwrap_err();
            assert!(problems[0].1.contains(&format!("is {other} on a terminal")), "{problems:?}");
        }
        let problems = Keymap::new(&[
            ("refersh", &[]),
            ("mark", &["j".to_owned(), "ctrl-c".to_owned(), "zz".to_owned()]),
        ])
        .unwrap_err();
        let text = problems.iter().map(|(n, p)| format!("{n}: {p}")).collect::<Vec<_>>().join("\n");
        for says in [
            "0: \"refersh\" is no action; did you mean \"refresh\"?",
            "1: Ctrl-C always quits",
            "1: \"zz\" is no key",
            "1: j would do both mark and down",
        ] {
            assert!(text.contains(says), "{text}");
        }
    }
}
