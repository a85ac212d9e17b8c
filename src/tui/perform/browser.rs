//! Starting a browser.

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::child::without_secrets;

/// An opener that has run for so long was the browser itself, however it ended.
const OPEN: Duration = Duration::from_secs(30);

/// Starts the system's openers, one after the other until one does not fail, without our secrets and far from the screen
/// and its keys. Waits for its end on a thread that nobody waits for.
///
/// # Errors
/// None of them can be started, or the last one failed.
pub(super) async fn open(url: String) -> io::Result<()> {
    let (told, heard) = oneshot::channel();
    thread::Builder::new().spawn(move || told.send(first_that_opens(&url)))?;
    heard.await.map_err(io::Error::other)?
}

fn first_that_opens(url: &str) -> io::Result<()> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for mut command in open::commands(url) {
        match run(&mut command) {
            Ok(()) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[expect(clippy::disallowed_methods, reason = "how long a browser ran is on no screen")]
fn run(command: &mut Command) -> io::Result<()> {
    let quiet = without_secrets(command).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let status = quiet.process_group(0).spawn()?.wait()?;
    if status.success() || began.elapsed() >= OPEN {
        return Ok(());
    }
    Err(io::Error::other(format!("{} ended with {status}", command.get_program().to_string_lossy())))
}
