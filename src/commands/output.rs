//! Standard output, for data.

use std::io::{self, StdoutLock, Write};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::retry_on_intr,
};

/// Standard output, which waits where it is full: another program that has it, too, may have set it not to, as Node.js
/// does.
#[derive(Debug)]
pub struct Output(StdoutLock<'static>);

impl Output {
    /// Nothing else in this process writes to it from now on.
    #[must_use]
    pub fn lock() -> Self {
        Self(io::stdout().lock())
    }

    fn patiently<T>(&mut self, write: impl Fn(&mut StdoutLock<'static>) -> io::Result<T>) -> io::Result<T> {
        loop {
            match write(&mut self.0) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    retry_on_intr(|| poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None))?;
                }
                done => return done,
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.patiently(|out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.patiently(StdoutLock::flush)
    }
}
