//! `unmatched-service-selector`: a Service that selects none of the chart's pods.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Refutation, Rule};
use crate::source::Span;
use crate::view::Shown;
use crate::yaml::{Entry, Node};

use super::places::{entry_at, key_spot, own_objects, title};
use super::pods::{
    Pods, has_closed_pods, has_custom_resources, is_complete, is_given_by_controllers,
    lacks_by_guess, pods,
};

/// Labels that charts give to pods. Others may be put on running pods by what runs in them: `role: primary`.
const OF_CHARTS: [&str; 7] = ["app", "chart", "component", "k8s-app", "name", "release", "tier"];

/// What the recommended labels begin with.
const RECOMMENDED: &str = "app.kubernetes.io/";

pub(in crate::rules::builtin) struct UnmatchedServiceSelector;

impl Rule for UnmatchedServiceSelector {
    fn name(&self) -> &'static str {
        "unmatched-service-selector"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        if lacks_by_guess(context) || !is_complete(context) {
            return;
        }
        let pods = pods(context);
        // What is not shown may be what is selected.
        if has_closed_pods(context, &pods) {
            return;
        }
        for (shown, selector) in services(context) {
            let namespace = context.namespace_of(shown.object);
            let near: Vec<&Pods<'_>> =
                pods.iter().filter(|pods| pods.namespace == namespace).collect();
            if near.is_empty()
                || near.iter().any(|pods| pods.are_selected(&selector.value.node))
                || is_somebody_elses(context, shown, selector, &near)
            {
                continue;
            }
            out.extend(self.report(context, shown, selector, &near));
        }
    }

    fn refutes(&self, context: &Context<'_>) -> Refutation {
        let pods = pods(context);
        let is_matched = |(_, selector): &(Shown<'_>, &Entry)| {
            pods.iter().any(|pods| pods.are_selected(&selector.value.node))
        };
        let matched = services(context).into_iter().filter(is_matched);
        let places: Vec<Span> = matched
            .filter_map(|(shown, selector)| key_spot(context, shown, selector.key_range))
            .map(|spot| spot.span)
            .collect();
        if places.is_empty() { Refutation::Nothing } else { Refutation::Places(places) }
    }
}

impl UnmatchedServiceSelector {
    fn report(
        &self,
        context: &Context<'_>,
        shown: Shown<'_>,
        selector: &Entry,
        near: &[&Pods<'_>],
    ) -> Option<Diagnostic> {
        let wanted = &selector.value.node;
        let matches = |pods: &Pods<'_>| wanted.entries().filter(|entry| pods.has(entry)).count();
        let nearest = near.iter().rev().max_by_key(|pods| matches(pods))?;
        let message = format!("no pod has the labels that {} selects", title(shown.object));
        let mut diagnostic = key_spot(context, shown, selector.key_range)?
            .finding(self.name(), Severity::Warning, message, shown.object)
            .label("it selects nothing")
            .note("what connects to the Service is refused")
            .help("select labels that the pod template has, best by the helper that prints them there")
            .subject(format!("{} {}", shown.object.kind, shown.object.name));
        let missed = wanted.entries().find(|entry| !nearest.has(entry))?;
        let object = nearest.shown.object;
        let label = nearest.label(&missed.key);
        let (range, said) = match (label, &nearest.labels) {
            (Some(label), _) => (
                label.value.range,
                format!("the pods of {} have another `{}`", title(object), missed.key),
            ),
            (None, labels) => (
                labels.as_ref().map_or(nearest.spec.value.range, |labels| labels.key_range),
                format!("the pods of {} have no `{}`", title(object), missed.key),
            ),
        };
        if let Some(place) = nearest.shown.view.place(object.template, range) {
            diagnostic = diagnostic.related(place.span, said);
        }
        Some(diagnostic)
    }
}

/// The Services of the chart's own templates that select pods, with their selectors.
pub(super) fn services<'c>(context: &'c Context<'_>) -> Vec<(Shown<'c>, &'c Entry)> {
    let own = own_objects(context)
        .filter(|shown| &*shown.object.kind == "Service" && &*shown.object.api_version == "v1");
    let selecting = own.filter_map(|shown| {
        let root = &shown.object.root.node;
        let is_external = root.at(&["spec", "type"]).and_then(Node::as_str) == Some("ExternalName");
        let selector = entry_at(root, &["spec", "selector"])?;
        let is_empty = selector.value.node.entries().next().is_none();
        (!is_external && !is_empty).then_some((shown, selector))
    });
    selecting.collect()
}

/// Whether the pods that a selector is for may be none of the chart's.
fn is_somebody_elses(
    context: &Context<'_>,
    shown: Shown<'_>,
    selector: &Entry,
    near: &[&Pods<'_>],
) -> bool {
    // Whoever sets the value knows which pods are meant.
    if !shown.view.values_in(shown.object.template, selector.value.range).is_empty() {
        return true;
    }
    let wanted =
        || selector.value.node.entries().filter(|entry| !is_given_by_controllers(&entry.key));
    let has_all_keys = |pods: &Pods<'_>| wanted().all(|entry| pods.label(&entry.key).is_some());
    // An operator makes them.
    if has_custom_resources(context) && !near.iter().any(|pods| has_all_keys(pods)) {
        return true;
    }
    // What runs in a pod can give it labels.
    let is_of_charts = |key: &str| OF_CHARTS.contains(&key) || key.starts_with(RECOMMENDED);
    let is_put_on_later = |entry: &&Entry| {
        !is_of_charts(&entry.key) && near.iter().all(|pods| pods.label(&entry.key).is_none())
    };
    let (later, others): (Vec<&Entry>, Vec<&Entry>) = wanted().partition(is_put_on_later);
    !later.is_empty()
        && !others.is_empty()
        && near.iter().any(|pods| others.iter().all(|entry| pods.has(entry)))
}
