//! Starting a browser.

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
    thread,
};

use super::child::without_secrets;

/// Starts the first of the system's openers that is there, without our secrets and far from the screen and its keys.
///
/// # Errors
/// None of them can be started.
pub(super) fn open(url: &str) -> io::Result<()> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for mut command in open::commands(url) {
        match start(&mut command) {
            Ok(()) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn start(command: &mut Command) -> io::Result<()> {
    let quiet = without_secrets(command).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = quiet.process_group(0).spawn()?;
    // Reaped when it ends, however long that takes.
    thread::spawn(move || child.wait());
    Ok(())
}
