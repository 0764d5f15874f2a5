//! `nil-value-access`: a template asks for a field of a value that is not there, and rendering stops.

use std::sync::Arc;

use crate::chart::Chart;
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::explore::Key;
use crate::engine::{Reason, RenderError};
use crate::explore::Changes;
use crate::rules::values::declared::is_in_comment;
use crate::source::{SourceMap, Span};
use crate::values::{Data, Value};
use crate::view::{View, trace};
use crate::yaml::NodeKind;

/// The rule's name.
pub(super) const NAME: &str = "nil-value-access";

/// The finding on a template that fails because a value has no fields; none if it is no value that is missing, but
/// something of the release or of Chart.yaml.
pub(super) fn of_error(
    sources: &SourceMap,
    chart: &Chart,
    view: &View<'_>,
    error: &RenderError,
) -> Option<Diagnostic> {
    if error.reason != Reason::NilPointer {
        return None;
    }
    let (_, field) = error.message.rsplit_once("{}.")?;
    let path = nil_path(view, error)?;
    let (name, above) = path.split_last()?;
    let dotted = path.join(".");
    let place = place(chart, &view.active.values, &path);
    let is_null = place.is_some_and(|place| place.is_null && place.depth == path.len());
    let what = if is_null { "is null" } else { "is not there" };
    let mut found = Diagnostic::new(
        NAME,
        Severity::Error,
        failing_field(sources, error.node, field),
        format!("`{field}` is read of `{dotted}`, which {what}"),
    )
    .label(format!("rendering stops here: {}", error.message))
    .trace(trace(&view.rendered, error.frame))
    .subject(dotted.clone());
    match place {
        Some(place) if is_null => {
            found = found.related(place.span, format!("`{name}` is null here"));
        }
        Some(place) if place.depth == path.len() => {
            found = found.related(place.span, "this default was taken away");
        }
        Some(place) if !above.is_empty() => {
            found = found.related(place.span, format!("`{name}` would belong in here"));
        }
        _ => {}
    }
    // What is read through a variable or the dot is guarded in the same way.
    let read = sources.slice(Span::new(
        error.node.file,
        error.node.range.start as usize,
        (error.node.range.end as usize).saturating_sub(field.len() + 1),
    ));
    let is_plain = read.ends_with(&**name) && !read.contains(char::is_whitespace);
    let guard = if is_plain { read.to_owned() } else { format!(".Values.{dotted}") };
    Some(found.help(format!(
        "declare `{dotted}.{field}` in values.yaml, or guard the read: `({guard}).{field}`"
    )))
}

/// Whether a finding follows from what a scenario made up: then it says less.
pub(super) enum Guess {
    /// No.
    No,
    /// The scenario has invented a key beside the missing one.
    Sibling,
    /// It has invented what the missing key would stand in, or values.yaml says in a comment what is to be there.
    Everything,
}

/// What a scenario has to do with the value that is missing.
pub(super) fn guess(
    sources: &SourceMap,
    chart: &Chart,
    diagnostic: &Diagnostic,
    changes: &Changes,
    declared: &Value,
) -> Guess {
    let path: Vec<&str> = diagnostic.subject.split('.').collect();
    let keys: Vec<Arc<str>> = path.iter().map(|part| Arc::from(*part)).collect();
    // That a chart wants what it declares is no news, nor that it wants a dependency which is not at hand.
    let is_taken = changes
        .iter()
        .any(|(key, setting)| setting.data == Data::Null && *key == Key::Value(keys.clone()));
    if is_taken || is_of_missing_chart(chart, &path) || is_in_comment(sources, chart, &keys) {
        return Guess::Everything;
    }
    let Some((_, parent)) = path.split_last() else { return Guess::No };
    let changed = changes.keys().filter_map(|key| match key {
        Key::Value(path) => Some(path.iter().map(|part| &**part).collect::<Vec<&str>>()),
        Key::Environment(_) => None,
    });
    let mut guess = Guess::No;
    for key in changed {
        let is_declared = declared.at(&key).is_some();
        if parent.starts_with(&key)
            && declared.at(&key).is_none_or(|value| value.as_map().is_none())
        {
            return Guess::Everything;
        }
        if !is_declared && !parent.is_empty() && key.len() > parent.len() && key.starts_with(parent)
        {
            guess = Guess::Sibling;
        }
    }
    guess
}

/// Whether the first key is that of a dependency whose chart is not there: it may have what is missing.
fn is_of_missing_chart(chart: &Chart, path: &[&str]) -> bool {
    let Some(first) = path.first() else { return false };
    chart.metadata.dependencies.iter().any(|dependency| {
        let name = &dependency.name.value;
        let is_it = dependency.alias.as_ref().map_or(name, |alias| &alias.value) == first;
        is_it && !chart.subcharts.iter().any(|sub| sub.metadata.name.value == *name)
    })
}

/// The path of the value whose field was asked for: that of the last read at the same node.
fn nil_path(view: &View<'_>, error: &RenderError) -> Option<Vec<Arc<str>>> {
    let reads = view.rendered.reads.iter().filter(|read| {
        read.frame == error.frame
            && read.node.file == error.node.file
            && read.node.range.start == error.node.range.start
    });
    let last = reads.last()?;
    if !view.rendered.memories.is_value(last.parent) {
        return None;
    }
    let mut path = view.value_path(last.parent);
    path.push(Arc::clone(&last.key));
    Some(path)
}

/// The name of the field at the end of the node; the whole node where it stands otherwise, as in a text of `tpl`.
fn failing_field(sources: &SourceMap, node: Span, field: &str) -> Span {
    let end = node.range.end as usize;
    match end.checked_sub(field.len()) {
        Some(start) if sources.slice(node).ends_with(field) => Span::new(node.file, start, end),
        _ => node,
    }
}

/// A key on the way to a value.
#[derive(Clone, Copy)]
struct Place {
    /// How many keys lead there.
    depth: usize,
    span: Span,
    is_null: bool,
}

/// The deepest key of a path that some file has.
fn place(chart: &Chart, values: &Value, path: &[Arc<str>]) -> Option<Place> {
    let keys: Vec<&str> = path.iter().map(|part| &**part).collect();
    (1..=keys.len()).rev().find_map(|depth| {
        let part = keys.get(..depth)?;
        let value = values.at(part);
        if let Some(source) = value.and_then(|value| value.source.as_ref()) {
            let span = source.key.unwrap_or(source.value);
            let is_null = value.is_some_and(|value| value.data == Data::Null);
            return Some(Place { depth, span, is_null });
        }
        // Helm takes null for "not there".
        let file = chart.values.as_ref()?;
        let (last, parents) = part.split_last()?;
        let roots = file.stream.documents.iter().rev();
        let mut roots = roots.filter_map(|document| document.root.as_ref());
        let entry = roots.find_map(|root| root.node.at(parents)?.get(last))?;
        let is_null = matches!(entry.value.node.kind, NodeKind::Null);
        Some(Place { depth, span: entry.key_range.in_file(file.file), is_null })
    })
}
