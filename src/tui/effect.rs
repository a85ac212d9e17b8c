//! Effects: the only way from `update` to the outside.

use std::{path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};

use crate::domain::{
    command,
    hub::HubAsk,
    ids::{PrKey, RepoId, Sha},
    notify::{Rule, RuleFacts, Sign},
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
    /// Give it to a program until that ends.
    Lend(Box<Errand>),
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
    /// Read how long the checks of a repository usually take, by the successes on these commits since then; replaces an
    /// earlier wish.
    Usual(RepoId, Vec<Sha>, DateTime<Utc>),
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
    /// Write a rule into the config file.
    Remember(Box<Rule>),
    /// Run the program of a rule.
    Run(Box<RuleCommand>),
    /// Run a command of the user's own beside the screen; its number in the list of what was done.
    Background(u64, Box<Program>),
    /// Check out the head of a pull request; its number in the list of what was done.
    Checkout(u64, Box<Checkout>),
}

/// What a program that has the terminal is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// A command of the user's own; its number in the list of what was done.
    Own(u64, Program),
    /// Such a command, whose output is shown in the pager.
    Page(u64, Program),
    /// This text is shown in the pager.
    Show(Vec<u8>),
    /// The user writes in the editor, beginning with this text.
    Write(String),
}

/// A program to start, with all its words as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The command's name.
    pub name: String,
    /// The program, and its arguments.
    pub words: Vec<String>,
    /// For its environment.
    pub facts: command::Facts,
}

/// A checkout of a pull request's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// `owner/name`.
    pub repository: String,
    pub number: i32,
    /// The commit that was shown.
    pub pin: Sha,
    /// Where repositories are; `None`: the folder in which this began.
    pub folder: Option<PathBuf>,
    /// Hosts that a remote may be on.
    pub hosts: Vec<String>,
}

/// A program to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCommand {
    /// The rule's name.
    pub rule: String,
    /// The program, and its arguments as they are.
    pub command: Vec<String>,
    /// For its environment.
    pub facts: RuleFacts,
    pub timeout: Duration,
}
