//! Files in memory, spans as byte ranges, and the way from an offset to a line and a column.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// The largest file that is read as text, in bytes. Offsets are `u32`.
pub const MAX_SOURCE_BYTES: usize = 1 << 30;

/// Names one file of a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(crate) u32);

/// A range of bytes in a text that the context knows.
///
/// Syntax trees hold these instead of [`Span`]s, so that one tree can stand for the same text in many files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextRange {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl TextRange {
    /// The range `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// An empty range at `offset`.
    pub const fn empty(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// Number of bytes.
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// Whether no byte is in it.
    pub const fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// The smallest range that holds both.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether `offset` is in it, or it is empty and stands there.
    pub const fn contains(self, offset: u32) -> bool {
        self.start <= offset
            && (offset < self.end || (self.start == self.end && offset == self.end))
    }

    /// For slicing: `&text[range.usize()]`.
    pub const fn usize(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The same bytes in `file`.
    pub const fn in_file(self, file: FileId) -> Span {
        Span { file, range: self }
    }
}

/// A range of bytes in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The bytes.
    pub range: TextRange,
}

impl Span {
    /// The span `start..end` of `file`.
    pub const fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, range: TextRange::new(start, end) }
    }
}

/// A place as people count: both numbers start at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1; its unit is that of the method that made it.
    pub column: u32,
}

/// One file: its text and how it is called in reports.
#[derive(Debug)]
pub struct SourceFile {
    path: String,
    text: Arc<str>,
    line_starts: OnceLock<Vec<u32>>,
}

impl SourceFile {
    fn new(path: String, text: Arc<str>) -> Self {
        Self { path, text, line_starts: OnceLock::new() }
    }

    /// The path as reported: relative to the working directory, `/` between its parts.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text, a byte order mark included.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The text of `range`; empty where the range is not one of this text.
    pub fn slice(&self, range: TextRange) -> &str {
        self.text.get(range.usize()).unwrap_or_default()
    }

    /// Offset of the first byte of each line. Lines end behind `\n`; a lone `\r` ends none.
    pub fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let mut starts = vec![0];
            starts.extend(
                self.text
                    .bytes()
                    .enumerate()
                    .filter(|(_, b)| *b == b'\n')
                    .map(|(at, _)| at as u32 + 1),
            );
            starts
        })
    }

    /// Number of lines; a text that ends in `\n` has an empty last one.
    pub fn line_count(&self) -> usize {
        self.line_starts().len()
    }

    /// The line (from 0) that holds `offset`.
    pub fn line_of(&self, offset: u32) -> usize {
        self.line_starts().partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The bytes of line `line` (from 0) without its line ending; without the byte order mark too.
    pub fn line_range(&self, line: usize) -> TextRange {
        let starts = self.line_starts();
        let start = starts.get(line).copied().unwrap_or(self.text.len() as u32) as usize;
        let end = starts.get(line + 1).map_or(self.text.len(), |next| *next as usize);
        let body = self.text.get(start..end).unwrap_or_default();
        let trimmed = body.strip_suffix('\n').unwrap_or(body);
        let trimmed = trimmed.strip_suffix('\r').unwrap_or(trimmed);
        let end = start + trimmed.len();
        let start = if line == 0 && trimmed.starts_with('\u{feff}') { start + 3 } else { start };
        TextRange::new(start, end)
    }

    /// Line and column of `offset`, the column in code points.
    pub fn position(&self, offset: u32) -> Position {
        self.position_by(offset, |text| text.chars().count())
    }

    /// Line and column of `offset`, the column in UTF-16 code units.
    pub fn position_utf16(&self, offset: u32) -> Position {
        self.position_by(offset, |text| text.chars().map(char::len_utf16).sum())
    }

    /// A column never counts the line ending or the byte order mark; an offset inside a character counts as its start.
    fn position_by(&self, offset: u32, width: impl Fn(&str) -> usize) -> Position {
        let line = self.line_of(offset);
        let range = self.line_range(line);
        let mut end =
            (offset as usize).clamp(range.start as usize, range.end.max(range.start) as usize);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = self.text.get(range.start as usize..end).unwrap_or_default();
        Position { line: line as u32 + 1, column: width(before) as u32 + 1 }
    }
}

/// All the files that diagnostics of one chart can point into.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<Arc<SourceFile>>,
}

impl SourceMap {
    /// Adds a file and names it.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        self.files.push(Arc::new(SourceFile::new(path.into(), text.into())));
        FileId(self.files.len() as u32 - 1)
    }

    /// The file. An id of another map gives some other file, or an empty one.
    pub fn file(&self, id: FileId) -> &SourceFile {
        static NONE: OnceLock<SourceFile> = OnceLock::new();
        match self.files.get(id.0 as usize) {
            Some(file) => file,
            None => NONE.get_or_init(|| SourceFile::new(String::new(), Arc::from(""))),
        }
    }

    /// Lets go of the texts of all other files; their ids stay valid, and give an empty text.
    pub fn keep_only(&mut self, wanted: &std::collections::BTreeSet<FileId>) {
        let nothing: Arc<str> = Arc::from("");
        for (at, file) in self.files.iter_mut().enumerate() {
            if !wanted.contains(&FileId(at as u32)) {
                *file = Arc::new(SourceFile::new(file.path().to_owned(), Arc::clone(&nothing)));
            }
        }
    }

    /// The text under `span`.
    pub fn slice(&self, span: Span) -> &str {
        self.file(span.file).slice(span.range)
    }

    /// Where a span begins, as people write it: `path:line:column`.
    pub fn place(&self, span: Span) -> String {
        let file = self.file(span.file);
        let Position { line, column } = file.position(span.range.start);
        format!("{}:{line}:{column}", file.path())
    }

    /// All files with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(at, file)| (FileId(at as u32), &**file))
    }

    /// The file that is reported under `path`.
    pub fn by_path(&self, path: &str) -> Option<FileId> {
        self.iter().find(|(_, file)| file.path() == path).map(|(id, _)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, offset: u32, code_points: (u32, u32), utf16: (u32, u32)) {
        let mut map = SourceMap::default();
        let id = map.add("f", text);
        let (a, b) = (map.file(id).position(offset), map.file(id).position_utf16(offset));
        assert_eq!(((a.line, a.column), (b.line, b.column)), (code_points, utf16));
    }

    #[test]
    fn columns_count_code_points_and_utf16_units() {
        check("é:\n😀x", 0, (1, 1), (1, 1));
        check("é:\n😀x", 2, (1, 2), (1, 2));
        check("é:\n😀x", 8, (2, 2), (2, 3));
        check("é:\n😀x", 9, (2, 3), (2, 4));
    }

    #[test]
    fn line_ends_and_byte_order_mark_have_no_columns() {
        check("\u{feff}a: 1\r\nb: 2\r\n", 3, (1, 1), (1, 1));
        check("\u{feff}a: 1\r\nb: 2\r\n", 8, (1, 5), (1, 5));
        check("\u{feff}a: 1\r\nb: 2\r\n", 9, (2, 1), (2, 1));
        check("\u{feff}a: 1\r\nb: 2\r\n", 15, (3, 1), (3, 1));
    }

    #[test]
    fn offsets_inside_a_character_or_behind_the_end_do_not_panic() {
        check("é", 1, (1, 1), (1, 1));
        check("é", 99, (1, 2), (1, 2));
        check("", 0, (1, 1), (1, 1));
    }
}
