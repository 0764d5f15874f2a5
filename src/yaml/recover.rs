//! Reading on behind mistakes: in the next document, and in the rest of the broken one.

use super::compose::{Composed, compose};
use super::tree::SyntaxError;
use crate::source::TextRange;

/// How often one text is read again behind a mistake. Each time costs a parse of one document.
const MAX_RETRIES: usize = 32;

/// How often of these within one document, so that later ones get their turn.
const MAX_RETRIES_IN_DOCUMENT: usize = 12;

/// Texts above this are not read again within a document.
const MAX_RETRY_BYTES: usize = 1 << 20;

/// Reads all documents of `part` of `text`.
pub(super) fn read(text: &str, part: TextRange) -> Composed {
    let mut all = Composed::default();
    let mut at = part.start as usize;
    let mut base_line = 0;
    let mut retries = MAX_RETRIES;
    loop {
        let rest = TextRange::new(at, part.end as usize);
        let mut found = compose(text, rest, base_line);
        let broken = found.broken;
        let document = found.documents.last().map_or(rest, |last| last.range);
        let from = document.start as usize;
        let blamed = found.errors.iter().rev().find(|error| error.range.start >= document.start);
        let blamed = blamed.map(|error| error.range.start as usize);
        all.documents.append(&mut found.documents);
        all.errors.append(&mut found.errors);
        all.scalars.append(&mut found.scalars);
        let Some(blamed) = blamed.filter(|_| broken) else {
            all.broken = broken;
            return all;
        };
        let next = next_marker(text, from.max(at), part.end as usize);
        let end = next.unwrap_or(part.end as usize);
        if let Some(last) = all.documents.last_mut() {
            last.range.end = last.range.end.min(end as u32).max(last.range.start);
        }
        let broken_part = TextRange::new(from, end);
        let line = base_line + lines_between(text, at, from);
        all.errors.extend(more_errors(text, broken_part, line, blamed, &mut retries));
        let Some(next) = next.filter(|_| retries > 0) else {
            all.broken = true;
            return all;
        };
        retries -= 1;
        base_line += lines_between(text, at, next);
        at = next;
    }
}

fn lines_between(text: &str, from: usize, to: usize) -> u32 {
    text.get(from..to).unwrap_or_default().matches('\n').count() as u32
}

/// The first `---` line behind `from`: nothing but a directive reaches over one.
fn next_marker(text: &str, from: usize, end: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let newline = text.get(at..end)?.find('\n')?;
        at += newline + 1;
        let line = text.get(at..end)?;
        let marker = line
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if marker {
            return Some(at);
        }
    }
}

/// What else is wrong in `part`: the top-level block that is blamed is blanked, and the rest is read again for as long
/// as the blame moves on.
fn more_errors(
    text: &str,
    part: TextRange,
    base_line: u32,
    first_blamed: usize,
    retries: &mut usize,
) -> Vec<SyntaxError> {
    let mut errors = Vec::new();
    if part.len() > MAX_RETRY_BYTES {
        return errors;
    }
    let Some(mut bytes) = text.as_bytes().get(part.usize()).map(<[u8]>::to_vec) else {
        return errors;
    };
    let mut blamed = first_blamed;
    let mut left = MAX_RETRIES_IN_DOCUMENT;
    while *retries > 0 && left > 0 {
        *retries -= 1;
        left -= 1;
        let block = top_level_block(&bytes, blamed.saturating_sub(part.start as usize));
        let block_end = part.start as usize + block.end;
        let Some(blanked) = bytes.get_mut(block) else {
            break;
        };
        for byte in blanked.iter_mut().filter(|b| !matches!(b, b'\n' | b'\r')) {
            *byte = b' ';
        }
        let Ok(repaired) = String::from_utf8(bytes) else {
            break;
        };
        let whole = TextRange::new(0, repaired.len());
        let found = compose(&repaired, whole, base_line);
        bytes = repaired.into_bytes();
        let Some(mut error) = found.errors.into_iter().next() else {
            break;
        };
        error.range.start += part.start;
        error.range.end += part.start;
        blamed = error.range.start as usize;
        if blamed < block_end {
            break;
        }
        let last = !found.broken;
        errors.push(error);
        if last {
            break;
        }
    }
    errors
}

/// From the last line at or before `offset` that begins with a key in the first column to the next such line.
fn top_level_block(bytes: &[u8], offset: usize) -> std::ops::Range<usize> {
    let offset = offset.min(bytes.len());
    let begins = |at: usize| {
        !matches!(
            bytes.get(at),
            None | Some(b' ' | b'\t' | b'\n' | b'\r' | b'#' | b'-' | b'}' | b']' | b'\'' | b'"')
        ) || is_quoted_key(bytes, at)
    };
    let mut start = line_start(bytes, offset);
    while start > 0 && !begins(start) {
        start = line_start(bytes, start - 1);
    }
    let mut end = next_line(bytes, start);
    while end < bytes.len() && !begins(end) {
        end = next_line(bytes, end);
    }
    start..end
}

/// Whether the line at `at` begins with a quoted key.
fn is_quoted_key(bytes: &[u8], at: usize) -> bool {
    let Some(quote @ (b'\'' | b'"')) = bytes.get(at).copied() else {
        return false;
    };
    let rest = bytes.get(at + 1..next_line(bytes, at)).unwrap_or_default();
    let close = rest.iter().position(|b| *b == quote);
    close.is_some_and(|close| rest.get(close + 1) == Some(&b':'))
}

fn line_start(bytes: &[u8], at: usize) -> usize {
    let before = bytes.get(..at).unwrap_or_default();
    before.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1)
}

fn next_line(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(|b| *b == b'\n').map_or(bytes.len(), |newline| at + newline + 1)
}
