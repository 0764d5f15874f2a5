//! The few fields by which Helm knows an object, decoded as Go decodes them (`SimpleHead` in
//! `pkg/release/v1/util/manifest.go`, through sigs.k8s.io/yaml and encoding/json).

use std::collections::BTreeMap;

use crate::source::TextRange;
use crate::yaml::{Entry, Node, NodeKind, Number, Use, float_text};

/// What Helm knows of an object. Numbers and booleans count as text here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// `apiVersion`
    pub api_version: String,
    /// `kind`
    pub kind: String,
    /// `metadata.name`
    pub name: String,
    /// `metadata.annotations`
    pub annotations: BTreeMap<String, String>,
}

/// Why Helm refuses a document that is YAML all the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go {target}"
)]
pub struct HeadError {
    /// Go's name of what is there: `array`.
    found: &'static str,
    /// Go's words for what should be there.
    target: String,
    /// The value that is wrong.
    pub range: TextRange,
}

/// The type of `metadata`, as Go prints it.
const METADATA_TYPE: &str = r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#;

impl HeadError {
    /// What is wrong, in a few words.
    pub fn reason(&self) -> String {
        match self.target.split_once(" of type ") {
            Some((field, ty)) if field.starts_with("struct field ") => {
                let field = field.trim_start_matches("struct field ");
                let field = field.trim_start_matches("SimpleHead").trim_start_matches('.');
                let wanted = if ty == "string" { "text" } else { "a mapping" };
                format!("`{field}` must be {wanted}, not {}", article(self.found))
            }
            _ => format!("an object must be a mapping, not {}", article(self.found)),
        }
    }
}

/// With `a` or `an`.
fn article(found: &str) -> String {
    let vowel = found.starts_with(['a', 'o']);
    format!("{} {found}", if vowel { "an" } else { "a" })
}

impl Head {
    /// Decodes a document. One without a value has an empty head.
    ///
    /// # Errors
    ///
    /// The first value that does not fit, in Go's order: by key.
    pub fn read(root: Option<&Use>) -> Result<Self, HeadError> {
        let mut head = Self::default();
        let Some(root) = root.filter(|root| !matches!(root.node.kind, NodeKind::Null)) else {
            return Ok(head);
        };
        if !root.node.is_map() {
            return Err(HeadError {
                found: root.node.kind.json_name(),
                target: "value of type util.SimpleHead".to_owned(),
                range: root.range,
            });
        }
        let mut error = None;
        for entry in sorted(&root.node) {
            // Go's decoder looks at keys without their case.
            match entry.key.to_lowercase().as_str() {
                "apiversion" => {
                    text(entry, "SimpleHead.apiVersion", &mut head.api_version, &mut error);
                }
                "kind" => text(entry, "SimpleHead.kind", &mut head.kind, &mut error),
                "metadata" => head.metadata(entry, &mut error),
                _ => {}
            }
        }
        error.map_or(Ok(head), Err)
    }

    fn metadata(&mut self, entry: &Entry, error: &mut Option<HeadError>) {
        let node = &entry.value.node;
        if matches!(node.kind, NodeKind::Null) {
            // A pointer that is null again.
            self.name.clear();
            self.annotations.clear();
            return;
        }
        if !node.is_map() {
            fail(entry, format!("struct field SimpleHead.metadata of type {METADATA_TYPE}"), error);
            return;
        }
        for entry in sorted(node) {
            match entry.key.to_lowercase().as_str() {
                "name" => text(entry, ".metadata.name", &mut self.name, error),
                "annotations" => self.annotations(entry, error),
                _ => {}
            }
        }
    }

    fn annotations(&mut self, entry: &Entry, error: &mut Option<HeadError>) {
        let node = &entry.value.node;
        if matches!(node.kind, NodeKind::Null) {
            self.annotations.clear();
            return;
        }
        if !node.is_map() {
            let target = "struct field .metadata.annotations of type map[string]string";
            fail(entry, target.to_owned(), error);
            return;
        }
        for entry in sorted(node) {
            let mut value = String::new();
            text(entry, ".metadata.annotations", &mut value, error);
            self.annotations.insert(entry.key.to_string(), value);
        }
    }
}

/// The entries that count, in the order in which Go writes and reads them.
fn sorted(node: &Node) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = node.entries().collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries
}

fn text(entry: &Entry, field: &str, out: &mut String, error: &mut Option<HeadError>) {
    match scalar_text(&entry.value.node) {
        Some(text) => *out = text,
        // Null leaves what is there.
        None if matches!(entry.value.node.kind, NodeKind::Null) => {}
        None => fail(entry, format!("struct field {field} of type string"), error),
    }
}

/// A scalar where Go wants text, as sigs.k8s.io/yaml turns it into one; `None` for null and collections.
pub(super) fn scalar_text(node: &Node) -> Option<String> {
    Some(match &node.kind {
        NodeKind::Str(text) => text.to_string(),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Number(Number::Int(number)) => number.to_string(),
        NodeKind::Number(Number::Uint(number)) => number.to_string(),
        NodeKind::Number(Number::Float(number)) => float_text(*number),
        NodeKind::Null | NodeKind::Seq(_) | NodeKind::Map(_) => return None,
    })
}

fn fail(entry: &Entry, target: String, error: &mut Option<HeadError>) {
    error.get_or_insert(HeadError {
        found: entry.value.node.kind.json_name(),
        target,
        range: entry.value.range,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected` is apiVersion, kind, name and annotations; or the error and the text it is about.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let stream = crate::yaml::parse(text);
        let root = stream.documents.first().and_then(|document| document.root.as_ref());
        let shown = match Head::read(root) {
            Ok(head) => {
                format!("{} {} {} {:?}", head.api_version, head.kind, head.name, head.annotations)
            }
            Err(error) => {
                let message = error.to_string();
                let short = message.rsplit("json: ").next().unwrap_or_default();
                format!("{short} <{}>", &text[error.range.usize()])
            }
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn heads_are_decoded_as_go_decodes_them() {
        check("", "   {}");
        check("null", "   {}");
        check("apiVersion: v1\nkind: Pod\nmetadata: {name: x}", "v1 Pod x {}");
        check("apiVersion: 1\nkind: yes\nmetadata: {name: 1.50}", "1 true 1.5 {}");
        check(
            "metadata: {annotations: {a: 5, b: null, c: off}}",
            r#"   {"a": "5", "b": "", "c": "false"}"#,
        );
        check("KIND: A\nkind: B", " B  {}");
        check("metadata: null", "   {}");
        check("- 1", "cannot unmarshal array into Go value of type util.SimpleHead <- 1>");
        check("text", "cannot unmarshal string into Go value of type util.SimpleHead <text>");
        check(
            "kind: [1]",
            "cannot unmarshal array into Go struct field SimpleHead.kind of type string <[1]>",
        );
        check(
            "metadata: {name: {}, annotations: {a: {}}}",
            "cannot unmarshal object into Go struct field .metadata.annotations of type string <{}>",
        );
        check(
            "metadata: {annotations: [a]}",
            "cannot unmarshal array into Go struct field .metadata.annotations of type map[string]string <[a]>",
        );
        check(
            "metadata: 5",
            r#"cannot unmarshal number into Go struct field SimpleHead.metadata of type struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" } <5>"#,
        );
    }
}
