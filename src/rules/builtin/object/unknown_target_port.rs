//! `unknown-target-port`: a port is named that the pods, or the Service, do not have.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::source::Span;
use crate::view::Shown;
use crate::yaml::{Entry, Node};

use super::places::{entry_at, entry_spot, is_made_up, own_objects, title, whole_objects};
use super::pods::{Pods, has_closed_pods, is_complete, lacks_by_guess, pods, port_names};
use super::unmatched_service_selector::services;

/// Where a container has probes and handlers.
const HANDLERS: [&[&str]; 5] = [
    &["livenessProbe"],
    &["readinessProbe"],
    &["startupProbe"],
    &["lifecycle", "postStart"],
    &["lifecycle", "preStop"],
];

/// What of them goes to a port.
const ACTIONS: [&str; 2] = ["httpGet", "tcpSocket"];

/// The most names that a message lists.
const MAX_LISTED: usize = 8;

pub(in crate::rules::builtin) struct UnknownTargetPort;

impl Rule for UnknownTargetPort {
    fn name(&self) -> &'static str {
        "unknown-target-port"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        if lacks_by_guess(context) {
            return;
        }
        let pods = pods(context);
        for own in pods.iter().filter(|pods| pods.shown.template.chart.scope.is_empty()) {
            // An operator may add ports to the containers of its custom resources.
            if !own.spec.kind.is_custom {
                self.probes(context, own, out);
            }
        }
        // What is not shown may have the port.
        if is_complete(context) && !has_closed_pods(context, &pods) {
            for (shown, selector) in services(context) {
                self.service(context, shown, &selector.value.node, &pods, out);
            }
        }
        for shown in own_objects(context).filter(|shown| &*shown.object.kind == "Ingress") {
            self.ingress(context, shown, out);
        }
    }
}

/// What has ports, for the words of a finding.
struct Holder {
    /// "the pods have", "the container has"
    has: String,
    names: Vec<Arc<str>>,
    place: Option<Span>,
}

impl UnknownTargetPort {
    fn probes(&self, context: &Context<'_>, pods: &Pods<'_>, out: &mut Vec<Diagnostic>) {
        for container in &pods.spec.containers {
            let node = &container.value.node;
            let names = port_names(node);
            for handler in HANDLERS {
                for action in ACTIONS {
                    let path: Vec<&str> = handler.iter().copied().chain([action, "port"]).collect();
                    let Some(port) = entry_at(node, &path) else { continue };
                    let ports = node.get("ports");
                    let place = ports.and_then(|entry| {
                        pods.shown.view.place(pods.shown.object.template, entry.key_range)
                    });
                    let holder = Holder {
                        has: format!("the container `{}` has", container.name),
                        names: names.clone(),
                        place: place.map(|place| place.span),
                    };
                    let what = handler.last().copied().unwrap_or_default();
                    let message = |name: &str| {
                        format!("the port `{name}` of `{what}` is none of its container's")
                    };
                    out.extend(self.judge(context, pods.shown, port, &holder, &message));
                }
            }
        }
    }

    fn service(
        &self,
        context: &Context<'_>,
        shown: Shown<'_>,
        selector: &Node,
        pods: &[Pods<'_>],
        out: &mut Vec<Diagnostic>,
    ) {
        // Whoever looks up a headless Service goes to the pods themselves.
        let cluster_ip = shown.object.root.node.at(&["spec", "clusterIP"]).and_then(Node::as_str);
        if cluster_ip == Some("None") {
            return;
        }
        let namespace = context.namespace_of(shown.object);
        let selected: Vec<&Pods<'_>> = pods
            .iter()
            .filter(|pods| pods.namespace == namespace && pods.are_selected(selector))
            .collect();
        let Some(first) = selected.first() else { return };
        if selected.iter().any(|pods| pods.spec.kind.is_custom || has_made_up_ports(pods)) {
            return;
        }
        let names = selected.iter().flat_map(|pods| pods.port_names()).collect();
        let object = first.shown.object;
        let key = first.spec.containers_key;
        let place = key.and_then(|key| first.shown.view.place(object.template, key));
        let holder = Holder {
            has: format!("the pods of {} have", title(object)),
            names,
            place: place.map(|place| place.span),
        };
        let ports = shown.object.root.node.at(&["spec", "ports"]);
        for port in ports.into_iter().flat_map(Node::items) {
            let Some(target) = port.node.get("targetPort") else { continue };
            let message = |name: &str| {
                format!("no pod that {} selects has the port `{name}`", title(shown.object))
            };
            out.extend(self.judge(context, shown, target, &holder, &message));
        }
    }

    fn ingress(&self, context: &Context<'_>, shown: Shown<'_>, out: &mut Vec<Diagnostic>) {
        let root = &shown.object.root.node;
        let mut backends: Vec<&Node> = Vec::new();
        backends.extend(root.at(&["spec", "defaultBackend"]));
        let rules = root.at(&["spec", "rules"]).map_or(&[][..], Node::items);
        for rule in rules {
            let paths = rule.node.at(&["http", "paths"]).map_or(&[][..], Node::items);
            backends.extend(paths.iter().filter_map(|path| path.node.at(&["backend"])));
        }
        let namespace = context.namespace_of(shown.object);
        for backend in backends {
            let new = (
                entry_at(backend, &["service", "name"]),
                entry_at(backend, &["service", "port", "name"]),
            );
            let old = (backend.get("serviceName"), backend.get("servicePort"));
            let (Some(service), Some(port)) = (new.0.or(old.0), new.1.or(old.1)) else { continue };
            let Some(wanted) = service.value.node.as_str() else { continue };
            let Some(service) = whole_objects(context).find(|other| {
                &*other.object.kind == "Service"
                    && &*other.object.api_version == "v1"
                    && &*other.object.name == wanted
                    && context.namespace_of(other.object) == namespace
            }) else {
                continue;
            };
            let Some(spec) = entry_at(&service.object.root.node, &["spec"]) else { continue };
            if is_made_up(service, spec.value.range) {
                continue;
            }
            let ports = spec.value.node.get("ports").unwrap_or(spec);
            let place = service.view.place(service.object.template, ports.key_range);
            let holder = Holder {
                has: format!("{} has", title(service.object)),
                names: port_names(&spec.value.node),
                place: place.map(|place| place.span),
            };
            let message = |name: &str| format!("{} has no port `{name}`", title(service.object));
            out.extend(self.judge(context, shown, port, &holder, &message));
        }
    }

    /// A finding if a port is a name that nobody has.
    fn judge(
        &self,
        context: &Context<'_>,
        shown: Shown<'_>,
        port: &Entry,
        holder: &Holder,
        message: &dyn Fn(&str) -> String,
    ) -> Option<Diagnostic> {
        let name = port.value.node.as_str().filter(|name| is_name(name))?;
        if holder.names.iter().any(|known| **known == *name) || is_made_up(shown, port.value.range)
        {
            return None;
        }
        let known = &holder.names;
        let said = match known.len() {
            0 => format!("{} no named ports", holder.has),
            1..=MAX_LISTED => format!("{} `{}`", holder.has, known.join("`, `")),
            more => format!("{} {more} others", holder.has),
        };
        let mut diagnostic = entry_spot(context, shown, port)?
            .finding(self.name(), Severity::Warning, message(name), shown.object)
            .label("there is no port of that name")
            .help("write the name that the port has, or its number")
            .subject(format!("{} {} {name}", shown.object.kind, shown.object.name));
        match holder.place {
            Some(place) if place != diagnostic.primary.span => {
                diagnostic = diagnostic.related(place, said);
            }
            _ => diagnostic = diagnostic.note(said),
        }
        Some(diagnostic)
    }
}

/// Whether a text is the name of a port, and not a number in quotes.
fn is_name(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_alphabetic())
}

/// Whether the ports of pods show something that the linter has made up.
fn has_made_up_ports(pods: &Pods<'_>) -> bool {
    pods.spec.containers.iter().any(|container| {
        let ports = container.value.node.get("ports");
        ports.is_some_and(|entry| is_made_up(pods.shown, entry.value.range))
    })
}
