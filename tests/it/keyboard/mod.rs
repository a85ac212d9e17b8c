//! What the terminal sends: keys are keys however they are torn, and nothing else ever is one.

mod properties;

use crossterm::event::{Event, KeyCode, KeyModifiers, MouseEventKind};
use flowlens::tui::input::Parser;

/// What terminals answer, tell by themselves, or sent to another program: nothing that was typed.
pub(crate) const ANSWERS: [&str; 39] = [
    "\x1b[?2026;2$y",                                      // DECRPM, of a private mode
    "\x1b[4;2$y",                                          // and of another
    "\x1bP>|kitty(0.26.5)\x1b\\",                          // XTVERSION
    "\x1bP>|XTerm(390)\x1b\\",                             // the same
    "\x1bP1+r544e=787465726d\x1b\\",                       // XTGETTCAP
    "\x1bP0+r\x1b\\",                                      // the same, unknown
    "\x1bP1$r0;1;31m\x1b\\",                               // DECRQSS
    "\x1bP!|00000000\x1b\\",                               // tertiary device attributes
    "\x1bP!~1234\x1b\\",                                   // a checksum
    "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",                    // OSC 11, the background
    "\x1b]10;rgb:ffff/ffff/ffff\x07",                      // OSC 10, ended by BEL
    "\x1b]4;1;rgb:cdcd/0000/0000\x1b\\",                   // a colour of the palette
    "\x1b]52;c;cXFxcQ==\x1b\\",                            // the clipboard
    "\x1b]lq is a title\x1b\\",                            // the window's title
    "\x1b]Lq is an icon\x1b\\",                            // the icon's
    "\x1b]99;i=1:p=?;q=jk\x1b\\",                          // notifications
    "\x1b_Gi=31;OK\x1b\\",                                 // kitty's graphics
    "\x1b^;private q\x1b\\",                               // PM
    "\x1bX+q\x1b\\",                                       // SOS
    "\x1b[?62;22c",                                        // primary device attributes
    "\x1b[?64;1;2;6;9;15;16;17;18;21;22;28;29;42;44;52;c", // the same, at length
    "\x1b[>0;276;0c",                                      // secondary
    "\x1b[12;40R",                                         // the cursor's position
    "\x1b[1;2R",                                           // the same; Shift-F3 would look so
    "\x1b[?12;40;1R",                                      // with the page
    "\x1b[0n",                                             // the status
    "\x1b[?997;1n",                                        // the colour scheme
    "\x1b[?10n",                                           // the printer
    "\x1b[I",                                              // the focus came
    "\x1b[O",                                              // and went
    "\x1b[?1u",                                            // the keyboard's flags
    "\x1b[8;24;80t",                                       // the size in cells
    "\x1b[4;480;640t",                                     // in dots
    "\x1b[48;24;80;480;640t",                              // in-band, after a resize
    "\x1b[2;1;1;112;112;1;0x",                             // terminal parameters
    "\x1b[?1;0;256S",                                      // graphics attributes
    "\x1b[1;1;10;20;0&w",                                  // the locator
    "\u{9b}?2026;2$y",                                     // eight-bit controls
    "\u{9d}11;rgb:1e1e/1e1e/2e2e\x1b\\",                   // the same
];

fn name(event: &Event) -> String {
    let key = match event {
        Event::Key(key) => key,
        Event::Paste(text) => return format!("paste {text}"),
        Event::Mouse(mouse) => {
            let kind = match mouse.kind {
                MouseEventKind::Down(button) => format!("{button:?}"),
                kind => format!("{kind:?}"),
            };
            return format!("{kind} {} {}", mouse.column, mouse.row).to_lowercase();
        }
        other => return format!("{other:?}"),
    };
    let names =
        [(KeyModifiers::CONTROL, "ctrl-"), (KeyModifiers::ALT, "alt-"), (KeyModifiers::SHIFT, "shift-")];
    let held = names.iter().filter(|(held, _)| key.modifiers.contains(*held)).map(|(_, name)| *name);
    let code = match key.code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(c) => {
            return held.filter(|name| *name != "shift-").chain([c.to_string().as_str()]).collect();
        }
        KeyCode::F(n) => format!("f{n}"),
        code => format!("{code:?}").to_lowercase(),
    };
    held.chain([code.as_str()]).collect()
}

fn told(parser: &mut Parser) -> Vec<String> {
    std::iter::from_fn(|| parser.event()).map(|event| name(&event)).collect()
}

/// Everything that was waited for has not come.
fn rest(parser: &mut Parser) {
    for _ in 0..10 {
        if parser.patience().is_none() {
            return;
        }
        parser.idle();
    }
    panic!("it waits for ever: {parser:?}");
}

/// What these pieces mean, each of which comes at once after the one before.
fn pieces<T: AsRef<[u8]>>(pieces: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut parser = Parser::default();
    for piece in pieces {
        parser.feed(piece.as_ref());
    }
    rest(&mut parser);
    told(&mut parser)
}

/// The bytes in one piece, torn in two at each place, and byte by byte.
fn tearings(bytes: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    let torn = (0..bytes.len()).map(|at| bytes.split_at(at)).map(|(a, b)| vec![a, b]);
    torn.chain([bytes.chunks(1).collect()])
}

#[test]
fn every_terminal_s_keys_are_keys_however_they_are_torn() {
    for (bytes, key) in [
        ("j", "j"),
        ("G", "G"),
        ("é", "é"),
        ("日", "日"),
        ("👩", "👩"),
        (" ", "space"),
        ("\0", "ctrl-space"),
        ("\r", "enter"),
        ("\n", "ctrl-j"),
        ("\t", "tab"),
        ("\x7f", "backspace"),
        ("\x08", "ctrl-h"),
        ("\x03", "ctrl-c"),
        ("\x1a", "ctrl-z"),
        ("\x1c", "ctrl-4"),
        ("\x1f", "ctrl-7"),
        ("\x1b", "esc"),
        // xterm, tmux, screen: cursor keys, and in application mode.
        ("\x1b[A", "up"),
        ("\x1b[B", "down"),
        ("\x1b[C", "right"),
        ("\x1b[D", "left"),
        ("\x1bOA", "up"),
        ("\x1bOB", "down"),
        ("\x1bOC", "right"),
        ("\x1bOD", "left"),
        ("\x1b[H", "home"),
        ("\x1b[F", "end"),
        ("\x1bOH", "home"),
        ("\x1bOF", "end"),
        ("\x1b[1~", "home"),
        ("\x1b[4~", "end"),
        ("\x1b[7~", "home"),
        ("\x1b[8~", "end"),
        ("\x1b[2~", "insert"),
        ("\x1b[3~", "delete"),
        ("\x1b[5~", "pageup"),
        ("\x1b[6~", "pagedown"),
        ("\x1b[Z", "shift-backtab"),
        ("\x1b[1;2A", "shift-up"),
        ("\x1b[1;3B", "alt-down"),
        ("\x1b[1;5C", "ctrl-right"),
        ("\x1b[5D", "ctrl-left"),
        ("\x1b[1;6H", "ctrl-shift-home"),
        ("\x1b[5;5~", "ctrl-pageup"),
        ("\x1b[3;5~", "ctrl-delete"),
        ("\x1b[3^", "ctrl-delete"), // rxvt
        ("\x1bOP", "f1"),
        ("\x1bOQ", "f2"),
        ("\x1bOR", "f3"),
        ("\x1bOS", "f4"),
        ("\x1b[P", "f1"),
        ("\x1b[1;2P", "shift-f1"),
        ("\x1b[1;5S", "ctrl-f4"),
        ("\x1b[11~", "f1"),
        ("\x1b[12~", "f2"),
        ("\x1b[13~", "f3"),
        ("\x1b[14~", "f4"),
        ("\x1b[15~", "f5"),
        ("\x1b[17~", "f6"),
        ("\x1b[18~", "f7"),
        ("\x1b[19~", "f8"),
        ("\x1b[20~", "f9"),
        ("\x1b[21~", "f10"),
        ("\x1b[23~", "f11"),
        ("\x1b[24;2~", "shift-f12"),
        // The Linux console.
        ("\x1b[[A", "f1"),
        ("\x1b[[E", "f5"),
        ("\x1bOM", "enter"),
        // modifyOtherKeys, kitty.
        ("\x1b[106u", "j"),
        ("\x1b[106;2u", "J"),
        ("\x1b[100;5u", "ctrl-d"),
        ("\x1b[27;5;100~", "ctrl-d"),
        ("\x1b[9;2u", "shift-backtab"),
        ("\x1b[13u", "enter"),
        ("\x1b[27u", "esc"),
        ("\x1b[127u", "backspace"),
        ("\x1b[1;5:2C", "ctrl-right"), // held down
        // The mouse: SGR, rxvt's, and the oldest.
        ("\x1b[<0;5;7M", "left 4 6"),
        ("\x1b[<64;300;200M", "scrollup 299 199"),
        ("\x1b[<65;1;1M", "scrolldown 0 0"),
        ("\x1b[<16;1;1M", "left 0 0"), // with Ctrl
        ("\x1b[97;2;3M", "scrolldown 1 2"),
        ("\x1b[M %'", "left 4 6"),
        // Pastes.
        ("\x1b[200~q\x1b[Ajk\x1b[20\u{e9}\r\x1b[201~", "paste q\x1b[Ajk\x1b[20\u{e9}\r"),
    ] {
        for torn in tearings(bytes.as_bytes()) {
            assert_eq!(pieces(&torn), [key], "{torn:?}");
        }
    }
}

#[test]
fn alt_is_escape_in_the_same_piece() {
    for (bytes, key) in [("\x1bx", "alt-x"), ("\x1bé", "alt-é"), ("\x1b\r", "alt-enter"), ("\x1bP", "alt-P")]
    {
        assert_eq!(pieces([bytes]), [key]);
    }
    assert_eq!(pieces(["\x1b", "x"]), ["esc", "x"]);
    assert_eq!(pieces(["\x1b\x1b"]), ["esc", "esc"]);
    assert_eq!(pieces(["\x1b\x1b[A"]), ["esc", "up"]);
}

#[test]
fn what_is_no_key_is_dropped() {
    for bytes in [
        "\x1b[1;5:3C", // let go
        "\x1b[57441u", // Shift alone
        "\x1b[<0;5;7m",
        "\x1b[<35;5;7M", // moved
        "\x1b[201~",
        "\x1b[99~",
        "\x1b[5;5;5;5z",
        "\x1b[",
        "\x1b[12;",
    ] {
        let told = pieces([bytes]);
        assert!(told.is_empty() || told == ["alt-["], "{bytes:?}: {told:?}");
    }
    for bytes in [&b"\xff\xfe"[..], b"\xc3", b"\xf0\x9f\x91", b"\x80\xbf", b"\xc0\xaf", b"\xed\xa0\x80"] {
        assert_eq!(pieces([bytes, b"q"]), ["q"], "{bytes:?}");
    }
}

#[test]
fn no_answer_is_a_key_however_it_is_torn() {
    for answer in ANSWERS {
        for torn in tearings(answer.as_bytes()) {
            assert_eq!(pieces(torn.iter().copied().chain([&b"q"[..]])), ["q"], "{torn:?}");
        }
    }
}

/// Its first half comes, then nothing for as long as is waited for, then the other half.
#[test]
fn the_late_half_of_an_answer_is_no_key() {
    for answer in ANSWERS {
        let whole = answer.as_bytes();
        // One byte alone may be typed; and an introducer alone is a key of its own (Escape, Alt-P).
        let begun = if whole[0] == 0xc2 { 3 } else { 3.min(whole.len() - 1) };
        for at in begun..whole.len() - 1 {
            let mut parser = Parser::default();
            parser.feed(&whole[..at]);
            rest(&mut parser);
            parser.feed(&whole[at..]);
            rest(&mut parser);
            parser.feed(b"q");
            rest(&mut parser);
            assert_eq!(told(&mut parser), ["q"], "{answer:?} torn at {at}");
        }
        // Torn behind Escape, that is a key; the rest is none.
        let mut parser = Parser::default();
        if let Some(behind) = whole.strip_prefix(b"\x1b") {
            parser.feed(b"\x1b");
            rest(&mut parser);
            parser.feed(behind);
            rest(&mut parser);
            parser.feed(b"q");
            assert_eq!(told(&mut parser), ["esc", "q"], "{answer:?}");
        }
    }
}

#[test]
fn a_key_after_what_never_ends_is_a_key() {
    for begun in [
        "\x1b[1;",
        "\x1b[?2026",
        "\x1bP>|kit",
        "\x1b]11;rgb:",
        "\x1b_G",
        "\x1bX+",
        "\x1b^-",
        "\x1b[M ",
        "\x1b[[",
        "\x1b[200~text",
        "\x1bO5",
        "\u{9b}1",
        "\x1b]8;;\x1b",
        "\x1b[",
        "\x1bO",
        "\x1bP",
        "\x1b",
        "\u{e2}",
    ] {
        for (bytes, key) in [("q", "q"), ("\x03", "ctrl-c"), ("j", "j"), ("\x1b", "esc"), ("\x1b[B", "down")]
        {
            let mut parser = Parser::default();
            parser.feed(begun.as_bytes());
            rest(&mut parser);
            parser.feed(bytes.as_bytes());
            rest(&mut parser);
            assert_eq!(told(&mut parser).last().map(String::as_str), Some(key), "{begun:?} {bytes:?}");
        }
        // Ctrl-C needs no pause; in a paste it takes effect with the next one.
        for pieces in [vec![begun, "\x03"], vec![&format!("{begun}\x03")]] {
            assert_eq!(self::pieces(pieces).last().map(String::as_str), Some("ctrl-c"), "{begun:?}");
        }
    }
}

/// A person who presses Escape and then such a key means both.
#[test]
fn an_introducer_that_was_typed_is_a_key() {
    for key in ["[", "]", "P", "X", "^", "_", "O"] {
        for pause in [false, true] {
            let mut parser = Parser::default();
            parser.feed(b"\x1b");
            if pause {
                rest(&mut parser);
            }
            parser.feed(key.as_bytes());
            rest(&mut parser);
            parser.feed(b"j");
            rest(&mut parser);
            assert_eq!(told(&mut parser), ["esc", key, "j"]);
        }
    }
    assert_eq!(pieces(["\x1b", "P", "j"]), ["esc", "P", "j"]);
    assert_eq!(pieces(["\x1b", "[", "j"]), ["esc", "[", "j"]);
}

#[test]
fn a_paste_of_any_length_is_one_and_bounded() {
    for length in [0, 1, 65_535, 65_536, 65_537, 3_000_000] {
        let paste = format!("\x1b[200~{}\x1b[201~", "q".repeat(length));
        let mut parser = Parser::default();
        for piece in paste.as_bytes().chunks(4096) {
            parser.feed(piece);
        }
        let Some(Event::Paste(text)) = parser.event() else { panic!("no paste of {length}") };
        assert_eq!(text, "q".repeat(length.min(64 * 1024)));
        assert_eq!(parser.event(), None);
    }
}

#[test]
fn of_all_answers_the_background_is_heard() {
    for (answer, is_light) in [
        ("\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\", Some(false)),
        ("\x1b]11;rgb:ffff/ffff/ffff\x07", Some(true)),
        ("\x1b]11;rgb:f/f/e\x07", Some(true)),
        ("\x1b]11;rgba:ff/ff/dd/ff\x1b\\", Some(true)),
        ("\x1b]10;rgb:ffff/ffff/ffff\x07", None),
        ("\x1b]11;rgb:ffff/ffff\x07", None),
        ("\x1b]11;rgb:fffff/0/0\x07", None),
        ("\x1b]11;rgb://\x07", None),
        ("\x1b]11;rgb:ffff/ffff/ffff\x18", None),
    ] {
        for cut in 0..=answer.len() {
            let mut parser = Parser::default();
            let (before, after) = answer.split_at(cut);
            parser.feed(before.as_bytes());
            parser.feed(after.as_bytes());
            assert_eq!(parser.background(), is_light, "{answer:?} in two pieces from {cut}");
            assert_eq!((parser.background(), parser.event()), (None, None), "{answer:?}");
        }
    }
}
