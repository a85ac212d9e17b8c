//! The commands on a page: in `sh` blocks as a shell would read them, and as pieces of code in the text.

use clap::error::ErrorKind;
use flowlens::cli::{Cli, Command, definition};
use flowlens::domain::filter::Filter;

use super::{MANIFEST, exists, page::Page};

/// What separates two commands on a line.
const BETWEEN: [&str; 3] = ["|", "&&", ";"];

/// What is wrong with the commands of a page.
pub(super) fn problems(page: &Page) -> Vec<String> {
    let mut found = Vec::new();
    for (_, block) in page.blocks.iter().filter(|(language, _)| language == "sh") {
        for line in block.lines() {
            match shlex::split(line) {
                Some(words) => found.extend(split(words).iter().filter_map(|words| refused(words))),
                None => found.push(format!("no shell takes: {line}")),
            }
        }
    }
    let spans = page.spans.iter().filter_map(|span| shlex::split(span));
    found.extend(spans.filter_map(|words| refused_in_text(&words)));
    found
}

/// The commands of a line, without their redirections.
fn split(words: Vec<String>) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if BETWEEN.contains(&word.as_str()) {
            commands.push(Vec::new());
        } else if matches!(word.as_str(), ">" | "<") {
            words.next();
        } else if let Some(command) = commands.last_mut() {
            command.push(word);
        }
    }
    commands
}

/// Why a command cannot be run.
fn refused(words: &[String]) -> Option<String> {
    let words: Vec<&str> = words.iter().map(String::as_str).skip_while(|word| is_variable(word)).collect();
    match words.as_slice() {
        ["flowlens", ..] => parse(&words).err().map(|error| error.to_string()),
        ["cargo", "run", options @ ..] => {
            let own = options.iter().position(|word| *word == "--").map_or(&[][..], |at| &options[at + 1..]);
            parse(&[&["flowlens"], own].concat()).err().map(|error| error.to_string())
        }
        ["cargo", ..] => {
            let after = |flag| words.iter().skip_while(|word| **word != flag).nth(1);
            let bench = after("--bench").map(|name| format!("[[bench]]\nname = \"{name}\"\n"));
            let profile = after("--profile").map(|name| format!("[profile.{name}]\n"));
            let unknown = bench.into_iter().chain(profile).find(|head| !MANIFEST.contains(head.as_str()));
            unknown.map(|head| format!("Cargo.toml lacks {head}"))
        }
        [program, ..] if program.contains('/') && !exists(program) => Some(format!("no program {program}")),
        _ => None,
    }
}

/// The same for a piece of text, in which words such as `DIR` may stand for something.
fn refused_in_text(words: &[String]) -> Option<String> {
    match words.first()?.as_str() {
        "flowlens" => {
            let error = parse(words).err()?;
            let wrong = matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand);
            wrong.then(|| error.to_string())
        }
        "cargo" | "tests/run" | ".ci/run" => refused(words),
        flag if flag.starts_with('-') && !matches!(flag, "-" | "--") => {
            (!is_flag(&definition(), flag)).then(|| format!("no command takes {flag}"))
        }
        _ => None,
    }
}

fn parse<T: AsRef<str>>(words: &[T]) -> Result<(), clap::Error> {
    let command = match Cli::read(words.iter().map(AsRef::as_ref)) {
        Ok(cli) => cli.command,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let filters = match &command {
        Command::Dashboard(args) => [args.view.filter.as_deref(), None],
        Command::Status(status) => [status.view.filter.as_deref(), status.fail_on.as_deref()],
        _ => [None, None],
    };
    for filter in filters.into_iter().flatten() {
        Filter::parse(filter).map_err(|why| definition().error(ErrorKind::UnknownArgument, why))?;
    }
    Ok(())
}

/// `NAME=value` before a command.
fn is_variable(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

fn is_flag(command: &clap::Command, flag: &str) -> bool {
    let is_it = |argument: &clap::Arg| match flag.strip_prefix("--") {
        Some(long) => argument.get_long() == Some(long),
        None => argument.get_short().is_some_and(|short| flag.strip_prefix('-') == Some(&short.to_string())),
    };
    let built_in = ["--help", "-h", "--version", "-V"].contains(&flag);
    built_in
        || command.get_arguments().any(is_it)
        || command.get_subcommands().any(|inner| is_flag(inner, flag))
}
