//! Signals, heard by a thread of its own: whatever the dashboard waits for, the process ends, and the terminal is given
//! back.

use std::{
    ffi::c_int,
    io,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU8, Ordering},
    },
    thread,
    time::Duration,
};

use signal_hook::{
    consts::{
        SIGABRT, SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGSYS, SIGTERM, SIGTRAP,
        SIGTSTP, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ,
    },
    iterator::Signals,
    low_level::{emulate_default_handler, raise},
};
use tokio::sync::mpsc;

use super::{give_back, tty::lock};

/// All that would end the process without giving the terminal back, and can be caught.
const ENDS: [c_int; 15] = [
    SIGABRT, SIGALRM, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGSYS, SIGTERM, SIGTRAP, SIGUSR1, SIGUSR2,
    SIGVTALRM, SIGXCPU, SIGXFSZ,
];
/// How long ending by itself may take: what is claimed is given back, and files are closed.
const GRACE: Duration = Duration::from_secs(3);
/// Signals that may wait for the loop.
const QUEUE: usize = 16;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// To end.
    End,
    /// To give the terminal to the shell, and to stop.
    Stop,
    /// Nothing: the process goes on after a stop; the screen may hold anything.
    Continued,
}

/// Whose signals of the terminal are.
static SIGNALS: AtomicU8 = AtomicU8::new(OURS);
const OURS: u8 = 0;
/// A program's that has the terminal: we are in its group, and hear them, too.
const LENT: u8 = 1;
/// Ours again, once those that came before have been heard.
const RETURNING: u8 = 2;

/// Who listens now.
static LISTENER: Mutex<Option<mpsc::Sender<Signal>>> = Mutex::new(None);

/// Signals, from now on; the last one to ask gets them. A process that does not end when it is asked to is ended.
///
/// # Errors
/// Signals cannot be caught, or there is no thread.
pub fn signals() -> io::Result<mpsc::Receiver<Signal>> {
    static HEARD: OnceLock<()> = OnceLock::new();
    let (told, heard) = mpsc::channel(QUEUE);
    *lock(&LISTENER) = Some(told);
    if HEARD.get().is_none() {
        let signals = Signals::new(ENDS.iter().chain([&SIGTSTP, &SIGCONT]))?;
        thread::Builder::new().name("signals".to_owned()).spawn(|| hear(signals))?;
        HEARD.get_or_init(|| ());
    }
    Ok(heard)
}

fn hear(mut signals: Signals) {
    for signal in signals.forever() {
        let of = SIGNALS.load(Ordering::SeqCst);
        match signal {
            SIGINT | SIGQUIT if of != OURS => {}
            // The program stops by itself; so do we, and the shell sees it.
            SIGTSTP if of != OURS => drop(emulate_default_handler(SIGTSTP)),
            SIGCONT if of == RETURNING => SIGNALS.store(OURS, Ordering::SeqCst),
            SIGCONT if of == LENT => {}
            SIGTSTP => tell(Signal::Stop),
            SIGCONT => tell(Signal::Continued),
            _ => {
                tell(Signal::End);
                thread::sleep(GRACE);
                // Not a word in the log: it may be what the program waits for.
                drop(give_back());
                if emulate_default_handler(signal).is_err() {
                    std::process::abort();
                }
            }
        }
    }
}

/// From now on keys that interrupt are for the program that has the terminal. An ignored signal would be inherited by it.
pub(super) fn mute() {
    SIGNALS.store(LENT, Ordering::SeqCst);
}

/// They are for us again. The mark travels the way of the signals, behind those that were the program's.
pub(super) fn unmute() -> io::Result<()> {
    SIGNALS.store(RETURNING, Ordering::SeqCst);
    raise(SIGCONT)
}

fn tell(signal: Signal) {
    // Where nobody listens, or too much waits, the loop is not what it is about.
    if let Some(listener) = &*lock(&LISTENER) {
        listener.try_send(signal).ok();
    }
}
