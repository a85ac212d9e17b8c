//! Commands of the user's own beside the screen, and what all of them get.

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
    time::Duration,
};

use super::child::{SHORT, ended, listen, wait};
use crate::{
    domain::{
        command::{FACTS, Facts},
        text::clean,
    },
    tui::effect::Program,
};

/// How long a command may run beside the screen.
const PATIENCE: Duration = Duration::from_hours(1);
/// Our own variables hold secrets.
const OURS: &str = "FLOWLENS_";

/// The user's environment without our own variables, and the values of a pull request.
pub(super) fn environment(command: &mut Command, facts: &Facts) {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with(OURS)) {
        command.env_remove(name);
    }
    let known = FACTS.iter().zip(facts).filter(|(_, fact)| !fact.contains('\0'));
    command.envs(known.map(|((_, variable), fact)| (variable, fact.as_str())));
}

/// Runs it to its end; the last line that it says.
///
/// # Errors
/// It did not start, did not end in time, or ended badly, in one line.
pub(super) fn run(program: &Program) -> Result<String, String> {
    let [word, arguments @ ..] = program.words.as_slice() else { return Err("it has no program".to_owned()) };
    let failed = |error: io::Error| format!("{} cannot be started: {error}", clean(word));
    let (read, written) = io::pipe().map_err(failed)?;
    let mut command = Command::new(word);
    command.args(arguments).stdin(Stdio::null()).stderr(written.try_clone().map_err(failed)?).stdout(written);
    environment(&mut command, &program.facts);
    // Keys that reach the terminal's programs as signals are not meant for it.
    let child = command.process_group(0).spawn();
    // Its ends of the pipe are its own now.
    drop(command);
    let mut child = child.map_err(failed)?;
    let said = listen(read);
    let status = wait(&mut child, PATIENCE).map_err(|error| format!("it cannot be waited for: {error}"))?;
    let said = said.whole(SHORT).unwrap_or_default();
    let last = said.lines().rev().map(clean).find(|line| !line.trim().is_empty());
    let with = |word: String| last.as_ref().map_or_else(|| word.clone(), |line| format!("{word}: {line}"));
    match status {
        Some(status) if status.success() => Ok(with("ended well".to_owned())),
        Some(status) => Err(with(ended(status))),
        None => Err(format!("was stopped: it took longer than {PATIENCE:?}")),
    }
}
