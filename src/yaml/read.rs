//! The ways into the parser: whole texts, parts of texts, values files.

use super::comments;
use super::recover;
use super::tree::{Stream, SyntaxError};
use crate::source::TextRange;

/// Reads all documents of `text`.
pub fn parse(text: &str) -> Stream {
    parse_part(text, TextRange::new(0, text.len()))
}

/// Reads the documents in `part` of `text`; ranges count in `text`, lines of errors in the part, as Helm sees it.
pub fn parse_part(text: &str, part: TextRange) -> Stream {
    let part = TextRange { start: part.start, end: part.end.min(text.len() as u32) };
    let found = recover::read(text, part);
    let body = text.get(..part.end as usize).unwrap_or_default();
    let broken_from = found
        .broken
        .then(|| found.errors.iter().map(|error| error.range.start as usize).max().unwrap_or(0));
    let comments = comments::find(body, part.start as usize, &found.scalars, broken_from);
    Stream { documents: found.documents, comments, errors: found.errors }
}

/// Reads `text` as Helm reads values files (`LoadValues` in Helm's `pkg/chart/v2/loader/load.go`): cut at lines that
/// begin with `---`, and of each part the first document. The documents are to be merged in their order.
pub fn parse_values(text: &str) -> Stream {
    let mut stream = Stream::default();
    let (parts, separator_error) = split_values(text);
    for part in parts {
        let found = parse_part(text, part);
        stream.documents.extend(found.documents.into_iter().take(1));
        stream.comments.extend(found.comments);
        stream.errors.extend(found.errors);
    }
    stream.errors.extend(separator_error);
    stream
}

/// The parts that k8s' `YAMLReader` (`pkg/util/yaml/decoder.go` in apimachinery) cuts `text` into, without the lines
/// between them; and the line at which it gives up: one with more behind `---` than a comment.
pub fn split_values(text: &str) -> (Vec<TextRange>, Option<SyntaxError>) {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut number = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let end = rest.find('\n').map_or(text.len(), |newline| at + newline + 1);
        number += 1;
        if let Some(behind) = text.get(at..end).and_then(|line| line.strip_prefix("---")) {
            if at > start {
                parts.push(TextRange::new(start, at));
            }
            start = end;
            let behind = behind.trim();
            if !behind.is_empty() && !behind.starts_with('#') {
                let message = format!("invalid Yaml document separator: {behind}");
                let from = at + 3;
                let range = TextRange::new(
                    from,
                    from + text.get(from..end).map_or(0, |b| b.trim_end().len()),
                );
                return (parts, Some(SyntaxError { range, line: number, message }));
            }
        }
        at = end;
    }
    if start < text.len() {
        parts.push(TextRange::new(start, text.len()));
    }
    (parts, None)
}

impl SyntaxError {
    /// The text of the error that sigs.k8s.io/yaml's `Unmarshal` returns, which `fromYaml` shows.
    pub fn helm_text(&self) -> String {
        let message = &self.message;
        // Keys that JSON has none of are that package's own complaint, numbers that of Go's JSON.
        if message.starts_with("json: ") || message.starts_with("unsupported map key ") {
            return format!("error converting YAML to JSON: {message}");
        }
        match self.line {
            0 => format!("error converting YAML to JSON: yaml: {message}"),
            line => format!("error converting YAML to JSON: yaml: line {line}: {message}"),
        }
    }
}
