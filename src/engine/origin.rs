//! Tables of where values and text came from.

use std::sync::Arc;

use crate::source::Span;

use super::text::{MemoryId, OriginId};

/// What a [`Memory`] is an entry of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryKind {
    /// The chart's values.
    Values,
    /// `.Files`: `segment` is the file's name, `value` the whole file.
    File,
    /// Chart.yaml.
    Metadata,
    /// The release or the cluster; `segment` is the field's name.
    Environment,
}

/// An entry of a values file, or a file, or a field of Chart.yaml.
#[derive(Clone, Debug)]
pub struct Memory {
    /// What it is an entry of.
    pub kind: MemoryKind,
    /// The mapping or list it is in; none at the top.
    pub parent: MemoryId,
    /// Its key, or its index in a list.
    pub segment: Arc<str>,
    /// Whether `segment` is an index.
    pub is_index: bool,
    /// The key in the file; none for list items and made-up values.
    pub key: Option<Span>,
    /// The value in the file; none for made-up values.
    pub value: Option<Span>,
}

/// All values that came from files, as the root chart's values see them: paths start there.
#[derive(Clone, Debug, Default)]
pub struct Memories {
    table: Vec<Memory>,
}

impl Memories {
    /// Adds an entry.
    pub fn add(&mut self, memory: Memory) -> MemoryId {
        self.table.push(memory);
        MemoryId::new(self.table.len())
    }

    /// Whether it is a value, not a file or a field of Chart.yaml.
    pub fn is_value(&self, id: MemoryId) -> bool {
        self.get(id).is_some_and(|memory| memory.kind == MemoryKind::Values)
    }

    /// The entry.
    pub fn get(&self, id: MemoryId) -> Option<&Memory> {
        self.table.get(id.index().wrapping_sub(1))
    }

    /// Keys from the top of the root chart's values, the entry's own last; empty for the top and for no value.
    pub fn path(&self, id: MemoryId) -> Vec<Arc<str>> {
        let mut path = Vec::new();
        let mut next = id;
        while let Some(memory) = self.get(next).filter(|memory| memory.kind == MemoryKind::Values) {
            if memory.parent.is_some() {
                path.push(Arc::clone(&memory.segment));
            }
            next = memory.parent;
        }
        path.reverse();
        path
    }
}

/// A step on the way into nested templates.
#[derive(Clone, Debug)]
pub struct FrameEntry {
    /// The frame around it.
    pub parent: FrameId,
    /// The call.
    pub call: Span,
    /// What was called.
    pub template: Arc<str>,
}

/// Names a [`FrameEntry`]; [`FrameId::ROOT`] is the template file itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct FrameId(u32);

impl FrameId {
    /// The template file itself.
    pub const ROOT: Self = Self(0);
}

/// Where some text came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The template node that printed it.
    pub node: Span,
    /// The includes that led there.
    pub frame: FrameId,
    /// The value that it shows, if it shows one.
    pub value: MemoryId,
}

/// All origins and frames of one evaluation.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    table: Vec<Origin>,
    frames: Vec<FrameEntry>,
}

impl Origins {
    /// Names an origin; the same as the last one gets the same name.
    pub fn add(&mut self, origin: Origin) -> OriginId {
        if self.table.last() != Some(&origin) {
            self.table.push(origin);
        }
        OriginId::new(self.table.len())
    }

    /// The origin; `None` for unsettled ids.
    pub fn get(&self, id: OriginId) -> Option<&Origin> {
        if id.is_settled() { self.table.get(id.index().wrapping_sub(1)) } else { None }
    }

    /// Enters a template.
    pub fn enter(&mut self, frame: FrameEntry) -> FrameId {
        self.frames.push(frame);
        FrameId(self.frames.len() as u32)
    }

    /// The frame; `None` for the root.
    pub fn frame(&self, id: FrameId) -> Option<&FrameEntry> {
        self.frames.get((id.0 as usize).wrapping_sub(1))
    }

    /// The chain of frames, outermost first.
    pub fn chain(&self, id: FrameId) -> Vec<&FrameEntry> {
        let mut chain = Vec::new();
        let mut next = id;
        while let Some(frame) = self.frame(next) {
            chain.push(frame);
            next = frame.parent;
        }
        chain.reverse();
        chain
    }
}
