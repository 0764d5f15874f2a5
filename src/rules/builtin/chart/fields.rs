//! Places in Chart.yaml.

use crate::chart::scalar_text;
use crate::rules::context::Context;
use crate::source::{FileId, Span};
use crate::yaml::{Node, Use};

/// A value of Chart.yaml as a place.
pub(super) const fn span_of(context: &Context<'_>, used: &Use) -> Span {
    used.range.in_file(context.chart.metadata.file)
}

/// The first line of a file.
pub(super) fn first_line(context: &Context<'_>, file: FileId) -> Span {
    context.sources.file(file).line_range(0).in_file(file)
}

/// The name of the chart, for what has no place of its own.
pub(super) fn name_place(context: &Context<'_>) -> Span {
    let name = context.chart.metadata.name.span;
    if name.range.is_empty() { first_line(context, context.chart.metadata.file) } else { name }
}

/// A field of Chart.yaml as Go decodes it into a text, and its place; none where it is absent, null or no scalar.
pub(super) fn text(context: &Context<'_>, name: &str) -> Option<(String, Span)> {
    let entry = context.chart.metadata.field(name)?;
    Some((scalar_text(&entry.value.node)?, span_of(context, &entry.value)))
}

/// A field that is a string and not empty; what is none is the matter of other rules.
pub(super) fn string<'c>(context: &'c Context<'_>, name: &str) -> Option<(&'c str, Span)> {
    let entry = context.chart.metadata.field(name)?;
    let text = entry.value.node.as_str().filter(|text| !text.is_empty())?;
    Some((text, span_of(context, &entry.value)))
}

/// The items of a list in Chart.yaml.
pub(super) fn items<'c>(context: &'c Context<'_>, name: &str) -> &'c [Use] {
    context.chart.metadata.field(name).map_or(&[], |entry| entry.value.node.items())
}

/// The entry that sets a field of an item, and its text.
pub(super) fn text_in<'n>(node: &'n Node, name: &str) -> Option<(String, &'n Use)> {
    let entry = crate::chart::field(node, name)?;
    Some((scalar_text(&entry.value.node)?, &entry.value))
}
