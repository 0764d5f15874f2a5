//! String and character constants: unquoting as Go's `strconv` does.

use std::borrow::Cow;

use crate::bytes;

/// Go's `strconv.ErrSyntax`.
pub(super) const INVALID_SYNTAX: &str = "invalid syntax";

/// The value of a token that is a string, its quotes included; `None` where an escape in it is wrong.
///
/// Bytes that are no UTF-8 (`"\xff"`) stand in it as [`bytes`] says. It is borrowed if it stands literally between the
/// quotes.
pub(super) fn unquote(token: &str) -> Option<Cow<'_, str>> {
    let inside = token.get(1..token.len().checked_sub(1)?)?;
    if token.starts_with('`') {
        if inside.contains('\r') {
            return Some(Cow::Owned(inside.replace('\r', "")));
        }
        return Some(Cow::Borrowed(inside));
    }
    // Bytes can only stand here in what `tpl` is given.
    let inside = bytes::replaced(inside);
    if !inside.contains('\\') {
        return Some(inside);
    }
    let mut value = Vec::with_capacity(inside.len());
    let raw = bytes::unescape(&inside);
    let mut rest = &*raw;
    while let Some((first, behind)) = rest.split_first() {
        if *first != b'\\' {
            value.push(*first);
            rest = behind;
            continue;
        }
        let (unit, behind) = unescape(behind, b'"')?;
        rest = behind;
        match unit {
            Unescaped::Byte(byte) => value.push(byte),
            Unescaped::Character(character) => {
                value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    Some(Cow::Owned(bytes::escape(&value).into_owned()))
}

/// The code point that a character constant stands for, or Go's message.
pub(super) fn unquote_char(token: &str) -> Result<u32, String> {
    let inside = token.get(1..).unwrap_or_default();
    let mut characters = inside.chars();
    let (code, rest) = match characters.next() {
        None | Some('\'') => return Err(INVALID_SYNTAX.to_owned()),
        Some('\\') => match unescape(characters.as_str().as_bytes(), b'\'') {
            Some((Unescaped::Byte(byte), rest)) => (u32::from(byte), rest),
            Some((Unescaped::Character(character), rest)) => (u32::from(character), rest),
            None => return Err(INVALID_SYNTAX.to_owned()),
        },
        Some(character) => (u32::from(character), characters.as_str().as_bytes()),
    };
    if rest == b"'" { Ok(code) } else { Err(format!("malformed character constant: {token}")) }
}

enum Unescaped {
    Byte(u8),
    Character(char),
}

/// What the escape behind a backslash stands for, and the rest (`UnquoteChar` in Go's `strconv/quote.go`).
fn unescape(bytes: &[u8], quote: u8) -> Option<(Unescaped, &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    let byte = match kind {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'\\' => b'\\',
        b'x' => {
            let (code, rest) = digits(rest, 2, 16)?;
            return Some((Unescaped::Byte(u8::try_from(code).ok()?), rest));
        }
        b'u' | b'U' => {
            let (code, rest) = digits(rest, if *kind == b'u' { 4 } else { 8 }, 16)?;
            return Some((Unescaped::Character(char::from_u32(code)?), rest));
        }
        b'0'..=b'7' => {
            let (code, rest) = digits(bytes, 3, 8)?;
            return Some((Unescaped::Byte(u8::try_from(code).ok()?), rest));
        }
        _ if *kind == quote => quote,
        _ => return None,
    };
    Some((Unescaped::Byte(byte), rest))
}

fn digits(bytes: &[u8], count: usize, radix: u32) -> Option<(u32, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(count)?;
    let mut code = 0_u32;
    for digit in digits {
        code = code.checked_mul(radix)?.checked_add(char::from(*digit).to_digit(radix)?)?;
    }
    Some((code, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(token: &str, value: Option<&str>) {
        assert_eq!(unquote(token).as_deref(), value);
    }

    #[track_caller]
    fn check_char(token: &str, code: Result<u32, &str>) {
        assert_eq!(unquote_char(token), code.map_err(str::to_owned));
    }

    #[test]
    fn strings() {
        check(r#""""#, Some(""));
        check(r#""a'é""#, Some("a'é"));
        check(r#""\a\b\f\n\r\t\v\\\"""#, Some("\u{7}\u{8}\u{c}\n\r\t\u{b}\\\""));
        check(r#""\x41\101\u00e9\U0001F600""#, Some("AAé😀"));
        check(r#""\xc3\xa9\xff""#, Some("é\u{10ffff}"));
        check("`a\\n\"\r\nb`", Some("a\\n\"\nb"));
    }

    #[test]
    fn wrong_escapes() {
        for token in [
            r#""\d""#,
            r#""\'""#,
            r#""\x4""#,
            r#""\400""#,
            r#""\08""#,
            r#""\ud800""#,
            r#""\U00110000""#,
        ] {
            check(token, None);
        }
    }

    #[test]
    fn character_constants() {
        check_char("'a'", Ok(97));
        check_char("'é'", Ok(233));
        check_char(r"'\''", Ok(39));
        check_char(r"'\xff'", Ok(255));
        check_char("'\"'", Ok(34));
        check_char("''", Err(INVALID_SYNTAX));
        check_char(r#"'\"'"#, Err(INVALID_SYNTAX));
        check_char("'ab'", Err("malformed character constant: 'ab'"));
    }
}
