//! Running the program of a rule: without a shell, without our secrets, for a limited time.

use std::{
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
};

use super::child::{SHORT, ended, listen, wait};
use crate::{
    domain::{notify::FACTS, text::clean},
    tui::effect::RuleCommand,
};

/// What a program that shows or sends something needs. All else stays here: tokens, passwords, addresses of databases.
const PASSED_ON: [&str; 22] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TERM",
    "TMPDIR",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
    "XDG_CURRENT_DESKTOP",
    "XDG_SESSION_TYPE",
    "TMUX",
    "TMUX_PANE",
];

/// Runs it to its end.
///
/// # Errors
/// It did not start, did not end in time, or ended badly, in one line.
pub(super) fn run(run: &RuleCommand) -> Result<(), String> {
    let [program, arguments @ ..] = run.command.as_slice() else { return Ok(()) };
    let shown = clean(program);
    let failed = |why: String| format!("Rule {}: {shown} {why}", run.rule);
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| is_passed_on(&name.to_string_lossy())))
        .envs(FACTS.iter().zip(&run.facts).map(|((_, variable), fact)| (variable, fact.as_str())))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        // Keys that reach the terminal's programs as signals are not meant for it.
        .process_group(0)
        .spawn()
        .map_err(|error| failed(format!("cannot be started: {error}")))?;
    let said = child.stderr.take().map(listen);
    match wait(&mut child, run.timeout) {
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => {
            let said = said.and_then(|said| said.whole(SHORT)).unwrap_or_default();
            let said = said.lines().rev().map(clean).find(|line| !line.trim().is_empty());
            Err(failed(format!(
                "{}{}",
                ended(status),
                said.map(|line| format!(": {line}")).unwrap_or_default()
            )))
        }
        Ok(None) => Err(failed(format!("was stopped: it took longer than {:?}", run.timeout))),
        Err(error) => Err(failed(format!("cannot be waited for: {error}"))),
    }
}

fn is_passed_on(name: &str) -> bool {
    PASSED_ON.contains(&name) || name.starts_with("LC_")
}
