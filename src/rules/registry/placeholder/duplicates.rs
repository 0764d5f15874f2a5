//! Secrets that are rendered twice, one of them as a placeholder.

use std::sync::Arc;

use crate::diagnostic::ObjectRef;
use crate::manifest::hooks::{DeletePolicy, Hook, HookEvent};
use crate::view::{Place, Shown, View, object_ref};

use super::{Content, Expression, Source, candidate, is_secret};

/// Two documents that are the same Secret; Helm reads the second one later.
#[derive(Clone, Debug)]
pub struct Duplicate {
    /// The Secret.
    pub object: ObjectRef,
    /// Its name, if somebody has written it.
    pub name: Option<Arc<str>>,
    /// `metadata.name` of the first document.
    pub first: Place,
    /// `metadata.name` of the second one.
    pub second: Place,
}

struct Secret<'v> {
    shown: Shown<'v>,
    name: Expression,
    /// Its namespace, and the values that it is made up from.
    namespace: (Arc<str>, Vec<Source>),
    is_placeholder: bool,
}

/// The Secrets among the objects of `view` that stand there twice. Objects without a namespace are in that of the
/// release.
pub fn duplicates(view: &View<'_>, release_namespace: &str) -> Vec<Duplicate> {
    let secrets = view.objects().filter(|shown| is_secret(shown.object));
    let mut secrets: Vec<Secret<'_>> =
        secrets.filter_map(|shown| secret(shown, release_namespace)).collect();
    if !secrets.iter().any(|secret| secret.is_placeholder) {
        return Vec::new();
    }
    secrets.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut found = Vec::new();
    for (at, second) in secrets.iter().enumerate() {
        let first = secrets.iter().take(at).find(|first| {
            (first.is_placeholder || second.is_placeholder)
                && is_same(first, second)
                && are_both_there(
                    first.shown.object.hook.as_deref(),
                    second.shown.object.hook.as_deref(),
                )
        });
        if let Some(first) = first {
            found.push(Duplicate {
                object: object_ref(second.shown.object, &second.shown.object.pointer),
                name: second.name.written().map(Arc::clone),
                first: first.name.place.clone(),
                second: second.name.place.clone(),
            });
        }
    }
    found
}

fn order<'s>(secret: &'s Secret<'_>) -> (&'s str, usize) {
    (&secret.shown.template.name, secret.shown.object.document)
}

fn secret<'v>(shown: Shown<'v>, release_namespace: &str) -> Option<Secret<'v>> {
    let Shown { view, object, .. } = shown;
    let metadata = object.root.node.at(&["metadata"])?;
    let name = Expression::of(view, object, metadata.get("name")?)?;
    let namespace = metadata.get("namespace").and_then(|entry| Expression::of(view, object, entry));
    let namespace = match namespace.map(|namespace| (namespace.content, namespace.values)) {
        None | Some((Content::Empty, _)) => (Arc::from(release_namespace), Vec::new()),
        Some((Content::Text(text), values)) => (text, made_up(values)),
        Some((Content::Other, _)) => return None,
    };
    let is_placeholder = candidate(shown).is_some();
    Some(Secret { shown, name, namespace, is_placeholder })
}

/// Of what the linter has made up, only the same value is the same.
fn made_up(values: Vec<Source>) -> Vec<Source> {
    values.into_iter().filter(|value| value.span.is_none()).collect()
}

fn is_same(first: &Secret<'_>, second: &Secret<'_>) -> bool {
    matches!(first.name.content, Content::Text(_))
        && first.name.content == second.name.content
        && made_up(first.name.values.clone()) == made_up(second.name.values.clone())
        && first.namespace == second.namespace
}

/// Whether Helm finds one of the Secrets when it creates the other. A hook that is deleted before the release is
/// installed makes room for what is part of it; hooks of other times are not there together for sure.
fn are_both_there(first: Option<&Hook>, second: Option<&Hook>) -> bool {
    match (first, second) {
        (None, None) => true,
        (Some(hook), None) | (None, Some(hook)) => {
            hook.runs_at(HookEvent::PreInstall)
                && !hook.delete_policies.contains(&DeletePolicy::HookSucceeded)
        }
        (Some(first), Some(second)) => first.events.iter().any(|event| second.runs_at(*event)),
    }
}
