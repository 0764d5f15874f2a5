//! Which bytes of a scalar's text stand literally in the file.

use super::events::is_break;
use super::tree::{Segment, Style};
use crate::source::TextRange;

/// The segments of the scalar at `range` of `text` whose value is `value`. Each is checked against the text: where
/// the walk loses its way it ends, and what it found so far is right.
pub(super) fn of_scalar(text: &str, range: TextRange, style: Style, value: &str) -> Vec<Segment> {
    let source = text.get(range.usize()).unwrap_or_default();
    let start = range.start as usize;
    if value.is_empty() {
        return Vec::new();
    }
    match style {
        Style::Literal | Style::Folded => block(text, start, source, style, value),
        Style::Single | Style::Double => {
            let inside = source.get(1..source.len().saturating_sub(1)).unwrap_or_default();
            flow(inside, start + 1, style, value)
        }
        _ => flow(source, start, style, value),
    }
}

struct Walk<'a> {
    value: &'a str,
    at: usize,
    found: Vec<Segment>,
}

impl Walk<'_> {
    /// The next bytes of the value are `source`, which stands at `source_start`; whether that is so.
    fn literal(&mut self, source: &str, source_start: usize) -> bool {
        if source.is_empty() {
            return true;
        }
        if !self.value.get(self.at..).is_some_and(|rest| rest.starts_with(source)) {
            return false;
        }
        let len = source.len() as u32;
        let text_start = self.at as u32;
        self.at += source.len();
        match self.found.last_mut() {
            Some(last)
                if last.text_start + last.len == text_start
                    && last.source_start + last.len == source_start as u32 =>
            {
                last.len += len;
            }
            _ => {
                self.found.push(Segment { text_start, source_start: source_start as u32, len });
            }
        }
        true
    }

    /// Passes over what line folding made.
    fn folded(&mut self, breaks: usize) {
        let made = if breaks <= 1 { " " } else { "\n" };
        for _ in 0..breaks.saturating_sub(1).max(1) {
            if self.value.get(self.at..).is_some_and(|rest| rest.starts_with(made)) {
                self.at += 1;
            }
        }
    }
}

/// Plain and quoted scalars: lines are trimmed and folded, escapes stand for other bytes.
fn flow(source: &str, start: usize, style: Style, value: &str) -> Vec<Segment> {
    if source == value {
        let len = value.len() as u32;
        return vec![Segment { text_start: 0, source_start: start as u32, len }];
    }
    let mut walk = Walk { value, at: 0, found: Vec::new() };
    let mut lines = lines_of(source).peekable();
    let mut first = true;
    let mut breaks = 0;
    while let Some((offset, line)) = lines.next() {
        let last = lines.peek().is_none();
        let (offset, line) = if first { (offset, line) } else { trim_start(offset, line) };
        let escaped_end = style == Style::Double && ends_in_escape(line);
        let body = match (last, escaped_end) {
            (true, _) => line,
            (false, true) => line.get(..line.len() - 1).unwrap_or_default(),
            (false, false) => line.trim_end_matches([' ', '\t']),
        };
        // An empty line in between only adds to the line ends.
        let adds_nothing = body.is_empty() && !last && !escaped_end;
        if !first && !adds_nothing && breaks > 0 {
            walk.folded(breaks);
            breaks = 0;
        }
        if !pieces(&mut walk, body, start + offset, style) {
            break;
        }
        breaks = if escaped_end { 0 } else { breaks + 1 };
        first = false;
    }
    walk.found
}

/// The literal runs between the escapes of a line; whether the walk may go on.
fn pieces(walk: &mut Walk<'_>, line: &str, start: usize, style: Style) -> bool {
    let mut rest = line;
    loop {
        let at = start + (line.len() - rest.len());
        let escape = match style {
            Style::Single => rest.find("''"),
            Style::Double => rest.find('\\'),
            _ => None,
        };
        let Some(escape) = escape else {
            return walk.literal(rest, at);
        };
        // Of `''` the first quote counts as the literal one.
        let run = escape + usize::from(style == Style::Single);
        if !walk.literal(rest.get(..run).unwrap_or_default(), at) {
            return false;
        }
        let (source_len, text_len) = match style {
            Style::Single => (2, 0),
            _ => escape_lengths(rest.get(escape..).unwrap_or_default()),
        };
        walk.at += text_len;
        rest = rest.get(escape + source_len..).unwrap_or_default();
    }
}

/// Bytes of the escape at the start of `text`, and of the character it stands for.
fn escape_lengths(text: &str) -> (usize, usize) {
    let digits = match text.as_bytes().get(1) {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        Some(b'N' | b'_') => return (2, 2),
        Some(b'L' | b'P') => return (2, 3),
        _ => return (text.len().min(2), 1),
    };
    let code = text.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    (2 + digits, code.and_then(char::from_u32).map_or(1, char::len_utf8))
}

fn ends_in_escape(line: &str) -> bool {
    line.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1
}

fn trim_start(offset: usize, line: &str) -> (usize, &str) {
    let trimmed = line.trim_start_matches([' ', '\t']);
    (offset + (line.len() - trimmed.len()), trimmed)
}

/// Block scalars: one segment a line, with its line end where that is one `\n` in both.
fn block(text: &str, start: usize, source: &str, style: Style, value: &str) -> Vec<Segment> {
    let mut walk = Walk { value, at: 0, found: Vec::new() };
    let mut lines = lines_of(source);
    lines.next();
    let mut indent = None;
    for (offset, line) in lines {
        let indent = match indent {
            Some(indent) => indent,
            // Empty lines before the first one with text are passed over when that is found.
            None if line.trim_matches(' ').is_empty() => continue,
            None => {
                let Some(found) = indent_of(line, value.trim_start_matches('\n')) else {
                    break;
                };
                *indent.insert(found)
            }
        };
        let body = line.get(indent..).unwrap_or_default();
        skip_line_ends(&mut walk, body);
        if !walk.literal(body, start + offset + (line.len() - body.len())) {
            break;
        }
        let line_end = start + offset + line.len();
        if style == Style::Literal && text.as_bytes().get(line_end) == Some(&b'\n') {
            walk.literal("\n", line_end);
        }
    }
    walk.found
}

/// Passes over line ends and folds until the value goes on with `body`.
fn skip_line_ends(walk: &mut Walk<'_>, body: &str) {
    if body.is_empty() {
        return;
    }
    while let Some(rest) = walk.value.get(walk.at..)
        && !rest.starts_with(body)
        && rest.starts_with(['\n', ' '])
    {
        walk.at += 1;
    }
}

/// How many spaces of the first line with text are indentation.
fn indent_of(line: &str, value: &str) -> Option<usize> {
    let spaces = line.len() - line.trim_start_matches(' ').len();
    let first = value.split(is_break).next().unwrap_or_default();
    // A header may state a smaller indentation than that line has.
    (0..=spaces).find(|indent| {
        line.get(*indent..).is_some_and(|body| !body.is_empty() && first.starts_with(body))
    })
}

/// Lines with their offsets, without line ends; `\r\n` is one.
fn lines_of(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = Some(source);
    std::iter::from_fn(move || {
        let text = rest?;
        let offset = source.len() - text.len();
        let Some(end) = text.find(is_break) else {
            rest = None;
            return Some((offset, text));
        };
        let behind = text.get(end..).unwrap_or_default();
        let width = if behind.starts_with("\r\n") {
            2
        } else {
            behind.chars().next().map_or(1, char::len_utf8)
        };
        rest = behind.get(width..);
        Some((offset, text.get(..end).unwrap_or_default()))
    })
}
