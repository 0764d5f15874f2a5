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

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::yaml::{Node, NodeKind, Number, Style, Use};

    /// `path style value start..end source segments`, one line a node, key or comment.
    fn shown(text: &str, stream: &Stream) -> String {
        let mut out = String::new();
        for document in &stream.documents {
            let range = document.range;
            let _ = writeln!(out, "document {}..{}", range.start, range.end);
            if let Some(root) = &document.root {
                node(text, root, "", &mut out);
            }
        }
        for comment in &stream.comments {
            let place = if comment.own_line { "line" } else { "behind" };
            let _ = writeln!(out, "comment {place} {:?}", text.get(comment.range.usize()).unwrap_or("?"));
        }
        for SyntaxError { range, line, message } in &stream.errors {
            let _ = writeln!(out, "error {}..{} line {line}: {message}", range.start, range.end);
        }
        out
    }

    fn node(text: &str, used: &Use, path: &str, out: &mut String) {
        let node: &Node = &used.node;
        let value = match &node.kind {
            NodeKind::Null => "null".to_owned(),
            NodeKind::Bool(value) => value.to_string(),
            NodeKind::Number(Number::Int(value)) => value.to_string(),
            NodeKind::Number(Number::Uint(value)) => format!("{value}u"),
            NodeKind::Number(Number::Float(value)) => format!("{value:?}"),
            NodeKind::Str(value) => format!("{value:?}"),
            NodeKind::Seq(_) => "list".to_owned(),
            NodeKind::Map(_) => "map".to_owned(),
        };
        let style = match node.style {
            Style::Plain => "plain",
            Style::Single => "single",
            Style::Double => "double",
            Style::Literal => "literal",
            Style::Folded => "folded",
            Style::Block => "block",
            Style::Flow => "flow",
        };
        let range = used.range;
        let _ = write!(out, "{path} {style} {value} {}..{}", range.start, range.end);
        if node.style != Style::Block {
            let _ = write!(out, " {:?}", text.get(range.usize()).unwrap_or("?"));
        }
        for segment in &node.segments {
            let _ = write!(out, " {}@{}+{}", segment.text_start, segment.source_start, segment.len);
        }
        for (name, property) in [("&", node.anchor), ("tag ", node.tag)] {
            if let Some(range) = property {
                let _ = write!(out, " {name}{}", text.get(range.usize()).unwrap_or("?"));
            }
        }
        if range != node.range {
            let _ = write!(out, " alias of {}..{}", node.range.start, node.range.end);
        }
        out.push('\n');
        for (at, item) in node.items().iter().enumerate() {
            self::node(text, item, &format!("{path}/{at}"), out);
        }
        if let NodeKind::Map(entries) = &node.kind {
            for entry in entries {
                let key = text.get(entry.key_range.usize()).unwrap_or("?");
                let merged = if entry.merged { " merged" } else { "" };
                let repeats = entry.repeats.map_or(String::new(), |first| format!(" repeats {first}"));
                let _ = writeln!(
                    out,
                    "{path}/{} key {}..{} {key:?}{merged}{repeats}",
                    entry.key, entry.key_range.start, entry.key_range.end,
                );
                self::node(text, &entry.value, &format!("{path}/{}", entry.key), out);
            }
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let stream = parse(text);
        let got = shown(text, &stream);
        let expected: String = expected.lines().map(|line| format!("{}\n", line.trim_start())).collect();
        assert_eq!(got.trim_end(), expected.trim(), "\n{text}");
    }

    #[test]
    fn gen_cases() {
        for text in [
            "a: 1\nb: x y\n",
            "a:\nb:   # none\nc: ~\n",
            "a: 'it''s'\nb: \"q\\\"\\u00e9x\"\nc: ''\n",
            "a: &n !!str 12\nb: *n\n",
            "- a\n-\n- - b\n  - c\n",
            "a:\n- b\n- c: 1\n  d: 2\n\n# end\ne: 3\n",
            "a: [b, 'c', {d: e}, ]\nf: {}\n",
            "a: |\n  one\n\n   two\n\nb: |-\n  x\n",
            "a: >\n  one\n  two\n\n  three\nb: |2\n   x\n",
            "a: plain\n  goes\n\n  on\nb: 'single\n  goes   \n  on'\n",
            "a: \"one \\\n   two\n  three\\n\"\n",
            "a: 1\r\nb: |\r\n  x\r\n  y\r\nc: é # c\r\n",
            "\u{feff}a: é\nb: 日本\n",
            "# top\na: 1 # one\nb: 'x # no' #yes\nc: |  # head\n  # no\n# last",
            "x: &x {a: 1, b: 2}\ny:\n  a: 3\n  <<: *x\n  b: 4\n",
            "a: 1\nb: 2\na: 3\n",
            "on: 1\n1: b\n1.5: c\n0x10: d\n",
            "a: 1\n---\nb: 2\n--- c\n...\n",
            "a: |\n  x",
            "a: |+\n  x\n\n",
            "? a\n: b\n? [c]\n",
            "a: [!t, b]\n",
        ] {
            println!("        check(\n            {text:?},\n            r#\"");
            for line in shown(text, &parse(text)).lines() {
                println!("            {line}");
            }
            println!("            \"#,\n        );");
        }
    }
    #[test]
    fn gen_errors() {
        for text in [
            "a: b: c\n",
            "a: 1\nb\nc: 2\n",
            "a: \"x\nb: 1\n",
            "a: [1, 2\nb: 1\n",
            "a:\n  b: 1\n c: 2\n",
            "a: @x\n",
            "a: *x\n",
            "a: &a [*a]\n",
            "a: {{ .Values.x }}\n",
            "a: !!int x\n",
            "a: .inf\n",
            "a: 1\n\tb: 2\n",
            "%YAML 1.2\n---\na: 1\n",
            "a: \"\\/\"\n",
            "<<: 1\n",
            "a: \u{1}\n",
            "a: b: c\nd: 1\ne: [1\nf: 2\ng: @\n---\nok: 1\n---\nx: {\n---\ny: *z\n",
            "a: 1\n  b: 2\nc: 'x\nd: 3\n",
        ] {
            println!("        check(\n            {text:?},\n            r#\"");
            for line in shown(text, &parse(text)).lines() {
                println!("            {line}");
            }
            println!("            \"#,\n        );");
        }
    }
}
