//! Values: defaults, overlays and subchart scopes merged as Helm merges them; every leaf keeps its span.

mod data;

pub use data::{Data, Source, Value};
