//! The folders that `FlowLens` uses, by the XDG base directory specification.

use std::path::{Path, PathBuf};

use super::Env;

/// Where configuration, state and data live. Never the working directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The home folder: `~` in messages and in path values.
    pub home: PathBuf,
    /// `$XDG_CONFIG_HOME/flowlens/config.toml`.
    pub config_file: PathBuf,
    /// `$XDG_STATE_HOME/flowlens`: what is remembered between runs, and logs.
    pub state: PathBuf,
    /// `$XDG_DATA_HOME/flowlens`: the embedded database.
    pub data: PathBuf,
}

impl Paths {
    /// Finds the folders. A relative XDG value is ignored, as the specification demands.
    #[must_use]
    pub fn new(env: Env<'_>) -> Self {
        // Without HOME (cron, systemd) the password database still knows; `/` fails loudly later.
        let home = absolute(env("HOME")).or_else(std::env::home_dir).unwrap_or_else(|| PathBuf::from("/"));
        let folder = |variable, fallback| {
            absolute(env(variable)).unwrap_or_else(|| home.join(fallback)).join("flowlens")
        };
        Self {
            config_file: folder("XDG_CONFIG_HOME", ".config").join("config.toml"),
            state: folder("XDG_STATE_HOME", ".local/state"),
            data: folder("XDG_DATA_HOME", ".local/share"),
            home,
        }
    }

    /// The log when none is named.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.state.join("log/flowlens.log")
    }

    /// A path for a reader, the home folder as `~`.
    #[must_use]
    pub fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.home) {
            Ok(rest) if self.home.parent().is_some() => format!("~/{}", rest.display()),
            _ => path.display().to_string(),
        }
    }

    /// A path as a shell would read it: a leading `~/` is the home folder.
    #[must_use]
    pub fn expanded(&self, path: &Path) -> PathBuf {
        path.strip_prefix("~").map_or_else(|_| path.to_owned(), |rest| self.home.join(rest))
    }
}

/// A value that is not UTF-8 has lost its bytes by now.
fn absolute(value: Option<String>) -> Option<PathBuf> {
    let whole = value.filter(|value| !value.contains(char::REPLACEMENT_CHARACTER));
    whole.map(PathBuf::from).filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_xdg_and_ignores_relative_values() {
        let env = |name: &str| match name {
            "HOME" => Some("/home/ana".to_owned()),
            "XDG_CONFIG_HOME" => Some("/etc/ana".to_owned()),
            "XDG_STATE_HOME" => Some("state".to_owned()),
            _ => None,
        };
        let paths = Paths::new(&env);
        assert_eq!(paths.config_file, Path::new("/etc/ana/flowlens/config.toml"));
        assert_eq!(paths.state, Path::new("/home/ana/.local/state/flowlens"));
        assert_eq!(paths.data, Path::new("/home/ana/.local/share/flowlens"));
        assert_eq!(paths.log_file(), Path::new("/home/ana/.local/state/flowlens/log/flowlens.log"));
    }

    #[test]
    fn shows_and_reads_the_tilde() {
        let paths = Paths::new(&|name| (name == "HOME").then(|| "/home/ana".to_owned()));
        assert_eq!(paths.shown(&paths.config_file), "~/.config/flowlens/config.toml");
        assert_eq!(paths.shown(Path::new("/home/anabel/x")), "/home/anabel/x");
        assert_eq!(paths.expanded(Path::new("~/x.log")), Path::new("/home/ana/x.log"));
        assert_eq!(paths.expanded(Path::new("x.log")), Path::new("x.log"));
    }
}
