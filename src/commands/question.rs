//! A question to whoever sits at the terminal.

use std::io::{self, IsTerminal as _, Write};

use super::Failure;
use crate::panics::caught_elsewhere;

/// Whether there is somebody to ask.
pub(super) fn can_be_asked() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks; only a plain yes is one. It waits on a thread of its own, so that a signal is heard meanwhile.
pub(super) async fn yes(question: &str, out: &mut impl Write) -> Result<bool, Failure> {
    // What was printed stands above the question.
    out.flush()?;
    let mut prompt = io::stderr().lock();
    write!(prompt, "{question} [y/N] ").and_then(|()| prompt.flush())?;
    drop(prompt);
    let answer = caught_elsewhere(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    let line = answer.await.map_err(io::Error::other)??;
    Ok(matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
