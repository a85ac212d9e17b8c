//! Commands of the user's own: a program and its arguments, with values of a pull request in them. A value is an
//! argument, or a part of one; no shell ever reads it.

use std::path::Path;

use super::template;

/// A command of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCommand {
    pub name: String,
    /// As it is written; `None`: it is in the palette alone.
    pub key: Option<String>,
    /// The program, and its arguments with placeholders.
    pub words: Vec<String>,
    pub place: Place,
}

/// Where a command runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// It has the terminal until it ends.
    #[default]
    Foreground,
    Background,
    /// Its output is shown in the pager.
    Pager,
}

impl Place {
    pub const ALL: [Self; 3] = [Self::Foreground, Self::Background, Self::Pager];

    /// Its name in the config.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Foreground => "foreground",
            Self::Background => "background",
            Self::Pager => "pager",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.name() == name)
    }
}

/// What is told of a pull request: its name in braces in an argument, and its variable in the environment.
pub const FACTS: [(&str, &str); 6] = [
    ("repo", "FLOWLENS_REPO"),
    ("number", "FLOWLENS_NUMBER"),
    ("branch", "FLOWLENS_BRANCH"),
    ("sha", "FLOWLENS_SHA"),
    ("url", "FLOWLENS_URL"),
    ("title", "FLOWLENS_TITLE"),
];

/// A value for each of [`FACTS`]; empty where it is not known.
pub type Facts = [String; FACTS.len()];

/// Programs that take one of their arguments for a script.
const INTERPRETERS: [&str; 24] = [
    "sh", "ash", "bash", "csh", "dash", "fish", "ksh", "mksh", "nu", "pwsh", "tcsh", "zsh", "awk", "gawk",
    "mawk", "sed", "perl", "python", "python3", "ruby", "node", "deno", "lua", "php",
];
/// Programs that hand all of their arguments to a shell.
const TO_A_SHELL: [&str; 4] = ["eval", "ssh", "su", "watch"];

impl OwnCommand {
    /// Whether words make a command.
    ///
    /// # Errors
    /// What is wrong with them, and how to mend it.
    pub fn check(words: &[String]) -> Result<(), String> {
        let example = "expected a list, the program first, such as [\"gh\", \"pr\", \"diff\", \"{number}\"]";
        match words.first() {
            Some(program) if !program.trim().is_empty() => {
                if !template::names(program).is_empty() {
                    return Err("the program itself may not depend on a pull request".to_owned());
                }
            }
            Some(_) | None => return Err(example.to_owned()),
        }
        for (at, word) in words.iter().enumerate() {
            if word.contains('\0') {
                return Err("an argument cannot hold a NUL".to_owned());
            }
            for name in template::names(word) {
                if FACTS.iter().all(|(fact, _)| *fact != name) {
                    let known = FACTS.map(|(fact, _)| format!("{{{fact}}}")).join(" ");
                    return Err(format!("{{{name}}} stands for nothing; there are {known}"));
                }
                if let Some(reader) = read_as_script(words, at) {
                    return Err(format!(
                        "{reader} would read {{{name}}} as a script; hand it over as an argument: \
                         [\"sh\", \"-c\", \"… \\\"$1\\\"\", \"sh\", \"{{{name}}}\"]"
                    ));
                }
            }
        }
        Ok(())
    }

    /// The words with a pull request's values in them.
    ///
    /// # Errors
    /// A value is not known, or would be taken for something else than a value.
    pub fn filled(&self, facts: &Facts) -> Result<Vec<String>, String> {
        let value = |name: &str| {
            FACTS.iter().zip(facts).find(|((fact, _), _)| *fact == name).map(|(_, value)| value.as_str())
        };
        let mut all: Vec<String> = Vec::new();
        for word in &self.words {
            let names = template::names(word);
            if let Some(name) = names.iter().find(|name| value(name).is_none_or(str::is_empty)) {
                return Err(format!("its {name} is not known"));
            }
            let filled = template::filled(word, value);
            if filled.contains('\0') {
                return Err("a value holds a NUL, which no argument can".to_owned());
            }
            let is_option = filled.starts_with('-') && !word.starts_with('-');
            if is_option && !all.iter().any(|word| word == "--") {
                let name = names.first().copied().unwrap_or_default();
                return Err(format!("its {name} begins with \"-\"; put \"--\" before {{{name}}}"));
            }
            all.push(filled);
        }
        Ok(all)
    }
}

/// The program that would take the argument at `at` for a script.
fn read_as_script(words: &[String], at: usize) -> Option<&str> {
    let program = |word: &str| Path::new(word).file_name()?.to_str().map(str::to_owned);
    let is_one_of =
        |word: &str, list: &[&str]| program(word).is_some_and(|name| list.contains(&name.as_str()));
    let before = words.get(..at)?;
    if let Some(reader) = before.iter().find(|word| is_one_of(word, &TO_A_SHELL)) {
        return Some(reader);
    }
    let from = before.iter().position(|word| is_one_of(word, &INTERPRETERS))?;
    let script = (from + 1..words.len()).find(|at| is_script(&words[at - 1], &words[*at]))?;
    (script == at).then(|| words[from].as_str())
}

/// Whether a word is the script, a text or a file: the first that is neither an option nor the value of one.
fn is_script(before: &str, word: &str) -> bool {
    let is_value_of = ["-o", "+o", "-O", "+O"].contains(&before);
    !is_value_of && !word.starts_with(['-', '+'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn placeholders_stand_in_arguments_and_not_in_scripts() {
        for good in [
            &["gh", "pr", "diff", "{number}", "--repo={repo}"][..],
            &["sh", "-c", "git log \"$1\"", "sh", "{branch}"],
            &["env", "A=1", "bash", "-eu", "-o", "pipefail", "-c", "echo \"$1\"", "bash", "{title}"],
            &["sh", "-c", "echo \"$FLOWLENS_TITLE\""],
            &["python3", "tool.py", "{sha}"],
            &["printf", "%s\\n", "{title}"],
            &["git", "-c", "user.name={repo}", "log"],
            &["x", "{\"json\": 1}", "{}"],
        ] {
            assert_eq!(OwnCommand::check(&words(good)), Ok(()), "{good:?}");
        }
        for (bad, says) in [
            (&[][..], "expected a list"),
            (&[" "], "expected a list"),
            (&["{title}"], "the program itself"),
            (&["x", "{titel}"], "{titel} stands for nothing; there are {repo}"),
            (&["x", "a\0b"], "NUL"),
            (&["sh", "-c", "git log {branch}"], "sh would read {branch} as a script"),
            (&["sh", "-c", "{branch}"], "sh would read"),
            (&["/bin/bash", "-lc", "x {title}"], "/bin/bash would read"),
            (&["env", "bash", "-o", "pipefail", "-c", "x {title}"], "bash would read"),
            (&["python3", "-c", "print('{title}')"], "python3 would read"),
            (&["perl", "-e", "{title}"], "perl would read"),
            (&["bash", "{branch}"], "bash would read"),
            (&["awk", "{title}", "file"], "awk would read"),
            (&["ssh", "host", "ls {branch}"], "ssh would read"),
        ] {
            let why = OwnCommand::check(&words(bad)).unwrap_err();
            assert!(why.contains(says), "{bad:?}: {why}");
        }
    }

    #[test]
    fn a_value_is_never_an_option_and_never_missing() {
        let facts: Facts =
            ["acme/api", "421", "--upload-pack=x", "abc1234", "https://x", "{sha} -rf"].map(str::to_owned);
        let filled = |list: &[&str], facts: &Facts| {
            let command =
                OwnCommand { name: "x".to_owned(), key: None, words: words(list), place: Place::default() };
            command.filled(facts)
        };
        assert_eq!(filled(&["x", "{title}"], &facts), Ok(words(&["x", "{sha} -rf"])));
        assert_eq!(filled(&["x", "{repo}#{number}"], &facts), Ok(words(&["x", "acme/api#421"])));
        assert_eq!(filled(&["x", "-b{branch}"], &facts), Ok(words(&["x", "-b--upload-pack=x"])));
        assert_eq!(filled(&["x", "--", "{branch}"], &facts), Ok(words(&["x", "--", "--upload-pack=x"])));
        let why = filled(&["git", "fetch", "{branch}", "--"], &facts).unwrap_err();
        assert_eq!(why, "its branch begins with \"-\"; put \"--\" before {branch}");
        let empty = Facts::default();
        assert_eq!(filled(&["x", "{sha}"], &empty), Err("its sha is not known".to_owned()));
        assert_eq!(filled(&["x", "y"], &empty), Ok(words(&["x", "y"])));
        let mut nul = facts;
        nul[5] = "a\0b".to_owned();
        assert!(filled(&["x", "{title}"], &nul).unwrap_err().contains("NUL"));
    }
}
