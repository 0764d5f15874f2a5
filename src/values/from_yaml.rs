//! From the YAML tree of a values file to values (`LoadValues` in `pkg/chart/v2/loader/load.go`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::data::{Data, Source, Value};
use super::merge::{MAX_DEPTH, merge_maps};
use super::notes::ValuesError;
use crate::chart::ValuesFile;
use crate::source::{FileId, SourceMap, Span, TextRange};
use crate::yaml::{Document, Node, NodeKind, Segment, Stream, Use};

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
pub fn values_file(file: &ValuesFile, sources: &SourceMap) -> FileValues {
    from_stream(&file.stream, file.file, sources.file(file.file).text())
}

/// The values of the file `file` that says `text`. Its documents are merged, later ones over earlier ones.
pub fn from_stream(stream: &Stream, file: FileId, text: &str) -> FileValues {
    let mut reader = Reader { file, values: 0, overflow: None };
    let mut map = BTreeMap::new();
    let mut error = stream.errors.first().map(|error| ValuesError {
        message: format!(
            "cannot unmarshal yaml document: error converting YAML to JSON: yaml: {}{}",
            if error.line > 0 { format!("line {}: ", error.line) } else { String::new() },
            error.message
        ),
        span: Some(error.range.in_file(file)),
    });
    let mut source = None;
    for (at, document) in stream.documents.iter().enumerate() {
        if at > 0 && !starts_part(document, text) {
            continue;
        }
        let Some(root) = &document.root else { continue };
        match &root.node.kind {
            NodeKind::Null => {}
            NodeKind::Map(_) => {
                let value = reader.value(root, None, 0);
                source = source.or(value.source);
                if let Data::Map(more) = value.data {
                    merge_maps(&mut map, more);
                }
            }
            other => {
                error.get_or_insert_with(|| ValuesError {
                    message: format!(
                        "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: \
                         json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
                        json_name(other)
                    ),
                    span: Some(root.range.in_file(file)),
                });
            }
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

/// Helm cuts a file at lines of `---` with nothing but a comment behind, and go-yaml reads the first document of each
/// part: whatever follows `...` or `--- value` is lost.
fn starts_part(document: &Document, text: &str) -> bool {
    let Some(rest) = text.get(document.range.usize()).and_then(|text| text.strip_prefix("---"))
    else {
        return false;
    };
    let line = rest.split('\n').next().unwrap_or_default().trim();
    line.is_empty() || line.starts_with('#')
}

const fn json_name(kind: &NodeKind) -> &'static str {
    match kind {
        NodeKind::Null => "null",
        NodeKind::Bool(_) => "bool",
        NodeKind::Number(_) => "number",
        NodeKind::Str(_) => "string",
        NodeKind::Seq(_) => "array",
        NodeKind::Map(_) => "object",
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
