//! Programs that may know what we need: GitHub's own `gh`, git, ssh. They may hang, and hold nobody up for long.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    time::Duration,
};

pub const GH: &str = "gh";
/// How long a program may take that answers from its own files: these may be on a network, or a keyring may ask somebody.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// Bytes of its answer.
const LARGEST: u64 = 10_000;

/// Why a program told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It is not there, it failed, or it has nothing to tell.
    Nothing,
    /// It did not end within this time.
    Hung(Duration),
}

/// The first line that it says, without blanks around it.
///
/// # Errors
/// It does not end well within this time, or says nothing.
pub fn ask(program: &str, args: &[&str], patience: Duration) -> Result<String, Silence> {
    let line = start(program, args, patience)?.recv_timeout(patience).ok();
    line.filter(|line| !line.is_empty()).ok_or(Silence::Nothing)
}

/// All that it says, line by line, without blanks around them.
pub fn lines(program: &str, args: &[&str], patience: Duration) -> impl Iterator<Item = String> + use<> {
    let told = start(program, args, patience);
    told.into_iter().flat_map(move |told| std::iter::from_fn(move || told.recv_timeout(patience).ok()))
}

/// Where ssh goes by this name; it only reads its configuration.
pub fn ssh_host(alias: &str) -> Option<String> {
    let mut settings = lines("ssh", &["-G", "--", alias], PATIENCE);
    settings.find_map(|line| line.strip_prefix("hostname ").map(str::to_owned))
}

fn start(program: &str, args: &[&str], patience: Duration) -> Result<Receiver<String>, Silence> {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_not_there| Silence::Nothing)?;
    if !wait(program, &mut child, patience)?.success() {
        return Err(Silence::Nothing);
    }
    // What it said fits into the pipe. Whoever else holds the pipe is not waited for.
    let (tell, told) = mpsc::channel();
    let output = BufReader::new(child.stdout.take().ok_or(Silence::Nothing)?.take(LARGEST));
    std::thread::spawn(move || {
        let lines = output.lines().map_while(Result::ok);
        // Nobody listens when it took too long.
        lines.map(|line| tell.send(line.trim().to_owned())).take_while(Result::is_ok).for_each(drop);
    });
    Ok(told)
}

/// How it ended; it is killed when the time is over.
fn wait(program: &str, child: &mut Child, patience: Duration) -> Result<ExitStatus, Silence> {
    let mut waited = Duration::ZERO;
    let silence = loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if waited < patience => std::thread::sleep(LOOK),
            Ok(None) => {
                tracing::warn!("{program} did not answer within {patience:?}");
                break Silence::Hung(patience);
            }
            Err(error) => {
                tracing::warn!(%error, "{program} cannot be waited for");
                break Silence::Nothing;
            }
        }
        waited += LOOK;
    };
    // Reaped, so that no zombie stays.
    drop(child.kill().and_then(|()| child.wait()));
    Err(silence)
}
