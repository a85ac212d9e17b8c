//! A Markdown table (GitHub's flavour), made so that no title can break out of its cell.

use std::io::{self, Write};

use super::Report;
use crate::domain::{insight::Risk, pipeline::Stage, pull_request::PullRequest, time};

const HEADER: &str = "\
| Repository | # | Title | Author | PR | Build | Approval | Merge | Risk | Age | Next |
|---|--:|---|---|---|---|---|---|---|--:|---|";

pub(super) fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{HEADER}")?;
    for pr in &report.pulls {
        writeln!(out, "| {} |", row(report, pr).join(" | "))?;
    }
    Ok(())
}

fn row(report: &Report<'_>, pr: &PullRequest) -> [String; 11] {
    let now = report.poll.server_now;
    let [opened, build, approval, merge] = Stage::ALL.map(|stage| escape(pr.status(stage).word()));
    // Bare: `#421` would mean one of the repository where the table is posted.
    let number = pr.key.number.get();
    let number = match report.board.repository(pr.key.repo) {
        Some(repo) => format!("[{number}]({})", link(&pr.url(repo))),
        None => number.to_string(),
    };
    [
        escape(report.board.full_name(pr.key.repo)),
        number,
        escape(&pr.title),
        escape(pr.author.as_deref().unwrap_or_default()),
        opened,
        build,
        approval,
        merge,
        escape(pr.risk().map(Risk::word).unwrap_or_default()),
        pr.created_at.map(|at| time::age(now, at)).unwrap_or_default(),
        escape(&report.next_sentence(pr)),
    ]
}

/// Nothing that is seen. It parts what GitHub would else take for a name, a number or an address: whoever is named in
/// the table is not called, and no issue or pull request is told that it was mentioned.
const NOTHING: &str = "<!-- -->";

/// Plain words: nothing in them is taken for markup, HTML or the end of the cell, nor for a mention, a reference or an
/// address.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '~' | '&' | '$' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
        let next = chars.peek().map_or(' ', |(_, next)| *next);
        let rest = text.get(at + c.len_utf8()..).unwrap_or_default();
        let begins = match c {
            // `@ana`, `@acme/team`, `ana@example.org`
            '@' => next.is_alphanumeric() || next == '_' || next == '-',
            // `#12`, `acme/api#12`
            '#' => next.is_numeric(),
            // `GH-12`
            'h' | 'H' => next == '-' && out.to_lowercase().ends_with("gh"),
            // `https://github.com/acme/api/issues/12`
            ':' => rest.starts_with("//"),
            'w' | 'W' => next == '.' && out.to_lowercase().ends_with("www"),
            _ => false,
        };
        if begins {
            out.push_str(NOTHING);
        }
    }
    out
}

/// An address as a link's target: whatever could end the link or the cell is percent-encoded.
fn link(url: &str) -> String {
    url.bytes().map(link_byte).collect()
}

fn link_byte(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'*+,;=%".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::{escape, link};

    #[test]
    fn a_cell_stays_a_cell() {
        assert_eq!(escape("a|b\nc"), "a\\|b c");
        assert_eq!(escape("a\\|b\\"), "a\\\\\\|b\\\\", "a backslash must not free the pipe after it");
        assert_eq!(escape("<img src=x> [x](y)"), "\\<img src=x\\> \\[x\\](y)");
    }

    #[test]
    fn nobody_is_called_and_nothing_is_referred_to() {
        for (text, written) in [
            ("@octocat", "@<!-- -->octocat"),
            ("cc @acme/core, me@example.org", "cc @<!-- -->acme/core, me@<!-- -->example.org"),
            ("fixes #12", "fixes #<!-- -->12"),
            ("acme/api#12 and GH-7, gh-8", "acme/api#<!-- -->12 and GH<!-- -->-7, gh<!-- -->-8"),
            ("https://github.com/a/b/issues/1", "https:<!-- -->//github.com/a/b/issues/1"),
            ("HTTP://x www.github.com/a", "HTTP:<!-- -->//x www<!-- -->.github.com/a"),
            ("C# and F#, a @ b, 50 %: fine", "C# and F#, a @ b, 50 %: fine"),
            ("\\@octocat \\#12", "\\\\@<!-- -->octocat \\\\#<!-- -->12"),
            ("@_x @-x ##1", "@<!-- -->\\_x @<!-- -->-x ##<!-- -->1"),
        ] {
            assert_eq!(escape(text), written);
        }
    }

    #[test]
    fn a_link_stays_a_link() {
        assert_eq!(link("https://github.com/a/b/pull/1"), "https://github.com/a/b/pull/1");
        assert_eq!(link("https://x/) | <b>é"), "https://x/%29%20%7C%20%3Cb%3E%C3%A9");
    }
}
