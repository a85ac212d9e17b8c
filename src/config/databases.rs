//! `[[databases]]`: more than one, by name.

use super::{
    DATABASES, Node, Origin, Secret,
    file::{Entry, Problem, Raw, list, nearest, quoted},
    key,
    resolve::Resolver,
};
use crate::domain::{
    address,
    text::{clean, width},
};

const KEYS: [&str; 3] = ["name", "url", "nodes"];
/// Cells that a name may take in the header.
const LONGEST: usize = 24;

/// A database that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedDatabase {
    pub name: String,
    pub url: Secret,
    /// More nodes of the same cluster.
    pub nodes: Vec<Node>,
    pub origin: Origin,
}

impl Resolver<'_> {
    /// All of them, in the order of the file. No message repeats an address: it may hold a password.
    pub(super) fn databases(&mut self) -> Vec<NamedDatabase> {
        let mut databases: Vec<NamedDatabase> = Vec::new();
        for table in self.take_tables(DATABASES) {
            let line = table.first().map_or(0, |entry| entry.line);
            let (mut name, mut url, mut nodes, mut is_whole) = (None, None, Vec::new(), true);
            for Entry { key, raw, line, .. } in table {
                let set = match key.as_str() {
                    "name" => named(&raw).map(|given| name = Some(given)),
                    "url" => addressed(&raw).map(|given| url = Some(given)),
                    "nodes" => (key::NODES.parse)(&raw)
                        .map(|given| nodes = given)
                        .map_err(|_unaccepted| format!("expected {}", key::NODES.accepts)),
                    _ => Err(String::new()),
                };
                if let Err(expected) = set {
                    let message = if KEYS.contains(&key.as_str()) {
                        format!("[[{DATABASES}]] {key}: {expected}")
                    } else {
                        let hint =
                            nearest(&key, KEYS).map(|right| format!("; did you mean {}?", quoted(right)));
                        format!("unknown key {} in [[{DATABASES}]]{}", quoted(&key), hint.unwrap_or_default())
                    };
                    self.wrong(Problem { line, column: None, message });
                    is_whole = false;
                }
            }
            let problem = match (name, url) {
                _ if !is_whole => continue,
                (None, _) => "wants a name".to_owned(),
                (Some(name), None) => format!("{} wants a url", quoted(&name)),
                (Some(name), _) if databases.iter().any(|other| other.name.eq_ignore_ascii_case(&name)) => {
                    format!("{} is there already", quoted(&name))
                }
                (Some(name), Some(url)) => {
                    let origin = self.place(line);
                    databases.push(NamedDatabase { name, url, nodes, origin });
                    continue;
                }
            };
            self.wrong(Problem { line, column: None, message: format!("[[{DATABASES}]] {problem}") });
        }
        databases
    }
}

fn named(raw: &Raw) -> Result<String, String> {
    let name = raw.text().map(clean).map(|name| name.trim().to_owned());
    // "default" is the database that no name chose.
    let is_name = |name: &String| (1..=LONGEST).contains(&width(name)) && name != "default";
    name.filter(is_name).ok_or_else(|| format!("expected a name of 1 to {LONGEST} cells, not \"default\""))
}

fn addressed(raw: &Raw) -> Result<Secret, String> {
    let text = raw.text().map(str::trim).filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| format!("expected {}", key::URL.accepts))?;
    address::check(text).map_err(|error| error.to_string())?;
    Ok(Secret::new(text))
}

/// As TOML, for `config show`, without a password.
pub fn toml(database: &NamedDatabase) -> String {
    let nodes = list(database.nodes.iter().map(|node| quoted(&node.to_string())));
    format!(
        "[[{DATABASES}]]\nname = {}\nurl = {}\nnodes = {nodes}\n",
        quoted(&database.name),
        quoted(&address::redacted(database.url.expose()))
    )
}
