//! `flowlens config check`: everything that is wrong, each with its place and its mend.

use std::{fs, os::unix::fs::PermissionsExt as _};

use flowlens::{
    commands::config as commands,
    config::{Checks, Config},
    exit::ExitCode,
    tui::keymap::Keymap,
};

use super::{EXAMPLE, Home};

fn read(home: &Home) -> (Config, Vec<String>) {
    Config::read(&home.flags, &|name: &str| home.variable(name), &Checks::default())
}

#[test]
fn check_prints_everything_and_ends_with_its_code() {
    let check = |home: &Home| {
        let mut out = Vec::new();
        let code = commands::check(read(home), &|_| None, &mut out).unwrap();
        (code, String::from_utf8(out).unwrap())
    };
    let home = Home::with("[database]\nurl = \"postgres://a:b@c/d\"\n");
    assert_eq!(check(&home), (ExitCode::Success, "~/.config/flowlens/config.toml: ok\n".to_owned()));
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o644)).unwrap();
    let (code, text) = check(&home);
    assert_eq!(code, ExitCode::Success);
    assert!(text.starts_with("warning: ~/.config"), "{text}");
    let (code, text) = check(&Home::with("[log]\nlevel = \"loud\"\ncolour = 1\n"));
    assert_eq!((code, text.lines().count()), (ExitCode::Usage, 2), "{text}");
    let (code, text) = check(&Home::new());
    assert_eq!(code, ExitCode::Success);
    assert!(text.contains("not found, so the defaults apply"), "{text}");
}

/// Tables and keys of the example, each with a value of its own: `("[[views]]", "sort", "\"age\"")`.
fn example() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut section = "";
    let mut keys = Vec::new();
    for line in EXAMPLE.lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        if bare.starts_with('[') && bare.ends_with(']') {
            section = bare;
        } else if let Some((key, value)) = line.strip_prefix("# ").and_then(|line| line.split_once(" = "))
            && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        {
            keys.push((section, key, value));
        }
    }
    keys
}

#[test]
fn a_typo_in_any_table_or_key_is_led_to_the_right_word() {
    let keys = example();
    assert!(keys.len() > 60, "{}", keys.len());
    let problems = |text: String| {
        let home = Home::with(&text);
        let read = Config::read(
            &home.flags,
            &|name: &str| home.variable(name),
            &Checks {
                keys: &|bindings| {
                    let bound: Vec<_> =
                        bindings.iter().map(|one| (one.action.as_str(), one.keys.as_slice())).collect();
                    Keymap::new(&bound).err().unwrap_or_default()
                },
                ..Checks::default()
            },
        );
        read.1
            .iter()
            .map(|problem| problem.replace("~/.config/flowlens/config.toml", "FILE"))
            .collect::<Vec<_>>()
    };
    for (section, key, value) in keys {
        let last = key.chars().next_back().unwrap_or_default();
        let told = problems(format!("{section}\n{key}{last} = {value}\n"));
        let says = told.first().map(String::as_str).unwrap_or_default();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            says.starts_with("FILE:2: ")
                && says.ends_with(&format!("did you mean {key:?}?"))
                && says.contains(section),
            "{section} {key}: {says}"
        );
        let typo = section.replacen(']', "x]", 1);
        let told = problems(format!("{typo}\n{key} = {value}\n"));
        let says = told.first().map(String::as_str).unwrap_or_default();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            says.starts_with("FILE:1: unknown section ")
                && says.ends_with(&format!("did you mean {section}?")),
            "{typo}: {says}"
        );
    }
}
