//! Running the program of a rule: without a shell, without our secrets, for a limited time.

use std::{
    io::Read as _,
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::{
    domain::{notify::FACTS, text::clean},
    tui::effect::Run,
};

/// How often a program is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// Bytes of what it says is wrong.
const LARGEST: u64 = 500;

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
pub(super) fn run(run: &Run) -> Result<(), String> {
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
    let said = listen(&mut child);
    match wait(&mut child, run.timeout) {
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => {
            let said = said.recv_timeout(LOOK * 10).unwrap_or_default();
            let said = said.lines().map(clean).find(|line| !line.trim().is_empty());
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

/// Reads the first words of what it says is wrong. Whoever else holds the pipe is not waited for.
fn listen(child: &mut Child) -> mpsc::Receiver<String> {
    let (tell, told) = mpsc::channel();
    if let Some(mut pipe) = child.stderr.take() {
        std::thread::spawn(move || {
            let mut said = Vec::new();
            let read = pipe.by_ref().take(LARGEST).read_to_end(&mut said);
            // Nobody listens when it ended well.
            drop(read.map(|_| tell.send(String::from_utf8_lossy(&said).into_owned())));
            // What else it says must not stop it.
            drop(std::io::copy(&mut pipe, &mut std::io::sink()));
        });
    }
    told
}

/// How it ended; `None`: it was killed when the time was over.
pub(super) fn wait(child: &mut Child, timeout: Duration) -> std::io::Result<Option<ExitStatus>> {
    let mut waited = Duration::ZERO;
    while waited < timeout {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(LOOK);
        waited += LOOK;
    }
    // Its own children, too, which are in its group.
    kill_process_group(Pid::from_child(child), Signal::KILL)?;
    // Reaped, so that no zombie stays.
    child.wait()?;
    Ok(None)
}

fn ended(status: ExitStatus) -> String {
    status.code().map_or_else(|| "was killed".to_owned(), |code| format!("ended with {code}"))
}
