//! Where an error stands, as Go counts it.

use crate::source::TextRange;

/// A place as Go's template package prints it: `line:column`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorPosition {
    /// Line, from 1.
    pub line: u32,
    /// Bytes between the start of the line and the place.
    pub column: u32,
}

/// Line and column of the byte `offset` of `text`, as in Go's `Tree.ErrorContext` (`parse.go`).
///
/// An offset behind the end counts as the end.
pub fn error_context(text: &str, offset: u32) -> ErrorPosition {
    let before = text.as_bytes().get(..offset as usize).unwrap_or(text.as_bytes());
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
    ErrorPosition { line: 1 + count_newlines(before), column: column as u32 }
}

#[expect(clippy::naive_bytecount, reason = "errors are rare; a dependency is not worth it")]
fn count_newlines(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u32
}

/// Lines of offsets that mostly grow, without counting from the start each time.
#[derive(Debug)]
pub(super) struct LineCounter<'t> {
    bytes: &'t [u8],
    offset: usize,
    line: u32,
}

impl<'t> LineCounter<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { bytes: text.as_bytes(), offset: 0, line: 1 }
    }

    /// The line (from 1) of `offset`.
    pub(super) fn line_of(&mut self, offset: u32) -> u32 {
        let offset = (offset as usize).min(self.bytes.len());
        let range = TextRange::new(self.offset.min(offset), self.offset.max(offset));
        let between = count_newlines(self.bytes.get(range.usize()).unwrap_or_default());
        self.line = if offset >= self.offset { self.line + between } else { self.line - between };
        self.offset = offset;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, offset: u32, line: u32, column: u32) {
        assert_eq!(error_context(text, offset), ErrorPosition { line, column });
        let mut counter = LineCounter::new(text);
        assert_eq!(counter.line_of(text.len() as u32), 1 + count_newlines(text.as_bytes()));
        assert_eq!(counter.line_of(offset), line, "backwards");
    }

    #[test]
    fn columns_are_bytes_from_zero() {
        check("é{{.x}}", 4, 1, 4);
        check("a\né{{.x}}\n", 6, 2, 4);
        check("a\r\nb", 3, 2, 0);
    }

    #[test]
    fn offsets_behind_the_end_are_the_end() {
        check("a\nbc", 99, 2, 2);
        check("", 7, 1, 0);
    }
}
