//! The theme of the configuration, those of the user's folder, and what the terminal can show of them.

use std::path::{Path, PathBuf};

use crate::{
    commands::Failure,
    config::{Config, Env, Origin, quoted},
    domain::text::nearest,
    private,
    tui::theme::{Background, Depth, Look, Scheme, parse},
};

/// Bytes of a theme file.
const LARGEST: u64 = 64 * 1024;

/// All themes, and the configured one; a faulty one that is not configured is a warning.
///
/// # Errors
/// The configured theme does not exist, or everything that is wrong in its file.
pub(in crate::commands) fn look(
    config: &Config,
    env: Env<'_>,
    warnings: &mut Vec<String>,
) -> Result<Look, Failure> {
    let wanted = config.dashboard.theme.as_str();
    let mut look = Look { depth: depth(env), background: background(config, env), ..Look::default() };
    let folder = config.file.0.with_file_name("themes");
    let named = wanted.contains('/').then(|| config.paths.expanded(Path::new(wanted)));
    for file in files(&folder).into_iter().chain(named.clone()) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let is_wanted = named.as_ref().map_or(name == wanted, |named| *named == file);
        match read(config, &file, &name) {
            Ok(theme) => {
                look.themes.push(theme);
                look.worn = if is_wanted { look.themes.len() - 1 } else { look.worn };
            }
            Err(problems) if is_wanted && !file.exists() => {
                return Err(Failure::Usage(format!("{}{}", place(config), problems.join("\n"))));
            }
            Err(problems) if is_wanted => return Err(Failure::Usage(problems.join("\n"))),
            Err(problems) => warnings.extend(problems),
        }
    }
    if named.is_none() && look.worn == 0 {
        look.choose(wanted);
    }
    look.name().to_owned().clone_into(&mut look.configured);
    if named.is_none() && look.configured != wanted {
        let all: Vec<&str> = look.themes.iter().map(|theme| theme.name.as_str()).collect();
        let mend = match nearest(wanted, all.iter().copied()) {
            Some(meant) => format!("; did you mean {}?", quoted(meant)),
            None => format!(
                ": there are {}; a file of your own belongs into {}",
                all.join(", "),
                config.paths.shown(&folder)
            ),
        };
        let place = place(config);
        return Err(Failure::Usage(format!("{place}there is no theme {}{mend}", quoted(wanted))));
    }
    Ok(look)
}

/// Who names the theme.
fn place(config: &Config) -> String {
    match config.origin("dashboard", "theme") {
        Some(origin @ Origin::File { .. }) => format!("{origin}: [dashboard] theme: "),
        Some(origin @ (Origin::Env(_) | Origin::Flag(_))) => format!("{origin}: "),
        Some(Origin::Default) | None => String::new(),
    }
}

/// The theme files of a folder, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    files
}

/// A theme, or a line for each of its mistakes.
fn read(config: &Config, file: &Path, name: &str) -> Result<Scheme, Vec<String>> {
    let shown = config.paths.shown(file);
    let text = private::read(file, LARGEST)
        .map_err(|error| vec![format!("{shown}: cannot read the theme: {error}")])?;
    let told = |(line, why): (usize, String)| format!("{shown}:{line}: {why}");
    parse(name, &text).map_err(|problems| problems.into_iter().map(told).collect())
}

fn depth(env: Env<'_>) -> Depth {
    let is = |name: &str, words: &[&str]| {
        env(name).is_some_and(|value| words.iter().any(|word| value.to_ascii_lowercase().contains(word)))
    };
    if is("COLORTERM", &["truecolor", "24bit"]) || is("TERM", &["direct"]) {
        Depth::True
    } else if is("TERM", &["256color", "kitty", "ghostty", "alacritty", "foot", "wezterm"]) {
        Depth::Many
    } else {
        Depth::Sixteen
    }
}

/// As it is configured; else as rxvt, Konsole and others say before they are asked.
fn background(config: &Config, env: Env<'_>) -> Option<Background> {
    match config.dashboard.background.as_str() {
        "dark" => Some(Background::Dark),
        "light" => Some(Background::Light),
        _ => {
            let color: u8 = env("COLORFGBG")?.rsplit(';').next()?.parse().ok()?;
            Some(Background::of(matches!(color, 7 | 9..)))
        }
    }
}
