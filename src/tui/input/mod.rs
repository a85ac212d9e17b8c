//! What the terminal sends, in whatever pieces it comes: keys, the mouse and pastes. Everything else, such as answers
//! to what other programs asked, is taken off and dropped.
//!
//! A terminal writes a sequence in one go, a person types a key at a time; where the bytes do not tell them apart, the
//! pieces do in which they come. There is no clock here: the reader waits as long as [`Parser::patience`] says, and
//! calls [`Parser::idle`].

mod paste;
mod sequence;

use std::{collections::VecDeque, time::Duration};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use self::{paste::Paste, sequence::Sequence};

/// How long Escape may be the begin of a sequence before it is a key.
const ESCAPE_WAIT: Duration = Duration::from_millis(50);
/// How long the rest of a sequence is waited for before a byte that comes alone is a key again.
const SEQUENCE_WAIT: Duration = Duration::from_millis(500);
/// No sequence that we know is longer.
const LONGEST: usize = 128;

const CTRL_C: u8 = 0x03;
const BEL: u8 = 0x07;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;
const ESC: u8 = 0x1b;

/// Bytes in, events out.
#[derive(Debug, Default)]
pub struct Parser {
    events: VecDeque<Event>,
    state: State,
    /// What has come of the sequence behind its introducer, or of the character.
    held: Vec<u8>,
    /// The introducer, until something comes behind it: it may be a key.
    opening: Option<Opening>,
    /// The byte at hand begins a piece.
    first: bool,
    /// The rest of the sequence did not come in time. It may still come, but in one go.
    stale: bool,
    /// The background is light, as the terminal has answered.
    light: Option<bool>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Ground,
    /// Behind Escape; `told` once it has been told as a key.
    Escape {
        told: bool,
    },
    /// Within a character of several bytes.
    Character {
        alt: bool,
    },
    /// Control sequence: parameters, then a letter.
    Csi,
    /// Behind `CSI [`: F1 to F5 of the Linux console.
    Console,
    /// Behind `CSI M`: the three bytes of the oldest mouse protocol.
    OldMouse,
    /// Single shift three: a function key.
    Ss3,
    /// A string (DCS, OSC, SOS, PM, APC), up to its terminator.
    Text,
    /// Escape within a string: its terminator, or the begin of something else.
    TextEscape,
    Paste(Paste),
}

/// An introducer behind Escape.
#[derive(Clone, Copy, Debug)]
struct Opening {
    byte: u8,
    escape: Escape,
}

/// How Escape came before the introducer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    /// In the same piece.
    Joined,
    /// In an earlier piece.
    Apart,
    /// So much earlier that it was told as a key.
    Told,
}

impl Parser {
    /// The next event of what has come.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The terminal's answer of late to what its background is: whether it is light.
    pub const fn background(&mut self) -> Option<bool> {
        self.light.take()
    }

    /// Takes in what has come in one piece.
    pub fn feed(&mut self, piece: &[u8]) {
        if std::mem::take(&mut self.stale) && self.is_typed(piece) {
            self.give_up();
        }
        self.first = true;
        for byte in piece {
            self.take(*byte);
            self.first = false;
        }
    }

    /// How long to wait for the next piece before [`Self::idle`] is due; `None` when nothing is.
    pub fn patience(&self) -> Option<Duration> {
        let typed = self.opening.is_some_and(|opening| opening.escape != Escape::Joined);
        match self.state {
            State::Ground | State::Escape { told: true } => None,
            _ if self.stale => None,
            State::Escape { told: false } => Some(ESCAPE_WAIT),
            State::Ss3 if typed => Some(ESCAPE_WAIT),
            State::Character { .. }
            | State::Csi
            | State::Console
            | State::OldMouse
            | State::Ss3
            | State::Text
            | State::TextEscape
            | State::Paste(_) => Some(SEQUENCE_WAIT),
        }
    }

    /// Nothing more has come for as long as [`Self::patience`] said.
    pub fn idle(&mut self) {
        self.tell_opening();
        match &self.state {
            State::Escape { told } => {
                if !told {
                    self.tell(KeyCode::Esc, KeyModifiers::NONE);
                }
                self.state = State::Escape { told: true };
            }
            State::Paste(paste) if paste.holds_ctrl_c() => self.ground(CTRL_C, KeyModifiers::NONE),
            State::Csi | State::Text | State::TextEscape | State::Paste(_) => self.stale = true,
            State::Ground | State::Character { .. } | State::Console | State::OldMouse | State::Ss3 => {
                self.begin(State::Ground);
            }
        }
    }

    /// Whether a piece that comes late was typed, and is not the rest of the sequence.
    fn is_typed(&self, piece: &[u8]) -> bool {
        match (&self.state, piece) {
            (State::Text, [BEL]) | (State::TextEscape, [b'\\']) => false,
            (State::Paste(_), [ESC, _, ..]) => !paste::may_end(piece),
            (_, piece) => piece.len() == 1,
        }
    }

    /// What has begun will not end.
    fn give_up(&mut self) {
        if let State::Paste(paste) = std::mem::take(&mut self.state) {
            self.events.push_back(paste.into_event());
        }
        self.begin(State::Ground);
    }

    /// Something else begins.
    fn begin(&mut self, state: State) {
        self.state = state;
        self.held.clear();
        self.opening = None;
    }

    /// An introducer behind which nothing came is a key.
    fn tell_opening(&mut self) {
        let Some(Opening { byte, escape }) = self.opening.take() else { return };
        if escape == Escape::Apart {
            self.tell(KeyCode::Esc, KeyModifiers::NONE);
        }
        let alt = if escape == Escape::Joined { KeyModifiers::ALT } else { KeyModifiers::NONE };
        self.tell_char(char::from(byte), alt);
    }

    fn take(&mut self, byte: u8) {
        match &mut self.state {
            State::Ground => self.ground(byte, KeyModifiers::NONE),
            State::Escape { told: true } => self.behind_escape(byte, Escape::Told),
            State::Escape { told: false } if self.first => self.behind_escape(byte, Escape::Apart),
            State::Escape { told: false } => self.behind_escape(byte, Escape::Joined),
            State::Character { alt } => {
                let alt = *alt;
                self.character(byte, alt);
            }
            State::Csi => self.csi(byte),
            State::Console => self.console(byte),
            State::OldMouse => self.old_mouse(byte),
            State::Ss3 => self.ss3(byte),
            State::Text => self.text(byte),
            State::TextEscape if byte == b'\\' => self.end_text(),
            State::TextEscape => {
                self.begin(State::Escape { told: false });
                self.take(byte);
            }
            State::Paste(paste) => {
                if let Some(event) = paste.take(byte) {
                    self.begin(State::Ground);
                    self.events.push_back(event);
                }
            }
        }
    }

    fn ground(&mut self, byte: u8, modifiers: KeyModifiers) {
        let ctrl = modifiers | KeyModifiers::CONTROL;
        self.begin(State::Ground);
        match byte {
            ESC => self.state = State::Escape { told: false },
            // It must always work, whatever came before it.
            CTRL_C => self.tell(KeyCode::Char('c'), KeyModifiers::CONTROL),
            0 => self.tell(KeyCode::Char(' '), ctrl),
            b'\r' => self.tell(KeyCode::Enter, modifiers),
            b'\t' => self.tell(KeyCode::Tab, modifiers),
            0x7f => self.tell(KeyCode::Backspace, modifiers),
            0x01..=0x1a => self.tell(KeyCode::Char(char::from(byte - 1 + b'a')), ctrl),
            0x1c..=0x1f => self.tell(KeyCode::Char(char::from(byte - 0x1c + b'4')), ctrl),
            b' '..=b'~' => self.tell_char(char::from(byte), modifiers),
            // A control of eight bits, or a continuation without its begin.
            0x80..=0xbf => self.control(byte),
            0xc0..=0xff => {
                self.state = State::Character { alt: modifiers.contains(KeyModifiers::ALT) };
                self.held.push(byte);
            }
        }
    }

    /// One of the controls U+0080 to U+009F, each of which is short for Escape and a byte.
    fn control(&mut self, byte: u8) {
        self.begin(opened(byte.wrapping_sub(0x40)).unwrap_or_default());
    }

    fn behind_escape(&mut self, byte: u8, escape: Escape) {
        if let Some(state) = opened(byte) {
            self.begin(state);
            self.opening = Some(Opening { byte, escape });
            return;
        }
        let alt = escape == Escape::Joined && byte != ESC;
        if !alt && escape != Escape::Told {
            self.tell(KeyCode::Esc, KeyModifiers::NONE);
        }
        self.ground(byte, if alt { KeyModifiers::ALT } else { KeyModifiers::NONE });
    }

    fn character(&mut self, byte: u8, alt: bool) {
        self.held.push(byte);
        let c = match std::str::from_utf8(&self.held) {
            Ok(text) => text.chars().next(),
            // More is to come.
            Err(error) if error.error_len().is_none() => return,
            Err(_) => return self.ground(byte, KeyModifiers::NONE),
        };
        self.begin(State::Ground);
        match c {
            Some(c @ '\u{80}'..='\u{9f}') => self.control(u8::try_from(c).unwrap_or_default()),
            Some(c) => self.tell_char(c, if alt { KeyModifiers::ALT } else { KeyModifiers::NONE }),
            None => {}
        }
    }

    fn csi(&mut self, byte: u8) {
        match byte {
            b'[' if self.held.is_empty() => self.begin(State::Console),
            b'M' if self.held.is_empty() => self.begin(State::OldMouse),
            b' '..=b'?' => self.hold(byte),
            b'@'..=b'~' => self.end(sequence::csi(&self.held, byte), byte),
            _ => self.ground(byte, KeyModifiers::NONE),
        }
    }

    fn console(&mut self, byte: u8) {
        match byte {
            b' '..=b'~' => self.end(sequence::console(byte), byte),
            _ => self.ground(byte, KeyModifiers::NONE),
        }
    }

    fn ss3(&mut self, byte: u8) {
        match byte {
            b'0'..=b'9' | b';' => self.hold(byte),
            b' '..=b'~' => self.end(sequence::ss3(&self.held, byte), byte),
            _ => self.ground(byte, KeyModifiers::NONE),
        }
    }

    fn hold(&mut self, byte: u8) {
        self.opening = None;
        if self.held.len() < LONGEST {
            self.held.push(byte);
        }
    }

    /// A sequence has ended with `last`.
    fn end(&mut self, sequence: Sequence, last: u8) {
        match sequence {
            Sequence::Event(event) => {
                self.begin(State::Ground);
                self.events.push_back(event);
            }
            Sequence::Paste => self.begin(State::Paste(Paste::default())),
            // It ends as no sequence does, and came apart from what was before it: a key.
            Sequence::Unknown if self.first => {
                self.tell_opening();
                self.ground(last, KeyModifiers::NONE);
            }
            Sequence::Report | Sequence::Unknown => self.begin(State::Ground),
        }
    }

    fn old_mouse(&mut self, byte: u8) {
        if byte < b' ' {
            return self.ground(byte, KeyModifiers::NONE);
        }
        self.held.push(byte);
        if let [button, column, row] = *self.held.as_slice() {
            self.begin(State::Ground);
            self.events.extend(sequence::old_mouse(button, column, row));
        }
    }

    fn text(&mut self, byte: u8) {
        if let Some(opening) = self.opening
            && opening.escape != Escape::Joined
            && self.first
            && !begins_text(opening.byte, byte)
        {
            self.tell_opening();
            return self.ground(byte, KeyModifiers::NONE);
        }
        self.opening = None;
        match byte {
            BEL => self.end_text(),
            CAN | SUB => self.begin(State::Ground),
            ESC => self.state = State::TextEscape,
            // No string holds it.
            CTRL_C => self.ground(byte, KeyModifiers::NONE),
            _ => self.hold(byte),
        }
    }

    /// A string has ended: of all that terminals answer, their background alone is asked for.
    fn end_text(&mut self) {
        self.light = sequence::is_light(&self.held).or(self.light);
        self.begin(State::Ground);
    }

    fn tell(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.events.push_back(Event::Key(KeyEvent::new(code, modifiers)));
    }

    fn tell_char(&mut self, c: char, modifiers: KeyModifiers) {
        let shift = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
        self.tell(KeyCode::Char(c), modifiers | shift);
    }
}

/// What begins behind Escape with this byte.
fn opened(byte: u8) -> Option<State> {
    match byte {
        b'[' => Some(State::Csi),
        b'O' => Some(State::Ss3),
        b'P' | b'X' | b']' | b'^' | b'_' => Some(State::Text),
        _ => None,
    }
}

/// Whether answers of terminals begin so behind this introducer; a person may have typed both, each by itself.
const fn begins_text(introducer: u8, byte: u8) -> bool {
    match byte {
        b'l' | b'L' | b'I' => introducer == b']',
        b'G' => introducer == b'_',
        byte => byte.is_ascii_graphic() && !byte.is_ascii_alphabetic(),
    }
}
