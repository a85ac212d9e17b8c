//! Signals that end a command.

use std::{io, thread, time::Duration};

use color_eyre::eyre::WrapErr as _;
use signal_hook::consts::{SIGINT, SIGTERM};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Failure;
use crate::exit::ExitCode;

/// How long a command may take to end: longer than nearly any of them needs.
const LONGEST: Duration = Duration::from_secs(3);

/// Ctrl-C and SIGTERM, from the moment on at which this is made.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Listens. A command that does not end on a signal is ended.
    ///
    /// # Errors
    /// Signals cannot be caught, or there is no thread.
    pub fn listen() -> Result<Self, Failure> {
        Self::listen_for(LONGEST)
    }

    /// The same, for a command that may take so long to end.
    ///
    /// # Errors
    /// Signals cannot be caught, or there is no thread.
    pub fn listen_for(longest: Duration) -> Result<Self, Failure> {
        let listen = || {
            end_what_hangs(longest)?;
            Ok::<_, io::Error>(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        };
        Ok(listen().wrap_err("cannot listen for signals")?)
    }

    /// Waits for a signal: the exit code that it asks for.
    pub async fn next(&mut self) -> ExitCode {
        tokio::select! {
            Some(()) = self.interrupt.recv() => ExitCode::Interrupted,
            Some(()) = self.terminate.recv() => ExitCode::Terminated,
            else => std::future::pending().await,
        }
    }
}

/// What writes to a full pipe hears no signal: a thread of its own does.
fn end_what_hangs(longest: Duration) -> io::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    let hear = move || {
        if let Some(signal) = signals.forever().next() {
            thread::sleep(longest);
            std::process::exit(128 + signal);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(hear).map(drop)
}
