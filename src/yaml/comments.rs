//! Comments: the parser drops them, but a `#` between two scalars begins one.

use super::tree::Comment;
use crate::source::TextRange;

/// The comments of `text` from `start` on, whose scalars are `scalars` in the order of the text. With `broken_from`, what stands from
/// there on was not parsed: only comments with a line of their own are found there.
pub(super) fn find(
    text: &str,
    start: usize,
    scalars: &[TextRange],
    broken_from: Option<usize>,
) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut at = start;
    for scalar in scalars {
        gap(text, at, scalar.start as usize, &mut found);
        at = at.max(scalar.end as usize);
        header(text, *scalar, &mut found);
    }
    let parsed_end = broken_from.map_or(text.len(), |from| from.max(at));
    gap(text, at, parsed_end, &mut found);
    if parsed_end < text.len() {
        let from = found.last().map_or(0, |last| last.range.end as usize).max(parsed_end);
        own_lines(text, from, &mut found);
    }
    found
}

fn gap(text: &str, from: usize, to: usize, found: &mut Vec<Comment>) {
    let mut at = from;
    while let Some(hash) = text.get(at..to).and_then(|gap| gap.find('#')) {
        let start = at + hash;
        let range = TextRange::new(start, line_end(text, start));
        found.push(Comment { range, own_line: is_own_line(text, start) });
        at = range.end as usize;
        if at >= to {
            break;
        }
    }
}

/// A block scalar may have one behind its `|`.
fn header(text: &str, scalar: TextRange, found: &mut Vec<Comment>) {
    let start = scalar.start as usize;
    if !matches!(text.as_bytes().get(start), Some(b'|' | b'>')) {
        return;
    }
    let end = line_end(text, start);
    if let Some(hash) = text.get(start..end).and_then(|header| header.find('#')) {
        let range = TextRange::new(start + hash, end);
        found.push(Comment { range, own_line: false });
    }
}

fn own_lines(text: &str, from: usize, found: &mut Vec<Comment>) {
    let mut at = from;
    while at < text.len() {
        let end = line_end(text, at);
        let line = text.get(at..end).unwrap_or_default();
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        if line.as_bytes().get(blanks) == Some(&b'#') && is_own_line(text, at + blanks) {
            found.push(Comment { range: TextRange::new(at + blanks, end), own_line: true });
        }
        let ending = text.get(end..).and_then(|rest| rest.chars().next());
        at = ending.map_or(text.len(), |ending| end + ending.len_utf8());
    }
}

/// What ends a line to YAML 1.1.
const BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

fn line_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.find(BREAKS).unwrap_or(rest.len())
}

fn is_own_line(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit(BREAKS).next().unwrap_or_default();
    line.strip_prefix('\u{feff}').unwrap_or(line).chars().all(|c| matches!(c, ' ' | '\t'))
}
