//! Arguments as the type that a function's signature gives them.

use crate::engine::text::{Text, TextBuilder};
use crate::engine::value::{Kind, Value};

use super::Failure;
use super::format::MAX_TEXT;

/// The string at `at`.
pub(super) fn text(args: &[Value], at: usize) -> Result<&Text, Failure> {
    args.get(at).and_then(Value::as_text).ok_or_else(|| wrong(at, "a string"))
}

/// The characters of the string at `at`.
pub(super) fn str(args: &[Value], at: usize) -> Result<&str, Failure> {
    text(args, at).map(Text::as_str)
}

/// The integer at `at`.
pub(super) fn int(args: &[Value], at: usize) -> Result<i64, Failure> {
    match args.get(at).map(|value| &value.kind) {
        Some(Kind::Int(int, _)) => Ok(*int),
        _ => Err(wrong(at, "an integer")),
    }
}

/// The argument at `at`, of any type.
pub(super) fn any(args: &[Value], at: usize) -> Result<&Value, Failure> {
    args.get(at).ok_or_else(|| wrong(at, "a value"))
}

/// Says no to a text that would be longer than [`MAX_TEXT`].
pub(super) fn fits(len: usize) -> Result<(), Failure> {
    if len > MAX_TEXT {
        return Err(Failure::Limit("a text is longer than 64 MiB".to_owned()));
    }
    Ok(())
}

/// Appends the bytes `start..end`, as Go slices strings; bytes of characters that are cut become U+FFFD each.
pub(super) fn push_bytes(out: &mut TextBuilder, text: &Text, start: usize, end: usize) {
    let characters = text.as_str();
    let first = (start..end).find(|at| characters.is_char_boundary(*at)).unwrap_or(end);
    let last = (first..=end).rev().find(|at| characters.is_char_boundary(*at)).unwrap_or(first);
    let broken = |out: &mut TextBuilder, from: usize, to: usize| {
        for run in text.runs(from..to).take(1) {
            let marks = "\u{fffd}".repeat(to - from);
            out.push(&marks, run.origin, crate::engine::text::NOWHERE);
        }
    };
    broken(out, start, first);
    if first < last {
        out.push_slice(text, first..last);
    }
    broken(out, last.max(first), end);
}

/// The bytes `start..end`, as Go slices strings; bytes of characters that are cut become U+FFFD each.
pub(super) fn bytes(text: &Text, start: usize, end: usize) -> Text {
    if text.as_str().get(start..end).is_some() {
        return text.slice(start..end);
    }
    let mut out = TextBuilder::default();
    push_bytes(&mut out, text, start, end);
    out.finish()
}

fn wrong(at: usize, expected: &str) -> Failure {
    Failure::Unsupported(format!("argument {} is not {expected}", at + 1))
}

/// The characters of `bytes`; a byte that belongs to none becomes U+FFFD.
pub(super) fn lossy(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(std::iter::repeat_n('\u{fffd}', chunk.invalid().len()));
    }
    out
}
