//! Go's idea of letters and printable characters, and quoting as `%q` and `%#U` do.

use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;

/// Letters and decimal digits of Unicode 15.0, the version of Go 1.26 (`unicode/tables.go`).
///
/// `char::is_alphabetic` is another property: it knows letter-like numbers and marks too.
static LETTER_OR_DIGIT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[[\p{L}\p{Nd}]&&\p{Age=15.0}]$").ok());

/// What Go's `unicode.IsPrint` takes, ASCII left aside.
static PRINTABLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[[\p{L}\p{M}\p{N}\p{P}\p{S}]&&\p{Age=15.0}]$").ok());

fn is_of(class: &LazyLock<Option<Regex>>, character: char) -> bool {
    let mut buffer = [0; 4];
    class.as_ref().is_some_and(|regex| regex.is_match(character.encode_utf8(&mut buffer)))
}

/// Whether `character` can stand in a name (`isAlphaNumeric` in Go's `lex.go`).
pub(super) fn is_alphanumeric(character: char) -> bool {
    if character.is_ascii() {
        return character == '_' || character.is_ascii_alphanumeric();
    }
    is_of(&LETTER_OR_DIGIT, character)
}

fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    is_of(&PRINTABLE, character)
}

/// `text` in double quotes, as Go's `%q` prints it.
pub fn go_quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        push_escaped(&mut quoted, character);
    }
    quoted.push('"');
    quoted
}

fn push_escaped(out: &mut String, character: char) {
    let short = match character {
        '"' | '\\' => character,
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{b}' => 'v',
        _ if is_printable(character) => {
            out.push(character);
            return;
        }
        _ => {
            // Writing to a string can't fail.
            let _ = match u32::from(character) {
                code @ (0..0x20 | 0x7f) => write!(out, "\\x{code:02x}"),
                code @ 0..0x1_0000 => write!(out, "\\u{code:04x}"),
                code => write!(out, "\\U{code:08x}"),
            };
            return;
        }
    };
    out.push('\\');
    out.push(short);
}

/// `character` as Go's `%#U` prints it: `U+002D '-'`.
pub(super) fn go_code_point(character: char) -> String {
    let code = u32::from(character);
    if is_printable(character) {
        format!("U+{code:04X} '{character}'")
    } else {
        format!("U+{code:04X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(character: char, alphanumeric: bool, quoted: &str, code_point: &str) {
        assert_eq!(is_alphanumeric(character), alphanumeric);
        assert_eq!(go_quote(&character.to_string()), format!("\"{quoted}\""));
        assert_eq!(go_code_point(character), code_point);
    }

    #[test]
    fn letters_and_digits() {
        check('_', true, "_", "U+005F '_'");
        check('é', true, "é", "U+00E9 'é'");
        check('٣', true, "٣", "U+0663 '٣'");
        check('𝒳', true, "𝒳", "U+1D4B3 '𝒳'");
    }

    #[test]
    fn numerals_marks_and_newer_letters_are_no_letters() {
        check('Ⅷ', false, "Ⅷ", "U+2167 'Ⅷ'");
        check('\u{301}', false, "\u{301}", "U+0301 '\u{301}'");
        // LATIN SMALL LETTER LAMBDA WITH STROKE came with Unicode 16.
        check('\u{a7db}', false, "\\ua7db", "U+A7DB");
    }

    #[test]
    fn what_does_not_print_is_escaped() {
        check('"', false, "\\\"", "U+0022 '\"'");
        check('\n', false, "\\n", "U+000A");
        check('\0', false, "\\x00", "U+0000");
        check('\u{7f}', false, "\\x7f", "U+007F");
        check('\u{a0}', false, "\\u00a0", "U+00A0");
        check('\u{e0001}', false, "\\U000e0001", "U+E0001");
    }
}
