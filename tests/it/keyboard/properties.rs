//! The same of whatever may come.

use flowlens::tui::input::Parser;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{ANSWERS, pieces, rest, told};

/// What a terminal may send: a key, or no key.
fn sent() -> impl Strategy<Value = (String, Option<String>)> {
    let key =
        select(&["j", "q", "G", "é", "日", "\r", "\x03", "\x1b[A", "\x1bOB", "\x1b[5~", "\x1b[1;5C"][..]);
    let key = key.prop_map(|bytes| (bytes.to_owned(), pieces([bytes]).pop()));
    let text = "[ -~é日]{0,80}".prop_filter("ends it", |text| !text.contains('\\'));
    let string =
        (select(&["\x1bP>|", "\x1bP1$r", "\x1b]11;", "\x1b]l", "\x1b_G", "\x1b^-", "\x1bX."][..]), text)
            .prop_map(|(begin, text)| (format!("{begin}{text}\x1b\\"), None));
    let answer = select(&ANSWERS[..]).prop_map(|answer| (answer.to_owned(), None));
    prop_oneof![key, string, answer]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn only_keys_are_keys_whatever_comes_between_and_however_it_is_torn(
        sent in vec(sent(), 0..12),
        cuts in vec(any::<Index>(), 0..20),
    ) {
        let bytes: String = sent.iter().map(|(bytes, _)| bytes.as_str()).collect();
        let keys: Vec<String> = sent.into_iter().filter_map(|(_, key)| key).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|at| at.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let ends = cuts.iter().copied().chain([bytes.len()]);
        let starts = [0].into_iter().chain(cuts.iter().copied());
        let torn: Vec<&[u8]> = starts.zip(ends).map(|(a, b)| &bytes.as_bytes()[a..b]).filter(|p| !p.is_empty()).collect();
        prop_assert_eq!(pieces(&torn), keys, "{:?}", torn);
    }

    #[test]
    fn after_any_bytes_a_key_is_a_key(
        torn in vec((vec(select(&BYTES[..]), 1..40), any::<bool>()), 0..12),
    ) {
        let mut parser = Parser::default();
        for (piece, pause) in &torn {
            parser.feed(piece);
            if *pause {
                rest(&mut parser);
            }
        }
        rest(&mut parser);
        for (bytes, key) in [("q", "q"), ("\x03", "ctrl-c"), ("\x1b", "esc")] {
            told(&mut parser);
            parser.feed(bytes.as_bytes());
            rest(&mut parser);
            let last = told(&mut parser).pop();
            prop_assert_eq!(last.as_deref(), Some(key), "{:?}", torn);
        }
    }
}

/// Bytes of which sequences are made, more often than others.
const BYTES: [u8; 40] = [
    0x1b, 0x1b, 0x1b, b'[', b'[', b']', b'P', b'O', b'_', b'^', b'X', b'\\', 0x07, 0x18, 0x03, b'?', b';',
    b'0', b'2', b'0', b'0', b'~', b'<', b'M', b'$', b'y', b'u', b'q', b'j', b'A', b'\r', 0x00, 0x7f, 0x9b,
    0x90, 0xc2, 0xe2, 0x82, 0xff, b' ',
];
