//! What the words of a title tell about a change.

use std::sync::LazyLock;

use regex::{RegexSet, RegexSetBuilder};

use crate::insight::digest::word::is_word;

/// The classes of words in a title.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a term of the model")]
pub struct TitleWords {
    /// Repairs something: "fix", "crash", "regression".
    pub fix: bool,
    /// Changes the form, not the behaviour: "refactor", "rename", "remove".
    pub refactor: bool,
    /// Documents: "docs", "typo", "changelog".
    pub doc: bool,
    /// Tests or builds: "test", "ci", "gradle".
    pub test: bool,
    /// Moves to other versions: "bump", "upgrade", "release".
    pub dependency: bool,
    /// Takes a change back: "revert", "undo".
    pub revert: bool,
    /// Adds or improves something: "add", "support", "optimize".
    pub feature: bool,
    /// Carries changes from elsewhere: "merge", "backport".
    pub merge: bool,
}

/// The words of each class, in the order of [`TitleWords`], for what [`fold`] makes of a title.
///
/// A pattern that does not compile would fit nothing; the tests hold that each does.
static WORDS: LazyLock<RegexSet> = LazyLock::new(|| {
    let patterns = [
        concat!(
            r"\b(fix(e[sd]|ing)?|bug(fix)?|hotfix|patch|repair|resolve[sd]?|regression|crash(es)?|npe|deadlock",
            r"|leak|broken|wrong|incorrect|fail(s|ed|ing|ure)?|issue|prevent|avoid|handle)\b",
        ),
        concat!(
            r"\b(refactor\w*|clean ?up|cleanup|simplif\w*|rename\w*|reorgani[sz]e\w*|polish\w*|tidy|style",
            r"|format\w*|lint|typos?|whitespace|deprecat\w*|remove[sd]?|delete[sd]?|drop|unused)\b",
        ),
        concat!(
            r"\b(docs?|documentation|readme|javadoc|comments?|changelog|release notes?|licen[sc]e|copyright",
            r"|spelling|typos?|translat\w*|example|tutorial)\b",
        ),
        r"\b(tests?|testing|spec|coverage|flaky|ci|travis|jenkins|build|gradle|maven|pom)\b",
        r"\b(bump|upgrade\w*|dependenc\w*|deps|renovate|dependabot|version|release|snapshot|prepare)\b",
        r"\brevert\w*|\bback ?out\b|\bundo\b",
        concat!(
            r"\b(add(s|ed|ing)?|feat(ure)?|implement\w*|support\w*|introduce\w*|new|allow\w*|enable\w*|initial",
            r"|first|create\w*|improve\w*|enhance\w*|optimi[sz]e\w*|performance|refine|rewrite|rework|migrate",
            r"|convert|switch|replace|use)\b",
        ),
        r"\bmerge\b|\bcherry|\bbackport",
    ];
    RegexSetBuilder::new(patterns).unicode(false).build().unwrap_or_default()
});

impl TitleWords {
    pub fn of(title: &str) -> Self {
        let found = WORDS.matches(&title.chars().map(fold).collect::<String>());
        Self {
            fix: found.matched(0),
            refactor: found.matched(1),
            doc: found.matched(2),
            test: found.matched(3),
            dependency: found.matched(4),
            revert: found.matched(5),
            feature: found.matched(6),
            merge: found.matched(7),
        }
    }
}

/// The character in ASCII and lower case, so that the patterns need no Unicode: a letter of another script becomes
/// one that no pattern asks for, and what is no letter a sign.
///
/// `İ`, `ı`, `ſ` and the sign for kelvin are the characters beyond ASCII that are `i`, `s`, `k` in another case.
fn fold(c: char) -> char {
    match c {
        'İ' | 'ı' => 'i',
        'ſ' => 's',
        '\u{212a}' => 'k',
        _ if c.is_ascii() => c.to_ascii_lowercase(),
        _ if is_word(c) => '_',
        _ => '-',
    }
}
