//! From the YAML tree of a values file to values (`LoadValues` in `pkg/chart/v2/loader/load.go`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::data::{Data, Source, Value};
use super::merge::{MAX_DEPTH, merge_maps};
use super::notes::ValuesError;
use crate::chart::ValuesFile;
use crate::source::{FileId, Span, TextRange};
use crate::yaml::{Node, NodeKind, Segment, Stream, Use};

/// How many values a file may make, those that aliases repeat included.
pub const MAX_VALUES: usize = 4_000_000;

/// The values of a file, and what keeps Helm from taking it.
#[derive(Debug)]
pub struct FileValues {
    /// Always a mapping: what could be read.
    pub value: Value,
    /// Helm's error, if it refuses the file.
    pub error: Option<ValuesError>,
}

/// The values of `file`.
pub fn values_file(file: &ValuesFile) -> FileValues {
    from_stream(&file.stream, file.file)
}

/// The values of the file `file` whose tree ([`crate::yaml::parse_values`]) is `stream`. Its documents are merged, later
/// ones over earlier ones.
pub fn from_stream(stream: &Stream, file: FileId) -> FileValues {
    let mut reader = Reader { file, values: 0, overflow: None };
    let mut map = BTreeMap::new();
    let mut error = crate::chart::values_error(stream)
        .map(|(range, message)| ValuesError { message, span: Some(range.in_file(file)) });
    let mut source = None;
    for document in &stream.documents {
        let Some(root) = &document.root else { continue };
        if !root.node.is_map() {
            continue;
        }
        let value = reader.value(root, None, 0);
        source = source.or(value.source);
        if let Data::Map(more) = value.data {
            merge_maps(&mut map, more);
        }
    }
    if let Some(range) = reader.overflow {
        error.get_or_insert_with(|| ValuesError {
            span: Some(range.in_file(file)),
            ..ValuesError::too_large()
        });
    }
    FileValues { value: Value { data: Data::Map(map), source }, error }
}

/// The value of a node of the file `file`, as a values file would have it; `key` is the key under which it stands.
///
/// # Errors
///
/// It is nested too deeply or too large.
pub fn from_node(used: &Use, key: Option<TextRange>, file: FileId) -> Result<Value, ValuesError> {
    let mut reader = Reader { file, values: 0, overflow: None };
    let value = reader.value(used, key, 0);
    match reader.overflow {
        Some(range) => {
            Err(ValuesError { span: Some(range.in_file(file)), ..ValuesError::too_large() })
        }
        None => Ok(value),
    }
}

struct Reader {
    file: FileId,
    values: usize,
    overflow: Option<TextRange>,
}

impl Reader {
    fn value(&mut self, used: &Use, key: Option<TextRange>, depth: usize) -> Value {
        self.values += 1;
        if depth > MAX_DEPTH || self.values > MAX_VALUES {
            self.overflow.get_or_insert(used.range);
            return Value::default();
        }
        let node = &*used.node;
        let data = match &node.kind {
            NodeKind::Null => Data::Null,
            NodeKind::Bool(value) => Data::Bool(*value),
            NodeKind::Number(number) => Data::Float(number.as_f64()),
            NodeKind::Str(text) => Data::Str(text.clone()),
            NodeKind::Seq(items) => {
                Data::List(items.iter().map(|item| self.value(item, None, depth + 1)).collect())
            }
            NodeKind::Map(_) => {
                let entries = node.entries().map(|entry| {
                    let value = self.value(&entry.value, Some(entry.key_range), depth + 1);
                    (entry.key.clone(), value)
                });
                Data::Map(entries.collect())
            }
        };
        let source = Source {
            key: key.map(|range| range.in_file(self.file)),
            value: Span { file: self.file, range: node.range },
            segments: segments(node),
        };
        Value { data, source: Some(source) }
    }
}

fn segments(node: &Node) -> Arc<[Segment]> {
    if node.segments.is_empty() { no_segments() } else { Arc::from(node.segments.as_slice()) }
}

/// One empty list for all that have none.
pub(super) fn no_segments() -> Arc<[Segment]> {
    static NONE: std::sync::OnceLock<Arc<[Segment]>> = std::sync::OnceLock::new();
    NONE.get_or_init(|| Arc::from([])).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    /// Reads `text`; `error` is Helm's, with the text under its span.
    #[track_caller]
    fn check(text: &str, value: &str, error: Option<(&str, &str)>) {
        let mut sources = crate::source::SourceMap::default();
        let file = sources.add("values.yaml", text);
        let read = from_stream(&yaml::parse_values(text), file);
        assert_eq!(read.value.to_json().to_string(), value);
        let found = read.error.map(|error| {
            (error.message, error.span.map_or("", |span| sources.slice(span)).to_owned())
        });
        assert_eq!(found, error.map(|(message, place)| (message.to_owned(), place.to_owned())));
    }

    #[test]
    fn documents_go_over_each_other() {
        check("a: {b: 1}\n---\na: {c: 0x10}\n", r#"{"a":{"b":1,"c":16}}"#, None);
        check("a: {b: 1}\n---\na:\n", r#"{"a":null}"#, None);
        check("", "{}", None);
        check("# nothing\n", "{}", None);
        check("\u{feff}a: 1\n", r#"{"a":1}"#, None);
    }

    #[test]
    fn what_is_no_mapping_is_refused_and_the_rest_is_read() {
        let message = "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: \
                       json: cannot unmarshal array into Go value of type map[string]interface {}";
        check("a: 1\n---\n- x\n---\nb: 2\n", r#"{"a":1,"b":2}"#, Some((message, "- x")));
    }

    #[test]
    fn aliases_can_not_multiply_without_end() {
        let mut lines = vec!["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]".to_owned()];
        for level in 1..9 {
            let items = vec![format!("*a{}", level - 1); 10].join(", ");
            lines.push(format!("a{level}: &a{level} [{items}]"));
        }
        let text = lines.join("\n");
        let mut sources = crate::source::SourceMap::default();
        let file = sources.add("values.yaml", text.as_str());
        let read = from_stream(&yaml::parse_values(&text), file);
        assert!(read.error.is_some());
    }
}
