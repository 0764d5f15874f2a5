//! Arguments as the type that a function's signature gives them.

use std::borrow::Cow;

use crate::bytes;
use crate::engine::text::{NOWHERE, Text, TextBuilder};
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

/// A text whose offsets are those of the bytes that it stands for, as Go counts.
pub(super) struct Bytes<'t> {
    text: &'t Text,
    /// Where each byte stands in the text; `None` where that is at the same offset.
    offsets: Option<Vec<usize>>,
}

impl<'t> Bytes<'t> {
    pub(super) fn of(text: &'t Text) -> Self {
        let offsets = bytes::has_escapes(text.as_str()).then(|| {
            let mut offsets = Vec::with_capacity(text.len());
            for (at, c) in text.as_str().char_indices() {
                let count = if bytes::byte_of(c).is_some() { 1 } else { c.len_utf8() };
                offsets.extend(at..at + count);
            }
            offsets
        });
        Self { text, offsets }
    }

    pub(super) fn len(&self) -> usize {
        self.offsets.as_ref().map_or(self.text.len(), Vec::len)
    }

    fn offset(&self, at: usize) -> usize {
        match &self.offsets {
            None => at,
            Some(offsets) => offsets.get(at).copied().unwrap_or(self.text.len()),
        }
    }

    fn is_boundary(&self, at: usize) -> bool {
        self.text.as_str().is_char_boundary(self.offset(at))
    }

    /// Appends the bytes `start..end`, as Go slices strings.
    pub(super) fn push(&self, out: &mut TextBuilder, start: usize, end: usize) {
        let first = (start..end).find(|at| self.is_boundary(*at)).unwrap_or(end);
        let last = (first..=end).rev().find(|at| self.is_boundary(*at)).unwrap_or(first);
        self.push_cut(out, start, first);
        if first < last {
            out.push_slice(self.text, self.offset(first)..self.offset(last));
        }
        self.push_cut(out, last.max(first), end);
    }

    /// Appends bytes of a character that is cut.
    fn push_cut(&self, out: &mut TextBuilder, start: usize, end: usize) {
        let range = self.offset(start)..self.offset(start) + (end - start);
        let part = self.text.as_str().as_bytes().get(range.clone()).unwrap_or_default();
        if let Some(run) = self.text.runs(range).next() {
            out.push(&bytes::escape(part), run.origin, NOWHERE);
        }
    }

    /// The bytes `start..end`, as Go slices strings.
    pub(super) fn slice(&self, start: usize, end: usize) -> Text {
        if self.offsets.is_none() && self.text.as_str().get(start..end).is_some() {
            return self.text.slice(start..end);
        }
        let mut out = TextBuilder::default();
        self.push(&mut out, start, end);
        out.finish()
    }
}

/// The string at `at`, as functions see it that take characters out of it and put them back: U+FFFD for each byte that
/// is none.
pub(super) fn decoded(args: &[Value], at: usize) -> Result<Text, Failure> {
    let text = text(args, at)?;
    Ok(match bytes::replaced(text.as_str()) {
        Cow::Borrowed(_) => text.clone(),
        Cow::Owned(replaced) => {
            let origin = text.runs(0..text.len()).next().map(|run| run.origin);
            Text::with_origin(replaced, origin.unwrap_or_default(), NOWHERE)
        }
    })
}

/// A text with a character for each byte: what is found in it may be a part of a character.
pub(super) fn spread(text: &str) -> String {
    bytes::unescape(text).iter().copied().map(char::from).collect()
}

/// The text of which `spread` made this, or a part of it.
pub(super) fn gathered(spread: &str) -> String {
    let bytes: Vec<u8> = spread.chars().map(|c| c as u8).collect();
    bytes::escape(&bytes).into_owned()
}

/// The bytes of the string at `at`.
pub(super) fn raw(args: &[Value], at: usize) -> Result<Cow<'_, [u8]>, Failure> {
    str(args, at).map(bytes::unescape)
}

fn wrong(at: usize, expected: &str) -> Failure {
    Failure::Unsupported(format!("argument {} is not {expected}", at + 1))
}
