//! A field of a placeholder: what it shows, where that comes from, and what else its template could print there.

use std::sync::Arc;

use crate::engine::Read;
use crate::engine::origin::FrameId;
use crate::manifest::objects::Object;
use crate::rules::context::Context;
use crate::rules::registry::PLACEHOLDER_VALUES;
use crate::rules::registry::named::{self, Named};
use crate::source::{Span, TextRange};
use crate::view::{Place, View, trace};
use crate::yaml::{Entry, NodeKind};

/// A field that a template prints.
#[derive(Clone, Debug)]
pub struct Expression {
    /// Its key.
    pub key: Place,
    /// The expression or the text behind it; the key if nothing is there.
    pub place: Place,
    /// What it shows.
    pub content: Content,
    /// The values that it shows.
    pub values: Vec<Source>,
    /// The value is asked for in what prints it, be it empty.
    pub asks_placeholder: bool,
}

/// What a field shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Null or an empty string.
    Empty,
    /// A string.
    Text(Arc<str>),
    /// No string, though something.
    Other,
}

/// A value that shows in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// From the top of the root chart's values.
    pub path: Vec<Arc<str>>,
    /// It is an item of a list or in one, so no path of keys leads to it.
    pub is_in_list: bool,
    /// Where it is set; none for a value that the linter made up.
    pub span: Option<Span>,
}

impl Expression {
    /// The field `entry` of `object`; none if its place can't be told.
    pub fn of(view: &View<'_>, object: &Object, entry: &Entry) -> Option<Self> {
        let at = object.template;
        let key = view.place(at, entry.key_range)?;
        let range = entry.value.range;
        let place = site(view, at, entry)?;
        let content = match &entry.value.node.kind {
            NodeKind::Null => Content::Empty,
            NodeKind::Str(text) if text.is_empty() => Content::Empty,
            NodeKind::Str(text) => Content::Text(Arc::clone(text)),
            _ => Content::Other,
        };
        let memories = view.memories_in(at, range);
        let values = memories.into_iter().map(|memory| {
            let span = view.rendered.value(memory).and_then(|memory| memory.value);
            Source { path: view.value_path(memory), is_in_list: in_list(view, memory), span }
        });
        let asks_placeholder = reads_in(view, at, range).any(|read| is_of_placeholder(view, read));
        Some(Self { key, place, content, values: values.collect(), asks_placeholder })
    }

    /// Whether `placeholderSecret` shows in it, or decides what it shows.
    pub fn is_from_placeholder(&self) -> bool {
        self.asks_placeholder
            || self.values.iter().any(|value| value.path.iter().any(|key| is_placeholder(key)))
    }

    /// Whether it shows a value that no file holds.
    pub fn is_made_up(&self) -> bool {
        self.values.iter().any(|value| value.span.is_none())
    }

    /// The text, if it is one that somebody has written.
    pub fn written(&self) -> Option<&Arc<str>> {
        match &self.content {
            Content::Text(text) if !self.is_made_up() => Some(text),
            _ => None,
        }
    }

    /// What its lines name in all their branches.
    pub fn named(&self, context: &Context<'_>) -> Named {
        let (key, place) = (self.key.span, self.place.span);
        let span = if key.file == place.file && key.range.start <= place.range.start {
            key.range.to(place.range).in_file(key.file)
        } else {
            key
        };
        let text = context.sources.file(span.file).text();
        named::on_lines(context.chart, text, span, &self.key.trace)
    }
}

/// Where the value of an entry is written: the text itself, or the action beside the key, also where a helper that it
/// calls prints the value. The key, if nothing is there.
fn site(view: &View<'_>, template: usize, entry: &Entry) -> Option<Place> {
    let range = entry.value.range;
    let key = view.place(template, entry.key_range)?;
    if range.is_empty() {
        return Some(key);
    }
    let place = view.place_of(template, &entry.value)?;
    // Quotes may be literal where the text between them is not.
    let inside = if range.len() > 2 { range.start + 1 } else { range.start };
    let found = outside(view, template, inside, entry.key_range.start, place)?;
    // Text from Chart.yaml and other files is printed by an action too.
    let is_elsewhere = found.span.file != key.span.file;
    let node = || resolve(view, template, inside).map_or(found.span, |(node, _)| node);
    Some(Place { span: if is_elsewhere { node() } else { found.span }, ..found })
}

/// The `place` of the byte `at`, or where it is printed by helpers: the call of them in the frame that prints `beside`.
pub(super) fn outside(
    view: &View<'_>,
    template: usize,
    at: u32,
    beside: u32,
    place: Place,
) -> Option<Place> {
    let (_, wanted) = resolve(view, template, beside)?;
    let (mut node, mut frame) = resolve(view, template, at)?;
    if frame == wanted {
        return Some(place);
    }
    while frame != wanted {
        let Some(entry) = view.rendered.origins.frame(frame) else { return Some(place) };
        (node, frame) = (entry.call, entry.parent);
    }
    Some(Place { span: node, value: place.value, trace: trace(&view.rendered, frame) })
}

/// The node that prints a byte, and the frame in which it does.
fn resolve(view: &View<'_>, template: usize, at: u32) -> Option<(Span, FrameId)> {
    let output = view.rendered.templates.get(template)?.output.as_ref().ok()?;
    let resolved = view.rendered.resolve(output, at as usize, 1)?;
    Some((resolved.node, resolved.frame))
}

/// The reads of values in the actions that print `range`, and in the helpers that those call.
pub fn reads_in<'v>(
    view: &'v View<'_>,
    template: usize,
    range: TextRange,
) -> impl Iterator<Item = &'v Read> {
    let output = view.rendered.templates.get(template).map(|template| &template.output);
    let origins = &view.rendered.origins;
    let mut printing = Vec::new();
    if let Some(Ok(output)) = output {
        for (_, run) in output.runs_in(range.start as usize, range.end as usize) {
            let Some(origin) = origins.get(run.origin) else { continue };
            // A text in quotes is one of several that its action could print.
            let node = named::action_around(view.active.root.chart, origin.node);
            if !printing.contains(&(node, origin.frame)) {
                printing.push((node, origin.frame));
            }
        }
    }
    let covers = |outer: Span, inner: Span| {
        outer.file == inner.file
            && outer.range.start <= inner.range.start
            && inner.range.end <= outer.range.end
    };
    view.rendered.reads.iter().filter(move |read| {
        if !view.rendered.memories.is_value(read.parent) {
            return false;
        }
        let (mut node, mut frame) = (read.node, read.frame);
        loop {
            if printing.iter().any(|(outer, at)| *at == frame && covers(*outer, node)) {
                return true;
            }
            let Some(entry) = origins.frame(frame) else { return false };
            (node, frame) = (entry.call, entry.parent);
        }
    })
}

/// Whether a read asks for something of `placeholderSecret`.
fn is_of_placeholder(view: &View<'_>, read: &Read) -> bool {
    is_placeholder(&read.key)
        || view.rendered.memories.path(read.parent).iter().any(|key| is_placeholder(key))
}

fn is_placeholder(key: &str) -> bool {
    key == PLACEHOLDER_VALUES
}

fn in_list(view: &View<'_>, memory: crate::engine::text::MemoryId) -> bool {
    let mut next = memory;
    while let Some(memory) = view.rendered.memories.get(next) {
        if memory.is_index {
            return true;
        }
        next = memory.parent;
    }
    false
}
