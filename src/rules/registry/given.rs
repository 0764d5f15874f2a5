//! What a release gives its chart: the name of the placeholder, and lists of pull secrets.

use crate::manifest::pods::service_account_pull_secrets;
use crate::release::Release;
use crate::rules::context::Context;
use crate::source::Span;
use crate::values::{Data, Value};
use crate::view::Shown;
use crate::yaml::{NodeKind, Use};

use super::keys::Candidate;
use super::{PLACEHOLDER_VALUES, reads_placeholder};

/// How deep documents are searched.
const MAX_DEPTH: usize = 100;

/// A text among values.
#[derive(Clone, Copy, Debug)]
pub enum Field<'v> {
    /// There is none.
    Missing,
    /// It is null or empty; its key, if somebody has written it.
    Empty(Option<Span>),
    /// A text that is not empty, and its key or itself.
    Text(&'v str, Option<Span>),
    /// Something else, or a text that something is still put into.
    Unknown,
}

impl<'v> Field<'v> {
    /// What stands at `path`.
    pub fn of(values: &'v Value, release: &Release, path: &[&str]) -> Self {
        if release.unknown_at(path).is_some() {
            return Self::Unknown;
        }
        let Some(value) = values.at(path) else { return Self::Missing };
        match &value.data {
            Data::Null => Self::Empty(place(value)),
            Data::Str(text) if text.is_empty() => Self::Empty(place(value)),
            Data::Str(text) => Self::Text(text, place(value)),
            _ => Self::Unknown,
        }
    }

    /// Whether nothing is given.
    pub const fn is_absent(self) -> bool {
        matches!(self, Self::Missing | Self::Empty(_))
    }
}

/// The key of a value, or itself where it has none.
pub fn place(value: &Value) -> Option<Span> {
    value.source.as_ref().map(|source| source.key.unwrap_or(source.value))
}

/// The names of a list of pull secrets, in either shape; none if it is no list, or some entry has no name.
pub fn names(value: &Value) -> Option<Vec<&str>> {
    let Data::List(items) = &value.data else { return None };
    items
        .iter()
        .map(|item| match &item.data {
            Data::Str(text) => Some(&**text),
            Data::Map(map) => match &map.get("name")?.data {
                Data::Str(text) => Some(&**text),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

/// A list of pull secrets that a release gives.
#[derive(Clone, Debug)]
pub struct GivenList<'c> {
    /// Its key, as an index of the keys that were tried.
    pub key: usize,
    /// The same.
    pub candidate: &'c Candidate,
    /// What is given.
    pub value: &'c Value,
}

/// The values under keys for pull secrets that stand in what a release says, and are not empty.
pub fn lists<'c>(context: &'c Context<'_>, release: &'c Release) -> Vec<GivenList<'c>> {
    let keys = context.registry().probing.keys.iter().enumerate();
    let given = keys.filter_map(|(key, candidate)| {
        let value = release.values.at(&candidate.parts())?;
        let is_empty = match &value.data {
            Data::Null => true,
            Data::List(items) => items.is_empty(),
            Data::Map(map) => map.is_empty(),
            Data::Str(text) => text.is_empty(),
            _ => false,
        };
        let is_unknown = release.unknown_at(&candidate.parts()).is_some();
        (!is_empty && !is_unknown).then_some(GivenList { key, candidate, value })
    });
    given.collect()
}

/// Whether a mapping in a list that stands at `span` has a key twice, so that what it says is in doubt.
pub fn has_repeats(release: &Release, span: Span) -> bool {
    let documents = release.values_texts.iter().flat_map(|text| {
        let roots = text.stream.documents.iter().filter_map(|document| document.root.as_ref());
        roots.map(|root| (text.file, root))
    });
    documents
        .chain([(release.file, &release.document)])
        .filter(|(file, _)| *file == span.file)
        .any(|(_, root)| repeats_inside(root, span, 0))
}

fn repeats_inside(place: &Use, span: Span, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match &place.node.kind {
        NodeKind::Seq(items) => items.iter().any(|item| repeats_inside(item, span, depth + 1)),
        NodeKind::Map(entries) => entries.iter().any(|entry| {
            let is_inside = span.range.start <= entry.key_range.start
                && entry.value.range.end <= span.range.end;
            (is_inside && entry.repeats.is_some()) || repeats_inside(&entry.value, span, depth + 1)
        }),
        _ => false,
    }
}

/// Whether the chart has anything to do with `placeholderSecret`.
pub fn knows_placeholder(context: &Context<'_>) -> bool {
    context.written_key(&[PLACEHOLDER_VALUES]).is_some()
        || reads_placeholder(context)
        || !context.registry().candidates.is_empty()
}

/// Whether a rendered pod or `ServiceAccount` names a pull secret.
pub fn is_rendered(context: &Context<'_>, name: &str) -> bool {
    context.view.objects().any(|Shown { object, .. }| {
        let account = service_account_pull_secrets(object).is_some_and(|entry| {
            let items = entry.value.node.items().iter();
            let mut names = items.filter_map(|item| item.node.get("name")?.value.node.as_str());
            names.any(|other| other == name)
        });
        account
            || context
                .pod_kinds
                .pod_specs(object)
                .iter()
                .any(|pod| pod.pull_secret_names().contains(&name))
    })
}
