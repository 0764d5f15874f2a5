//! Go's quoted strings, for Helm's error texts.

/// Go's `%q` of a string.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        push_quoted(&mut out, character, '"');
    }
    out.push('"');
    out
}

/// Go's `%q` of a rune.
pub(super) fn quote_character(character: char) -> String {
    let mut out = String::from("'");
    push_quoted(&mut out, character, '\'');
    out.push('\'');
    out
}

fn push_quoted(out: &mut String, character: char, delimiter: char) {
    let code = u32::from(character);
    match character {
        '\\' => out.push_str("\\\\"),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        _ if character == delimiter => {
            out.push('\\');
            out.push(character);
        }
        _ if code < 0x20 || code == 0x7f => push_code(out, 'x', code, 2),
        _ if character.is_control() => push_code(out, 'u', code, 4),
        _ => out.push(character),
    }
}

/// `\x1b`, `\u0085`
fn push_code(out: &mut String, letter: char, code: u32, digits: u32) {
    out.push('\\');
    out.push(letter);
    for place in (0..digits).rev() {
        out.push(char::from_digit((code >> (4 * place)) & 0xf, 16).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, quoted: &str) {
        assert_eq!(quote(text), quoted);
    }

    #[test]
    fn strings_are_quoted_as_go_quotes_them() {
        check("a'b", "\"a'b\"");
        check("a\"\\", "\"a\\\"\\\\\"");
        check("\n\t\u{1b}\u{85}é", "\"\\n\\t\\x1b\\u0085é\"");
    }
}
