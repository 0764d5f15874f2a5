//! What a chart's files declare: keys of values.yaml, also such as are commented out, and properties of the schema.

use std::sync::Arc;

use crate::chart::Chart;
use crate::rules::context::Context;
use crate::source::{SourceMap, Span};
use crate::yaml::{NodeKind, Stream, Use};

/// Whether values.yaml, the schema or values of the user's have the key, or mention it in a comment.
pub fn is_declared(context: &Context<'_>, path: &[Arc<str>]) -> bool {
    is_in_files(context.sources, context.chart, path)
        || context.values_files.iter().any(|file| has(&file.stream, path))
        || context.releases.iter().any(|release| {
            let keys: Vec<&str> = path.iter().map(|part| &**part).collect();
            release.values.at(&keys).is_some()
        })
}

/// Whether the files of a chart have the key, or mention it in a comment.
pub fn is_in_files(sources: &SourceMap, chart: &Chart, path: &[Arc<str>]) -> bool {
    let Some(last) = path.last() else { return true };
    if chart.values.as_ref().is_some_and(|file| has(&file.stream, path))
        || is_in_comment(sources, chart, path)
    {
        return true;
    }
    // Where in the schema a property stands is not followed: references lead anywhere.
    let quoted = format!("\"{last}\"");
    chart
        .schema
        .as_ref()
        .is_some_and(|schema| String::from_utf8_lossy(&schema.data).contains(&quoted))
}

/// Whether a comment of values.yaml has the last key of a path.
pub fn is_in_comment(sources: &SourceMap, chart: &Chart, path: &[Arc<str>]) -> bool {
    let (Some(file), Some(last)) = (&chart.values, path.last()) else { return false };
    let text = sources.file(file.file).text();
    file.stream
        .comments
        .iter()
        .any(|comment| text.get(comment.range.usize()).is_some_and(|text| names(text, last)))
}

/// Whether a comment has `key:` or `key` in a path, with no letter around it.
fn names(comment: &str, key: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    comment.match_indices(key).any(|(at, _)| {
        let before = comment.get(..at).and_then(|text| text.chars().next_back());
        let behind = comment.get(at + key.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !behind.is_some_and(is_part)
    })
}

/// Whether a file has a key, whatever its value is.
pub fn has(stream: &Stream, path: &[Arc<str>]) -> bool {
    let documents = stream.documents.iter().filter_map(|document| document.root.as_ref());
    documents.into_iter().any(|root| has_key(root, path))
}

fn has_key(root: &Use, path: &[Arc<str>]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    match &root.node.kind {
        NodeKind::Map(entries) => {
            entries.iter().any(|entry| entry.key == *first && has_key(&entry.value, rest))
        }
        _ => false,
    }
}

/// The place of the deepest key of `path` that values.yaml has.
pub fn nearest_key(context: &Context<'_>, path: &[Arc<str>]) -> Option<(usize, Span)> {
    let keys: Vec<&str> = path.iter().map(|part| &**part).collect();
    (1..=keys.len())
        .rev()
        .find_map(|length| Some((length, context.written_key(keys.get(..length)?)?)))
}
