//! What became of the names in one place that takes pull secrets.

use crate::manifest::objects::Object;
use crate::manifest::pods::{PULL_SECRETS, PodSpec, service_account_pull_secrets};
use crate::rules::context::Context;
use crate::source::TextRange;
use crate::view::{Place, Shown, View, trace};
use crate::yaml::{Entry, Node, NodeKind, Use};

use super::{Sink, structure, with_account};
use crate::rules::registry::keys::Shape;
use crate::rules::registry::workload::{Identity, identity};

/// Names of Secrets that no chart has: valid, short enough for any `trunc`, the same under `lower` and `quote`.
pub const SENTINELS: [&str; 2] = ["chartlint-probe-a3f9c1", "chartlint-probe-b7d2e4"];

/// How deep documents are searched.
pub(super) const MAX_DEPTH: usize = 100;

/// What became of the names in one place.
#[derive(Clone, Debug)]
pub enum Fate {
    /// Both arrive, or the one that was given.
    Arrived,
    /// Only one of the two does; with two the document breaks like this, if it does.
    FirstOnly(Option<Box<Broken>>),
    /// They are part of a name: `map[name:…]`.
    Mangled,
    /// They stand in the list in another shape than Kubernetes wants.
    Malformed,
    /// They stand where Kubernetes does not look.
    Misplaced(Misplaced),
    /// The document breaks.
    Broken(Broken),
    /// Something else fails as soon as the key is set, whatever it is set to.
    Unknown,
    /// They are nowhere.
    Absent,
}

impl Fate {
    /// Whether a secret arrives.
    pub const fn is_arrival(&self) -> bool {
        matches!(self, Self::Arrived | Self::FirstOnly(_))
    }

    /// Whether names arrive in a wrong shape.
    pub const fn is_garbled(&self) -> bool {
        matches!(self, Self::Mangled | Self::Malformed)
    }
}

/// Pull secrets that Kubernetes does not look at.
#[derive(Clone, Debug)]
pub struct Misplaced {
    /// The key `imagePullSecrets` in the template.
    pub key: Place,
    /// Where it is in the object.
    pub pointer: String,
    /// What was set.
    pub set: String,
}

/// Pull secrets that spoil the document.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The node that prints them.
    pub node: Place,
    /// What becomes of the document, in a clause.
    pub what: String,
    /// The line that YAML complains about, or that ended up elsewhere.
    pub line: Option<Place>,
    /// What was set.
    pub set: String,
    /// The template fails, so it may be no fault of the names at all.
    pub(super) by_error: bool,
}

/// What was seen of one place after some keys were set.
#[derive(Clone, Debug)]
pub struct Looked {
    /// What became of the names.
    pub fate: Fate,
    /// The key `imagePullSecrets`, if it is printed there.
    pub key: Option<Place>,
    /// The action that prints the first name into the list.
    pub node: Option<Place>,
}

impl Looked {
    fn only(fate: Fate) -> Self {
        Self { fate, key: None, node: None }
    }
}

/// What is looked at.
pub(super) struct Look<'l, 'c> {
    pub(super) context: &'l Context<'c>,
    /// The chart with the keys set.
    pub(super) view: &'l View<'l>,
    /// How they were set.
    pub(super) shape: Shape,
    /// The same, for messages.
    pub(super) set: &'l dyn Fn() -> String,
}

impl Look<'_, '_> {
    /// What has become of the names in one sink.
    pub(super) fn at(&self, sink: &Sink) -> Looked {
        let view = self.view;
        let name = &sink.identity.template;
        let templates = view.rendered.templates.iter().enumerate();
        let Some((at, template)) = templates.into_iter().find(|(_, t)| t.name == *name) else {
            return Looked::only(Fate::Absent);
        };
        let output = match &template.output {
            Ok(output) => output,
            Err(error) => {
                return Looked::only(Fate::Broken(Broken {
                    node: Place {
                        span: error.node,
                        value: None,
                        trace: trace(&view.rendered, error.frame),
                    },
                    what: format!("the template fails: {}", error.message),
                    line: None,
                    set: (self.set)(),
                    by_error: true,
                }));
            }
        };
        let printed = output.text.find(SENTINELS[0]);
        let broken = |what: String, line: Option<Place>| {
            let start = printed?;
            let node = view.place(at, TextRange::new(start, start + SENTINELS[0].len()))?;
            Some(Broken { node, what, line, set: (self.set)(), by_error: false })
        };
        let manifest = view.manifests().get(at);
        let document = manifest.and_then(|found| found.documents.get(sink.identity.document));
        let faulty = document.and_then(|document| {
            let error = document.errors.first()?;
            let text = output.text.get(document.range.usize())?;
            text.contains(SENTINELS[0]).then_some(error)
        });
        if let Some(error) = faulty {
            let before = TextRange::empty(error.range.start.saturating_sub(1) as usize);
            let line = view.place(at, error.range).or_else(|| view.place(at, before));
            let what = format!("the document is no YAML any more: {}", error.message);
            return Looked::only(broken(what, line).map_or(Fate::Absent, Fate::Broken));
        }
        match self.inside(sink) {
            Some(looked) => match looked.fate {
                Fate::Broken(ref found) if printed.is_some() => {
                    let (what, line) = (found.what.clone(), found.line.clone());
                    let fate = broken(what, line).map_or(Fate::Absent, Fate::Broken);
                    Looked { fate, ..looked }
                }
                _ => looked,
            },
            // It is gone from where it was: something has swallowed it.
            None if printed.is_some() && document.is_some() => {
                let what = "what stood in the document has become part of something else";
                let fate = broken(what.to_owned(), None).map_or(Fate::Absent, Fate::Broken);
                Looked::only(fate)
            }
            None => Looked::only(Fate::Absent),
        }
    }

    /// `None` if the place is gone.
    fn inside(&self, sink: &Sink) -> Option<Looked> {
        let mut result = None;
        if sink.account.is_some() {
            with_account(self.view, &sink.identity, |view, object| {
                let entry = service_account_pull_secrets(object);
                let names = entry.map(|entry| names(&entry.value.node)).unwrap_or_default();
                result = Some(self.judge(view, object, None, entry, &names));
            });
        } else {
            with_pod(self.context, self.view, &sink.identity, |view, object, pod| {
                if pod.containers_key.is_none() && self.had_containers(sink) {
                    let kind = &object.kind;
                    let what = format!("`containers` is no longer in the {kind}'s pod spec");
                    result = Some(Looked::only(self.broken_at(view, object, what)));
                    return;
                }
                let entry = pod.pull_secrets.as_ref();
                let names = pod.pull_secret_names();
                result = Some(self.judge(view, object, Some(pod), entry, &names));
            });
        }
        // Where something has moved, that says more than what is missing.
        match (self.moved(sink), result) {
            (Some(fate), Some(looked)) => Some(Looked { fate, ..looked }),
            (Some(fate), None) => Some(Looked::only(fate)),
            (None, result) => result,
        }
    }

    fn judge(
        &self,
        view: &View<'_>,
        object: &Object,
        pod: Option<&PodSpec>,
        entry: Option<&Entry>,
        names: &[&str],
    ) -> Looked {
        let key = entry.and_then(|entry| view.place(object.template, entry.key_range));
        let place = entry.and_then(|entry| sentinel(&entry.value, 0));
        let node = place.and_then(|range| view.place(object.template, range));
        let arrived =
            SENTINELS.iter().filter(|sentinel| names.iter().any(|name| name == *sentinel)).count();
        let fate = match (arrived, entry) {
            (2, _) => Fate::Arrived,
            (1, _) if self.shape == Shape::Scalar => Fate::Arrived,
            (1, _) => Fate::FirstOnly(None),
            (_, Some(entry)) if mentions(&entry.value.node) => {
                let is_in_name = names.iter().any(|name| name.contains(SENTINELS[0]));
                if is_in_name { Fate::Mangled } else { Fate::Malformed }
            }
            _ => self.elsewhere(view, object, pod),
        };
        Looked { fate, key, node }
    }

    /// Under a key for pull secrets that stands at a wrong place, or nowhere.
    fn elsewhere(&self, view: &View<'_>, object: &Object, pod: Option<&PodSpec>) -> Fate {
        // A custom resource may have further fields of that name, for pods of which nothing is known.
        let mut is_in_unknown = false;
        let mut is_ignored = |pointer: &str| {
            let is_field = self.context.pod_kinds.is_pull_secrets(object, pointer);
            let is_ignored = !is_field && pod.is_none_or(|pod| pod.ignores(pointer));
            is_in_unknown |= !is_field && !is_ignored;
            is_ignored
        };
        let found = misplaced(&object.root, &mut Vec::new(), 0, &mut is_ignored);
        let place = found.and_then(|(key, pointer)| {
            Some(Misplaced { key: view.place(object.template, key)?, pointer, set: (self.set)() })
        });
        let otherwise = if is_in_unknown { Fate::Unknown } else { Fate::Absent };
        place.map_or(otherwise, Fate::Misplaced)
    }

    /// Whether the pod had containers before.
    fn had_containers(&self, sink: &Sink) -> bool {
        let mut had = false;
        with_pod(self.context, self.context.view, &sink.identity, |_, _, pod| {
            had = pod.containers_key.is_some();
        });
        had
    }

    /// The document as broken, if something that stood in the object has become part of a pull secret.
    fn moved(&self, sink: &Sink) -> Option<Fate> {
        let before = object_of(self.context.view, &sink.identity)?;
        let now = object_of(self.view, &sink.identity)?;
        if !mentions(&now.object.root.node) {
            return None;
        }
        let (key, place) = structure::swallowed(&before.object.root.node, &now.object.root.node)?;
        let what = format!("`{key}` has become part of `{place}`");
        Some(self.broken_at(now.view, now.object, what))
    }

    fn broken_at(&self, view: &View<'_>, object: &Object, what: String) -> Fate {
        let node = sentinel(&object.root, 0).and_then(|range| view.place(object.template, range));
        let Some(node) = node.or_else(|| view.place(object.template, object.root.range)) else {
            return Fate::Unknown;
        };
        Fate::Broken(Broken { node, what, line: None, set: (self.set)(), by_error: false })
    }
}

/// The object at a place, by template, document and pointer.
fn object_of<'v>(view: &'v View<'v>, identity: &Identity) -> Option<Shown<'v>> {
    view.objects().find(|shown| {
        shown.template.name == identity.template
            && shown.object.document == identity.document
            && identity.pointer.starts_with(&shown.object.pointer.to_string())
    })
}

/// Calls `found` with the pod spec that `wanted` is.
pub(super) fn with_pod(
    context: &Context<'_>,
    view: &View<'_>,
    wanted: &Identity,
    mut found: impl FnMut(&View<'_>, &Object, &PodSpec),
) {
    for Shown { view, template, object } in view.objects() {
        if template.name != wanted.template || object.document != wanted.document {
            continue;
        }
        for pod in context.pod_kinds.pod_specs(object) {
            if identity(&template.name, object, &pod) == *wanted {
                found(view, object, &pod);
                return;
            }
        }
    }
}

/// The names of a list of pull secrets, as Kubernetes reads it.
fn names(list: &Node) -> Vec<&str> {
    list.items().iter().filter_map(|item| item.node.get("name")?.value.node.as_str()).collect()
}

/// Whether a sentinel is anywhere in the node.
pub(super) fn mentions(node: &Node) -> bool {
    fn search(node: &Node, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        match &node.kind {
            NodeKind::Str(text) => SENTINELS.iter().any(|sentinel| text.contains(sentinel)),
            NodeKind::Seq(items) => items.iter().any(|item| search(&item.node, depth + 1)),
            NodeKind::Map(entries) => {
                entries.iter().any(|entry| search(&entry.value.node, depth + 1))
            }
            _ => false,
        }
    }
    search(node, 0)
}

/// The range of the first text that holds a sentinel.
fn sentinel(place: &Use, depth: usize) -> Option<TextRange> {
    if depth > MAX_DEPTH {
        return None;
    }
    match &place.node.kind {
        NodeKind::Str(text) => {
            let is_it = SENTINELS.iter().any(|sentinel| text.contains(sentinel));
            is_it.then_some(place.range)
        }
        NodeKind::Seq(items) => items.iter().find_map(|item| sentinel(item, depth + 1)),
        NodeKind::Map(entries) => {
            entries.iter().find_map(|entry| sentinel(&entry.value, depth + 1))
        }
        _ => None,
    }
}

/// A key that is meant for pull secrets and has the sentinels, wherever it is in the object and `is_ignored` there.
fn misplaced(
    root: &Use,
    path: &mut Vec<String>,
    depth: usize,
    is_ignored: &mut dyn FnMut(&str) -> bool,
) -> Option<(TextRange, String)> {
    if depth > MAX_DEPTH {
        return None;
    }
    let enter = |step: String,
                 value: &Use,
                 path: &mut Vec<String>,
                 is_ignored: &mut dyn FnMut(&str) -> bool| {
        path.push(step);
        let found = misplaced(value, path, depth + 1, is_ignored);
        path.pop();
        found
    };
    match &root.node.kind {
        NodeKind::Seq(items) => items
            .iter()
            .enumerate()
            .find_map(|(at, item)| enter(at.to_string(), item, path, is_ignored)),
        NodeKind::Map(entries) => entries.iter().find_map(|entry| {
            if is_pull_secrets_key(&entry.key) && mentions(&entry.value.node) {
                let pointer = format!("/{}", path.join("/"));
                let pointer = format!("{}/{}", pointer.trim_end_matches('/'), entry.key);
                if is_ignored(&pointer) {
                    return Some((entry.key_range, pointer));
                }
            }
            enter(entry.key.to_string(), &entry.value, path, is_ignored)
        }),
        _ => None,
    }
}

fn is_pull_secrets_key(key: &str) -> bool {
    matches!(key, PULL_SECRETS | "imagePullSecret")
}
