//! The pods of a chart, with the labels that select them, and whether all of them are known.

use std::sync::Arc;

use crate::chart::Chart;
use crate::manifest::pods::{ContainerList, PodSpec};
use crate::manifest::pointer::Step;
use crate::rules::context::Context;
use crate::values::{Data, Note};
use crate::view::Shown;
use crate::yaml::{Entry, Node, Use};

use super::images::is_custom;
use super::places::{own_templates, scalar_text, whole_objects};

/// Labels that controllers give to pods.
const GIVEN_BY_CONTROLLERS: [&str; 8] = [
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "job-name",
    "pod-template-generation",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
];

/// Kinds whose pods serve something.
const SERVING_KINDS: [&str; 6] =
    ["DaemonSet", "Deployment", "Pod", "ReplicaSet", "ReplicationController", "StatefulSet"];

/// Pods of an object.
#[derive(Clone, Debug)]
pub(super) struct Pods<'v> {
    pub(super) shown: Shown<'v>,
    pub(super) spec: PodSpec,
    /// The labels of their metadata.
    pub(super) labels: Option<Entry>,
    pub(super) namespace: Option<Arc<str>>,
}

/// All pods that a scenario shows, those of subcharts too.
pub(super) fn pods<'c>(context: &'c Context<'_>) -> Vec<Pods<'c>> {
    let mut found = Vec::new();
    for shown in whole_objects(context) {
        for spec in context.pod_kinds.pod_specs(shown.object) {
            let labels = labels(shown, &spec);
            let namespace = context.namespace_of(shown.object);
            found.push(Pods { shown, spec, labels, namespace });
        }
    }
    found
}

/// The labels beside a pod spec.
fn labels(shown: Shown<'_>, spec: &PodSpec) -> Option<Entry> {
    let mut pointer = spec.pointer.clone();
    if !matches!(pointer.steps.pop(), Some(Step::Key(key)) if &*key == "spec") {
        return None;
    }
    let holder: Use = pointer.find(&shown.object.root)?.value;
    holder.node.at(&["metadata"])?.get("labels").cloned()
}

impl Pods<'_> {
    /// The label `key`.
    pub(super) fn label(&self, key: &str) -> Option<&Entry> {
        self.labels.as_ref()?.value.node.get(key)
    }

    /// Whether a label has the wanted value.
    pub(super) fn has(&self, wanted: &Entry) -> bool {
        is_given_by_controllers(&wanted.key)
            || self.label(&wanted.key).is_some_and(|label| {
                scalar_text(&label.value.node) == scalar_text(&wanted.value.node)
            })
    }

    /// Whether a selector selects them.
    pub(super) fn are_selected(&self, selector: &Node) -> bool {
        selector.entries().all(|wanted| self.has(wanted))
    }

    /// The names of the ports of all containers that run beside each other.
    pub(super) fn port_names(&self) -> Vec<Arc<str>> {
        let running = self.spec.containers.iter().filter(|container| {
            let policy = container.value.node.get("restartPolicy");
            container.list != ContainerList::Init
                || policy.is_some_and(|entry| entry.value.node.as_str() == Some("Always"))
        });
        running.flat_map(|container| port_names(&container.value.node)).collect()
    }
}

/// The names of the ports of a container or of a Service.
pub(super) fn port_names(node: &Node) -> Vec<Arc<str>> {
    let ports = node.get("ports").map_or(&[][..], |ports| ports.value.node.items());
    let names = ports.iter().filter_map(|port| port.node.get("name"));
    names.filter_map(|name| scalar_text(&name.value.node)).collect()
}

pub(super) fn is_given_by_controllers(key: &str) -> bool {
    GIVEN_BY_CONTROLLERS.contains(&key)
}

/// Whether all that a scenario renders is known: no dependency is missing, and nothing has failed.
pub(super) fn is_complete(context: &Context<'_>) -> bool {
    let is_missing =
        |note: &Note| matches!(note, Note::MissingDependency { enabled: true, linked: None, .. });
    let view = context.view;
    !view.active.notes.iter().any(is_missing)
        && !has_syntax_errors(context.chart)
        && view.parts().enumerate().all(|(part, own)| {
            let templates = own.rendered.templates.iter().zip(own.manifests());
            let mut current =
                templates.filter(|(template, _)| part == 0 || !view.has_rendered(&template.name));
            current.all(|(template, manifest)| {
                template.output.is_ok()
                    && manifest.documents.iter().all(|document| document.errors.is_empty())
            })
        })
}

/// Whether the linter has taken away something that the values have, to close a branch: what is missing then says nothing.
pub(super) fn lacks_by_guess(context: &Context<'_>) -> bool {
    context.scenario.changes.values().any(|setting| is_nothing(&setting.data))
}

fn is_nothing(data: &Data) -> bool {
    match data {
        Data::Null => true,
        Data::Str(text) => text.is_empty(),
        Data::List(items) => items.is_empty() || items.iter().any(|item| is_nothing(&item.data)),
        Data::Map(map) => map.is_empty() || map.values().any(|value| is_nothing(&value.data)),
        _ => false,
    }
}

/// Whether a template of the chart has pods, by its text, but prints none in this scenario.
pub(super) fn has_closed_pods(context: &Context<'_>, pods: &[Pods<'_>]) -> bool {
    own_templates(context).any(|template| {
        let text = context.sources.file(template.file).text();
        let has_pods = text.lines().any(|line| {
            let kind = line.trim_start().trim_start_matches("- ").strip_prefix("kind:");
            kind.is_some_and(|kind| SERVING_KINDS.contains(&kind.trim()))
        });
        let prints_some = || pods.iter().any(|pods| pods.shown.template.name == template.name);
        has_pods && !prints_some()
    })
}

fn has_syntax_errors(chart: &Chart) -> bool {
    chart.templates.iter().any(|template| !template.ast.errors.is_empty())
        || chart.subcharts.iter().any(has_syntax_errors)
}

/// Whether the scenario shows a custom resource, from which an operator may make pods.
pub(super) fn has_custom_resources(context: &Context<'_>) -> bool {
    whole_objects(context).any(|shown| is_custom(shown.object))
}
