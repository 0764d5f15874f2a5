//! Sprig's functions that change letters and words, with the rules of Go, goutils and xstrings.

use crate::bytes::{has_escapes, unescape};
use crate::engine::text::{NOWHERE, Text, TextBuilder};
use crate::engine::value::Value;

use super::arguments::{decoded, raw, str, text};
use super::unicode::{
    is_digit, is_letter, is_lower, is_number, is_punct, is_space, is_title, is_upper, to_lower,
    to_title, to_upper,
};
use super::{Call, Failure, Implementation};

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("camelcase", camelcase),
    ("initials", initials),
    ("kebabcase", kebabcase),
    ("lower", lower),
    ("nospace", nospace),
    ("snakecase", snakecase),
    ("swapcase", swapcase),
    ("title", title),
    ("untitle", untitle),
    ("upper", upper),
];

type Outcome = Result<Value, Failure>;

fn lower(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let text = decoded(args, 0)?;
    Ok(mapped(call, args, &text, to_lower))
}

fn upper(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let text = decoded(args, 0)?;
    Ok(mapped(call, args, &text, to_upper))
}

/// A text that keeps its origin only if no character changes.
fn mapped(call: &mut Call<'_>, args: &[Value], text: &Text, map: fn(char) -> char) -> Value {
    if text.as_str().chars().all(|c| map(c) == c) {
        return Value::text(text.clone());
    }
    call.string(text.as_str().chars().map(map).collect::<String>(), args)
}

/// Go `strings.Title`.
fn title(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let text = decoded(args, 0)?;
    let mut before = ' ';
    Ok(changed(call, args, &text, |c| {
        let starts = is_separator(std::mem::replace(&mut before, c));
        if starts { to_title(c) } else { c }
    }))
}

/// What Go's `strings.Title` takes for a word's edge.
fn is_separator(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_alphanumeric() && c != '_';
    }
    !is_letter(c) && !is_digit(c) && is_space(c)
}

/// goutils `Uncapitalize`.
fn untitle(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let text = decoded(args, 0)?;
    let mut pending = true;
    Ok(changed(call, args, &text, |c| {
        if is_space(c) {
            pending = true;
            return c;
        }
        if std::mem::replace(&mut pending, false) { to_lower(c) } else { c }
    }))
}

/// A text in which characters that do not change keep their origin.
fn changed(
    call: &mut Call<'_>,
    args: &[Value],
    text: &Text,
    mut change: impl FnMut(char) -> char,
) -> Value {
    let origin = call.origin(args);
    let mut out = TextBuilder::default();
    let mut done = 0;
    for (at, c) in text.as_str().char_indices() {
        let new = change(c);
        if new != c {
            out.push_slice(text, done..at);
            out.push(new.encode_utf8(&mut [0; 4]), origin, NOWHERE);
            done = at + c.len_utf8();
        }
    }
    if done == 0 {
        return Value::text(text.clone());
    }
    out.push_slice(text, done..text.len());
    Value::text(out.finish())
}

/// goutils `SwapCase`.
fn swapcase(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let mut after_space = true;
    let text = decoded(args, 0)?;
    let swapped: String = text
        .as_str()
        .chars()
        .map(|c| {
            if is_upper(c) || is_title(c) {
                after_space = false;
                to_lower(c)
            } else if is_lower(c) {
                if std::mem::replace(&mut after_space, false) { to_title(c) } else { to_upper(c) }
            } else {
                after_space = is_space(c);
                c
            }
        })
        .collect();
    Ok(call.string(swapped, args))
}

/// goutils `DeleteWhiteSpace`, which takes bytes for characters.
fn nospace(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let text = text(args, 0)?;
    if has_escapes(text.as_str()) {
        let characters =
            unescape(text.as_str()).iter().copied().map(char::from).collect::<Vec<_>>();
        if !characters.iter().any(|c| is_space(*c)) {
            return Ok(Value::text(text.clone()));
        }
        let kept: String = characters.into_iter().filter(|c| !is_space(*c)).collect();
        return Ok(call.string(kept, args));
    }
    if !text.as_str().bytes().any(|byte| is_space(char::from(byte))) {
        return Ok(Value::text(text.clone()));
    }
    let origin = call.origin(args);
    let mut out = TextBuilder::default();
    for (at, byte) in text.as_str().bytes().enumerate() {
        let c = char::from(byte);
        if is_space(c) {
            continue;
        }
        if c.is_ascii() {
            out.push_slice(text, at..at + 1);
        } else {
            out.push(c.encode_utf8(&mut [0; 4]), origin, NOWHERE);
        }
    }
    Ok(Value::text(out.finish()))
}

/// goutils `Initials`, which takes bytes for characters.
fn initials(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let mut after_gap = true;
    let initials: String = raw(args, 0)?
        .iter()
        .copied()
        .map(char::from)
        .filter(|c| {
            let gap = is_space(*c);
            std::mem::replace(&mut after_gap, gap) && !gap
        })
        .collect();
    Ok(call.string(initials, args))
}

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || is_space(c)
}

/// xstrings `ToPascalCase`.
fn camelcase(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let decoded = decoded(args, 0)?;
    let text = decoded.as_str();
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    let mut last = None;
    let mut first_is_upper = false;
    for c in rest.by_ref() {
        if !is_connector(c) {
            first_is_upper = is_upper(c);
            last = Some(to_upper(c));
            break;
        }
        out.push(c);
    }
    // A text of connectors only gets its last one twice, in the original too.
    let Some(mut current) = last.or_else(|| text.chars().next_back()) else {
        return Ok(call.string(out, args));
    };
    for c in rest {
        let before = std::mem::replace(&mut current, c);
        if is_connector(c) && is_connector(before) {
            out.push(before);
            continue;
        }
        if is_connector(before) {
            first_is_upper = is_upper(c);
            current = to_upper(c);
        } else {
            if first_is_upper {
                if is_upper(c) {
                    current = to_lower(c);
                } else {
                    first_is_upper = false;
                }
            }
            out.push(before);
        }
    }
    out.push(current);
    Ok(call.string(out, args))
}

fn snakecase(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(call.string(words_joined(known(args)?, '_'), args))
}

fn kebabcase(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(call.string(words_joined(known(args)?, '-'), args))
}

/// The text. What xstrings makes of bytes that are no UTF-8 depends on what is around them.
fn known(args: &[Value]) -> Result<&str, Failure> {
    let text = str(args, 0)?;
    if has_escapes(text) {
        return Err(Failure::Unsupported("snakecase of bytes that are no UTF-8".to_owned()));
    }
    Ok(text)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Invalid,
    Number,
    UpperCase,
    Alphabet,
    Connector,
    Punctuation,
    Other,
}

/// xstrings `camelCaseToLowerCase`.
fn words_joined(text: &str, connector: char) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let (mut kind, mut word, mut rest) = next_word(text);
    while !rest.is_empty() {
        if kind != Word::Connector {
            push_lower(&mut out, kind, word, connector);
        }
        let (before, last) = (kind, word);
        (kind, word, rest) = next_word(rest);
        match before {
            Word::Number => {
                while matches!(kind, Word::Alphabet | Word::Number) {
                    push_lower(&mut out, kind, word, connector);
                    (kind, word, rest) = next_word(rest);
                }
                if !matches!(kind, Word::Invalid | Word::Punctuation | Word::Connector) {
                    out.push(connector);
                }
            }
            Word::Connector => push_lower(&mut out, before, last, connector),
            Word::Punctuation => {}
            _ if kind != Word::Number => {
                if !matches!(kind, Word::Connector | Word::Punctuation) {
                    out.push(connector);
                }
            }
            _ if rest.is_empty() => {}
            _ => {
                let number = word;
                (kind, word, rest) = next_word(rest);
                // A number belongs to the word before it, unless small letters follow.
                if kind != Word::Alphabet {
                    push_lower(&mut out, Word::Number, number, connector);
                    if !matches!(kind, Word::Connector | Word::Punctuation) {
                        out.push(connector);
                    }
                    continue;
                }
                out.push(connector);
                push_lower(&mut out, Word::Number, number, connector);
                while matches!(kind, Word::Alphabet | Word::Number) {
                    push_lower(&mut out, kind, word, connector);
                    (kind, word, rest) = next_word(rest);
                }
                if !matches!(kind, Word::Invalid | Word::Connector | Word::Punctuation) {
                    out.push(connector);
                }
            }
        }
    }
    push_lower(&mut out, kind, word, connector);
    out
}

/// xstrings `isAlphabet`: letters except Chinese characters, with the ranges as they stand there.
fn is_alphabet(c: char) -> bool {
    let chinese =
        matches!(c, '\u{3400}'..='\u{4d85}' | '\u{4e00}'..='\u{9fcc}' | '\u{20000}'..='\u{2b81d}');
    is_letter(c) && !chinese
}

/// xstrings `nextWord`: the kind of the first word, the word, and what follows it.
fn next_word(text: &str) -> (Word, &str, &str) {
    // U+FFFD counts as a byte that is no character: it is skipped, and at the end it goes with what stands before.
    let next = |from: usize, before: char| {
        let rest = text.get(from..).unwrap_or_default();
        match rest.char_indices().find(|(_, c)| *c != '\u{fffd}') {
            Some((at, c)) => Some((c, from + at + c.len_utf8())),
            None => (!rest.is_empty()).then_some((before, text.len())),
        }
    };
    // Where the word ends, and where its last character began.
    let take = |from: usize, first: char, belongs: &dyn Fn(char) -> bool| {
        let (mut end, mut last, mut before) = (from, from, first);
        while let Some((c, after)) = next(end, before)
            && belongs(c)
        {
            (last, end, before) = (end, after, c);
        }
        (end, last)
    };
    let Some((first, start)) = next(0, '\u{fffd}').filter(|(c, _)| *c != '\u{fffd}') else {
        return (Word::Invalid, text, "");
    };
    let small = |c| is_alphabet(c) && !is_upper(c);
    let (kind, end) = if is_connector(first) {
        (Word::Connector, take(start, first, &is_connector).0)
    } else if is_punct(first) {
        (Word::Punctuation, take(start, first, &is_punct).0)
    } else if is_upper(first) {
        let (capitals, last) = take(start, first, &is_upper);
        let end = if capitals == start {
            take(start, first, &small).0
        } else if next(capitals, first).is_some_and(|(c, _)| is_alphabet(c)) {
            // The last capital begins the next word: `HTTP` and `Status`.
            last
        } else {
            capitals
        };
        (Word::UpperCase, end)
    } else if is_alphabet(first) {
        (Word::Alphabet, take(start, first, &small).0)
    } else if is_number(first) {
        (Word::Number, take(start, first, &is_number).0)
    } else {
        let belongs = |c| !(is_connector(c) || is_alphabet(c) || is_number(c) || is_punct(c));
        (Word::Other, take(start, first, &belongs).0)
    };
    let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (kind, word, rest)
}

fn push_lower(out: &mut String, kind: Word, word: &str, connector: char) {
    if !matches!(kind, Word::UpperCase | Word::Connector) {
        out.push_str(word);
        return;
    }
    out.extend(word.chars().map(|c| match c {
        _ if is_connector(c) => connector,
        _ if is_upper(c) => to_lower(c),
        _ => c,
    }));
}

#[cfg(test)]
mod tests {
    use super::super::recorded;
    use super::super::traced::{origins, remembered};
    use crate::engine::value::Value;

    #[test]
    fn calls_agree_with_the_recording() {
        recorded::check("cases.jsonl");
    }

    #[track_caller]
    fn check(name: &str, args: &[Value], expected: &str) {
        assert_eq!(origins(name, args), expected);
    }

    #[test]
    fn what_is_unchanged_keeps_its_origin() {
        check("lower", &[remembered("abc", 1, 10)], "abc@1:10");
        check("lower", &[remembered("aBc", 1, 10)], "abc@call");
        check("title", &[remembered("ab cd", 1, 10)], "A@call b @1:11 C@call d@1:14");
        check("title", &[remembered("Ab", 1, 10)], "Ab@1:10");
        check("untitle", &[remembered("AB", 1, 10)], "a@call B@1:11");
        check("nospace", &[remembered("a b", 1, 10)], "a@1:10 b@1:12");
    }
}
