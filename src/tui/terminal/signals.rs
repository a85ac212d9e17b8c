//! Signals, heard by a thread of its own: whatever the dashboard waits for, the process ends, and the terminal is given
//! back.

use std::{
    ffi::c_int,
    io,
    sync::{Mutex, OnceLock},
    thread,
    time::Duration,
};

use signal_hook::{
    consts::{
        SIGABRT, SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGSYS, SIGTERM, SIGTRAP,
        SIGTSTP, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ,
    },
    iterator::Signals,
    low_level::emulate_default_handler,
};
use tokio::sync::mpsc;

use super::{give_back, tty::lock};

/// All that would end the process without giving the terminal back, and can be caught.
const ENDS: [c_int; 15] = [
    SIGABRT, SIGALRM, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGSYS, SIGTERM, SIGTRAP, SIGUSR1, SIGUSR2,
    SIGVTALRM, SIGXCPU, SIGXFSZ,
];
/// How long ending by itself may take.
const GRACE: Duration = Duration::from_millis(1500);
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
        match signal {
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

fn tell(signal: Signal) {
    // Where nobody listens, or too much waits, the loop is not what it is about.
    if let Some(listener) = &*lock(&LISTENER) {
        listener.try_send(signal).ok();
    }
}
