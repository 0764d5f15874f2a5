//! YAML in a scalar of YAML: the text of a `ConfigMap`, the values of an Application.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::tree::{Comment, Document, Entry, Node, NodeKind, Segment, Stream, SyntaxError, Use};
use super::values::parse_values;
use crate::source::TextRange;

/// The values file that stands in the scalar `outer`, whose text is `text`, with its ranges as places in the file around
/// it. What does not stand there literally, such as data in base64, has the place of the whole scalar.
pub fn parse_embedded(outer: &Node, text: &str) -> Stream {
    let stream = parse_values(text);
    let mut mover = Mover { outer, moved: FxHashMap::default() };
    let documents = stream.documents.iter().map(|document| Document {
        range: mover.range(document.range),
        root: document.root.as_ref().map(|root| mover.place(root)),
    });
    Stream {
        documents: documents.collect(),
        comments: stream
            .comments
            .iter()
            .map(|comment| Comment { range: mover.range(comment.range), ..*comment })
            .collect(),
        errors: stream
            .errors
            .iter()
            .map(|error| SyntaxError { range: mover.range(error.range), ..error.clone() })
            .collect(),
    }
}

struct Mover<'o> {
    outer: &'o Node,
    /// Nodes that aliases share stay shared; by their address.
    moved: FxHashMap<usize, Arc<Node>>,
}

impl Mover<'_> {
    fn place(&mut self, place: &Use) -> Use {
        Use { range: self.range(place.range), node: self.node(&place.node) }
    }

    fn node(&mut self, node: &Arc<Node>) -> Arc<Node> {
        let address = Arc::as_ptr(node) as usize;
        if let Some(moved) = self.moved.get(&address) {
            return Arc::clone(moved);
        }
        let kind = match &node.kind {
            NodeKind::Null => NodeKind::Null,
            NodeKind::Bool(value) => NodeKind::Bool(*value),
            NodeKind::Number(number) => NodeKind::Number(*number),
            NodeKind::Str(text) => NodeKind::Str(Arc::clone(text)),
            NodeKind::Seq(items) => {
                NodeKind::Seq(items.iter().map(|item| self.place(item)).collect())
            }
            NodeKind::Map(entries) => {
                let entries = entries.iter().map(|entry| Entry {
                    key: Arc::clone(&entry.key),
                    key_range: self.range(entry.key_range),
                    value: self.place(&entry.value),
                    merged: entry.merged,
                    repeats: entry.repeats,
                });
                NodeKind::Map(entries.collect())
            }
        };
        let moved = Arc::new(Node {
            range: self.range(node.range),
            style: node.style,
            kind,
            anchor: node.anchor.map(|range| self.range(range)),
            tag: node.tag.map(|range| self.range(range)),
            segments: node.segments.iter().flat_map(|segment| self.segments(*segment)).collect(),
        });
        self.moved.insert(address, Arc::clone(&moved));
        moved
    }

    /// A range in the file around, from where its first byte stands to where its last one does.
    fn range(&self, range: TextRange) -> TextRange {
        let Some(start) = self.offset(range.start, false) else { return self.outer.range };
        if range.is_empty() {
            return TextRange { start, end: start };
        }
        match self.offset(range.end, true) {
            Some(end) if start <= end => TextRange { start, end },
            _ => self.outer.range,
        }
    }

    /// Where a byte of the text stands; for an end, where the byte before it ends. At the end of the text the last byte
    /// decides.
    fn offset(&self, at: u32, is_end: bool) -> Option<u32> {
        let holds = |segment: &&Segment| {
            let end = segment.text_start + segment.len;
            if is_end {
                segment.text_start < at && at <= end
            } else {
                segment.text_start <= at && at < end
            }
        };
        let found = self.outer.segments.iter().find(holds);
        if let Some(segment) = found {
            return Some(segment.source_start + (at - segment.text_start));
        }
        let last = self.outer.segments.last()?;
        (at >= last.text_start + last.len).then_some(last.source_start + last.len)
    }

    /// What of a literal part of the inner text stands literally in the file around.
    fn segments(&self, inner: Segment) -> Vec<Segment> {
        let (start, end) = (inner.source_start, inner.source_start + inner.len);
        let parts = self.outer.segments.iter().filter_map(|outer| {
            let from = start.max(outer.text_start);
            let to = end.min(outer.text_start + outer.len);
            (from < to).then(|| Segment {
                text_start: inner.text_start + (from - start),
                source_start: outer.source_start + (from - outer.text_start),
                len: to - from,
            })
        });
        parts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    /// The text under the key and the value at `path` of what stands under `data` of `outer`.
    #[track_caller]
    fn check(outer: &str, path: &[&str], key: &str, value: &str) {
        let stream = yaml::parse(outer);
        let root = stream.documents[0].root.as_ref().unwrap();
        let scalar = root.node.at(&["data"]).unwrap();
        let inner = parse_embedded(scalar, scalar.as_str().unwrap());
        let (last, parents) = path.split_last().unwrap();
        let inner = inner.documents[0].root.as_ref().unwrap();
        let entry = inner.node.at(parents).unwrap().get(last).unwrap();
        let text = |range: TextRange| outer.get(range.usize()).unwrap();
        assert_eq!((text(entry.key_range), text(entry.value.range)), (key, value));
        for segment in &entry.value.node.segments {
            let start = segment.text_start as usize;
            let end = start + segment.len as usize;
            let literal = entry.value.node.as_str().unwrap().get(start..end).unwrap();
            let at = segment.source_start as usize;
            assert_eq!(outer.get(at..at + literal.len()), Some(literal));
        }
    }

    #[test]
    fn blocks_keep_exact_places() {
        let outer = "data: |\n  image:\n    registry: harbor.corp\n\n  list: [a, 'b''c']\n  long: |\n    x\n    y\n";
        check(outer, &["image", "registry"], "registry", "harbor.corp");
        check(outer, &["list"], "list", "[a, 'b''c']");
        check(outer, &["long"], "long", "|\n    x\n    y");
    }

    #[test]
    fn quoted_texts_keep_the_places_that_they_have() {
        check("data: \"a: b\\nc: dé\\n\"\n", &["c"], "c", "dé");
        check("data: 'a: b'\n", &["a"], "a", "b");
    }

    #[test]
    fn what_does_not_stand_there_has_the_place_of_all() {
        let stream = yaml::parse("data: YTogYgo=\n");
        let scalar = stream.documents[0].root.as_ref().unwrap().node.at(&["data"]).unwrap();
        let nowhere = Node {
            range: scalar.range,
            style: scalar.style,
            kind: NodeKind::Null,
            anchor: None,
            tag: None,
            segments: Vec::new(),
        };
        let inner = parse_embedded(&nowhere, "a: b\n");
        let entry = inner.documents[0].root.as_ref().unwrap().node.get("a").unwrap();
        assert_eq!((entry.key_range, entry.value.range), (scalar.range, scalar.range));
    }
}
