//! Keys to messages, in one pure function; the help is drawn from the same table.

use std::{collections::HashMap, fmt};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};

use super::{
    action::{Action, BINDINGS},
    model::{Model, Overlay},
    msg::{Edit, Msg, Pointer},
};

/// A key with its modifiers; Shift is part of the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    ctrl: bool,
    alt: bool,
}

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
        let mut rest = text;
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

    fn of(event: KeyEvent) -> Self {
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

/// Which key does what, after the config's `[keys]`.
#[derive(Clone, Debug)]
pub struct Keymap {
    actions: HashMap<Key, Action>,
    keys: Vec<(Action, Vec<Key>)>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::new(&[]).unwrap_or_else(|_| Self { actions: HashMap::new(), keys: Vec::new() })
    }
}

impl Keymap {
    /// The default table with some actions bound anew: `(action, keys)`.
    ///
    /// # Errors
    /// What is wrong, each with the index of the entry: unknown actions and keys, and keys that would do two things.
    pub fn new(overrides: &[(&str, &[String])]) -> Result<Self, Vec<(usize, String)>> {
        let mut problems = Vec::new();
        let mut keys: Vec<(Action, Vec<Key>, Option<usize>)> = BINDINGS
            .iter()
            .map(|b| (b.action, b.keys.iter().filter_map(|text| Key::parse(text)).collect(), None))
            .collect();
        for (n, (name, texts)) in overrides.iter().enumerate() {
            let Some(at) = BINDINGS.iter().position(|b| b.name == *name) else {
                problems.push((n, unknown_action(name)));
                continue;
            };
            let mut parsed = Vec::new();
            for text in *texts {
                match Key::parse(text) {
                    Some(key) if key == QUIT_ALWAYS => problems.push((n, "Ctrl-C always quits".to_owned())),
                    Some(key) => parsed.push(key),
                    None => problems.push((
                        n,
                        format!("{text:?} is no key; write j, G, space, ctrl-d, alt-x, pageup, f5"),
                    )),
                }
            }
            keys[at] = (BINDINGS[at].action, parsed, Some(n));
        }
        let mut actions = HashMap::new();
        // Entries of the config come last, so that a conflict is laid at their door.
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by_key(|at| keys[*at].2);
        for at in order {
            let (action, list, entry) = &keys[at];
            for key in list {
                if let Some(other) = actions.insert(*key, *action)
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
        if problems.is_empty() { Ok(Self { actions, keys }) } else { Err(problems) }
    }

    /// The keys of an action, for the help: `j ↓`.
    pub fn label(&self, action: Action) -> String {
        let keys = self.keys.iter().find(|(a, _)| *a == action).map_or(&[][..], |(_, keys)| keys);
        keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
    }

    /// The first key of an action, for the footer.
    pub fn first(&self, action: Action) -> String {
        let keys = self.keys.iter().find(|(a, _)| *a == action).map_or(&[][..], |(_, keys)| keys);
        keys.first().map(Key::to_string).unwrap_or_default()
    }
}

const QUIT_ALWAYS: Key = Key { code: KeyCode::Char('c'), ctrl: true, alt: false };

fn unknown_action(name: &str) -> String {
    let nearest = BINDINGS.iter().map(|b| (strsim::damerau_levenshtein(b.name, name), b.name)).min();
    match nearest {
        Some((distance, near)) if distance <= 3 => format!("{name:?} is no action; did you mean {near:?}?"),
        Some(_) | None => format!("{name:?} is no action; the palette (:) lists their names"),
    }
}

/// What an event means now. `None` for what means nothing.
pub fn translate(model: &Model, keymap: &Keymap, event: &Event) -> Option<Msg> {
    match event {
        Event::Resize(width, height) => Some(Msg::Resize(*width, *height)),
        Event::Paste(text) if is_typing(model) => Some(Msg::Edit(Edit::Insert(text.clone()))),
        Event::Key(key) if key.kind != KeyEventKind::Release => translate_key(model, keymap, Key::of(*key)),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                Some(Msg::Mouse(Pointer::Click(mouse.column, mouse.row)))
            }
            MouseEventKind::ScrollUp => Some(Msg::Mouse(Pointer::Wheel(mouse.column, mouse.row, -1))),
            MouseEventKind::ScrollDown => Some(Msg::Mouse(Pointer::Wheel(mouse.column, mouse.row, 1))),
            _ => None,
        },
        Event::Key(_) | Event::Paste(_) | Event::FocusGained | Event::FocusLost => None,
    }
}

fn translate_key(model: &Model, keymap: &Keymap, key: Key) -> Option<Msg> {
    if key == QUIT_ALWAYS {
        return Some(Msg::Action(Action::Quit));
    }
    if is_typing(model) {
        return typed(key).map(Msg::Edit);
    }
    if let Some(Overlay::Confirm { .. }) = model.overlay {
        return answer(keymap, key).map(Msg::Action);
    }
    let action = *keymap.actions.get(&key)?;
    match (&model.overlay, action) {
        // What lies on top is closed first, whichever of these keys is pressed.
        (Some(_), Action::Quit) | (Some(Overlay::Text { .. } | Overlay::Help { .. }), Action::Enter) => {
            Some(Msg::Action(Action::Back))
        }
        (Some(_) | None, action) => Some(Msg::Action(action)),
    }
}

/// Yes or no, however the keys are bound; nothing else is an answer.
fn answer(keymap: &Keymap, key: Key) -> Option<Action> {
    match (key.code, keymap.actions.get(&key)) {
        _ if key.ctrl || key.alt => {
            keymap.actions.get(&key).copied().filter(|action| *action == Action::Suspend)
        }
        (KeyCode::Enter | KeyCode::Char('y'), _) => Some(Action::Enter),
        (KeyCode::Esc | KeyCode::Char('n'), _) | (_, Some(Action::Back | Action::Quit)) => Some(Action::Back),
        _ => None,
    }
}

fn is_typing(model: &Model) -> bool {
    model.input.is_some() || matches!(model.overlay, Some(Overlay::Palette { .. }))
}

fn typed(key: Key) -> Option<Edit> {
    match (key.code, key.ctrl) {
        (KeyCode::Enter, _) => Some(Edit::Accept),
        (KeyCode::Esc, _) => Some(Edit::Cancel),
        (KeyCode::Backspace, false) | (KeyCode::Char('h'), true) => Some(Edit::Backspace),
        (KeyCode::Backspace | KeyCode::Char('w'), true) => Some(Edit::DeleteWord),
        (KeyCode::Char('u'), true) => Some(Edit::Clear),
        (KeyCode::Up, _) | (KeyCode::Char('p'), true) => Some(Edit::Up),
        (KeyCode::Down, _) | (KeyCode::Char('n'), true) => Some(Edit::Down),
        (KeyCode::Char(c), false) if !key.alt => Some(Edit::Insert(c.to_string())),
        _ => None,
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
            assert!(!keymap.label(binding.action).is_empty());
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
    fn a_question_takes_yes_and_no_however_the_keys_are_bound() {
        let (down, copy, back) = (["y".to_owned(), "n".to_owned()], ["c".to_owned()], ["b".to_owned()]);
        let own = Keymap::new(&[("down", &down), ("copy", &copy), ("back", &back)]).unwrap();
        for keymap in [Keymap::default(), own.clone()] {
            for (text, means) in [
                ("enter", Some(Action::Enter)),
                ("y", Some(Action::Enter)),
                ("esc", Some(Action::Back)),
                ("n", Some(Action::Back)),
                ("q", Some(Action::Back)),
                ("ctrl-z", Some(Action::Suspend)),
                ("i", None),
                ("I", None),
                ("j", None),
                ("ctrl-y", None),
                ("space", None),
            ] {
                assert_eq!(answer(&keymap, Key::parse(text).unwrap()), means, "{text}");
            }
        }
        assert_eq!(answer(&own, Key::parse("b").unwrap()), Some(Action::Back));
    }

    #[test]
    fn rebinding_moves_a_key_and_conflicts_are_named() {
        let keymap = Keymap::new(&[("refresh", &["f5".to_owned()])]).unwrap();
        assert_eq!(keymap.label(Action::Refresh), "F5");
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
