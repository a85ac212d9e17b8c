//! The real program in terminals that talk back, that do not read, and that are taken away and given back.

mod answers;
mod deaf;
mod mouse;
mod scripts;
mod starts;
mod stops;
mod typing;

use crate::support::term::Pty;

/// Presses a key, or sends the signal of this name.
fn ask(pty: &mut Pty, way: &str) {
    if way.len() == 1 {
        pty.keys(way);
    } else {
        pty.signal(way);
    }
}
