//! `duplicate-object`: a chart renders one object twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::explore::ScenarioKind;
use crate::manifest::hooks::HookEvent;
use crate::manifest::objects::Object;
use crate::rules::context::{Context, Rule};
use crate::view::Shown;

use super::places::{
    Spot, dependency_spot, entry_at, entry_spot, is_made_up, is_own, title, whole_objects,
};

/// The annotation of a placeholder for pull credentials, of which `duplicate-placeholder` speaks.
const PLACEHOLDER: &str = "secretgen.carvel.dev/image-pull-secret";

pub(in crate::rules::builtin) struct DuplicateObject;

/// What the API server tells objects apart by, and when Helm creates them.
type Key<'o> = (&'o str, &'o str, Option<Arc<str>>, &'o str, Option<HookEvent>);

impl Rule for DuplicateObject {
    fn name(&self) -> &'static str {
        "duplicate-object"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let mut objects: Vec<Shown<'_>> =
            whole_objects(context).filter(|shown| is_named(shown.object)).collect();
        objects.sort_by_key(|shown| (&*shown.template.name, shown.object.range().start));
        let mut seen: BTreeMap<Key<'_>, Shown<'_>> = BTreeMap::new();
        for second in objects {
            let mut first = None;
            for key in keys(context, second.object) {
                first = first.or(seen.get(&key).copied());
                seen.entry(key).or_insert(second);
            }
            out.extend(first.and_then(|first| self.report(context, first, second)));
        }
    }
}

impl DuplicateObject {
    fn report(
        &self,
        context: &Context<'_>,
        first: Shown<'_>,
        second: Shown<'_>,
    ) -> Option<Diagnostic> {
        let object = second.object;
        if identity_is_made_up(first) || identity_is_made_up(second) {
            return None;
        }
        let first_spot = name_spot(context, first);
        let spot = name_spot(context, second).or_else(|| dependency_spot(context, second))?;
        let is_same = first_spot.as_ref().is_some_and(|first| first.span == spot.span);
        // Items of a list that the linter has made up have no names of their own.
        let is_of_made_up =
            context.scenario.kind == ScenarioKind::Opened && is_made_up(second, object.range());
        if is_same && is_of_made_up {
            return None;
        }
        let message = format!("{} is rendered twice", title(object));
        let diagnostic = spot
            .finding(self.name(), Severity::Error, message, object)
            .label("this is the same object once more")
            .note(
                "of two objects with the same group, kind, namespace and name the cluster can hold one: the installation \
                 fails, or one takes the place of the other",
            )
            .subject(format!("{}/{} {}", object.group(), object.kind, object.name));
        let (one, other) = (&first.template.name, &second.template.name);
        Some(match first_spot {
            Some(first) if !is_same => diagnostic
                .related(first.span, "the first one")
                .help("delete one of the two, or give each a name of its own"),
            Some(_) => diagnostic.help(
                "print it once, outside of the loop, or put into its name what tells the items apart",
            ),
            None => diagnostic
                .note(format!("the first one is printed by {one}, the second by {other}"))
                .help("switch one of the two off, or give it another name by a value"),
        })
    }
}

fn is_named(object: &Object) -> bool {
    let is_placeholder = &*object.kind == "Secret" && object.annotation(PLACEHOLDER).is_some();
    !object.name.is_empty() && !object.kind.is_empty() && !is_placeholder
}

/// Hooks of different events are created at different times.
fn keys<'o>(context: &Context<'_>, object: &'o Object) -> Vec<Key<'o>> {
    let key = |event| {
        let namespace = context.namespace_of(object);
        (object.group(), &*object.kind, namespace, &*object.name, event)
    };
    match &object.hook {
        Some(hook) => hook.events.iter().map(|event| key(Some(*event))).collect(),
        None => vec![key(None)],
    }
}

/// Whether group, kind, namespace or name is none that anybody has chosen.
fn identity_is_made_up(shown: Shown<'_>) -> bool {
    let root = &shown.object.root.node;
    let paths: [&[&str]; 4] =
        [&["apiVersion"], &["kind"], &["metadata", "name"], &["metadata", "namespace"]];
    let entries = paths.iter().filter_map(|path| entry_at(root, path));
    entries.into_iter().any(|entry| is_made_up(shown, entry.value.range))
}

/// Where the name of an own object is written.
fn name_spot(context: &Context<'_>, shown: Shown<'_>) -> Option<Spot> {
    let entry = entry_at(&shown.object.root.node, &["metadata", "name"])?;
    entry_spot(context, shown, entry).filter(|_| is_own(shown))
}
