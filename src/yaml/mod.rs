//! YAML with a range on every key, value and comment, resolved as Helm resolves it
//! (sigs.k8s.io/yaml over go-yaml v2), and a writer that prints what Helm's `toYaml` prints.

mod tree;

pub use tree::{
    Comment, Document, Entry, Node, NodeKind, Number, Segment, Stream, Style, SyntaxError, Use,
};
