//! README and docs/ hold: commands, keys, settings, exit codes, paths and links that they name exist.

mod commands;
mod deploy;
mod page;
mod rules;
mod tried;

use std::{collections::BTreeSet, fs, path::Path};

use flowlens::{
    cli::definition,
    domain::filter::GRAMMAR,
    tui::action::BINDINGS,
    tui::keymap::{Key, Keymap},
    tui::line::edit_of,
};

use self::page::{Cell, Page, Table};
use crate::support::cli;

const MANIFEST: &str = include_str!("../../../Cargo.toml");
/// Lines that README may have: a page.
const LINES: usize = 130;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn exists(path: &str) -> bool {
    root().join(path).exists()
}

fn pages() -> Vec<Page> {
    let docs = fs::read_dir(root().join("docs")).expect("docs/");
    let mut names: Vec<String> =
        docs.map(|entry| format!("docs/{}", entry.expect("a file").file_name().display())).collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|kind| kind == "md"));
    names.extend(["README.md", "CHANGELOG.md", "assets/risk/README.md"].map(str::to_owned));
    names.sort();
    names
        .iter()
        .map(|name| Page::new(name, &fs::read_to_string(root().join(name)).expect("a page")))
        .collect()
}

/// Fails with all that one check finds on all pages.
fn hold(check: impl Fn(&Page) -> Vec<String>) {
    let found: Vec<String> = pages()
        .iter()
        .flat_map(|page| {
            check(page).into_iter().map(|problem| format!("{}: {problem}", page.name)).collect::<Vec<_>>()
        })
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// The one table of all pages whose head begins so.
fn table(pages: &[Page], head: [&str; 2]) -> Table {
    let mut tables = pages.iter().flat_map(|page| &page.tables).filter(|table| begins(table, head));
    let table = tables.next().unwrap_or_else(|| panic!("no table begins with {head:?}"));
    assert!(tables.next().is_none(), "two tables begin with {head:?}");
    table
        .iter()
        .map(|row| {
            row.iter().map(|cell| Cell { text: cell.text.clone(), codes: cell.codes.clone() }).collect()
        })
        .collect()
}

fn begins(table: &Table, head: [&str; 2]) -> bool {
    let cells = table.first().map_or(&[][..], Vec::as_slice);
    head.iter().enumerate().all(|(n, name)| cells.get(n).is_some_and(|cell| cell.text == *name))
}

#[test]
fn readme_is_a_page_with_one_picture() {
    let pages = pages();
    let readme = pages.iter().find(|page| page.name == "README.md").expect("README");
    let lines = readme.text.lines().count();
    assert!(lines <= LINES, "README has {lines} lines; what is too much for a page belongs into docs/");
    assert_eq!(readme.pictures.len(), 1);
    for page in pages.iter().filter(|page| page.name.starts_with("docs/")) {
        assert!(readme.links.contains(&page.name), "README does not lead to {}", page.name);
    }
}

#[test]
fn commands_exist() {
    hold(commands::problems);
}

#[test]
fn links_lead_somewhere() {
    let pages = pages();
    hold(|page| broken_links(page, &pages));
}

#[test]
fn paths_exist() {
    hold(missing_paths);
}

#[test]
fn variables_exist() {
    hold(unknown_variables);
}

#[test]
fn settings_load() {
    hold(refused_settings);
}

#[test]
fn settings_and_their_defaults_are_the_programs() {
    hold(wrong_settings);
}

#[test]
fn keys_exist() {
    hold(unknown_keys);
}

#[test]
fn the_key_table_is_the_table_of_actions() {
    let found = wrong_actions(&table(&pages(), ["key", "name"]));
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_filter_table_is_the_grammar() {
    let table = table(&pages(), ["term", "matches"]);
    let rows: Vec<(&str, &str)> =
        table[1..].iter().map(|row| (row[0].text.as_str(), row[1].text.as_str())).collect();
    assert_eq!(rows, GRAMMAR);
}

#[test]
fn the_exit_codes_are_those_of_the_program_and_its_help() {
    let codes = |lines: &mut dyn Iterator<Item = String>| -> BTreeSet<u8> {
        lines.filter_map(|line| line.parse().ok()).collect()
    };
    let enumerated = include_str!("../../../src/exit.rs").lines().filter_map(|line| line.strip_suffix(','));
    let program = codes(&mut enumerated.filter_map(|line| Some(line.split_once(" = ")?.1.to_owned())));
    let help = definition().render_long_help().to_string();
    let listed = help.lines().skip_while(|line| *line != "Exit codes:").skip(1);
    let help = codes(&mut listed.filter_map(|line| line.split_whitespace().next().map(str::to_owned)));
    let page = codes(&mut table(&pages(), ["exit code", "means"])[1..].iter().map(|row| row[0].text.clone()));
    assert!(program.len() > 5, "{program:?}");
    assert_eq!((&page, &help), (&program, &program), "page, help and program");
}

/// Relative links to nowhere.
fn broken_links(page: &Page, pages: &[Page]) -> Vec<String> {
    let folder = Path::new(&page.name).parent().expect("a folder");
    let is_broken = |link: &&String| {
        let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
        let target = if path.is_empty() { Path::new(&page.name).to_owned() } else { folder.join(path) };
        let Ok(target) = root().join(target).canonicalize() else { return true };
        let has = |page: &Page| {
            root().join(&page.name).canonicalize().is_ok_and(|path| path == target)
                && page.anchors.iter().any(|known| known == anchor)
        };
        !anchor.is_empty() && !has(page) && !pages.iter().any(has)
    };
    let links = page.links.iter().chain(&page.pictures).filter(|link| !link.contains("://"));
    links.filter(is_broken).map(|link| format!("no {link}")).collect()
}

/// Files of the repository that are named, and are not there.
fn missing_paths(page: &Page) -> Vec<String> {
    let is_ours = |span: &&str| {
        ["src/", "tests/", "docs/", "assets/", "benches/", ".ci/", ".github/"]
            .iter()
            .any(|top| span.starts_with(top))
    };
    let paths = page.spans.iter().map(String::as_str).filter(is_ours);
    let paths = paths.map(|span| span.split([' ', ':']).next().unwrap_or_default());
    paths.flat_map(expanded).filter(|path| !exists(path)).map(|path| format!("no file {path}")).collect()
}

/// `a/{b,c}.rs` in full. What stands for any name, such as `NAME.rs` or `NNNN.sql`, is left out.
fn expanded(path: &str) -> Vec<String> {
    if path.contains("NAME") || path.contains("NNNN") {
        return Vec::new();
    }
    let (Some((before, rest)), true) = (path.split_once('{'), path.contains('}')) else {
        return vec![path.to_owned()];
    };
    let (names, after) = rest.split_once('}').expect("a closing brace");
    names.split(',').flat_map(|name| expanded(&format!("{before}{name}{after}"))).collect()
}

/// Variables of the environment that nothing reads.
fn unknown_variables(page: &Page) -> Vec<String> {
    let mut read = String::new();
    for folder in ["src", "tests/it/support"] {
        collect(&root().join(folder), &mut read);
    }
    let words = page.text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
    let variables: BTreeSet<&str> =
        words.filter(|word| word.starts_with("FLOWLENS_") && word.len() > 9).collect();
    let unknown = variables.into_iter().filter(|name| !read.contains(&format!("\"{name}\"")));
    unknown.map(|name| format!("nothing reads {name}")).collect()
}

fn collect(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, text);
        } else {
            text.push_str(&fs::read_to_string(path).expect("a source file"));
        }
    }
}

/// What `config check` says of each `toml` block.
fn refused_settings(page: &Page) -> Vec<String> {
    let blocks = page.blocks.iter().filter(|(language, _)| language == "toml");
    blocks
        .filter_map(|(_, block)| {
            let home = tempfile::tempdir().expect("a folder");
            fs::write(home.path().join("config.toml"), block).expect("a file");
            let answer = cli::run_in(home.path(), &["config", "check", "-c", "config.toml"], &[]);
            (answer.stdout.trim() != "config.toml: ok").then(|| answer.to_string())
        })
        .collect()
}

/// Settings that the program does not have, or that have another default: those of tables, and of code such as
/// `worker = "off"`.
fn wrong_settings(page: &Page) -> Vec<String> {
    let shown: toml::Table = cli::run(&["config", "show"], &[]).stdout.parse().expect("TOML");
    let mut found = Vec::new();
    for table in &page.tables {
        let Some(section) = table[0].first().and_then(|cell| cell.text.strip_prefix("key of [")) else {
            continue;
        };
        let section = section.trim_end_matches(']');
        let settings = section.split('.').try_fold(&shown, |table, name| table.get(name)?.as_table());
        let Some(settings) = settings else {
            found.push(format!("no section [{section}]"));
            continue;
        };
        for row in &table[1..] {
            for key in &row[0].codes {
                let is = settings
                    .get(key)
                    .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
                let is = is.map(|value| if value.is_empty() { "none".to_owned() } else { value });
                if is.as_ref() != Some(&row[1].text) {
                    found.push(format!("[{section}] {key} is {is:?}, not {}", row[1].text));
                }
            }
        }
    }
    let all = shown.to_string();
    let settings = page.spans.iter().filter_map(|span| span.split_once(" = "));
    let unknown = settings.filter(|(key, _)| !all.lines().any(|line| line.starts_with(&format!("{key} = "))));
    found.extend(unknown.map(|(key, _)| format!("no setting {key}")));
    found
}

/// The names of the keys that are bound, and Ctrl-C.
fn bound() -> BTreeSet<String> {
    let keymap = Keymap::default();
    let labels = BINDINGS.iter().map(|binding| keymap.label(binding.action));
    labels
        .flat_map(|label| label.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .chain(["Ctrl-c".to_owned()])
        .collect()
}

/// Keys in tables of keys that do nothing.
fn unknown_keys(page: &Page) -> Vec<String> {
    let bound = bound();
    let tables = page.tables.iter().filter(|table| table[0].first().is_some_and(|cell| cell.text == "key"));
    let keys = tables.flat_map(|table| &table[1..]).flat_map(|row| &row[0].codes);
    keys.filter(|key| !bound.contains(*key)).map(|key| format!("no key {key}")).collect()
}

/// The keys of a line that is typed, letters apart: each is in its table, and the table has no other.
#[test]
fn the_keys_of_the_line_editor_are_those_of_its_table() {
    let table = table(&pages(), ["typing", "does"]);
    let listed: BTreeSet<String> = table[1..].iter().flat_map(|row| row[0].codes.clone()).collect();
    let named = ["up", "down", "left", "right", "home", "end", "enter", "esc", "backspace", "delete", "tab"];
    let letters = ('a'..='z').map(|letter| format!("ctrl-{letter}"));
    let keys = named.map(str::to_owned).into_iter().chain(letters).filter_map(|text| Key::parse(&text));
    let edits = keys.filter(|key| edit_of(*key).is_some()).map(|key| key.to_string());
    assert_eq!(listed, edits.collect());
}

/// Where the key table differs from the table of actions.
fn wrong_actions(table: &Table) -> Vec<String> {
    let keymap = Keymap::default();
    let rows: Vec<(&[String], Vec<&str>)> =
        table[1..].iter().map(|row| (row[0].codes.as_slice(), row[1].text.split(", ").collect())).collect();
    let mut found = Vec::new();
    for binding in &BINDINGS {
        match rows.iter().find(|(_, names)| names.contains(&binding.name)) {
            Some((keys, _)) => {
                let label = keymap.label(binding.action);
                let lacking = label.split_whitespace().filter(|key| !keys.iter().any(|known| known == key));
                found.extend(lacking.map(|key| format!("the row of {} lacks {key}", binding.name)));
            }
            None => found.push(format!("no row for {}", binding.name)),
        }
    }
    let names = rows.iter().flat_map(|(_, names)| names);
    let unknown = names.filter(|name| BINDINGS.iter().all(|binding| binding.name != **name));
    found.extend(unknown.map(|name| format!("no action {name}")));
    found
}
