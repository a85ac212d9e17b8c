//! Programs of the user's that take over for a while, and the folder for checkouts.

use std::path::PathBuf;

use super::{
    Env, Origin,
    file::quoted,
    key::{self, Key},
    resolve::Resolver,
};

const EDITOR: Key<String> =
    Key::new("dashboard", "editor", "", "a program with its arguments, such as \"code --wait\"", key::text);
const PAGER: Key<String> =
    Key::new("dashboard", "pager", "", "a program with its arguments, such as \"less -R\"", key::text);
pub(super) const CHECKOUTS: Key<Option<PathBuf>> =
    Key::new("github", "checkouts", "", "a path that begins with / or ~/", key::path);

/// The program that longer texts are written in: the configured one, else as the environment has it.
pub(super) fn editor(r: &mut Resolver<'_>, env: Env<'_>, warnings: &mut Vec<String>) -> Vec<String> {
    program(r, &EDITOR, env, warnings, &["VISUAL", "EDITOR"], &["vi"])
}

/// The program that long texts are read in.
pub(super) fn pager(r: &mut Resolver<'_>, env: Env<'_>, warnings: &mut Vec<String>) -> Vec<String> {
    program(r, &PAGER, env, warnings, &["PAGER"], &["less", "-R"])
}

fn program(
    r: &mut Resolver<'_>,
    key: &Key<String>,
    env: Env<'_>,
    warnings: &mut Vec<String>,
    names: &[&str],
    usual: &[&str],
) -> Vec<String> {
    let (text, origin) = r.get(key, None);
    if origin != Origin::Default {
        match split(&text) {
            Some(words) => return words,
            None if text.is_empty() => {}
            None => r.reject(
                &origin,
                format!("[{}] {} = {}: a quote is not closed", key.section, key.name, quoted(&text)),
            ),
        }
    }
    for name in names {
        let Some(text) = env(name).filter(|text| !text.trim().is_empty()) else { continue };
        match split(&text) {
            Some(words) => return words,
            None => warnings.push(format!("{name} is not used: a quote in it is not closed")),
        }
    }
    usual.iter().map(|word| (*word).to_owned()).collect()
}

/// Words as a shell would take them, without anything else that a shell does; `None` where there are none.
fn split(text: &str) -> Option<Vec<String>> {
    shlex::split(text).filter(|words| !words.is_empty())
}
