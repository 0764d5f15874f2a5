//! The tree of errors of the schema library as the lines that Helm prints of it.

use std::sync::Arc;

use boon::{ErrorKind, InstanceToken, ValidationError};

use super::{Violation, fragment, words};

/// Where an error stands in the tree.
#[derive(Clone, Copy)]
struct Above<'a> {
    depth: usize,
    /// The schema that the error above is about, as a URL.
    schema: &'a str,
    /// The length of its place in the values.
    path: usize,
    /// The error above is itself an `allOf`, `anyOf` or `oneOf`.
    is_composite: bool,
}

/// Flattens the tree. The outermost error only says that there are some.
pub(super) fn collect(error: &ValidationError<'_, '_>, out: &mut Vec<Violation>) {
    let schema = error.schema_url;
    below(error, Above { depth: 0, schema, path: 0, is_composite: false }, out);
}

fn walk(error: &ValidationError<'_, '_>, above: Above<'_>, out: &mut Vec<Violation>) {
    let path: Vec<Arc<str>> = error.instance_location.tokens.iter().map(segment).collect();
    let mut depth = above.depth;
    for (keyword, length, message) in left_out(error.schema_url, above) {
        out.push(Violation {
            depth,
            is_group: true,
            path: path.iter().take(length).cloned().collect(),
            forbidden: None,
            message,
            keyword,
        });
        depth += 1;
    }
    let is_passed_over =
        matches!(error.kind, ErrorKind::Reference { .. }) && error.causes.len() == 1;
    let length = path.len();
    if !is_passed_over {
        let keyword = match &error.kind {
            // The library calls it `additionalProperty`.
            ErrorKind::AdditionalProperties { .. } => "/additionalProperties".to_owned(),
            kind => kind.keyword_path().map_or_else(String::new, |path| format!("/{path}")),
        };
        let is_group =
            matches!(error.kind, ErrorKind::Group | ErrorKind::AllOf | ErrorKind::Reference { .. });
        out.push(Violation {
            depth,
            is_group,
            path,
            forbidden: forbidden(&error.kind),
            message: words::of(&error.kind),
            keyword: format!("{}{keyword}", fragment(error.schema_url)),
        });
        depth += 1;
    }
    let (schema, is_composite) = match &error.kind {
        ErrorKind::Reference { url, .. } => (*url, false),
        ErrorKind::AllOf | ErrorKind::AnyOf | ErrorKind::OneOf(None) => (error.schema_url, true),
        _ => (error.schema_url, false),
    };
    below(error, Above { depth, schema, path: length, is_composite }, out);
}

fn below(error: &ValidationError<'_, '_>, above: Above<'_>, out: &mut Vec<Violation>) {
    // Go goes through mappings in no order; by place is a good one.
    let mut causes: Vec<(String, &ValidationError<'_, '_>)> =
        error.causes.iter().map(|cause| (cause.instance_location.to_string(), cause)).collect();
    causes.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (_, cause) in causes {
        walk(cause, above, out);
    }
}

/// The composites between an error and the one above that the library leaves out because they have one cause; Go's
/// sibling does not. Each as its JSON pointer, the length of its place in the values, and Go's words.
fn left_out(schema: &str, above: Above<'_>) -> Vec<(String, usize, String)> {
    let mut found = Vec::new();
    let Some(relative) = schema.strip_prefix(above.schema) else { return found };
    let mut tokens = relative.split('/').skip(1).peekable();
    let mut pointer = fragment(above.schema).to_owned();
    let mut length = above.path;
    let mut is_known = above.is_composite;
    while let Some(token) = tokens.next() {
        pointer = format!("{pointer}/{token}");
        let has_name = match token {
            "allOf" | "anyOf" | "oneOf" => {
                let none = if token == "oneOf" { ", none matched" } else { "" };
                if !std::mem::take(&mut is_known) {
                    found.push((pointer.clone(), length, format!("'{token}' failed{none}")));
                }
                true
            }
            "properties" | "patternProperties" | "prefixItems" => {
                length += 1;
                true
            }
            "items" => {
                length += 1;
                tokens.peek().is_some_and(|next| next.parse::<usize>().is_ok())
            }
            "additionalProperties"
            | "unevaluatedProperties"
            | "additionalItems"
            | "unevaluatedItems"
            | "contains"
            | "propertyNames" => {
                length += 1;
                false
            }
            "dependentSchemas" | "dependencies" => true,
            "not" | "if" | "then" | "else" => false,
            // A definition is only reached through a reference.
            _ => break,
        };
        if has_name && let Some(name) = tokens.next() {
            pointer = format!("{pointer}/{name}");
        }
    }
    found
}

fn segment(token: &InstanceToken<'_>) -> Arc<str> {
    match token {
        InstanceToken::Prop(name) => Arc::from(&**name),
        InstanceToken::Item(index) => Arc::from(index.to_string()),
    }
}

fn forbidden(kind: &ErrorKind<'_, '_>) -> Option<Arc<str>> {
    match kind {
        ErrorKind::AdditionalProperties { got } => got.iter().min().map(|name| Arc::from(&**name)),
        _ => None,
    }
}
