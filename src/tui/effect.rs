//! Effects: the only way from `update` to the outside.

use std::time::Duration;

use crate::domain::{
    hub::HubAsk,
    ids::{PrKey, Sha},
    notify::{Facts, Sign},
    sync::SyncAsk,
};

/// A wish of `update`, split by who grants it.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Granted by the terminal, at once.
    Host(HostCall),
    /// Granted by a task; most tasks reply with a message.
    Service(ServiceCall),
    /// Leave this database for a simulated team.
    Demo,
    /// Show the database of this index.
    Database(usize),
    Quit,
}

/// A wish to the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostCall {
    /// Put this text on the terminal's clipboard (OSC 52).
    Copy(String),
    /// Tell the reader this line.
    Notify(Sign, String),
    /// Capture the mouse, or let it go.
    Mouse(bool),
    /// Give the terminal back to the shell.
    Suspend,
    /// Paint the whole screen anew.
    Repaint,
    /// Write the state file now.
    Save,
}

/// A wish to the outside world.
#[derive(Clone, Debug, PartialEq)]
pub enum ServiceCall {
    /// Poll now.
    Refresh,
    /// Read everything again.
    Reread,
    /// Read the details of the pull request on which the cursor rests; replaces an earlier wish.
    Detail(PrKey, Option<Sha>),
    /// Read its files; replaces an earlier wish.
    Files(PrKey, Option<Sha>),
    /// Get new insights of these pull requests.
    Ask(Vec<PrKey>),
    /// Take back the requests for insights that are still queued.
    Cancel(Vec<PrKey>),
    /// Somebody waits for the new insights of these, too, which are asked for already.
    Join(Vec<PrKey>),
    /// Ask the sync with GitHub.
    Sync(SyncAsk),
    /// Ask GitHub, or act there.
    Hub(HubAsk),
    /// Open this address in a browser.
    Open(String),
    /// Make a file of this path, which is not there yet.
    Export(String, Vec<u8>),
    /// Run the program of a rule.
    Run(Box<Run>),
}

/// A program to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The rule's name.
    pub rule: String,
    /// The program, and its arguments as they are.
    pub command: Vec<String>,
    /// For its environment.
    pub facts: Facts,
    pub timeout: Duration,
}
