//! The terminal behind standard input and output, opened once more for us alone. Writing to it never waits: a terminal
//! that does not read (a full pipe, flow control) must hold neither the loop nor a signal.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags},
    io::Errno,
    termios::{self, OptionalActions, QueueSelector, Termios},
};
use tokio::io::{Interest, unix::AsyncFd};

/// How long leaving waits for the terminal to take what is left: so many times, so long.
const TRIES: usize = 25;
const PAUSE: Duration = Duration::from_millis(10);
/// Takes back a sequence that has been sent in part (CAN).
const CANCEL: u8 = 0x18;

/// Both directions of the terminal, and its modes.
#[derive(Debug)]
pub(super) struct Tty {
    input: OwnedFd,
    output: OwnedFd,
    /// What was written, and the terminal has not taken yet.
    unsent: Mutex<Vec<u8>>,
    /// The modes in which it was before it was ours.
    before: Mutex<Option<Termios>>,
}

impl Tty {
    /// The terminal of this process's standard input and output.
    pub(super) fn open() -> io::Result<Self> {
        Ok(Self {
            input: open_again(io::stdin().as_fd())?,
            output: open_again(io::stdout().as_fd())?,
            unsent: Mutex::default(),
            before: Mutex::default(),
        })
    }

    pub(super) const fn output(&self) -> &OwnedFd {
        &self.output
    }

    /// Keys one by one, unseen, none of them a signal. May be asked for again.
    pub(super) fn make_raw(&self) -> io::Result<()> {
        let mut before = lock(&self.before);
        let modes = match &*before {
            Some(modes) => modes,
            None => before.insert(termios::tcgetattr(&self.input)?),
        };
        let mut raw = modes.clone();
        raw.make_raw();
        set(&self.input, &raw)
    }

    /// Back to the modes of before for a while: they are remembered.
    pub(super) fn lend(&self) -> io::Result<()> {
        lock(&self.before).as_ref().map_or(Ok(()), |modes| set(&self.input, modes))
    }

    /// Back to the modes of before.
    pub(super) fn restore(&self) -> io::Result<()> {
        lock(&self.before).take().map_or(Ok(()), |modes| set(&self.input, &modes))
    }

    /// So many bytes are not taken yet.
    pub(super) fn unsent(&self) -> usize {
        lock(&self.unsent).len()
    }

    /// Writes as much as the terminal takes now, and keeps the rest for [`Self::send`].
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        lock(&self.unsent).extend_from_slice(bytes);
        self.send()
    }

    /// Writes of the rest as much as the terminal takes now.
    pub(super) fn send(&self) -> io::Result<()> {
        send(&self.output, &mut lock(&self.unsent))
    }

    /// Writes the last words, behind all the others where the terminal takes them within a moment, else instead of
    /// them.
    pub(super) fn finish(&self, last: &[u8]) -> io::Result<()> {
        // Whoever holds it writes to a terminal that could not be opened again, and may wait for ever.
        let unsent = (0..TRIES).find_map(|_| self.unsent.try_lock().ok().or_else(|| pause(&self.output)));
        let Some(mut unsent) = unsent else { return Err(io::ErrorKind::TimedOut.into()) };
        unsent.extend_from_slice(last);
        for _ in 0..TRIES {
            send(&self.output, &mut unsent)?;
            if unsent.is_empty() {
                return Ok(());
            }
            pause::<()>(&self.output);
        }
        termios::tcflush(&self.output, QueueSelector::OFlush)?;
        unsent.clear();
        unsent.push(CANCEL);
        unsent.extend_from_slice(last);
        send(&self.output, &mut unsent)?;
        unsent.clear();
        Ok(())
    }
}

/// Waits until the terminal takes something, but no longer than a moment.
fn pause<T>(output: &OwnedFd) -> Option<T> {
    let mut fds = [PollFd::new(output, PollFlags::OUT)];
    // Where there is no waiting, there are fewer tries.
    poll(&mut fds, Timespec::try_from(PAUSE).ok().as_ref()).ok();
    None
}

fn send(output: &OwnedFd, unsent: &mut Vec<u8>) -> io::Result<()> {
    while !unsent.is_empty() {
        match rustix::io::write(output, unsent) {
            Ok(count) => drop(unsent.drain(..count)),
            Err(Errno::AGAIN) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn set(terminal: &OwnedFd, modes: &Termios) -> io::Result<()> {
    loop {
        // Not before we are in the foreground: the system stops us until then.
        match termios::tcsetattr(terminal, OptionalActions::Now, modes) {
            Err(Errno::INTR) => {}
            done => return Ok(done?),
        }
    }
}

/// Opens the terminal of a descriptor once more. What is set on the descriptor itself, such as not to wait, concerns
/// the shell and all others who share it.
pub(super) fn open_again(terminal: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let open = |name: &std::ffi::CStr| rustix::fs::open(name, flags, Mode::empty());
    let by_name = termios::ttyname(terminal, Vec::new()).and_then(|name| open(&name));
    // Its name may be another user's, or of another container; this one is always ours.
    let by_session = || termios::tcgetsid(terminal).and_then(|_| open(c"/dev/tty"));
    // The last resort waits where the terminal does.
    by_name.or_else(|_| by_session()).map_or_else(|_| terminal.try_clone_to_owned(), Ok)
}

/// Lets the runtime tell when there is something to read, or room to write.
#[expect(
    deprecated,
    reason = "its successor is unsafe, for descriptors that may be closed before; we own this one"
)]
pub(super) fn watched(terminal: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(terminal, interest)
}

/// Reads what has come; `WouldBlock` when there is nothing.
pub(super) fn read(input: &OwnedFd, bytes: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::io::read(input, bytes)?)
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
