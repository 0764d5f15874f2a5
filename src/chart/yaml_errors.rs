//! Why Helm can't read a YAML file into a mapping, in the words of sigs.k8s.io/yaml.

use crate::source::TextRange;
use crate::yaml::{NodeKind, Stream, SyntaxError};

/// Why Helm refuses a values file: a syntax error, or a document that is no mapping.
pub fn values_error(stream: &Stream) -> Option<(TextRange, String)> {
    if let Some(error) = stream.errors.first() {
        // Only the reader that cuts the file into documents says this.
        let message = if error.message.starts_with("invalid Yaml document separator") {
            format!("error reading yaml document: {}", error.message)
        } else {
            format!("cannot unmarshal yaml document: {}", syntax_message(error))
        };
        return Some((error.range, message));
    }
    (0..stream.documents.len())
        .find_map(|at| type_error(stream, at, "map[string]interface {}"))
        .map(|(range, message)| (range, format!("cannot unmarshal yaml document: {message}")))
}

/// The same for a file of which Helm reads only the first document, into `go_type`.
pub(super) fn first_document_error(stream: &Stream, go_type: &str) -> Option<(TextRange, String)> {
    let end = stream.documents.get(1).map_or(u32::MAX, |second| second.range.start);
    match stream.errors.iter().find(|error| error.range.start < end) {
        Some(error) => Some((error.range, syntax_message(error))),
        None => type_error(stream, 0, go_type),
    }
}

fn syntax_message(error: &SyntaxError) -> String {
    let line = if error.line > 0 { format!("line {}: ", error.line) } else { String::new() };
    format!("error converting YAML to JSON: yaml: {line}{}", error.message)
}

fn type_error(stream: &Stream, at: usize, go_type: &str) -> Option<(TextRange, String)> {
    let root = stream.documents.get(at)?.root.as_ref()?;
    if matches!(root.node.kind, NodeKind::Map(_) | NodeKind::Null) {
        return None;
    }
    let message = format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into Go value of type {go_type}",
        root.node.kind.json_name()
    );
    Some((root.range, message))
}
