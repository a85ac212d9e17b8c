//! `[[commands]]`: commands of the user's own.

use super::{
    COMMANDS, CommandCheck, KeyOverride, Origin,
    file::{Entry, Problem, Raw, list, nearest, quoted},
    resolve::Resolver,
};
use crate::domain::{
    command::{OwnCommand, Place},
    text::{clean, width},
};

const KEYS: [&str; 4] = ["name", "key", "command", "run"];
/// Cells of a name in the help and in the palette.
const LONGEST: usize = 40;

impl Resolver<'_> {
    /// The commands, in the order of the file; their keys are checked beside those of `[keys]`.
    pub(super) fn commands(
        &mut self,
        check: &CommandCheck,
        bindings: &[KeyOverride],
    ) -> Vec<(OwnCommand, Origin)> {
        let mut commands: Vec<(OwnCommand, usize)> = Vec::new();
        for table in self.take_tables(COMMANDS) {
            let line = table.first().map_or(0, |entry| entry.line);
            match self.command(table) {
                None => {}
                Some(Ok(command)) if commands.iter().any(|(other, _)| other.name == command.name) => {
                    let message = format!("[[{COMMANDS}]] {} is there already", quoted(&command.name));
                    self.wrong(Problem { line, column: None, message });
                }
                Some(Ok(command)) => commands.push((command, line)),
                Some(Err(missing)) => {
                    let message = format!("[[{COMMANDS}]] {missing}");
                    self.wrong(Problem { line, column: None, message });
                }
            }
        }
        let keys: Vec<Option<&str>> = commands.iter().map(|(command, _)| command.key.as_deref()).collect();
        for (at, why) in check(bindings, &keys) {
            if let Some((command, line)) = commands.get(at) {
                let message = format!("[[{COMMANDS}]] {}: {why}", quoted(&command.name));
                self.wrong(Problem { line: *line, column: None, message });
            }
        }
        commands.into_iter().map(|(command, line)| (command, self.place(line))).collect()
    }

    /// One of them, or what is missing; `None` where what is wrong has been told.
    fn command(&mut self, table: Vec<Entry>) -> Option<Result<OwnCommand, String>> {
        let (mut name, mut key, mut words, mut place) = (None, None, None, Place::default());
        let mut is_whole = true;
        for Entry { key: entry, raw, line, .. } in table {
            let set = match entry.as_str() {
                "name" => named(&raw).map(|given| name = Some(given)),
                "key" => bound(&raw).map(|given| key = Some(given)),
                "command" => listed(&raw).map(|given| words = Some(given)),
                "run" => placed(&raw).map(|given| place = given),
                _ => Err(String::new()),
            };
            let Err(expected) = set else { continue };
            let message = match entry.as_str() {
                // An argument may be a secret.
                "command" => format!("[[{COMMANDS}]] command: {expected}"),
                known if KEYS.contains(&known) => {
                    format!("[[{COMMANDS}]] {known} = {}: {expected}", raw.shown())
                }
                unknown => {
                    let hint =
                        nearest(unknown, KEYS).map(|right| format!("; did you mean {}?", quoted(right)));
                    format!("unknown key {} in [[{COMMANDS}]]{}", quoted(unknown), hint.unwrap_or_default())
                }
            };
            self.wrong(Problem { line, column: None, message });
            is_whole = false;
        }
        is_whole.then_some(())?;
        Some(match (name, words) {
            (None, _) => Err("wants a name".to_owned()),
            (Some(name), None) => Err(format!("{} wants a command", quoted(&name))),
            (Some(name), Some(words)) => Ok(OwnCommand { name, key, words, place }),
        })
    }
}

fn named(raw: &Raw) -> Result<String, String> {
    let name = raw.text().map(clean).map(|name| name.trim().to_owned());
    let is_name = |name: &String| (1..=LONGEST).contains(&width(name));
    name.filter(is_name).ok_or_else(|| format!("expected a name of 1 to {LONGEST} cells"))
}

fn bound(raw: &Raw) -> Result<String, String> {
    let key = raw.text().filter(|key| !key.is_empty()).map(str::to_owned);
    key.ok_or_else(|| "expected a key such as \"e\" or \"ctrl-e\"".to_owned())
}

/// A program and its arguments: never a line for a shell.
fn listed(raw: &Raw) -> Result<Vec<String>, String> {
    let words: &[String] = if let Raw::List(words) = raw { words } else { &[] };
    OwnCommand::check(words)?;
    Ok(words.to_vec())
}

fn placed(raw: &Raw) -> Result<Place, String> {
    let expected = || format!("expected one of {}", Place::ALL.map(|place| quoted(place.name())).join(", "));
    raw.text().and_then(Place::parse).ok_or_else(expected)
}

/// As TOML, for `config show`; arguments may hold a secret and are left out.
pub fn toml(command: &OwnCommand) -> String {
    let mut lines = vec![format!("[[{COMMANDS}]]"), format!("name = {}", quoted(&command.name))];
    lines.extend(command.key.as_ref().map(|key| format!("key = {}", quoted(key))));
    if let [program, arguments @ ..] = command.words.as_slice() {
        let shown = std::iter::once(quoted(program)).chain((!arguments.is_empty()).then(|| quoted("…")));
        lines.push(format!("command = {}  # {} arguments, not shown", list(shown), arguments.len()));
    }
    lines.push(format!("run = {}", quoted(command.place.name())));
    lines.join("\n") + "\n"
}
