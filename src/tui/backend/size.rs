//! How large the terminal is.

use std::io;

/// More columns or rows than any terminal has: a size that is told wrongly costs no gigabytes.
const MOST: u16 = 2_000;

/// The terminal's columns and rows; 80 and 24 where it does not tell, as on a serial line, or not the truth.
pub fn size() -> (u16, u16) {
    let told = rustix::termios::tcgetwinsize(io::stdout()).ok();
    let or = |told: Option<u16>, usual| told.filter(|cells| (1..=MOST).contains(cells)).unwrap_or(usual);
    (or(told.map(|size| size.ws_col), 80), or(told.map(|size| size.ws_row), 24))
}
