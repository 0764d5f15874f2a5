//! Places in a tree: from JSON pointer to node, from offset to JSON pointer.

use std::fmt;
use std::sync::Arc;

use crate::source::TextRange;
use crate::yaml::{Node, NodeKind, Use};

/// The most steps of a pointer; what lies deeper is not looked at.
pub const MAX_STEPS: usize = 1000;

/// One step into a mapping or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into a mapping.
    Key(Arc<str>),
    /// Into a list, from 0.
    Index(usize),
}

/// A place in an object. Displayed as a JSON pointer (RFC 6901): `/spec/containers/0`, empty for the object itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointer {
    /// Outermost first.
    pub steps: Vec<Step>,
}

/// What stands at a [`Pointer`].
#[derive(Clone, Debug)]
pub struct Place {
    /// The key that leads to it; none for list items and the root.
    pub key: Option<TextRange>,
    /// The value where it is used.
    pub value: Use,
}

impl Pointer {
    /// Reads a JSON pointer; a number is an index in a list and a key in a mapping. `None` if it begins without `/`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        let step = |part: &str| {
            // A leading zero makes a key: no index is written so.
            let index = part.parse().ok().filter(|index: &usize| index.to_string() == part);
            index.map_or_else(
                || Step::Key(part.replace("~1", "/").replace("~0", "~").into()),
                Step::Index,
            )
        };
        Some(Self { steps: text.strip_prefix('/')?.split('/').take(MAX_STEPS).map(step).collect() })
    }

    /// One step further.
    pub fn with(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { steps }
    }

    /// What stands there below `root`.
    pub fn find(&self, root: &Use) -> Option<Place> {
        let start = Place { key: None, value: root.clone() };
        self.steps.iter().try_fold(start, |place, step| child(&place.value.node, step))
    }

    /// The innermost key or value of the tree under `offset`: the place that it belongs to.
    ///
    /// An alias is a place of its own; what its anchor holds is found at the anchor only. Of a repeated key only the
    /// last one is a place; the others are part of their mapping.
    pub fn at_offset(root: &Use, offset: u32) -> Option<Self> {
        if !root.range.contains(offset) {
            return None;
        }
        let mut pointer = Self::default();
        let mut here = root;
        while here.range == here.node.range && pointer.steps.len() < MAX_STEPS {
            let Some((step, next)) = child_at(&here.node, offset) else { break };
            pointer.steps.push(step);
            here = next;
        }
        Some(pointer)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            match step {
                Step::Index(index) => write!(f, "/{index}")?,
                Step::Key(key) if key.contains(['~', '/']) => {
                    write!(f, "/{}", key.replace('~', "~0").replace('/', "~1"))?;
                }
                Step::Key(key) => write!(f, "/{key}")?,
            }
        }
        Ok(())
    }
}

fn child(node: &Node, step: &Step) -> Option<Place> {
    let entry = match (step, &node.kind) {
        (Step::Index(index), NodeKind::Seq(items)) => {
            return items.get(*index).map(|item| Place { key: None, value: item.clone() });
        }
        (Step::Index(index), _) => node.get(&index.to_string())?,
        (Step::Key(key), _) => node.get(key)?,
    };
    Some(Place { key: Some(entry.key_range), value: entry.value.clone() })
}

fn child_at(node: &Node, offset: u32) -> Option<(Step, &Use)> {
    match &node.kind {
        NodeKind::Seq(items) => {
            let index = items.partition_point(|item| item.range.start <= offset).checked_sub(1)?;
            let item = items.get(index)?;
            item.range.contains(offset).then_some((Step::Index(index), item))
        }
        NodeKind::Map(entries) => {
            let own = entries.iter().filter(|entry| !entry.merged);
            let mut around = own.filter(|entry| {
                let key = entry.key_range;
                key.contains(offset) || key.to(entry.value.range).contains(offset)
            });
            let entry = around.next()?;
            let counts = node.get(&entry.key).is_some_and(|last| last.key_range == entry.key_range);
            counts.then(|| (Step::Key(Arc::clone(&entry.key)), &entry.value))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "spec:\n  a/b: &x [1, {c: 22}]\n  d: *x\n  \"7\": e\n  g: {h: 3}\n  g: {h: 4}\n  f:\n";

    fn root() -> Use {
        crate::yaml::parse(TEXT).documents.remove(0).root.expect("a root")
    }

    /// `expected` is the text of the key and of the value.
    #[track_caller]
    fn check(pointer: &str, expected: Option<(&str, &str)>) {
        let place = Pointer::parse(pointer).and_then(|pointer| pointer.find(&root()));
        let shown = place.map(|place| {
            (place.key.map_or("", |key| &TEXT[key.usize()]), &TEXT[place.value.range.usize()])
        });
        assert_eq!(shown, expected, "{pointer}");
        if expected.is_some() {
            let again = Pointer::parse(pointer).expect(pointer).to_string();
            assert_eq!(again, pointer);
        }
    }

    /// The pointer of the first occurrence of `part`.
    #[track_caller]
    fn check_offset(part: &str, expected: &str) {
        let offset = TEXT.find(part).expect(part) as u32;
        let pointer = Pointer::at_offset(&root(), offset).expect("inside the root");
        assert_eq!(pointer.to_string(), expected, "{part:?}");
    }

    #[test]
    fn pointers_lead_to_nodes() {
        check("/spec/a~1b/1/c", Some(("c", "22")));
        check("/spec/a~1b/0", Some(("", "1")));
        check("/spec/d", Some(("d", "*x")));
        check("/spec/d/1/c", Some(("c", "22")));
        check("/spec/7", Some(("\"7\"", "e")));
        check("/spec/a~1b/2", None);
        check("/spec/a~1b/x", None);
        check("/spec/g/h", Some(("h", "4")));
        check("/spec/i", None);
        check("spec", None);
    }

    #[test]
    fn offsets_lead_to_pointers() {
        check_offset("spec", "/spec");
        check_offset("a/b", "/spec/a~1b");
        check_offset("{c", "/spec/a~1b/1");
        check_offset("c: 22", "/spec/a~1b/1/c");
        check_offset("22", "/spec/a~1b/1/c");
        check_offset("*x", "/spec/d");
        check_offset(" e\n", "/spec/7");
        check_offset("f:", "/spec/f");
        check_offset("3", "/spec");
        check_offset("4", "/spec/g/h");
        assert_eq!(Pointer::at_offset(&root(), 999), None);
    }
}
