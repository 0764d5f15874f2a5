//! Keys as sigs.k8s.io/yaml turns them into strings, and what go-yaml says of those that can be none.

use std::fmt::Write as _;
use std::sync::Arc;

use super::events::MAX_DEPTH;
use super::numbers::{format_g, format_g32};
use super::resolve::Resolved;
use super::tree::{Node, NodeKind, Number};

/// go-yaml decodes all of a document, then sigs.k8s.io/yaml converts keys, then Go writes JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Decode,
    Convert,
    Json,
}

/// sigs.k8s.io/yaml's keys (yaml.go, `convertToJSONableObject`).
pub(super) fn scalar_key(resolved: &Resolved, text: &str) -> Result<Arc<str>, (Phase, String)> {
    Ok(match resolved {
        Resolved::Str => Arc::from(text),
        Resolved::Bytes(text) => Arc::from(text.as_str()),
        Resolved::Bool(value) => Arc::from(if *value { "true" } else { "false" }),
        Resolved::Int(value) => Arc::from(value.to_string()),
        Resolved::Float(value) => Arc::from(format_g32(*value)),
        Resolved::Uint(value) => {
            return Err((
                Phase::Convert,
                format!("unsupported map key of type: uint64, key: {value:#x}"),
            ));
        }
        Resolved::Null => {
            let message = "unsupported map key of type: %!s(<nil>), key: <nil>";
            return Err((Phase::Convert, message.to_owned()));
        }
    })
}

pub(super) fn key_of(node: &Node) -> Result<Arc<str>, (Phase, String)> {
    let resolved = match &node.kind {
        NodeKind::Null => Resolved::Null,
        NodeKind::Bool(value) => Resolved::Bool(*value),
        NodeKind::Number(Number::Int(value)) => Resolved::Int(*value),
        NodeKind::Number(Number::Uint(value)) => Resolved::Uint(*value),
        NodeKind::Number(Number::Float(value)) => Resolved::Float(*value),
        NodeKind::Str(text) => return Ok(Arc::clone(text)),
        NodeKind::Seq(_) | NodeKind::Map(_) => {
            let mut shown = String::new();
            go_syntax(node, &mut shown, 0);
            return Err((Phase::Decode, format!("invalid map key: {shown}")));
        }
    };
    scalar_key(&resolved, "")
}

/// Longest `%#v` that a message holds.
const MAX_SHOWN_BYTES: usize = 400;

/// Go's `%#v`, which go-yaml shows of a key that is a collection; `{{ .Values.x }}` without quotes is the usual one.
pub(super) fn go_syntax(node: &Node, out: &mut String, depth: usize) {
    if out.len() > MAX_SHOWN_BYTES || depth > MAX_DEPTH {
        return;
    }
    match &node.kind {
        NodeKind::Null => out.push_str("interface {}(nil)"),
        NodeKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        NodeKind::Number(Number::Int(value)) => out.push_str(&value.to_string()),
        NodeKind::Number(Number::Uint(value)) => {
            let _ = write!(out, "{value:#x}");
        }
        NodeKind::Number(Number::Float(value)) => out.push_str(&format_g(*value)),
        NodeKind::Str(text) => {
            let _ = write!(out, "{text:?}");
        }
        NodeKind::Seq(items) => {
            out.push_str("[]interface {}{");
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                go_syntax(&item.node, out, depth + 1);
            }
            out.push('}');
        }
        NodeKind::Map(_) => {
            out.push_str("map[interface {}]interface {}{");
            // Go sorts them for printing.
            let mut entries: Vec<_> = node.entries().collect();
            entries.sort_by(|a, b| a.key.cmp(&b.key));
            for (at, entry) in entries.into_iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                let _ = write!(out, "{:?}:", entry.key);
                go_syntax(&entry.value.node, out, depth + 1);
            }
            out.push('}');
        }
    }
}
