//! Text as other programs leave it: behind a byte order mark, in UTF-16 (what PowerShell's `>` writes), with half of a
//! surrogate pair in its JSON (what a title that was cut to length may end in).

use std::borrow::Cow;

/// Where bytes stop being text, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {} is not UTF-8", .0 + 1)]
pub struct NotText(pub usize);

const BOM: char = '\u{feff}';

/// The text of a file, without its byte order mark.
///
/// # Errors
/// It is neither UTF-8 nor UTF-16.
pub fn text(bytes: Vec<u8>) -> Result<String, NotText> {
    let text = match *bytes.as_slice() {
        // Without a mark, the first character of what is read here takes one byte.
        [0xff, 0xfe, ..] | [1..=0xff, 0, ..] => utf16(&bytes, u16::from_le_bytes),
        [0xfe, 0xff, ..] | [0, 1..=0xff, ..] => utf16(&bytes, u16::from_be_bytes),
        _ => utf8(bytes)?,
    };
    Ok(text.strip_prefix(BOM).map(str::to_owned).unwrap_or(text))
}

/// UTF-8, half a surrogate pair in it (which it cannot hold, and some write nevertheless) replaced.
fn utf8(bytes: Vec<u8>) -> Result<String, NotText> {
    let mut bytes = bytes;
    loop {
        let error = match String::from_utf8(bytes) {
            Ok(text) => return Ok(text),
            Err(error) => error,
        };
        let at = error.utf8_error().valid_up_to();
        bytes = error.into_bytes();
        match bytes.get_mut(at..at + 3) {
            Some(half @ [0xed, 0xa0..=0xbf, 0x80..=0xbf]) => half.copy_from_slice("\u{fffd}".as_bytes()),
            _ => return Err(NotText(at)),
        }
    }
}

/// Whether a file that begins so is in UTF-16.
pub fn is_utf16(start: &[u8]) -> bool {
    matches!(start, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [1..=0xff, 0, ..] | [0, 1..=0xff, ..])
}

fn utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> String {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let read = char::decode_utf16(units).map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER));
    // Half a unit at the end is half a character.
    read.chain(rest.iter().map(|_| char::REPLACEMENT_CHARACTER)).collect()
}

/// The same JSON, half a surrogate pair (`\ud83d` alone) replaced: serde refuses it, other readers do not.
pub fn paired(json: &str) -> Cow<'_, str> {
    let mut mended: Option<String> = None;
    let mut kept = 0;
    let mut at = 0;
    // A backslash stands in strings only.
    while let Some(found) = json.get(at..).and_then(|rest| rest.find('\\')) {
        let start = at + found;
        let unit = |from: usize| {
            let digits = json.get(from..)?.strip_prefix("\\u")?.get(..4)?;
            u16::from_str_radix(digits, 16).ok()
        };
        at = match (unit(start), unit(start + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => start + 12,
            (Some(0xd800..=0xdfff), _) => {
                let text = mended.get_or_insert_default();
                text.push_str(json.get(kept..start).unwrap_or_default());
                text.push_str("\\ufffd");
                kept = start + 6;
                kept
            }
            (Some(_), _) => start + 6,
            // Whatever is behind it belongs to it.
            (None, _) => {
                start
                    + 1
                    + json.get(start + 1..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
            }
        };
    }
    match mended {
        Some(text) => Cow::Owned(text + json.get(kept..).unwrap_or_default()),
        None => Cow::Borrowed(json),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_programs_write_it() {
        let wide = |bom: bool, unit: fn(u16) -> [u8; 2]| {
            let mark = bom.then_some(0xfeff_u16);
            mark.into_iter().chain("[\"é𝄞\"]".encode_utf16()).flat_map(unit).collect::<Vec<u8>>()
        };
        for bytes in [
            "[\"é𝄞\"]".as_bytes().to_vec(),
            "\u{feff}[\"é𝄞\"]".as_bytes().to_vec(),
            wide(true, u16::to_le_bytes),
            wide(true, u16::to_be_bytes),
            wide(false, u16::to_le_bytes),
            wide(false, u16::to_be_bytes),
        ] {
            assert_eq!(text(bytes), Ok("[\"é𝄞\"]".to_owned()));
        }
        assert_eq!(text(b"[\xff]".to_vec()), Err(NotText(1)));
        assert_eq!(text(b"\xed\xa0\xbd-\xed\xb8\x80".to_vec()), Ok("\u{fffd}-\u{fffd}".to_owned()));
        assert_eq!(text(b"\xed\xa0\xbd-\xed\xb8".to_vec()), Err(NotText(4)));
        assert_eq!(text(vec![0xff, 0xfe, b'[', 0, b']']), Ok("[\u{fffd}".to_owned()));
        for short in [&b""[..], b"\0", b"x"] {
            assert!(text(short.to_vec()).is_ok() && !is_utf16(short));
        }
    }

    #[test]
    fn half_a_pair_is_replaced_and_nothing_else() {
        for (json, becomes) in [
            (r#""a\ud83d""#, r#""a\ufffd""#),
            (r#""\uDE00 \uD83D\uDE00 \ud83d\ud83d\ude00""#, r#""\ufffd \uD83D\uDE00 \ufffd\ud83d\ude00""#),
            (r#""\\ud83d \\\ud83d \"\ud83dé""#, r#""\\ud83d \\\ufffd \"\ufffdé""#),
            (r#""\u00e9\n\ud8""#, r#""\u00e9\n\ud8""#),
            ("\"\\", "\"\\"),
            ("\\é\\ud83d", "\\é\\ufffd"),
        ] {
            assert_eq!(paired(json), becomes, "{json}");
        }
        assert!(matches!(paired(r#""\ud83d\ude00""#), Cow::Borrowed(_)));
        let read: String = serde_json::from_str(&paired(r#""a\ud83d""#)).unwrap();
        assert_eq!(read, "a\u{fffd}");
    }
}
