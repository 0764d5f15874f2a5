//! What of a file is shown: the lines that labels touch, harmless on a terminal and not too wide.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use crate::bytes;
use crate::source::{SourceFile, TextRange};

/// Characters of a line that are shown at most; longer ones are cut around the labels.
const MAX_COLUMNS: usize = 160;

/// Characters that are shown in front of a label in a line that is cut.
const COLUMNS_BEFORE: usize = 40;

/// Lines of one label that are looked at; of a longer one only the beginning is marked.
const MAX_LABEL_LINES: usize = 200;

/// Text with all white space in one line, and nothing in it that a terminal would obey.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().map(harmless));
    }
    line
}

/// The text of a file's name, on one line.
pub(super) fn path(text: &str) -> String {
    text.chars().map(|c| if c == '\t' { '␉' } else { harmless(c) }).collect()
}

/// A text of many lines, without anything that a terminal would obey.
pub fn for_terminal(text: &str) -> String {
    bytes::shown(text).chars().map(|c| if c == '\n' { c } else { harmless(c) }).collect()
}

/// A picture of `c` where it would move the cursor, change colours, or turn the direction of text.
fn harmless(c: char) -> char {
    match c {
        '\t' => c,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '␡',
        '\u{80}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}' => '\u{fffd}',
        _ => c,
    }
}

/// The lines of one file that one diagnostic shows, as a text of their own.
#[derive(Debug, Default)]
pub(super) struct View {
    /// The shown lines, each with a line feed.
    text: String,
    /// By line of the file, from 0.
    lines: BTreeMap<usize, Line>,
}

#[derive(Debug)]
struct Line {
    /// Where it stands in the file.
    file: TextRange,
    /// Where it stands in the text of the view, without the line feed.
    shown: Range<usize>,
    /// Characters of the line in the file that are left out at the start.
    skipped: usize,
    /// Whether there is an ellipsis for them.
    cut: bool,
}

impl View {
    /// A view of `file` that shows `labels`.
    pub(super) fn new(file: &SourceFile, labels: &[TextRange]) -> Self {
        let mut wanted: BTreeMap<usize, Vec<Range<usize>>> = BTreeMap::new();
        for label in labels {
            let (first, last) = label_lines(file, *label);
            for line in first..=last {
                let range = file.line_range(line);
                let clamp = |at: u32| at.clamp(range.start, range.end) as usize;
                wanted.entry(line).or_default().push(clamp(label.start)..clamp(label.end));
            }
        }
        // A single line between two shown ones is shown too, instead of a mark for a gap.
        let gaps: Vec<usize> =
            wanted.keys().map(|line| line + 1).filter(|at| !wanted.contains_key(at)).collect();
        for line in gaps {
            wanted.entry(line).or_default();
        }
        let mut view = Self::default();
        for (number, marks) in wanted {
            if number < file.line_count() {
                view.push(file, number, &marks);
            }
        }
        view
    }

    fn push(&mut self, file: &SourceFile, number: usize, marks: &[Range<usize>]) {
        let range = file.line_range(number);
        let text = file.slice(range);
        let total = text.chars().count();
        let mut skipped = 0;
        if total > MAX_COLUMNS {
            let first = marks.first().map_or(0, |mark| mark.start - range.start as usize);
            let column = text.get(..first).map_or(0, |before| before.chars().count());
            skipped = column.saturating_sub(COLUMNS_BEFORE).min(total - MAX_COLUMNS);
        }
        let cut = skipped > 0;
        let start = self.text.len();
        if cut {
            self.text.push('…');
        }
        self.text.extend(text.chars().skip(skipped).take(MAX_COLUMNS).map(harmless));
        if total > skipped + MAX_COLUMNS {
            self.text.push('…');
        }
        let shown = start..self.text.len();
        self.text.push('\n');
        self.lines.insert(number, Line { file: range, shown, skipped, cut });
    }

    /// The text of all shown lines.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The line of the file (from 0) that holds `offset` of this view's text.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        let mut found = self.lines.keys().next().copied().unwrap_or_default();
        for (number, line) in &self.lines {
            if line.shown.start <= offset {
                found = *number;
            }
        }
        found
    }

    /// Where line `number` of the file stands in this view's text; an empty range for lines that are not shown.
    pub(super) fn line_range(&self, number: usize) -> Range<usize> {
        self.lines.get(&number).map_or(0..0, |line| line.shown.start..line.shown.end + 1)
    }

    /// The column in the file, from 1, of `offset` in this view's text.
    pub(super) fn column(&self, number: usize, offset: usize) -> usize {
        let Some(line) = self.lines.get(&number) else { return 1 };
        let end = offset.clamp(line.shown.start, line.shown.end);
        let before = self.text.get(line.shown.start..end).unwrap_or_default().chars().count();
        line.skipped + before.saturating_sub(usize::from(line.cut)) + 1
    }

    /// The range of this view's text that shows `label`.
    pub(super) fn range(&self, file: &SourceFile, label: TextRange) -> Range<usize> {
        let (first, last) = label_lines(file, label);
        let start = self.offset(file, first, label.start);
        let end = if label.is_empty() { start } else { self.offset(file, last, label.end) };
        start..end.max(start)
    }

    fn offset(&self, file: &SourceFile, number: usize, offset: u32) -> usize {
        let Some(line) = self.lines.get(&number) else { return 0 };
        let before =
            TextRange { start: line.file.start, end: offset.clamp(line.file.start, line.file.end) };
        let column = file.slice(before).chars().count();
        let shown = self.text.get(line.shown.clone()).unwrap_or_default();
        let index = column.saturating_sub(line.skipped) + usize::from(line.cut);
        let at = shown.char_indices().nth(index).map_or(shown.len(), |(at, _)| at);
        line.shown.start + at
    }
}

/// First and last line of a label; a label that ends behind a line feed does not touch the next line.
fn label_lines(file: &SourceFile, label: TextRange) -> (usize, usize) {
    let first = file.line_of(label.start);
    let last = if label.is_empty() { first } else { file.line_of(label.end - 1) };
    if last - first > MAX_LABEL_LINES { (first, first) } else { (first, last.max(first)) }
}

/// A name and a position, as `path:line:column`.
pub(super) fn place(file: &SourceFile, offset: u32) -> String {
    let position = file.position(offset);
    let mut place = path(file.path());
    let _ = write!(place, ":{}:{}", position.line, position.column);
    place
}

/// The path of a chart's file without that of the chart.
pub(super) fn inside<'p>(chart: &str, file: &'p str) -> &'p str {
    file.strip_prefix(chart).and_then(|rest| rest.strip_prefix('/')).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[track_caller]
    fn check(text: &str, label: (usize, usize), shown: &str, marked: &str, column: usize) {
        let mut sources = SourceMap::default();
        let id = sources.add("f", text);
        let file = sources.file(id);
        let label = TextRange::new(label.0, label.1);
        let view = View::new(file, &[label]);
        let range = view.range(file, label);
        assert_eq!(view.text(), shown);
        assert_eq!(&view.text()[range.clone()], marked);
        assert_eq!(view.column(view.line_of(range.start), range.start), column);
    }

    #[test]
    fn control_characters_become_pictures_in_the_same_column() {
        check("a\x1b[31m: b\n", (8, 9), "a␛[31m: b\n\n", "b", 9);
        check("a\x1b[31m: b", (8, 9), "a␛[31m: b\n", "b", 9);
        check("\u{202e}x: y", (3, 4), "\u{fffd}x: y\n", "x", 2);
    }

    #[test]
    fn long_lines_are_cut_around_the_label() {
        let long = format!("{}needle{}", "a".repeat(1000), "b".repeat(1000));
        let shown = format!("…{}needle{}…\n", "a".repeat(40), "b".repeat(114));
        check(&long, (1000, 1006), &shown, "needle", 1001);
        let shown = format!("…{}\n", "b".repeat(160));
        check(&long, (2005, 2006), &shown, "b", 2006);
    }

    #[test]
    fn odd_ranges_are_clamped() {
        check("ab", (0, 99), "ab\n", "ab", 1);
        check("ab", (99, 99), "ab\n", "", 3);
        check("é", (1, 2), "é\n", "é", 1);
        check("", (0, 0), "\n", "", 1);
        check("a\nb\n", (0, 2), "a\nb\n", "a", 1);
    }

    #[test]
    fn white_space_is_collapsed() {
        assert_eq!(one_line(" a\n  b\x07c\t"), "a b␇c");
    }
}
