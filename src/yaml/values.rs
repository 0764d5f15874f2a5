//! How Helm cuts values files into documents.

use super::read::parse_part;
use super::tree::{Stream, SyntaxError};
use crate::source::TextRange;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_files_are_cut_at_separators() {
        let text = "# head\na: 1\n---\nb: 2\n---  # more\n---\nc: 3\n...\nd: 4\n";
        let stream = parse_values(text);
        let keys: Vec<_> = stream
            .documents
            .iter()
            .flat_map(|document| document.root.as_ref().unwrap().node.entries())
            .map(|entry| &*entry.key)
            .collect();
        assert_eq!(keys, ["a", "b", "c"]);
        assert_eq!(stream.comments.len(), 1);
        let (parts, error) = split_values("a: 1\n---b: 2\n");
        assert_eq!(parts, [TextRange::new(0, 5)]);
        assert_eq!(error.unwrap().message, "invalid Yaml document separator: b: 2");
        // Lines count within the part, as Helm counts them.
        assert_eq!(parse_values("a: 1\n---\nb: 1\nc: 1: 2\n").errors[0].line, 2);
    }
}
