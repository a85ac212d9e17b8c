//! The database's own words, as they may be shown.

use crate::domain::text::clean;

/// Longer messages are cut: some servers append whole statements.
const MESSAGE_CHARS: usize = 300;

/// One clean line without the password of any URL, cut to fit.
pub(super) fn one_line(message: &str) -> String {
    let words: Vec<String> = clean(message).split_whitespace().map(without_password).collect();
    let line = words.join(" ");
    if line.chars().count() > MESSAGE_CHARS {
        return line.chars().take(MESSAGE_CHARS).chain(['…']).collect();
    }
    line
}

/// `postgres://ana:secret@db` → `postgres://ana:***@db`.
fn without_password(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    let Some((login, rest)) = rest.rsplit_once('@') else { return word.to_owned() };
    match login.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:***@{rest}"),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_one_clean_line_without_passwords() {
        assert_eq!(one_line("two\nlines\t\u{1b}[31mred\u{202e}"), "two lines [31mred");
        assert_eq!(
            one_line("cannot reach postgres://ana:s3:cr@t@db:5433/x now"),
            "cannot reach postgres://ana:***@db:5433/x now"
        );
        assert_eq!(one_line(&"x".repeat(1000)).chars().count(), MESSAGE_CHARS + 1);
    }
}
