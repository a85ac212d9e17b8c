//! Programs that are started from here: what they do not inherit, how long they may take, what they said, how they
//! ended.

use std::{
    io::{self, Read},
    process::{Child, Command, ExitStatus},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::domain::secret;

/// How often a program is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How long the last words of a program are waited for after its end: others may hold its pipe.
pub(super) const SHORT: Duration = Duration::from_millis(500);
/// Bytes at the end of what it says that are looked at.
const LAST: usize = 2_000;

/// Takes our secrets out of what it inherits.
pub(super) fn without_secrets(command: &mut Command) -> &mut Command {
    for name in secret::VARIABLES {
        command.env_remove(name);
    }
    command
}

/// How it ended; `None`: it was killed when the time was over. It leads a process group of its own.
pub(super) fn wait(child: &mut Child, timeout: Duration) -> io::Result<Option<ExitStatus>> {
    let mut waited = Duration::ZERO;
    while waited < timeout {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(LOOK);
        waited += LOOK;
    }
    // Its own children, too, which are in its group.
    kill_process_group(Pid::from_child(child), Signal::KILL)?;
    // Reaped, so that no zombie stays.
    child.wait()?;
    Ok(None)
}

pub(super) fn ended(status: ExitStatus) -> String {
    status.code().map_or_else(|| "was ended by a signal".to_owned(), |code| format!("ended with {code}"))
}

/// What a program says, of which the end is kept.
#[derive(Debug)]
pub(super) struct Heard(Receiver<String>);

/// Reads all of it: who is not listened to would stop.
pub(super) fn listen(mut pipe: impl Read + Send + 'static) -> Heard {
    let (tell, told) = channel();
    thread::spawn(move || {
        let (mut last, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            match pipe.read(&mut piece) {
                // Nobody listens where it took too long.
                Ok(0) => return drop(tell.send(String::from_utf8_lossy(&last).into_owned())),
                Ok(count) => last.extend_from_slice(piece.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
            let old = last.len().saturating_sub(LAST);
            last.drain(..old);
        }
    });
    Heard(told)
}

impl Heard {
    /// All of it, after the program's end; `None`: it goes on, so that nobody knows what is missing.
    pub(super) fn whole(&self, patience: Duration) -> Option<String> {
        self.0.recv_timeout(patience).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_has_no_end_is_not_taken_for_the_whole() {
        let (read, mut written) = io::pipe().unwrap();
        let heard = listen(read);
        written.write_all(b"said").unwrap();
        // Somebody else holds the pipe.
        assert_eq!(heard.whole(LOOK), None);
        drop(written);
        assert_eq!(heard.whole(Duration::from_mins(1)).as_deref(), Some("said"));
    }
}
