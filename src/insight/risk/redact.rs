//! What looks like a secret, taken out of a text before it leaves this machine.

use std::{borrow::Cow, sync::LazyLock};

use regex::{NoExpand, Regex};

use crate::insight::digest::patch::secret;

/// What stands for it.
pub const REDACTED: &str = "[redacted]";

/// What the model counts as a secret; and of a private key all up to its end, which a patch may not hold.
static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let key = r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\z)";
    Regex::new(&format!("{key}|{}", secret::PATTERN)).ok()
});

/// The text with everything that looks like a secret replaced by [`REDACTED`].
pub fn redact(text: &str) -> Cow<'_, str> {
    match &*SECRET {
        Some(secret) => secret.replace_all(text, NoExpand(REDACTED)),
        // The pattern is a constant, and the tests hold that it compiles. Without it nothing may pass.
        None => Cow::Borrowed(REDACTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_model_calls_a_secret_is_taken_out() {
        let token = format!("ghp_{}", "a1".repeat(18));
        for (text, shown) in [
            ("nothing here", "nothing here".to_owned()),
            ("key AKIAABCDEFGHIJKLMNOP, and", "key [redacted], and".to_owned()),
            (&format!("+let t = \"{token}\";"), "+let t = \"[redacted]\";".to_owned()),
            ("+password = \"correct horse\"\n+x", "+password = \"correct horse\"\n+x".to_owned()),
            ("+PassWord: 'correct-horse-1'\n+x", "+[redacted]\n+x".to_owned()),
            (
                "+-----BEGIN RSA PRIVATE KEY-----\n+MIIE\n+-----END RSA PRIVATE KEY-----\n+x",
                "+[redacted]\n+x".to_owned(),
            ),
            ("a\n-----BEGIN PRIVATE KEY-----\n+MIIE\n+abc", "a\n[redacted]".to_owned()),
        ] {
            assert_eq!(redact(text), shown);
        }
    }
}
