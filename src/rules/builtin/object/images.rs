//! Where objects name images.

use std::sync::Arc;

use crate::diagnostic::ObjectRef;
use crate::manifest::objects::Object;
use crate::manifest::pointer::{Pointer, Step};
use crate::rules::context::Context;
use crate::source::{Span, TextRange};
use crate::view::{Place, Shown, View, object_ref};
use crate::yaml::{Entry, Node, Style};

/// How deep custom resources are searched for containers.
const MAX_DEPTH: usize = 64;

/// The most bytes of a template that count as one expression.
const MAX_EXPRESSION: u32 = 400;

/// The most characters that a message shows of an image.
const MAX_SHOWN: usize = 100;

/// The images of an object with what they belong to: those of its pods, volumes included, and in custom resources those
/// of whatever looks like a container.
pub(super) fn images(context: &Context<'_>, object: &Object) -> Vec<(Entry, ObjectRef)> {
    let mut found = Vec::new();
    if context.pod_kinds.of(object).next().is_some() {
        for pod in context.pod_kinds.pod_specs(object) {
            let owner = object_ref(object, &pod.pointer);
            let containers = pod.containers.iter().filter_map(|container| container.image.as_ref());
            let volumes = pod.image_volumes.iter().map(|volume| &volume.reference);
            found.extend(containers.chain(volumes).map(|entry| (entry.clone(), owner.clone())));
        }
    } else if is_custom(object) {
        containers(&object.root.node, &mut Pointer::default(), &mut |entry, pointer| {
            found.push((entry.clone(), object_ref(object, pointer)));
        });
    }
    found
}

/// Whether the group of an object is somebody's domain outside of Kubernetes.
pub(super) fn is_custom(object: &Object) -> bool {
    let group = object.group();
    group.contains('.') && !group.ends_with(".k8s.io")
}

/// Calls `add` for the images of all lists of containers below `node`, with the pointer of what holds the list.
fn containers(node: &Node, pointer: &mut Pointer, add: &mut impl FnMut(&Entry, &Pointer)) {
    if pointer.steps.len() > MAX_DEPTH {
        return;
    }
    for (index, item) in node.items().iter().enumerate() {
        pointer.steps.push(Step::Index(index));
        containers(&item.node, pointer, add);
        pointer.steps.pop();
    }
    for entry in node.entries() {
        if matches!(&*entry.key, "containers" | "initContainers") {
            for item in entry.value.node.items() {
                let is_named =
                    item.node.get("name").is_some_and(|name| name.value.node.as_str().is_some());
                if let Some(image) = item.node.get("image").filter(|_| is_named) {
                    add(image, pointer);
                }
            }
        }
        pointer.steps.push(Step::Key(Arc::clone(&entry.key)));
        containers(&entry.value.node, pointer, add);
        pointer.steps.pop();
    }
}

/// The expressions that print the image, from the first to the last where they stand on one line.
pub(super) fn place(view: &View<'_>, template: usize, entry: &Entry) -> Option<Place> {
    let range = if entry.value.range.is_empty() { entry.key_range } else { entry.value.range };
    let inside = inside(entry).filter(|inside| !inside.is_empty()).unwrap_or(range);
    let mut first = view.place(template, inside)?;
    let end = inside.end as usize;
    if let Some(last) = view.place(template, TextRange::new(end.saturating_sub(1), end))
        && last.span.file == first.span.file
        && last.trace == first.trace
        && last.span.range.end > first.span.range.end
        && last.span.range.start >= first.span.range.start
        && last.span.range.end - first.span.range.start < MAX_EXPRESSION
    {
        first.span.range.end = last.span.range.end;
    }
    Some(first)
}

/// The text of a scalar without its quotes; `None` where it is written in another way than it is read.
pub(super) fn inside(entry: &Entry) -> Option<TextRange> {
    let text = entry.value.node.as_str()?;
    let mut range = entry.value.range;
    if matches!(entry.value.node.style, Style::Single | Style::Double) {
        range.start += 1;
        range.end = range.end.saturating_sub(1).max(range.start);
    }
    (range.len() == text.len()).then_some(range)
}

/// Whether an operator puts something in the place of a part of the text: `{{inputs.image}}`, `$(params.image)`.
pub(super) fn is_filled_later(text: &str) -> bool {
    ["{{", "${", "$(", "<<"].iter().any(|start| text.contains(start))
}

/// The entry of Chart.yaml that brings the chart of a template, if that is an archive, which nobody edits.
pub(super) fn dependency(context: &Context<'_>, shown: Shown<'_>) -> Option<Span> {
    let active = shown.template.chart;
    if !active.chart.is_packed() {
        return None;
    }
    let outermost = active.scope.first()?;
    let mut entries = context.chart.metadata.dependencies.iter();
    let entry =
        entries.find(|entry| entry.alias.as_ref().unwrap_or(&entry.name).value == **outermost);
    Some(entry.map_or(context.chart.metadata.name.span, |entry| entry.name.span))
}

/// An image for messages, on one line.
pub(super) fn shorten(text: &str) -> String {
    let line = text.replace(char::is_whitespace, " ");
    match line.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
