//! Text that remembers where its bytes came from.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::bytes;

/// Names an entry of [`super::origin::Origins`], or a value's memory, or nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct OriginId(u32);

/// Names an entry of [`super::origin::Memories`]; `MemoryId::NONE` is a value that no file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MemoryId(u32);

impl MemoryId {
    /// No memory.
    pub const NONE: Self = Self(0);

    /// The `index`th memory, from 1.
    pub(super) const fn new(index: usize) -> Self {
        Self(index as u32)
    }

    /// Index from 1; 0 for none.
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }

    /// Whether there is one.
    pub const fn is_some(self) -> bool {
        self.0 != 0
    }
}

impl OriginId {
    const MEMORY: u32 = 1 << 31;

    /// Nobody has said yet.
    pub const NONE: Self = Self(0);

    /// The `index`th origin, from 1.
    pub(super) const fn new(index: usize) -> Self {
        Self(index as u32)
    }

    /// Index from 1; 0 for none. Only for an origin of the table.
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }

    /// Text of a value that no template node has printed yet.
    pub const fn of_memory(memory: MemoryId) -> Self {
        if memory.0 == 0 { Self::NONE } else { Self(memory.0 | Self::MEMORY) }
    }

    /// The memory, if no template node has printed it yet.
    pub const fn as_memory(self) -> Option<MemoryId> {
        if self.0 & Self::MEMORY == 0 { None } else { Some(MemoryId(self.0 & !Self::MEMORY)) }
    }

    /// Whether a template node is already known.
    pub const fn is_settled(self) -> bool {
        self.0 != 0 && self.0 & Self::MEMORY == 0
    }
}

/// Offset of a run's first byte in the file where the bytes stand literally, or [`NOWHERE`].
pub type At = u32;

/// The bytes of a run stand literally nowhere.
pub const NOWHERE: At = u32::MAX;

/// Some bytes with one origin; a run ends where the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Offset behind the last byte.
    pub end: u32,
    /// Where they come from.
    pub origin: OriginId,
    /// Where the first byte stands literally: in the value's file if the origin has a value, else in the template's.
    pub at: At,
}

#[derive(Clone, Debug)]
enum Runs {
    One(OriginId, At),
    Many(Rc<[Run]>),
}

/// An immutable string with the origin of each byte. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Text {
    text: Arc<str>,
    runs: Runs,
}

impl Default for Text {
    fn default() -> Self {
        Self::plain("")
    }
}

impl Text {
    /// A text whose origin nobody has said yet.
    pub fn plain(text: impl Into<Arc<str>>) -> Self {
        Self::with_origin(text, OriginId::NONE, NOWHERE)
    }

    /// A text with one origin.
    pub fn with_origin(text: impl Into<Arc<str>>, origin: OriginId, at: At) -> Self {
        Self { text: text.into(), runs: Runs::One(origin, at) }
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The characters, shared.
    pub fn shared(&self) -> &Arc<str> {
        &self.text
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The runs that cover `range`, cut to it, with ends as offsets from the start of `range`.
    pub fn runs(&self, range: Range<usize>) -> impl Iterator<Item = Run> + '_ {
        let single = match &self.runs {
            Runs::One(origin, at) => {
                Some(Run { end: self.text.len() as u32, origin: *origin, at: *at })
            }
            Runs::Many(_) => None,
        };
        let many: &[Run] = match &self.runs {
            Runs::One(..) => &[],
            Runs::Many(runs) => runs,
        };
        let first = many.partition_point(|run| run.end as usize <= range.start);
        let mut start = if first == 0 { 0 } else { many.get(first - 1).map_or(0, |run| run.end) };
        single
            .into_iter()
            .chain(many.get(first..).unwrap_or_default().iter().copied())
            .map(move |run| {
                let begin = start.max(range.start as u32);
                let at = if run.at == NOWHERE { NOWHERE } else { run.at + (begin - start) };
                start = run.end;
                Run { end: run.end.min(range.end as u32), origin: run.origin, at }
            })
            .take_while({
                let mut done = false;
                move |run| {
                    let go = !done;
                    done = run.end as usize >= range.end;
                    go
                }
            })
            .map(move |run| Run { end: run.end - range.start as u32, ..run })
            .filter(|run| run.end > 0)
    }

    /// A part of it. Panics where `range` cuts a character, as slicing a string does.
    pub fn slice(&self, range: Range<usize>) -> Self {
        if range == (0..self.len()) {
            return self.clone();
        }
        if let Runs::One(origin, at) = self.runs {
            let at = if at == NOWHERE { NOWHERE } else { at + range.start as u32 };
            return Self::with_origin(&self.text[range], origin, at);
        }
        let mut builder = TextBuilder::default();
        builder.push_slice(self, range);
        builder.finish()
    }

    /// The part that `part` is, which must be a slice of [`Self::as_str`]; other strings give a text without origin.
    pub fn slice_of(&self, part: &str) -> Self {
        let start = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        if self.text.get(start..start.wrapping_add(part.len())) == Some(part) {
            self.slice(start..start + part.len())
        } else {
            Self::plain(part)
        }
    }

    /// The characters and the runs that cover them.
    pub fn into_parts(self) -> (String, Vec<Run>) {
        let runs = self.runs(0..self.len()).collect();
        (self.as_str().to_owned(), runs)
    }

    /// The first memory among its runs: the value it shows, if it shows one.
    pub fn memory(&self) -> MemoryId {
        self.runs(0..self.len().max(1))
            .find_map(|run| run.origin.as_memory())
            .unwrap_or(MemoryId::NONE)
    }
}

/// Builds a [`Text`] out of pieces; neighbouring pieces that continue each other become one run.
#[derive(Debug, Default)]
pub struct TextBuilder {
    text: String,
    runs: Vec<Run>,
}

impl TextBuilder {
    /// What is built so far.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Number of bytes so far.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether nothing is built yet.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Appends `text` with one origin.
    pub fn push(&mut self, text: &str, origin: OriginId, at: At) {
        if text.is_empty() {
            return;
        }
        let start = self.text.len() as u32;
        self.text.push_str(text);
        let end = self.text.len() as u32;
        let before = if self.runs.len() >= 2 { self.runs[self.runs.len() - 2].end } else { 0 };
        if let Some(last) = self.runs.last_mut()
            && last.origin == origin
            && ((last.at == NOWHERE && at == NOWHERE)
                || (last.at != NOWHERE && at != NOWHERE && last.at + (start - before) == at))
        {
            last.end = end;
            return;
        }
        self.runs.push(Run { end, origin, at });
    }

    /// Appends `text` as it is.
    pub fn push_text(&mut self, text: &Text) {
        self.push_slice(text, 0..text.len());
    }

    /// Appends a part of `text`. Panics where `range` cuts a character.
    pub fn push_slice(&mut self, text: &Text, range: Range<usize>) {
        let mut start = range.start;
        for run in text.runs(range.clone()) {
            let end = range.start + run.end as usize;
            self.push(&text.text[start..end], run.origin, run.at);
            start = end;
        }
    }

    /// The text.
    pub fn finish(self) -> Text {
        if bytes::has_escapes(&self.text) {
            return self.joined().into_text();
        }
        self.into_text()
    }

    /// The same with the bytes that make a character together as this character.
    fn joined(self) -> Self {
        let text = self.into_text();
        let mut out = Self::default();
        for piece in bytes::pieces(text.as_str()) {
            let c = piece.char();
            if piece.range.len() == c.len_utf8()
                || piece.byte.is_some()
                || bytes::byte_of(c).is_some()
            {
                out.push_slice(&text, piece.range);
            } else {
                let origin = text.runs(piece.range).next().map(|run| run.origin);
                out.push(c.encode_utf8(&mut [0; 4]), origin.unwrap_or_default(), NOWHERE);
            }
        }
        out
    }

    fn into_text(self) -> Text {
        let runs = match self.runs.as_slice() {
            [] => Runs::One(OriginId::NONE, NOWHERE),
            [only] => Runs::One(only.origin, only.at),
            _ => Runs::Many(self.runs.into()),
        };
        Text { text: self.text.into(), runs }
    }

    /// The characters and the runs.
    pub fn into_parts(self) -> (String, Vec<Run>) {
        (self.text, self.runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Text {
        let mut builder = TextBuilder::default();
        builder.push("abc", OriginId::new(1), 10);
        builder.push("de", OriginId::new(1), 13);
        builder.push("fgh", OriginId::new(2), NOWHERE);
        builder.push("ij", OriginId::new(2), 40);
        builder.finish()
    }

    #[track_caller]
    fn check(text: &Text, expected: &str) {
        let mut start = 0;
        let shown: Vec<String> = text
            .runs(0..text.len())
            .map(|run| {
                let part = &text.as_str()[start..run.end as usize];
                start = run.end as usize;
                let at = if run.at == NOWHERE { "-".to_owned() } else { run.at.to_string() };
                format!("{part}@{}:{at}", run.origin.index())
            })
            .collect();
        assert_eq!(shown.join(" "), expected);
    }

    #[test]
    fn neighbours_that_continue_each_other_are_one_run() {
        check(&sample(), "abcde@1:10 fgh@2:- ij@2:40");
    }

    #[test]
    fn slices_keep_offsets() {
        check(&sample().slice(1..4), "bcd@1:11");
        check(&sample().slice(4..9), "e@1:14 fgh@2:- i@2:40");
        check(&sample().slice(6..6), "");
        check(&sample().slice(9..10), "j@2:41");
        let text = sample();
        check(&text.slice_of(text.as_str().trim_start_matches("abcd")), "e@1:14 fgh@2:- ij@2:40");
    }
}
