//! A bracketed paste: text that is no keys.

use crossterm::event::Event;

/// How a paste ends.
const END: &[u8] = b"\x1b[201~";
/// So much of a paste is kept, in bytes: far more than may be typed anywhere.
const MOST: usize = 64 * 1024;

/// What has come of it.
#[derive(Debug, Default)]
pub(super) struct Paste {
    text: Vec<u8>,
    /// So many bytes of the end have come.
    ending: usize,
    ctrl_c: bool,
}

impl Paste {
    /// Takes in a byte; the event, when the paste is over.
    pub(super) fn take(&mut self, byte: u8) -> Option<Event> {
        self.ctrl_c |= byte == super::CTRL_C;
        if END.get(self.ending) == Some(&byte) {
            self.ending += 1;
            return (self.ending == END.len()).then(|| std::mem::take(self).into_event());
        }
        // It was not the end. Only Escape begins one, and it stands nowhere else in it.
        self.keep(END.get(..self.ending).unwrap_or_default());
        self.ending = usize::from(byte == super::ESC);
        if self.ending == 0 {
            self.keep(&[byte]);
        }
        None
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.text.len() + bytes.len() <= MOST {
            self.text.extend_from_slice(bytes);
        }
    }

    /// Whether Ctrl-C is in it: in one that does not end it may have been typed.
    pub(super) const fn holds_ctrl_c(&self) -> bool {
        self.ctrl_c
    }

    /// The text, without what is no text.
    pub(super) fn into_event(self) -> Event {
        Event::Paste(self.text.utf8_chunks().map(|chunk| chunk.valid()).collect())
    }
}

/// Whether this may be the end of a paste, or the begin of it.
pub(super) fn may_end(piece: &[u8]) -> bool {
    END.starts_with(piece) || piece.starts_with(END)
}
