//! YAML with a range on every key, value and comment, resolved as Helm resolves it
//! (sigs.k8s.io/yaml over go-yaml v2), and a writer that prints what Helm's `toYaml` prints.

mod aliasing;
mod comments;
mod compose;
mod embed;
mod emit;
mod events;
mod keys;
mod numbers;
mod order;
mod read;
mod recover;
mod resolve;
mod segments;
mod tree;
mod values;
mod write;

pub use embed::parse_embedded;
pub use numbers::format_g32 as float_text;
pub use read::{parse, parse_part};
pub use tree::{
    Comment, Document, Entry, Node, NodeKind, Number, Segment, Stream, Style, SyntaxError, Use,
};
pub use values::{parse_values, split_values};
pub use write::{Data, Piece, Written, write, write_pretty};
