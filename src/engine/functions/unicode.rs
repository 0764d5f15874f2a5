//! Characters as Go's `unicode` package sorts and maps them: one to one, never by language.

use std::sync::OnceLock;

use regex::Regex;

/// A general category that is asked for by name; ASCII is answered without it.
struct Category {
    pattern: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Category {
    const fn new(pattern: &'static str) -> Self {
        Self { pattern, compiled: OnceLock::new() }
    }

    fn has(&self, c: char) -> bool {
        let regex = self.compiled.get_or_init(|| Regex::new(self.pattern).ok());
        regex.as_ref().is_some_and(|regex| regex.is_match(c.encode_utf8(&mut [0; 4])))
    }
}

/// Letters, marks, numbers, punctuation, symbols and the ASCII space (Go `unicode.IsPrint`).
pub(super) fn is_print(c: char) -> bool {
    static PRINT: Category = Category::new(r"[\p{L}\p{M}\p{N}\p{P}\p{S}]");
    if c.is_ascii() { (' '..='~').contains(&c) } else { PRINT.has(c) }
}

/// Go `unicode.IsPunct`.
pub(super) fn is_punct(c: char) -> bool {
    static PUNCT: Category = Category::new(r"\p{P}");
    if c.is_ascii() {
        c.is_ascii_punctuation()
            && !matches!(c, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~')
    } else {
        PUNCT.has(c)
    }
}

/// Go `unicode.IsUpper`: the category Lu only.
pub(super) fn is_upper(c: char) -> bool {
    static UPPER: Category = Category::new(r"\p{Lu}");
    if c.is_ascii() { c.is_ascii_uppercase() } else { UPPER.has(c) }
}

/// Go `unicode.IsLower`: the category Ll only.
pub(super) fn is_lower(c: char) -> bool {
    static LOWER: Category = Category::new(r"\p{Ll}");
    if c.is_ascii() { c.is_ascii_lowercase() } else { LOWER.has(c) }
}

/// Go `unicode.IsTitle`: characters such as `ǅ`.
pub(super) fn is_title(c: char) -> bool {
    static TITLE: Category = Category::new(r"\p{Lt}");
    !c.is_ascii() && TITLE.has(c)
}

/// Go `unicode.IsLetter`.
pub(super) fn is_letter(c: char) -> bool {
    static LETTER: Category = Category::new(r"\p{L}");
    if c.is_ascii() { c.is_ascii_alphabetic() } else { LETTER.has(c) }
}

/// Go `unicode.IsDigit`: decimal digits of any script.
pub(super) fn is_digit(c: char) -> bool {
    static DIGIT: Category = Category::new(r"\p{Nd}");
    if c.is_ascii() { c.is_ascii_digit() } else { DIGIT.has(c) }
}

/// Go `unicode.IsNumber`.
pub(super) fn is_number(c: char) -> bool {
    static NUMBER: Category = Category::new(r"\p{N}");
    if c.is_ascii() { c.is_ascii_digit() } else { NUMBER.has(c) }
}

/// Go `unicode.IsSpace`.
pub(super) const fn is_space(c: char) -> bool {
    matches!(
        c,
        '\t'..='\r' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}'
            | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// Go `unicode.ToUpper`: the simple mapping, always one character.
pub(super) fn to_upper(c: char) -> char {
    // Letters whose full mapping is longer than their simple one.
    match c {
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            shifted(c, 8)
        }
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => shifted(c, 9),
        _ => only(c.to_uppercase(), c),
    }
}

/// Go `unicode.ToLower`: the simple mapping, always one character.
pub(super) fn to_lower(c: char) -> char {
    if c == '\u{130}' { 'i' } else { only(c.to_lowercase(), c) }
}

/// Go `unicode.ToTitle`: the simple mapping, always one character.
pub(super) fn to_title(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => c,
        _ => to_upper(c),
    }
}

fn shifted(c: char, by: u32) -> char {
    char::from_u32(c as u32 + by).unwrap_or(c)
}

/// The only character of a mapping; `c` itself where the mapping is longer.
fn only(mut mapping: impl Iterator<Item = char>, c: char) -> char {
    match (mapping.next(), mapping.next()) {
        (Some(mapped), None) => mapped,
        _ => c,
    }
}
