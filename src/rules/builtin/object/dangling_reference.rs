//! `dangling-reference`: a pod names an object of the release that the chart does not render.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chart::Template;
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::pod_path::PodPath;
use crate::manifest::pointer::Place;
use crate::rules::context::{Context, Rule};
use crate::rules::registry::named::action_around;
use crate::source::{FileId, Span, TextRange};
use crate::template::ast::{Block, Node as Ast};
use crate::view::{Place as Written, Shown};
use crate::yaml::{Node, NodeKind, Use};

use super::images::is_custom;
use super::places::{all_templates, scalar_text, spot, title, whole_objects};
use super::pods::{Pods, is_complete, pods};

/// Values that change the names of all objects alike.
const OF_ALL_NAMES: [&str; 4] = ["nameOverride", "fullnameOverride", "namespaceOverride", "global"];

/// The most bytes of a branch that counts as a choice between two names.
const MAX_CHOICE: usize = 600;

/// The group of the resources that say what is to be monitored; nothing that pods need comes of them.
const MONITORING: &str = "monitoring.coreos.com";

/// How deep objects are searched for a name.
const MAX_DEPTH: usize = 100;

pub(in crate::rules::builtin) struct DanglingReference;

/// A field of a pod that names another object.
struct Field {
    kind: &'static str,
    /// From the pod spec to the mapping that names it.
    holder: &'static str,
    /// The key of the name there.
    key: &'static str,
}

const FIELDS: [Field; 12] = [
    Field { kind: "ConfigMap", holder: ".volumes[].configMap", key: "name" },
    Field { kind: "ConfigMap", holder: ".volumes[].projected.sources[].configMap", key: "name" },
    Field { kind: "ConfigMap", holder: ".containers[].envFrom[].configMapRef", key: "name" },
    Field {
        kind: "ConfigMap",
        holder: ".containers[].env[].valueFrom.configMapKeyRef",
        key: "name",
    },
    Field { kind: "ConfigMap", holder: ".initContainers[].envFrom[].configMapRef", key: "name" },
    Field { kind: "Secret", holder: ".volumes[].secret", key: "secretName" },
    Field { kind: "Secret", holder: ".volumes[].projected.sources[].secret", key: "name" },
    Field { kind: "Secret", holder: ".containers[].envFrom[].secretRef", key: "name" },
    Field { kind: "Secret", holder: ".containers[].env[].valueFrom.secretKeyRef", key: "name" },
    Field { kind: "Secret", holder: ".initContainers[].env[].valueFrom.secretKeyRef", key: "name" },
    Field {
        kind: "PersistentVolumeClaim",
        holder: ".volumes[].persistentVolumeClaim",
        key: "claimName",
    },
    Field { kind: "ServiceAccount", holder: ".", key: "serviceAccountName" },
];

impl Rule for DanglingReference {
    fn name(&self) -> &'static str {
        "dangling-reference"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        if !is_complete(context) {
            return;
        }
        let rendered = rendered(context);
        for own in pods(context).iter().filter(|pods| pods.shown.template.chart.scope.is_empty()) {
            if own.spec.kind.is_custom {
                continue;
            }
            for field in &FIELDS {
                let Ok(path) = PodPath::parse(field.holder) else { continue };
                let start = Place { key: None, value: own.spec.value.clone() };
                path.follow(start, &mut |holder, _| {
                    out.extend(self.judge(context, own, field, &holder.value, &rendered));
                    true
                });
            }
        }
    }
}

impl DanglingReference {
    fn judge(
        &self,
        context: &Context<'_>,
        pods: &Pods<'_>,
        field: &Field,
        holder: &Use,
        rendered: &BTreeSet<(String, Option<Arc<str>>, String)>,
    ) -> Option<Diagnostic> {
        let entry = holder.node.get(field.key)?;
        let name = entry.value.node.as_str()?;
        let optional = holder.node.get("optional").map(|entry| &entry.value.node.kind);
        let release = &context.scenario.environment.release.name;
        let key = (field.kind.to_owned(), pods.namespace.clone(), name.to_owned());
        if release.is_empty()
            || !name.contains(&**release)
            || matches!(optional, Some(NodeKind::Bool(true)))
            || rendered.contains(&key)
        {
            return None;
        }
        let Shown { view, object, .. } = pods.shown;
        let is_of_values = !view.values_in(object.template, entry.value.range).is_empty();
        let place = view.place_of(object.template, &entry.value)?;
        if is_of_values || can_be_changed(context, &place) || is_made_elsewhere(context, name) {
            return None;
        }
        let message = format!("the chart renders no {} `{name}`", field.kind);
        let finding = spot(context, pods.shown, Some(entry.key_range), &entry.value)?
            .finding(self.name(), Severity::Warning, message, object)
            .label(format!("the pods of {} need it", title(object)))
            .subject(format!("{} {}", field.kind, field.key));
        Some(match field.kind {
            "ServiceAccount" => finding
                .note("no pod is created without its ServiceAccount")
                .help("render it under the same conditions, or let a value name the one to use"),
            _ => finding.note("the pods wait until it is there").help(
                "render it under the same conditions, let a value name it, or say `optional: true`",
            ),
        })
    }
}

/// Kind, namespace and name of all that the chart renders, and of the claims that come of it.
fn rendered(context: &Context<'_>) -> BTreeSet<(String, Option<Arc<str>>, String)> {
    let mut found = BTreeSet::new();
    for Shown { object, .. } in whole_objects(context) {
        let namespace = context.namespace_of(object);
        found.insert((object.kind.to_string(), namespace, object.name.to_string()));
    }
    found
}

/// Whether somebody else may create an object of that name: it stands in a custom resource, in what a container runs, in
/// the rules of a role or in a text, or it is a claim of a `StatefulSet`.
fn is_made_elsewhere(context: &Context<'_>, name: &str) -> bool {
    whole_objects(context).any(|Shown { object, .. }| {
        let root = &object.root.node;
        if is_custom(object) {
            // Operators call what they make after the custom resource.
            let is_after = name.starts_with(&*object.name) && object.group() != MONITORING;
            return is_after || mentions(root, name, 0);
        }
        let parts: &[&str] = match &*object.kind {
            "ConfigMap" | "Secret" => &["data", "stringData"],
            "Role" | "ClusterRole" => &["rules"],
            _ => &[],
        };
        if parts
            .iter()
            .any(|part| root.get(part).is_some_and(|entry| mentions(&entry.value.node, name, 0)))
        {
            return true;
        }
        let is_claim = &*object.kind == "StatefulSet" && name.contains(&*object.name);
        is_claim
            || context.pod_kinds.pod_specs(object).iter().any(|pod| {
                pod.containers.iter().any(|container| {
                    let node = &container.value.node;
                    ["args", "command"].iter().any(|key| {
                        node.get(key).is_some_and(|entry| mentions(&entry.value.node, name, 0))
                    }) || node.get("env").is_some_and(|env| {
                        let values = env.value.node.items().iter();
                        let mut values = values.filter_map(|item| item.node.get("value"));
                        values.any(|value| mentions(&value.value.node, name, 0))
                    })
                })
            })
    })
}

/// Whether a text has the name in it, not as a part of a longer one.
fn has_name(text: &str, name: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let behind = text.get(at + name.len()..).unwrap_or_default();
        !before.ends_with(is_of_name) && !behind.starts_with(is_of_name)
    })
}

/// Whether a text in a tree has the name in it.
fn mentions(node: &Node, name: &str, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return true;
    }
    match &node.kind {
        NodeKind::Str(text) => has_name(text, name),
        NodeKind::Seq(items) => items.iter().any(|item| mentions(&item.node, name, depth + 1)),
        NodeKind::Map(entries) => entries
            .iter()
            .any(|entry| entry.key.contains(name) || mentions(&entry.value.node, name, depth + 1)),
        _ => scalar_text(node).is_some_and(|text| has_name(&text, name)),
    }
}

/// Whether a value decides which name is printed, beside those that all names have in common: it is read by the action or
/// by the helpers that print the name, or one side of a branch prints this name and the other another one.
fn can_be_changed(context: &Context<'_>, place: &Written) -> bool {
    let chart = context.chart;
    let outermost = place.trace.first().map_or(place.span, |frame| frame.call);
    let action = action_around(chart, outermost);
    let text = context.sources.slice(action);
    let names_variable = text.match_indices('$').any(|(at, _)| {
        let rest = text.get(at + 1..).unwrap_or_default();
        rest.starts_with(|c: char| c.is_alphabetic() || c == '_')
    });
    if names_variable {
        return true;
    }
    let mut templates = Vec::new();
    all_templates(chart, &mut templates);
    let mut asking = vec![action];
    for frame in &place.trace {
        for template in &templates {
            let named =
                template.ast.defines.iter().filter(|define| *define.name == *frame.template);
            asking.extend(named.map(|define| define.range.in_file(template.file)));
        }
    }
    let is_asked = |node: Span| {
        asking.iter().any(|span| {
            span.file == node.file
                && span.range.start <= node.range.start
                && node.range.end <= span.range.end
        })
    };
    context.view.reads().any(|(view, read)| {
        is_asked(read.node)
            && view.rendered.memories.is_value(read.parent)
            && !OF_ALL_NAMES.contains(&&*read.key)
    }) || templates.iter().any(|template| {
        is_choice(template, outermost.file, outermost.range)
            || is_choice(template, place.span.file, place.span.range)
    })
}

/// Whether a place is on one side of a short branch that has another.
fn is_choice(template: &Template, file: FileId, range: TextRange) -> bool {
    let defines = template.ast.defines.iter().map(|define| &define.body);
    template.file == file
        && std::iter::once(&template.ast.body).chain(defines).any(|body| is_side(body, range))
}

fn is_side(block: &Block, range: TextRange) -> bool {
    block.nodes.iter().any(|node| {
        let (Ast::If(branch) | Ast::With(branch) | Ast::Range(branch)) = node else { return false };
        let is_around = branch.range.start <= range.start && range.end <= branch.range.end;
        is_around
            && (branch.otherwise.is_some() && branch.range.len() <= MAX_CHOICE
                || is_side(&branch.body, range)
                || branch.otherwise.as_ref().is_some_and(|other| is_side(other, range)))
    })
}
