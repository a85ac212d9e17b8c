//! What `update` asks to be done. The only way to the outside.

use crate::domain::ids::{PrKey, Sha};

/// A wish to the outside world; most answer with a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Poll now.
    Refresh,
    /// Read everything again.
    Reread,
    /// Read the details of the pull request on which the cursor rests; replaces an earlier wish.
    Detail(PrKey, Option<Sha>),
    /// Read its files.
    Files(PrKey),
    /// Get new insights of these pull requests.
    Ask(Vec<PrKey>),
    /// Somebody waits for the new insights of these, too, which are asked for already.
    Join(Vec<PrKey>),
    /// Take back the requests for insights that are still queued.
    Cancel(Vec<PrKey>),
    /// Open this address in a browser.
    Open(String),
    /// Put this text on the terminal's clipboard (OSC 52).
    Copy(String),
    /// Capture the mouse, or let it go.
    Mouse(bool),
    /// Give the terminal back to the shell.
    Suspend,
    /// Paint the whole screen anew.
    Repaint,
    /// Leave this database for a simulated team.
    Demo,
    Quit,
}
