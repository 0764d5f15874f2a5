//! `undefined-value`: a template prints a value that nobody declares.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::{Read, ReadContext};
use crate::rules::context::{Context, Rule};
use crate::rules::values::declared;
use crate::rules::values::usage::{Sink, Start, Use};
use crate::source::Span;
use crate::view::{View, is_manifest, trace};
use crate::yaml::Node;

/// Keys that are shorter than this resemble too many others.
const MIN_SIMILAR: usize = 4;

pub(in crate::rules::builtin) struct UndefinedValue;

/// A read of something that nobody declares.
struct Missing<'v> {
    view: &'v View<'v>,
    read: &'v Read,
    path: Vec<Arc<str>>,
    place: Span,
    /// Nothing asks beforehand whether it is there.
    is_open: bool,
}

impl Rule for UndefinedValue {
    fn name(&self) -> &'static str {
        "undefined-value"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        if context.chart.is_library() {
            return;
        }
        // One finding for each value, at its first open read, else at its first one.
        let mut found: BTreeMap<Vec<Arc<str>>, Missing<'_>> = BTreeMap::new();
        for (at, view) in context.view.parts().enumerate() {
            for missing in
                view.rendered.reads.iter().filter_map(|read| missing(context, view, read))
            {
                // What the base has shown already is told there.
                let rank = |missing: &Missing<'_>, is_base: bool| {
                    (!missing.is_open, !is_base, missing.place)
                };
                let is_better = found.get(&missing.path).is_none_or(|known| {
                    let known_is_base = !std::ptr::eq(known.view, context.view);
                    rank(&missing, at > 0) < rank(known, known_is_base)
                });
                if is_better {
                    found.insert(missing.path.clone(), missing);
                }
            }
        }
        out.extend(found.values().filter_map(|missing| report(context, missing)));
    }
}

/// The read, if it is one of a value that nobody declares.
fn missing<'v>(context: &Context<'_>, view: &'v View<'v>, read: &'v Read) -> Option<Missing<'v>> {
    let memories = &view.rendered.memories;
    if read.hit || !memories.is_value(read.parent) {
        return None;
    }
    // An element of a list has what somebody has given it.
    let mut next = read.parent;
    while let Some(memory) = memories.get(next).filter(|memory| memory.parent.is_some()) {
        if memory.is_index {
            return None;
        }
        next = memory.parent;
    }
    let is_own = context.chart.templates.iter().any(|own| own.file == read.node.file);
    let found = Some(context.usage()).filter(|_| is_own)?.at(read.node)?;
    let path: Vec<Arc<str>> = {
        let mut path = memories.path(read.parent);
        path.push(Arc::clone(&read.key));
        path
    };
    // More names behind it, and rendering stops: another rule says so.
    let is_same =
        found.names.len() == path.len() && found.names.iter().zip(&path).all(|((a, _), b)| a == b);
    let is_elsewhere = found.start != Start::Values || !is_same || is_others(context, &path);
    if is_elsewhere || declared::is_declared(context, &path) {
        return None;
    }
    let parent = path.get(..path.len() - 1).unwrap_or_default();
    // What was made up has no more keys than were asked for.
    let keys: Vec<&str> = parent.iter().map(|part| &**part).collect();
    if context.usage().is_whole(parent) || context.value(&keys).is_none() {
        return None;
    }
    if is_in_comment(context, read.node) {
        return None;
    }
    let place = found.names.last().and_then(|(_, place)| *place).unwrap_or(read.node);
    Some(Missing { view, read, place, is_open: is_open(read, found), path })
}

/// Whether what is printed there is a comment of YAML: nobody misses it.
fn is_in_comment(context: &Context<'_>, node: Span) -> bool {
    let text = context.sources.file(node.file).text();
    let before = text.get(..node.range.start as usize).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let is_notes = !is_manifest(context.sources.file(node.file).path());
    !is_notes && line.trim_start().starts_with('#')
}

/// `global` is its parent's, and what stands under a subchart's name is the subchart's.
fn is_others(context: &Context<'_>, path: &[Arc<str>]) -> bool {
    let Some(first) = path.first() else { return true };
    let is_subchart = |sub: &crate::chart::Chart| sub.metadata.name.value == **first;
    let is_dependency = |dependency: &crate::chart::Dependency| {
        dependency.name.value == **first
            || dependency.alias.as_ref().is_some_and(|alias| alias.value == **first)
    };
    &**first == "global"
        || context.chart.subcharts.iter().any(is_subchart)
        || context.chart.metadata.dependencies.iter().any(is_dependency)
}

fn is_open(read: &Read, found: &Use) -> bool {
    read.context == ReadContext::Plain && found.sink == Sink::Printed && !found.is_guarded
}

fn report(context: &Context<'_>, missing: &Missing<'_>) -> Option<Diagnostic> {
    let Missing { view, read, path, place, is_open } = missing;
    let sibling = sibling(context, path);
    if !is_open && sibling.is_none() {
        return None;
    }
    let dotted = path.join(".");
    let fails = view.rendered.templates.iter().any(|template| {
        template.output.as_ref().is_err_and(|error| {
            error.frame == read.frame
                && error.node.file == read.node.file
                && error.node.range.start <= read.node.range.start
                && read.node.range.end <= error.node.range.end
        })
    });
    let (severity, label) = match (fails, is_open) {
        (true, _) => (Severity::Error, "rendering stops here, because there is no value"),
        (false, true) => (Severity::Warning, "there is no value: what is printed is empty or null"),
        (false, false) => (Severity::Warning, "there is never a value"),
    };
    let message = format!("`{dotted}` is read, but declared nowhere");
    let mut diagnostic = Diagnostic::new("undefined-value", severity, *place, message)
        .label(label)
        .trace(trace(&view.rendered, read.frame))
        .subject(dotted.clone());
    let parent = path.get(..path.len() - 1).unwrap_or_default();
    let help = if let Some((name, span)) = &sibling {
        diagnostic = diagnostic.related(*span, format!("did you mean `{name}`? nothing reads it"));
        format!("give the two the same name: `{name}` or `{}`", read.key)
    } else {
        if let Some((depth, span)) = declared::nearest_key(context, parent)
            && depth == parent.len()
        {
            diagnostic = diagnostic.related(span, format!("`{}` would belong in here", read.key));
        }
        format!(
            "declare `{dotted}` in values.yaml, or say with `default` what is printed without it"
        )
    };
    Some(diagnostic.help(help))
}

/// A key of values.yaml beside the missing one that nothing reads and that is nearly the same.
fn sibling(context: &Context<'_>, path: &[Arc<str>]) -> Option<(Arc<str>, Span)> {
    let (last, parent) = path.split_last()?;
    let file = context.chart.values.as_ref()?;
    let keys: Vec<&str> = parent.iter().map(|part| &**part).collect();
    let roots = file.stream.documents.iter().filter_map(|document| document.root.as_ref());
    let mut entries = roots.filter_map(|root| root.node.at(&keys)).flat_map(Node::entries);
    entries.find_map(|entry| {
        let mut other = parent.to_vec();
        other.push(Arc::clone(&entry.key));
        let is_unread = || {
            !context.usage().may_read(&other)
                && !context.view.reads().any(|(view, read)| {
                    read.key == entry.key
                        && view.rendered.memories.is_value(read.parent)
                        && view.rendered.memories.path(read.parent) == parent
                })
        };
        (is_similar(last, &entry.key) && is_unread())
            .then(|| (Arc::clone(&entry.key), entry.key_range.in_file(file.file)))
    })
}

/// One letter more, fewer or other, or nothing but the case.
fn is_similar(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || one.len().min(other.len()) >= MIN_SIMILAR && strsim::osa_distance(one, other) <= 1
}
