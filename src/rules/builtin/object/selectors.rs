//! `missing-selector` and `mismatched-selector`: workloads whose selector does not lead to their pods.

use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::objects::Object;
use crate::rules::context::{Context, Rule};
use crate::view::Shown;
use crate::yaml::{Entry, Node};

use super::places::{entry_at, entry_spot, is_made_up, key_spot, own_objects, scalar_text, title};

/// Kinds of `apps/v1` that must have a selector.
const KINDS: [&str; 4] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];

pub(in crate::rules::builtin) struct MissingSelector;

impl Rule for MissingSelector {
    fn name(&self) -> &'static str {
        "missing-selector"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for shown in own_objects(context).filter(|shown| needs_selector(shown.object)) {
            let object = shown.object;
            let root = &object.root.node;
            let selector = entry_at(root, &["spec", "selector"]);
            if has_requirements(root)
                || selector.is_some_and(|entry| is_made_up(shown, entry.value.range))
            {
                continue;
            }
            let Some(entry) = root.get("spec").or_else(|| root.get("kind")) else { continue };
            let Some(spot) = key_spot(context, shown, entry.key_range) else { continue };
            let (message, label) = match selector {
                None => (format!("{} has no selector", title(object)), "`selector` is missing"),
                Some(_) => (
                    format!("the selector of {} is empty", title(object)),
                    "`selector` has neither `matchLabels` nor `matchExpressions`",
                ),
            };
            let mut diagnostic = spot
                .finding(self.name(), Severity::Error, message, object)
                .label(label)
                .note(format!("the API server refuses a {} without one", object.kind))
                .help("write `selector: { matchLabels: … }` with labels that the pod template has")
                .subject(format!("{} {}", object.kind, shown.template.name));
            if let Some(place) =
                selector.and_then(|entry| shown.view.place(object.template, entry.key_range))
            {
                diagnostic = diagnostic.related(place.span, "it selects nothing");
            }
            out.push(diagnostic);
        }
    }
}

pub(in crate::rules::builtin) struct MismatchedSelector;

impl Rule for MismatchedSelector {
    fn name(&self) -> &'static str {
        "mismatched-selector"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for shown in own_objects(context) {
            let object = shown.object;
            let root = &object.root.node;
            if needs_selector(object) && has_requirements(root) {
                for entry in labels(root, &["spec", "selector", "matchLabels"]) {
                    out.extend(self.label(context, shown, entry));
                }
                let expressions = root.at(&["spec", "selector", "matchExpressions"]);
                for item in expressions.into_iter().flat_map(Node::items) {
                    out.extend(self.expression(context, shown, &item.node));
                }
            } else if &*object.kind == "ReplicationController" && &*object.api_version == "v1" {
                for entry in labels(root, &["spec", "selector"]) {
                    out.extend(self.label(context, shown, entry));
                }
            }
        }
    }
}

impl MismatchedSelector {
    /// A label that the pods must have with this very value.
    fn label(&self, context: &Context<'_>, shown: Shown<'_>, entry: &Entry) -> Option<Diagnostic> {
        let wanted = scalar_text(&entry.value.node)?;
        let label = pod_label(shown.object, &entry.key);
        let has = match label {
            Some(label) => Some(scalar_text(&label.value.node)?),
            None => None,
        };
        if has.as_ref() == Some(&wanted) {
            return None;
        }
        let what = format!("`{}: {wanted}`", entry.key);
        self.report(context, shown, entry, label, &what)
    }

    fn expression(
        &self,
        context: &Context<'_>,
        shown: Shown<'_>,
        expression: &Node,
    ) -> Option<Diagnostic> {
        let key = expression.get("key")?;
        let name = key.value.node.as_str()?;
        let operator = expression.get("operator")?.value.node.as_str()?;
        let values = expression.get("values").map_or(&[][..], |entry| entry.value.node.items());
        let label = pod_label(shown.object, name);
        let has = label.and_then(|label| scalar_text(&label.value.node));
        let is_among = values.iter().any(|value| has.is_some() && scalar_text(&value.node) == has);
        let (holds, what) = match operator {
            "In" => (is_among, format!("`{name}` with one of the values")),
            "NotIn" => (!is_among, format!("`{name}` with none of the values")),
            "Exists" => (label.is_some(), format!("`{name}`")),
            "DoesNotExist" => (label.is_none(), format!("no `{name}`")),
            _ => return None,
        };
        if holds || values.iter().any(|value| is_made_up(shown, value.range)) {
            return None;
        }
        self.report(context, shown, key, label, &what)
    }

    fn report(
        &self,
        context: &Context<'_>,
        shown: Shown<'_>,
        entry: &Entry,
        label: Option<&Entry>,
        what: &str,
    ) -> Option<Diagnostic> {
        let object = shown.object;
        let template =
            pod_labels(object).or_else(|| entry_at(&object.root.node, &["spec", "template"]))?;
        // Of labels that somebody else is to give, nothing is known.
        if is_made_up(shown, entry.value.range) || is_made_up(shown, template.value.range) {
            return None;
        }
        let message =
            format!("the selector of {} does not match the labels of its pods", title(object));
        let mut diagnostic = entry_spot(context, shown, entry)?
            .finding(self.name(), Severity::Error, message, object)
            .label(format!("it wants {what}"))
            .note("the API server refuses it: `selector` does not match template `labels`")
            .help("print the same labels at both places, best by one helper")
            .subject(format!("{} {}", object.kind, entry.key));
        let (entry, said) = match label {
            Some(label) => (label, "the pods have this"),
            None => (template, "the pods lack that label"),
        };
        let range = if label.is_some() { entry.value.range } else { entry.key_range };
        if let Some(place) = shown.view.place(object.template, range) {
            diagnostic = diagnostic.related(place.span, said);
        }
        Some(diagnostic)
    }
}

fn needs_selector(object: &Object) -> bool {
    &*object.api_version == "apps/v1" && KINDS.contains(&&*object.kind)
}

fn has_requirements(root: &Node) -> bool {
    let selector = root.at(&["spec", "selector"]);
    ["matchLabels", "matchExpressions"].iter().any(|key| {
        let part = selector.and_then(|selector| selector.get(key));
        part.is_some_and(|entry| {
            let node = &entry.value.node;
            !node.items().is_empty() || node.entries().next().is_some()
        })
    })
}

fn labels<'n>(root: &'n Node, path: &[&str]) -> impl Iterator<Item = &'n Entry> + use<'n> {
    root.at(path).into_iter().flat_map(Node::entries)
}

fn pod_labels(object: &Object) -> Option<&Entry> {
    entry_at(&object.root.node, &["spec", "template", "metadata", "labels"])
}

fn pod_label<'o>(object: &'o Object, key: &str) -> Option<&'o Entry> {
    pod_labels(object)?.value.node.get(key)
}
