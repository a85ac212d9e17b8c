//! What sequences mean: xterm's, rxvt's, the Linux console's, and the keys of `modifyOtherKeys` and kitty.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

/// What came.
#[derive(Debug)]
pub(super) enum Sequence {
    Event(Event),
    /// A paste begins.
    Paste,
    /// An answer of the terminal, or nothing of interest.
    Report,
    /// Nothing that any terminal is known to send.
    Unknown,
}

/// Of a known form; without an event it tells nothing of interest.
impl From<Option<Event>> for Sequence {
    fn from(event: Option<Event>) -> Self {
        event.map_or(Self::Report, Self::Event)
    }
}

/// `CSI`, `body` and `last`.
pub(super) fn csi(body: &[u8], last: u8) -> Sequence {
    let numbers = match body {
        [b'<', mouse @ ..] => return sgr_mouse(&numbers(mouse), last),
        // Private ones are answers: device attributes, modes, the keyboard, colours.
        [b'=' | b'>' | b'?', ..] => return answer(b"cnRtuySm", last),
        _ if body.iter().any(|byte| matches!(byte, b' '..=b'/')) => return answer(b"ywr", last),
        _ => numbers(body),
    };
    let modifier = numbers.get(1).copied().unwrap_or_default();
    match (last, numbers.as_slice()) {
        _ if modifier.sub == Some(3) => Sequence::Report, // the key's release
        (b'~', [Number { value: 200, .. }]) => Sequence::Paste,
        // Its end, without a begin; the focus.
        (b'~', [Number { value: 201, .. }]) | (b'I' | b'O', []) => Sequence::Report,
        (b'~', [Number { value: 27, .. }, _, code]) | (b'u', [code, ..]) => {
            unicode(code.value, modifier.value).into()
        }
        (b'~', [n, ..]) => numbered(n.value).map(|code| key(code, modifier.value)).into(),
        // rxvt, with Ctrl.
        (b'^', [n]) => numbered(n.value).map(|code| key(code, 5)).into(),
        (b'M', [button, column, row]) => {
            let pressed = button.value.checked_sub(32);
            pressed.and_then(|button| mouse(button, column.value, row.value, false)).into()
        }
        (b'Z', _) => Sequence::Event(key(KeyCode::BackTab, modifier.value.max(2))),
        // With numbers it is the cursor's position.
        (b'R', []) => Sequence::Event(key(KeyCode::F(3), 1)),
        (b'A'..=b'D' | b'F' | b'H' | b'P' | b'Q' | b'S', _) => lettered(last, &numbers).into(),
        (_, [_, ..]) => answer(b"Rntxc", last),
        (_, []) => Sequence::Unknown,
    }
}

/// `ESC O`, `body` and `last`.
pub(super) fn ss3(body: &[u8], last: u8) -> Sequence {
    match last {
        b'M' => Sequence::Event(key(KeyCode::Enter, 1)),
        b'R' => Sequence::Event(key(KeyCode::F(3), 1)),
        _ => lettered(last, &numbers(body)).map_or(Sequence::Unknown, Sequence::Event),
    }
}

/// F1 to F5 of the Linux console.
pub(super) fn console(last: u8) -> Sequence {
    match last {
        b'A'..=b'E' => Sequence::Event(key(KeyCode::F(last - b'A' + 1), 1)),
        _ => Sequence::Unknown,
    }
}

/// The oldest protocol of the mouse: no cell beyond the 223rd.
pub(super) fn old_mouse(button: u8, column: u8, row: u8) -> Option<Event> {
    let number = |byte: u8| u32::from(byte).saturating_sub(32);
    mouse(number(button), number(column), number(row), false)
}

/// Whether the answer to OSC 11 names a light colour: `11;rgb:ffff/ffff/ffff`.
pub(super) fn is_light(text: &[u8]) -> Option<bool> {
    let text = std::str::from_utf8(text).ok()?;
    let colors = text.strip_prefix("11;rgb:").or_else(|| text.strip_prefix("11;rgba:"))?;
    // Each has one to four digits.
    let share = |digits: &str| {
        let most = u32::from_str_radix("ffff".get(..digits.len())?, 16).ok()?;
        Some(u32::from_str_radix(digits, 16).ok()? * 1000 / most)
    };
    let shares: Vec<u32> = colors.split('/').map(share).collect::<Option<_>>()?;
    let [red, green, blue, ..] = *shares.as_slice() else { return None };
    Some((299 * red + 587 * green + 114 * blue) / 1000 > 500)
}

fn answer(known: &[u8], last: u8) -> Sequence {
    if known.contains(&last) { Sequence::Report } else { Sequence::Unknown }
}

/// A parameter, with the first of its own.
#[derive(Clone, Copy, Debug, Default)]
struct Number {
    value: u32,
    sub: Option<u32>,
}

fn numbers(body: &[u8]) -> Vec<Number> {
    if body.is_empty() {
        return Vec::new();
    }
    let value = |text: &[u8]| {
        let digit = |sum: u32, byte: &u8| sum.saturating_mul(10).saturating_add(u32::from(byte - b'0'));
        text.iter().filter(|byte| byte.is_ascii_digit()).fold(0, digit)
    };
    let number = |text: &[u8]| {
        let mut parts = text.split(|byte| *byte == b':').map(value);
        Number { value: parts.next().unwrap_or_default(), sub: parts.next() }
    };
    body.split(|byte| *byte == b';').map(number).collect()
}

/// A key with the modifiers of this parameter: one more than their bits.
fn key(code: KeyCode, modifier: u32) -> Event {
    let bits = modifier.saturating_sub(1);
    let table = [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
        (16, KeyModifiers::HYPER),
        (32, KeyModifiers::META),
    ];
    let held = table.into_iter().filter(|(bit, _)| bits & bit != 0).map(|(_, modifier)| modifier);
    Event::Key(KeyEvent::new(code, held.collect()))
}

/// Keys that end in a letter: `CSI 1;5C`, `CSI 5C`, `CSI C`, `SS3 C`.
fn lettered(last: u8, numbers: &[Number]) -> Option<Event> {
    let code = match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P' | b'Q' | b'S' => KeyCode::F(last - b'P' + 1),
        _ => return None,
    };
    Some(key(code, numbers.get(1).or(numbers.first()).map_or(1, |modifier| modifier.value)))
}

/// Keys that end in `~`.
fn numbered(number: u32) -> Option<KeyCode> {
    let function = |less: u32| u8::try_from(number - less).ok().map(KeyCode::F);
    match number {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => function(10),
        17..=21 => function(11),
        23..=26 => function(12),
        28..=29 => function(15),
        31..=34 => function(17),
        _ => None,
    }
}

/// A key that is told by its character.
fn unicode(code: u32, modifier: u32) -> Option<Event> {
    let shift = modifier.saturating_sub(1) & 1 != 0;
    let code = match char::from_u32(code)? {
        '\u{1b}' => KeyCode::Esc,
        '\r' => KeyCode::Enter,
        '\t' if shift => KeyCode::BackTab,
        '\t' => KeyCode::Tab,
        '\u{7f}' => KeyCode::Backspace,
        // Kitty's names for keys that have no character.
        control if control.is_control() || ('\u{e000}'..='\u{f8ff}').contains(&control) => return None,
        c if shift => KeyCode::Char(c.to_ascii_uppercase()),
        c => KeyCode::Char(c),
    };
    Some(key(code, modifier))
}

fn sgr_mouse(numbers: &[Number], last: u8) -> Sequence {
    match (numbers, last) {
        ([button, column, row, ..], b'M' | b'm') => {
            mouse(button.value, column.value, row.value, last == b'm').into()
        }
        _ => Sequence::Unknown,
    }
}

/// A button that goes down, or the wheel. Where the mouse is, and when a button goes up, is of no interest.
fn mouse(button: u32, column: u32, row: u32, up: bool) -> Option<Event> {
    const SHIFT_ALT_CTRL: u32 = 0b0001_1100;
    let kind = match (button & !SHIFT_ALT_CTRL, up) {
        (0, false) => MouseEventKind::Down(MouseButton::Left),
        (1, false) => MouseEventKind::Down(MouseButton::Middle),
        (2, false) => MouseEventKind::Down(MouseButton::Right),
        (32, false) => MouseEventKind::Drag(MouseButton::Left),
        (64, false) => MouseEventKind::ScrollUp,
        (65, false) => MouseEventKind::ScrollDown,
        (66, false) => MouseEventKind::ScrollLeft,
        (67, false) => MouseEventKind::ScrollRight,
        _ => return None,
    };
    let cell = |number: u32| u16::try_from(number.saturating_sub(1)).unwrap_or(u16::MAX);
    Some(Event::Mouse(MouseEvent {
        kind,
        column: cell(column),
        row: cell(row),
        modifiers: KeyModifiers::NONE,
    }))
}
