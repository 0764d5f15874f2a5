//! Keys for pull secrets that values.yaml has and nothing reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::chart::Chart;
use crate::rules::context::Context;
use crate::source::Span;
use crate::view::View;

use super::keys::{Candidate, KeyPath, Shape, is_read};
use super::probe::{SENTINELS, given};

/// How far a key that is read may be from the one that is declared.
const MAX_DISTANCE: usize = 3;

/// Whether a declared key has no effect at all, as far as the scenario shows.
///
/// A key that stands in the text of a template, though nothing has read it, may be read in a branch that stays closed.
pub(super) fn is_dead(context: &Context<'_>, key: &Candidate) -> bool {
    let parts = key.parts();
    !key.is_read
        && key.arrives.is_none()
        && context.written_key(&parts).is_some()
        && !is_of_absent_subchart(context, &key.path)
        && !is_in_text(context.chart, context, &parts)
        && !is_read(context, &key.path)
        && !has_effect(context, &key.path)
}

/// Of a subchart that is off, nothing is known, and little of one that is only switched on to look at it.
pub fn is_of_absent_subchart(context: &Context<'_>, path: &[Arc<str>]) -> bool {
    let Some(first) = path.first() else { return false };
    let is_named = |dependency: &crate::chart::Dependency| {
        dependency.alias.as_ref().unwrap_or(&dependency.name).value == **first
    };
    let is_on = context.view.active.root.subcharts.iter().any(|sub| sub.name == *first);
    context.chart.metadata.dependencies.iter().any(is_named) && !(is_on && context.is_base())
}

/// Whether a template of the chart, or of the subchart whose value it is, has the key in its text.
pub fn is_in_text(chart: &Chart, context: &Context<'_>, path: &[&str]) -> bool {
    let Some((last, rest)) = path.split_last() else { return false };
    let dotted = path.join(".");
    let needles = [format!("Values.{dotted}"), format!("\"{last}\"")];
    // A helper may be handed the mapping that holds the key.
    let field = (!rest.is_empty()).then(|| format!(".{last}"));
    let is_there = chart.templates.iter().any(|template| {
        let text = context.sources.file(template.file).text();
        needles.iter().chain(&field).any(|needle| has_word(text, needle))
    });
    let below = |sub: &Chart| {
        // The values of a library are those of its caller.
        let is_shared = path.first() == Some(&"global") || sub.is_library();
        let inner = if is_shared { path } else { path.get(1..).unwrap_or_default() };
        !inner.is_empty() && is_in_text(sub, context, inner)
    };
    is_there || chart.subcharts.iter().any(below)
}

/// Whether a text has `word` with no letter, digit or underscore behind it.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let next = text.get(at + word.len()..).and_then(|rest| rest.chars().next());
        next.is_none_or(|c| !c.is_alphanumeric() && c != '_')
    })
}

/// Whether any template prints something else as soon as the key is set.
fn has_effect(context: &Context<'_>, path: &KeyPath) -> bool {
    // A scenario renders again only what its changes concern; the rest is that of the first one.
    let outputs = |view: &View<'_>| {
        let mut found: BTreeMap<Arc<str>, Option<String>> = BTreeMap::new();
        for template in view.parts().flat_map(|part| &part.rendered.templates) {
            let output = template.output.as_ref().ok().map(|output| output.text.clone());
            found.entry(Arc::clone(&template.name)).or_insert(output);
        }
        found
    };
    let before = outputs(context.view);
    Shape::ALL.into_iter().any(|shape| {
        let changes = [(path.clone(), given(shape, SENTINELS.len()))];
        context.with_values(&changes, &|_| true, |view| outputs(view) != before).unwrap_or(true)
    })
}

/// The keys that a scenario's templates read, and those below mappings that they use as a whole.
pub fn used(context: &Context<'_>) -> Vec<String> {
    let mut read: BTreeSet<Vec<Arc<str>>> = BTreeSet::new();
    let mut asked: BTreeSet<(Vec<Arc<str>>, Span)> = BTreeSet::new();
    let mut wanted: Vec<(Vec<Arc<str>>, Span)> = Vec::new();
    for (view, found) in context.view.reads() {
        if view.rendered.memories.is_value(found.parent) {
            let parent = view.value_path(found.parent);
            let mut path = parent.clone();
            path.push(Arc::clone(&found.key));
            asked.insert((parent, found.node));
            wanted.push((path.clone(), found.node));
            read.insert(path);
        }
    }
    // A mapping of which the same action asks no field is handed on as a whole.
    let whole: BTreeSet<Vec<Arc<str>>> =
        wanted.into_iter().filter(|found| !asked.contains(found)).map(|(path, _)| path).collect();
    let keys = context.registry().probing.keys.iter();
    let is_used = |key: &&Candidate| {
        read.contains(&key.path)
            || (1..key.path.len())
                .any(|length| key.path.get(..length).is_some_and(|part| whole.contains(part)))
    };
    keys.filter(is_used).map(Candidate::written).collect()
}

/// A key beside `path` that templates read and values.yaml lacks, if its name is nearly the same; and where it is read.
pub fn near_miss(context: &Context<'_>, path: &[Arc<str>]) -> Option<(String, Span)> {
    let (last, parent) = path.split_last()?;
    let found = context.view.reads().filter(|(view, read)| {
        !read.hit
            && strsim::levenshtein(&read.key, last) <= MAX_DISTANCE
            && view.rendered.memories.is_value(read.parent)
            && view.value_path(read.parent) == parent
    });
    let (_, read) = found.min_by_key(|(_, read)| strsim::levenshtein(&read.key, last))?;
    let mut near = parent.to_vec();
    near.push(Arc::clone(&read.key));
    Some((near.join("."), read.node))
}
