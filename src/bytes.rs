//! Bytes that are no UTF-8, in texts that are: each stands as a character that no chart has.
//!
//! Go's strings are bytes. Ours are characters, and byte `0x80` to `0xff` that belongs to none is one of U+10FF80 to
//! U+10FFFF. Where a text has such a character itself, its four bytes stand so too. What works on bytes takes them out
//! of the text with [`unescape`], and pays only where [`has_escapes`] says so.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

/// What is added to a byte.
const BASE: u32 = 0x10_ff00;

/// Number of bytes that an escape has.
const WIDTH: usize = 4;

/// The character that stands for a byte from `0x80` on.
fn escape_of(byte: u8) -> char {
    char::from_u32(BASE + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The byte that a character stands for.
pub const fn byte_of(c: char) -> Option<u8> {
    let code = c as u32;
    if code >= BASE + 0x80 { Some((code - BASE) as u8) } else { None }
}

/// Whether a character of `text` stands for a byte.
pub fn has_escapes(text: &str) -> bool {
    // The search for one byte is fast, and few texts have it.
    text.as_bytes().contains(&0xf4) && text.chars().any(|c| byte_of(c).is_some())
}

/// Any bytes as a text.
pub fn escape(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !has_escapes(text) => return Cow::Borrowed(text),
        _ => {}
    }
    let mut out = String::with_capacity(bytes.len() + bytes.len() / 2);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if byte_of(c).is_some() {
                out.extend(c.encode_utf8(&mut [0; WIDTH]).bytes().map(escape_of));
            } else {
                out.push(c);
            }
        }
        out.extend(chunk.invalid().iter().copied().map(escape_of));
    }
    Cow::Owned(out)
}

/// The bytes that a text stands for.
pub fn unescape(text: &str) -> Cow<'_, [u8]> {
    if !has_escapes(text) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match byte_of(c) {
            Some(byte) => out.push(byte),
            None => out.extend_from_slice(c.encode_utf8(&mut [0; WIDTH]).as_bytes()),
        }
    }
    Cow::Owned(out)
}

/// How many bytes a text stands for.
pub fn len(text: &str) -> usize {
    if !has_escapes(text) {
        return text.len();
    }
    text.len() - (WIDTH - 1) * text.chars().filter(|c| byte_of(*c).is_some()).count()
}

/// A text as it is shown to people, and as Go shows it where only characters count: U+FFFD for each byte that is none.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !has_escapes(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        out.push(piece.char());
    }
    Cow::Owned(out)
}

/// A text with U+FFFD for each byte that is no character; still a text in which bytes may be escaped.
pub fn replaced(text: &str) -> Cow<'_, str> {
    if !has_escapes(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece.byte {
            Some(_) => out.push(char::REPLACEMENT_CHARACTER),
            None => out.push_str(&escape(piece.char().encode_utf8(&mut [0; WIDTH]).as_bytes())),
        }
    }
    Cow::Owned(out)
}

/// The order of two texts by their bytes.
pub fn compare(a: &str, b: &str) -> Ordering {
    if has_escapes(a) || has_escapes(b) { unescape(a).cmp(&unescape(b)) } else { a.cmp(b) }
}

/// A character as Go decodes it, or a byte that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it stands in the text.
    pub range: Range<usize>,
    /// Where it stands among the bytes.
    pub at: usize,
    /// The byte, if it is no character.
    pub byte: Option<u8>,
    character: char,
}

impl Piece {
    /// The character; U+FFFD for a byte, as for Go.
    pub const fn char(&self) -> char {
        self.character
    }
}

/// The pieces of a text. Escaped bytes that make a character together are one.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(c) = text.get(start..).and_then(|rest| rest.chars().next()) {
        if byte_of(c).is_none() {
            let range = start..start + c.len_utf8();
            start = range.end;
            pieces.push(Piece { range, at, byte: None, character: c });
            at += c.len_utf8();
            continue;
        }
        let run = text.get(start..).unwrap_or_default().chars().map_while(byte_of);
        let bytes: Vec<u8> = run.collect();
        for chunk in bytes.utf8_chunks() {
            for character in chunk.valid().chars() {
                let range = start..start + WIDTH * character.len_utf8();
                start = range.end;
                pieces.push(Piece { range, at, byte: None, character });
                at += character.len_utf8();
            }
            for byte in chunk.invalid() {
                let range = start..start + WIDTH;
                start = range.end;
                let character = char::REPLACEMENT_CHARACTER;
                pieces.push(Piece { range, at, byte: Some(*byte), character });
                at += 1;
            }
        }
    }
    pieces
}

/// What go-yaml says to the first byte of `text` that is no character, and where that stands (`readerc.go`).
pub fn yaml_fault(text: &str) -> Option<(usize, &'static str)> {
    if !has_escapes(text) {
        return None;
    }
    // A character that YAML forbids is found by whoever reads the text as YAML.
    let forbidden = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    let piece = pieces(text)
        .into_iter()
        .take_while(|piece| !forbidden(piece.char()))
        .find(|piece| piece.byte.is_some())?;
    let bytes = unescape(text);
    Some((piece.range.start, fault(bytes.get(piece.at..).unwrap_or_default())))
}

/// What is wrong with the first character of `bytes`.
fn fault(bytes: &[u8]) -> &'static str {
    let first = bytes.first().copied().unwrap_or_default();
    let (width, bits, least) = match first {
        0xc0..=0xdf => (2, first & 0x1f, 0x80),
        0xe0..=0xef => (3, first & 0x0f, 0x800),
        0xf0..=0xf7 => (4, first & 0x07, 0x1_0000),
        _ => return "invalid leading UTF-8 octet",
    };
    let Some(rest) = bytes.get(1..width) else { return "incomplete UTF-8 octet sequence" };
    if rest.iter().any(|byte| byte & 0xc0 != 0x80) {
        return "invalid trailing UTF-8 octet";
    }
    let code = rest.iter().fold(u32::from(bits), |code, byte| code << 6 | u32::from(byte & 0x3f));
    if code < least { "invalid length of a UTF-8 sequence" } else { "invalid Unicode character" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], as_shown: &str) {
        let text = escape(bytes);
        assert_eq!(*unescape(&text), *bytes, "{bytes:x?}");
        assert_eq!(len(&text), bytes.len(), "{bytes:x?}");
        assert_eq!(shown(&text), as_shown, "{bytes:x?}");
        let reserved = as_shown.chars().any(|c| byte_of(c).is_some());
        assert_eq!(has_escapes(&text), std::str::from_utf8(bytes).is_err() || reserved);
    }

    #[test]
    fn any_bytes_survive() {
        check(b"", "");
        check("plain é\n".as_bytes(), "plain é\n");
        check(b"caf\xe9", "caf\u{fffd}");
        check(b"\xff\xc3\xa9\x80", "\u{fffd}é\u{fffd}");
        check("a\u{10ff80}\u{10ffff}\u{10ff7f}".as_bytes(), "a\u{10ff80}\u{10ffff}\u{10ff7f}");
        check(b"\xf4\x8f\xbf", "\u{fffd}\u{fffd}\u{fffd}");
        check(&(0..=255).collect::<Vec<u8>>(), &{
            let ascii = (0..128).map(char::from);
            ascii.chain(std::iter::repeat_n('\u{fffd}', 128)).collect::<String>()
        });
    }

    #[test]
    fn halves_make_a_character_again() {
        let halves = format!("a{}{}", escape(b"\xc3"), escape(b"\xa9"));
        assert_eq!(shown(&halves), "aé");
        assert_eq!(replaced(&halves), "aé");
        let found: Vec<(char, Range<usize>, usize)> = pieces(&halves)
            .into_iter()
            .map(|piece| (piece.char(), piece.range, piece.at))
            .collect();
        assert_eq!(found, [('a', 0..1, 0), ('é', 1..9, 1)]);
    }

    #[test]
    fn yaml_names_what_is_wrong() {
        for (bytes, at, message) in [
            (b"\x80".as_slice(), 0, "invalid leading UTF-8 octet"),
            (b"ab\xff\xfe", 2, "invalid leading UTF-8 octet"),
            (b"\xe9\n", 0, "incomplete UTF-8 octet sequence"),
            (b"a\xe9\nbc", 1, "invalid trailing UTF-8 octet"),
            (b"\xc0\x80", 0, "invalid length of a UTF-8 sequence"),
            (b"\xed\xa0\x80", 0, "invalid Unicode character"),
            (b"\xf4\x90\x80\x80", 0, "invalid Unicode character"),
        ] {
            assert_eq!(yaml_fault(&escape(bytes)), Some((at, message)), "{bytes:x?}");
        }
        assert_eq!(yaml_fault(&escape("\u{10fffd}".as_bytes())), None);
    }
}
