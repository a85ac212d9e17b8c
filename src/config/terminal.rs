//! What `auto` means for colours and glyphs on this terminal.

use super::{Env, When};

/// How to draw on this terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    pub color: bool,
    pub ascii: bool,
}

impl Terminal {
    /// Decides from the settings, the environment and whether the output is a terminal.
    ///
    /// A setting of `FlowLens`'s own beats `NO_COLOR`, as <https://no-color.org> asks; `NO_COLOR` beats
    /// `CLICOLOR_FORCE`.
    #[must_use]
    pub fn new(color: When, ascii: When, env: Env<'_>, is_terminal: bool) -> Self {
        let set = |name| env(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_else(|| "dumb".to_owned());
        let auto_color = || {
            if set("NO_COLOR").is_some() {
                false
            } else if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
                true
            } else {
                is_terminal && term != "dumb" && set("CLICOLOR").is_none_or(|value| value != "0")
            }
        };
        let auto_ascii = || {
            let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default();
            let locale = locale.to_ascii_lowercase();
            let utf8 = locale.contains("utf-8") || locale.contains("utf8");
            // The kernel's console has 256 or 512 glyphs, and few of ours are among them.
            !utf8 || term == "dumb" || term == "linux" || term.starts_with("linux-")
        };
        Self { color: color.or_else(auto_color), ascii: ascii.or_else(auto_ascii) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal(color: When, ascii: When, env: &[(&str, &str)], is_terminal: bool) -> Terminal {
        let look_up =
            |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Terminal::new(color, ascii, &look_up, is_terminal)
    }

    #[test]
    fn color_follows_setting_then_no_color_then_force_then_terminal() {
        let x = ("TERM", "xterm-256color");
        for (when, env, is_terminal, color) in [
            (When::Auto, vec![x], true, true),
            (When::Auto, vec![x], false, false),
            (When::Auto, vec![], true, false),
            (When::Auto, vec![("TERM", "dumb")], true, false),
            (When::Auto, vec![x, ("NO_COLOR", "1")], true, false),
            (When::Auto, vec![x, ("NO_COLOR", "")], true, true),
            (When::Auto, vec![x, ("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], true, false),
            (When::Auto, vec![x, ("CLICOLOR_FORCE", "1")], false, true),
            (When::Auto, vec![x, ("CLICOLOR_FORCE", "0")], false, false),
            (When::Auto, vec![x, ("CLICOLOR", "0")], true, false),
            (When::Always, vec![x, ("NO_COLOR", "1")], false, true),
            (When::Never, vec![x, ("CLICOLOR_FORCE", "1")], true, false),
        ] {
            assert_eq!(
                terminal(when, When::Auto, &env, is_terminal).color,
                color,
                "{when:?} {env:?} {is_terminal}"
            );
        }
    }

    #[test]
    fn ascii_follows_setting_then_locale_and_term() {
        let x = ("TERM", "xterm");
        for (when, env, ascii) in [
            (When::Auto, vec![x, ("LANG", "en_US.UTF-8")], false),
            (When::Auto, vec![x, ("LC_CTYPE", "C.utf8")], false),
            (When::Auto, vec![x, ("LANG", "en_US.UTF-8"), ("LC_ALL", "C")], true),
            (When::Auto, vec![x, ("LANG", "en_US.UTF-8"), ("LC_ALL", "")], false),
            (When::Auto, vec![x], true),
            (When::Auto, vec![("TERM", "linux"), ("LANG", "en_US.UTF-8")], true),
            (When::Auto, vec![("TERM", "linux-16color"), ("LANG", "en_US.UTF-8")], true),
            (When::Always, vec![x, ("LANG", "en_US.UTF-8")], true),
            (When::Never, vec![x], false),
        ] {
            assert_eq!(terminal(When::Auto, when, &env, true).ascii, ascii, "{when:?} {env:?}");
        }
    }
}
