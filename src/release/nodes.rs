//! Looking things up in the tree of a document.

use std::collections::BTreeMap;

use crate::chart::Spanned;
use crate::source::{FileId, SourceMap, Span};
use crate::yaml::{Entry, Node, NodeKind, Use};

/// How deep a document is searched; the reader stops no later.
const MAX_DEPTH: usize = 1_000;

/// Whether a key or a text below a node has `word` in it.
pub(super) fn mentions(node: &Node, word: &str, depth: usize) -> bool {
    match &node.kind {
        _ if depth > MAX_DEPTH => false,
        NodeKind::Str(text) => text.contains(word),
        NodeKind::Seq(items) => items.iter().any(|item| mentions(&item.node, word, depth + 1)),
        NodeKind::Map(entries) => entries
            .iter()
            .any(|entry| entry.key.contains(word) || mentions(&entry.value.node, word, depth + 1)),
        _ => false,
    }
}

/// The `-` before an item of a list, for a label on the entry; for one in brackets the item itself.
pub fn entry_dash(sources: &SourceMap, item: Span) -> Span {
    let text = sources.file(item.file).text();
    let before = text.get(..item.range.start as usize).unwrap_or_default().trim_end();
    if before.ends_with('-') { Span::new(item.file, before.len() - 1, before.len()) } else { item }
}

/// The text at a path, if it is one that says something.
pub(super) fn text<'n>(node: &'n Node, path: &[&str]) -> Option<&'n str> {
    node.at(path)?.as_str().filter(|text| !text.is_empty())
}

/// The entry at a path.
pub(super) fn entry<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Entry> {
    let (last, parents) = path.split_last()?;
    node.at(parents)?.get(last)
}

/// The text at a path with its place.
pub(super) fn spanned(node: &Node, path: &[&str], file: FileId) -> Option<Spanned<String>> {
    let entry = entry(node, path)?;
    let value = entry.value.node.as_str().filter(|text| !text.is_empty())?.to_owned();
    Some(Spanned { value, span: entry.value.range.in_file(file) })
}

/// The key at a path.
pub(super) fn key(node: &Node, path: &[&str], file: FileId) -> Option<Span> {
    entry(node, path).map(|entry| entry.key_range.in_file(file))
}

/// The truth at a path; absent is not.
pub(super) fn flag(node: &Node, path: &[&str]) -> bool {
    node.at(path).is_some_and(|node| matches!(node.kind, NodeKind::Bool(true)))
}

/// The texts of a list.
pub(super) fn texts(node: &Node, path: &[&str], file: FileId) -> Vec<Spanned<String>> {
    items(node, path)
        .iter()
        .filter_map(|item| {
            let value = item.node.as_str()?.to_owned();
            Some(Spanned { value, span: item.range.in_file(file) })
        })
        .collect()
}

/// The items of a list.
pub(super) fn items<'n>(node: &'n Node, path: &[&str]) -> &'n [Use] {
    node.at(path).map_or(&[], Node::items)
}

/// The texts of a mapping.
pub(super) fn mapping(
    node: &Node,
    path: &[&str],
    file: FileId,
) -> BTreeMap<String, Spanned<String>> {
    let entries = node.at(path).into_iter().flat_map(Node::entries);
    entries
        .filter_map(|entry| {
            let value = entry.value.node.as_str()?.to_owned();
            Some((entry.key.to_string(), Spanned { value, span: entry.value.range.in_file(file) }))
        })
        .collect()
}
