//! The spanned tree.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::source::TextRange;

/// A parsed text.
#[derive(Debug, Default)]
pub struct Stream {
    /// Its documents; after an error in one, those behind it are read all the same where that is possible.
    pub documents: Vec<Document>,
    /// Comments, from `#` to the end of the line without the line ending.
    pub comments: Vec<Comment>,
    /// What is wrong. The first is the one that Helm reports; later ones may follow from it.
    pub errors: Vec<SyntaxError>,
}

/// A comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the end of the line.
    pub range: TextRange,
    /// Whether nothing but blanks stands before it on its line.
    pub own_line: bool,
}

/// A mistake in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where; empty ranges stand before the byte that can't be.
    pub range: TextRange,
    /// Line from 1, as go-yaml counts it for its message; 0 where it names none.
    pub line: u32,
    /// go-yaml's wording without `yaml: line N: `; [`SyntaxError::helm_text`] puts it together.
    pub message: String,
}

/// One document.
#[derive(Debug)]
pub struct Document {
    /// From its `---` (or its first byte) to where the next one begins.
    pub range: TextRange,
    /// Its value; `None` if it has an error.
    pub root: Option<Use>,
}

/// A node where it is used: an alias uses the node of its anchor.
#[derive(Clone, Debug)]
pub struct Use {
    /// The bytes here: the node's own, or those of the alias.
    pub range: TextRange,
    /// The node.
    pub node: Arc<Node>,
}

/// How a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A scalar without quotes; also an empty one.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// An indented collection.
    Block,
    /// `[…]` or `{…}`
    Flow,
}

/// A value.
#[derive(Debug)]
pub struct Node {
    /// Its bytes: a scalar with quotes or block header, a collection from its first to its last child
    /// (flow: with brackets). Anchor and tag are not part of it.
    pub range: TextRange,
    /// How it is written.
    pub style: Style,
    /// What it is.
    pub kind: NodeKind,
    /// `&name`, without the `&`.
    pub anchor: Option<TextRange>,
    /// The whole tag, `!!str`.
    pub tag: Option<TextRange>,
    /// For scalars: which bytes of the value stand literally where; see [`Segment`].
    pub segments: Vec<Segment>,
}

/// A part of a scalar's text that stands literally in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Offset in the scalar's text.
    pub text_start: u32,
    /// Offset in the file.
    pub source_start: u32,
    /// Number of bytes.
    pub len: u32,
}

/// What a node is.
#[derive(Debug)]
pub enum NodeKind {
    /// null
    Null,
    /// A boolean; go-yaml v2 also takes `yes`, `on`, `y` and so on.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    Str(Arc<str>),
    /// A list.
    Seq(Vec<Use>),
    /// A mapping, with all its entries: repeated ones too, and in place of each merge key `<<` those that it brings.
    Map(Vec<Entry>),
}

impl NodeKind {
    /// What encoding/json calls a value of this kind.
    pub const fn json_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::Str(_) => "string",
            Self::Seq(_) => "array",
            Self::Map(_) => "object",
        }
    }
}

/// A number as go-yaml resolves it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Fits `i64`.
    Int(i64),
    /// Above `i64::MAX`.
    Uint(u64),
    /// Everything else; finite.
    Float(f64),
}

impl Number {
    /// As Helm sees it in values: `float64`.
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Uint(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

/// An entry of a mapping.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key as a string, as sigs.k8s.io/yaml converts it (`on:` is `true`, `1:` is `1`).
    pub key: Arc<str>,
    /// The key's bytes.
    pub key_range: TextRange,
    /// The value.
    pub value: Use,
    /// It came in through a merge key `<<`.
    pub merged: bool,
    /// Index of the first entry of this mapping with the same key, if this one repeats it; never for merged ones.
    pub repeats: Option<usize>,
}

impl Node {
    /// The value under `key` as Helm sees it: the last one counts.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            NodeKind::Map(entries) => entries.iter().rev().find(|entry| &*entry.key == key),
            _ => None,
        }
    }

    /// The node at the end of `path`.
    pub fn at<'a>(&'a self, path: &[&str]) -> Option<&'a Self> {
        path.iter().try_fold(self, |node, key| node.get(key).map(|entry| &*entry.value.node))
    }

    /// The entries that count, in the order of the text: of repeated keys the last.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        let all: &[Entry] = match &self.kind {
            NodeKind::Map(entries) => entries,
            _ => &[],
        };
        // Only mappings with a repetition or a merge pay for the look behind.
        let plain = all.iter().all(|entry| entry.repeats.is_none() && !entry.merged);
        let mut last = FxHashMap::default();
        if !plain {
            last.extend(all.iter().enumerate().map(|(at, entry)| (&*entry.key, at)));
        }
        all.iter()
            .enumerate()
            .filter(move |(at, entry)| plain || last.get(&*entry.key) == Some(at))
            .map(|(_, entry)| entry)
    }

    /// The items of a list.
    pub fn items(&self) -> &[Use] {
        match &self.kind {
            NodeKind::Seq(items) => items,
            _ => &[],
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is a mapping.
    pub const fn is_map(&self) -> bool {
        matches!(self.kind, NodeKind::Map(_))
    }
}
