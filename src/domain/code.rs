//! What stands out in a line of code: comments, texts, numbers, keywords.
//!
//! A patch shows pieces of files, and nothing is known of the lines between them: each line is read by itself. What began
//! on an earlier line is not seen, but for the asterisk by which most comments go on.

/// What a piece of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    Plain,
    Comment,
    Text,
    Number,
    Keyword,
}

/// As much of a language as its lines need.
#[derive(Debug)]
pub struct Language {
    /// Endings of its files' names, and whole names.
    files: &'static [&'static str],
    /// What begins a comment that ends with the line. `#` does so behind a blank only.
    comment: &'static str,
    /// It has comments between `/*` and `*/`.
    has_blocks: bool,
    quotes: &'static [char],
    /// With blanks between them.
    keywords: &'static str,
    /// Keywords may be written in capitals.
    any_case: bool,
}

const C: Language = Language {
    files: &[
        "c", "h", "cc", "cpp", "cxx", "hpp", "cs", "java", "kt", "kts", "swift", "scala", "dart", "m", "php",
        "proto",
    ],
    comment: "//",
    has_blocks: true,
    quotes: &['"', '\''],
    keywords: "abstract auto bool break case catch char class const continue default do double else \
            enum extends extern false final finally float for func fun if implements import int \
            interface let long namespace new null nullptr object override package private protected \
            public return short sizeof static struct super switch template this throw throws true \
            try typedef union unsigned using val var virtual void when while",
    any_case: false,
};

const LANGUAGES: [Language; 8] = [
    Language {
        files: &["rs"],
        // An apostrophe begins a lifetime as well.
        quotes: &['"'],
        keywords: "as async await break const continue crate dyn else enum extern false fn for if impl in \
            let loop match mod move mut pub ref return self static struct super trait true type \
            unsafe use where while Self",
        ..C
    },
    Language {
        files: &["go"],
        quotes: &['"', '\'', '`'],
        keywords: "break case chan const continue default defer else fallthrough false for func go goto if \
            import interface map nil package range return select struct switch true type var",
        ..C
    },
    Language {
        files: &["js", "jsx", "mjs", "cjs", "ts", "tsx", "vue", "svelte"],
        quotes: &['"', '\'', '`'],
        keywords: "as async await break case catch class const continue default delete do else enum export \
            extends false finally for from function if implements import in instanceof interface let \
            new null of private public readonly return static super switch this throw true try type \
            typeof undefined var void while yield",
        ..C
    },
    Language {
        files: &["py", "pyi"],
        comment: "#",
        has_blocks: false,
        keywords: "and as assert async await break class continue def del elif else except finally for from \
            global if import in is lambda nonlocal not or pass raise return try while with yield \
            False None True",
        ..C
    },
    Language {
        files: &["sh", "bash", "zsh", "Dockerfile", "Makefile"],
        comment: "#",
        has_blocks: false,
        keywords: "case do done elif else esac exit export fi for function if in local return set then \
            unset until while",
        ..C
    },
    Language {
        files: &["yml", "yaml", "toml"],
        comment: "#",
        has_blocks: false,
        keywords: "false no null off on true yes",
        ..C
    },
    Language {
        files: &["sql"],
        comment: "--",
        quotes: &['\''],
        keywords: "add all alter and any as asc begin between by case check column commit constraint create \
            cross default delete desc distinct drop else end exists false foreign from group having \
            if in index inner insert into is join key lateral left like limit not null offset on or \
            order outer over partition primary references returning right select set table then true \
            union unique update using values view when where with",
        any_case: true,
        ..C
    },
    C,
];

impl Language {
    /// That of a file, by the end of its name.
    pub fn of(path: &str) -> Option<&'static Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let end = name.rsplit('.').next().unwrap_or(name);
        LANGUAGES.iter().find(|language| language.files.contains(&end))
    }

    /// The pieces of a line: where each begins, and what it is.
    pub fn tokens(&self, line: &str) -> Vec<(usize, Token)> {
        let mut tokens = Vec::new();
        let mut at = 0;
        let begin = line.trim_start();
        if self.has_blocks && (begin == "*" || begin.starts_with("* ") || begin.starts_with("*/")) {
            tokens.push((0, Token::Comment));
            at = line.find("*/").map_or(line.len(), |end| end + 2);
        }
        while let Some((before, rest)) = line.split_at_checked(at).filter(|(_, rest)| !rest.is_empty()) {
            let (token, len) = self.next(before, rest);
            if tokens.last().is_none_or(|(_, last)| *last != token) {
                tokens.push((at, token));
            }
            at += len;
        }
        tokens
    }

    /// What the rest of a line begins with, and the bytes of it.
    fn next(&self, before: &str, rest: &str) -> (Token, usize) {
        let is_apart = self.comment != "#" || before.chars().next_back().is_none_or(char::is_whitespace);
        if rest.starts_with(self.comment) && is_apart {
            return (Token::Comment, rest.len());
        }
        if let Some(block) = rest.strip_prefix("/*").filter(|_| self.has_blocks) {
            return (Token::Comment, block.find("*/").map_or(rest.len(), |end| end + 4));
        }
        let first = rest.chars().next().unwrap_or_default();
        if self.quotes.contains(&first) {
            // One that is not closed here may be an apostrophe.
            return quoted(rest, first).map_or((Token::Plain, first.len_utf8()), |len| (Token::Text, len));
        }
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        if first.is_ascii_digit() {
            let end = rest.find(|c: char| !is_word(c) && c != '.');
            return (Token::Number, end.unwrap_or(rest.len()));
        }
        if !is_word(first) {
            return (Token::Plain, first.len_utf8());
        }
        let word = rest.split(|c| !is_word(c)).next().unwrap_or(rest);
        (if self.is_keyword(word) { Token::Keyword } else { Token::Plain }, word.len())
    }

    fn is_keyword(&self, word: &str) -> bool {
        let mut keywords = self.keywords.split(' ');
        keywords.any(|keyword| keyword == word || self.any_case && keyword.eq_ignore_ascii_case(word))
    }
}

/// The bytes of a text with both its quotes.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, c)| {
        let is_end = *c == quote && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        is_end
    });
    end.map(|(at, c)| at + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_many_languages_fall_into_their_pieces() {
        use Token::{Comment, Keyword, Number, Plain, Text};
        for (path, line, pieces) in [
            (
                "src/a.rs",
                r#"pub fn f<'a>() { "a\"b" } // 'c'"#,
                &[
                    (Keyword, "pub"),
                    (Plain, " "),
                    (Keyword, "fn"),
                    (Plain, " f<'a>() { "),
                    (Text, r#""a\"b""#),
                    (Plain, " } "),
                    (Comment, "// 'c'"),
                ][..],
            ),
            (
                "a.go",
                "x := 0x1F /* b */ + 日1",
                &[(Plain, "x := "), (Number, "0x1F"), (Plain, " "), (Comment, "/* b */"), (Plain, " + 日1")],
            ),
            (
                "a.ts",
                " * goes on */ return",
                &[(Comment, " * goes on */"), (Plain, " "), (Keyword, "return")],
            ),
            ("a.java", "/* open", &[(Comment, "/* open")]),
            ("a.py", "# don't", &[(Comment, "# don't")]),
            (
                "deploy/Dockerfile",
                "RUN a#b 'c d' # e",
                &[(Plain, "RUN a#b "), (Text, "'c d'"), (Plain, " "), (Comment, "# e")],
            ),
            (".github/a.yml", "on: don't", &[(Keyword, "on"), (Plain, ": don't")]),
            (
                "a.sql",
                "SELECT 1.5 -- x",
                &[(Keyword, "SELECT"), (Plain, " "), (Number, "1.5"), (Plain, " "), (Comment, "-- x")],
            ),
            ("a.c", "", &[]),
        ] {
            let tokens = Language::of(path).expect("a language").tokens(line);
            let ends = tokens.iter().skip(1).map(|(at, _)| *at).chain([line.len()]);
            let found: Vec<_> = tokens
                .iter()
                .zip(ends)
                .map(|((at, token), end)| (*token, line.get(*at..end).expect("a piece")))
                .collect();
            assert_eq!(found, pieces, "{path}");
        }
        assert!(Language::of("LICENSE").is_none() && Language::of("a.png").is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_covered_from_its_first_byte(line in "\\PC{0,40}") {
            for language in &LANGUAGES {
                let tokens = language.tokens(&line);
                proptest::prop_assert_eq!(tokens.first().map(|(at, _)| *at), (!line.is_empty()).then_some(0));
                proptest::prop_assert!(tokens.is_sorted_by(|(one, _), (other, _)| one < other));
                proptest::prop_assert!(tokens.iter().all(|(at, _)| line.is_char_boundary(*at) && *at < line.len()));
            }
        }
    }
}
