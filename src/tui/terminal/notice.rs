//! The sequences by which a terminal tells its user something.

use std::fmt;

use crossterm::Command;

use crate::domain::{notify::Sign, text::clean};

/// Begins each line, which could otherwise look like another command: `OSC 9 ; 4 ; …` is a progress bar to some.
const BY: &str = "FlowLens";

/// A sequence as it is.
pub(super) struct Notice(pub(super) String);

impl Command for Notice {
    fn write_ansi(&self, f: &mut impl fmt::Write) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A bell, or a notification with this text. tmux hands one on only in an envelope, and where `allow-passthrough` is on.
pub(super) fn sequence(sign: Sign, text: &str, in_tmux: bool) -> String {
    let text = clean(text);
    let sequence = match sign {
        Sign::Bell => return "\x07".to_owned(),
        Sign::Osc9 => format!("\x1b]9;{BY}: {text}\x1b\\"),
        // A semicolon ends a field.
        Sign::Osc777 => format!("\x1b]777;notify;{BY};{}\x1b\\", text.replace(';', ",")),
    };
    if in_tmux { format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")) } else { sequence }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_title_is_only_text() {
        let hostile = "4;1;50 a\x1b]0;own\x07\x1b\\b\u{9c}\u{202e};c\0\r\n";
        for sign in Sign::ALL {
            for in_tmux in [false, true] {
                let sent = sequence(sign, hostile, in_tmux);
                if sign == Sign::Bell {
                    assert_eq!(sent, "\x07");
                    continue;
                }
                let (begin, end) = if in_tmux { ("\x1bPtmux;", "\x1b\\") } else { ("", "") };
                let inner = sent.strip_prefix(begin).and_then(|rest| rest.strip_suffix(end)).unwrap();
                let inner = inner.replace("\x1b\x1b", "\x1b");
                let body = inner.strip_prefix("\x1b]").and_then(|rest| rest.strip_suffix("\x1b\\")).unwrap();
                assert!(body.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{body:?}");
                assert!(body.contains("a]0;own") || body.contains("a]0,own"), "{body:?}");
                let fields =
                    if sign == Sign::Osc9 { "9;FlowLens: 4;1;50 a" } else { "777;notify;FlowLens;4,1,50 a" };
                assert!(body.starts_with(fields), "{body:?}");
            }
        }
    }
}
