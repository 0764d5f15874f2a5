//! `missing-image-pull-secrets`: no value gives a pod with private images a pull secret.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::images::SecretNeed;
use crate::rules::context::{Context, Refutation, Rule};
use crate::rules::registry::insertion;
use crate::rules::registry::probe::Wiring;
use crate::rules::registry::siblings;
use crate::rules::registry::workload::{AccountState, UNKNOWN_HOST, Workload, newly_wired_places};
use crate::source::Span;

pub(in crate::rules::builtin) struct MissingImagePullSecrets;

impl Rule for MissingImagePullSecrets {
    fn name(&self) -> &'static str {
        "missing-image-pull-secrets"
    }

    fn refutes(&self, context: &Context<'_>) -> Refutation {
        Refutation::Places(newly_wired_places(context))
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        // What the patches of a release add is not seen here.
        let is_added = match context.release() {
            Some(release) => release.may_add_pull_secrets(),
            // A chart whose every release adds them has them wherever it is installed.
            None => {
                !context.releases.is_empty()
                    && context.releases.iter().all(|release| release.may_add_pull_secrets())
            }
        };
        if context.config.pull_secrets.assume_injected || is_added {
            return;
        }
        let registry = context.registry();
        let mut subcharts: Vec<Arc<str>> = Vec::new();
        for (workload, wiring) in registry.wired() {
            // An account that the chart does not render here may have what the pod lacks.
            let is_unsure = match workload.account {
                AccountState::Unnamed | AccountState::Rendered => false,
                AccountState::Switched => !context.is_base(),
                AccountState::Outside => true,
            };
            if wiring.is_wired
                || context.was_wired(workload) == Some(true)
                || wiring.obstacle.is_some()
                || is_unsure
                || !(workload.needs_secret() || workload.may_need_secret())
            {
                continue;
            }
            // A subchart is somebody else's work: one finding for all its pods, where the parent asks for it.
            if let Some(name) = workload.scope.first() {
                if subcharts.contains(name) {
                    continue;
                }
                subcharts.push(Arc::clone(name));
            }
            out.push(self.report(context, workload));
        }
    }
}

impl MissingImagePullSecrets {
    fn report(&self, context: &Context<'_>, workload: &Workload) -> Diagnostic {
        let is_doubtful = !workload.needs_secret();
        let operator_adds = workload.kind.operator_adds();
        let is_switched = workload.account == AccountState::Switched;
        let may_be_given = is_switched || operator_adds;
        let severity = if is_doubtful {
            Severity::Info
        } else if may_be_given || workload.is_test || !workload.certainly_needs_secret() {
            Severity::Warning
        } else {
            Severity::Error
        };
        let mut images = workload.images.iter().filter(|image| {
            image.needs_secret()
                || (is_doubtful && image.classification.need == SecretNeed::Possible)
        });
        let first = images.next();
        let what = first
            .map_or_else(String::new, |image| format!(" for `{}` ({})", image.text, image.why()));
        let path = insertion::at_field(workload);
        let message = format!("no value gives {} a pull secret{path}{what}", workload.title());
        let dependency = workload.scope.first().and_then(|name| dependency(context, name));
        let sibling = sibling(context, workload);
        let primary = dependency.unwrap_or_else(|| place(context, workload));
        let mut diagnostic = Diagnostic::new(self.name(), severity, primary, message)
            .label(match dependency {
                Some(_) if sibling.is_some() => {
                    "a pod of this subchart can't be given one".to_owned()
                }
                Some(_) => "the pods of this subchart can't be given one".to_owned(),
                None => insertion::absence(workload),
            })
            .object(workload.object.clone())
            .trace(workload.containers.trace.clone())
            .subject(format!("{} {}", workload.identity.template, workload.object.pointer));
        if primary != workload.containers.span {
            let message = if workload.has_containers {
                "the containers are here"
            } else {
                "the pods are described here"
            };
            diagnostic = diagnostic.related(workload.containers.span, message);
        }
        for image in first.into_iter().chain(images) {
            diagnostic =
                diagnostic.related(image.place.span, format!("the private image `{}`", image.text));
            if let Some((path, span)) = &image.value {
                diagnostic = diagnostic.related(*span, format!("it comes from `{path}`"));
            }
        }
        if !workload.certainly_needs_secret() {
            diagnostic = diagnostic.note(UNKNOWN_HOST);
        }
        if operator_adds {
            diagnostic = diagnostic.note(format!(
                "the operator of {} may be set up to add pull secrets of its own",
                workload.object.kind
            ));
        }
        if is_switched {
            diagnostic = diagnostic.note(
                "a ServiceAccount of this chart takes pull secrets, but is not rendered under these values",
            );
        }
        if let Some((other, key)) = sibling {
            diagnostic = diagnostic.related(key, format!("{other} gets them here"));
        }
        diagnostic.help(help(context, workload))
    }
}

/// What to write.
fn help(context: &Context<'_>, workload: &Workload) -> String {
    if let Some(name) = workload.scope.first() {
        return format!(
            "use a version of `{name}` whose pods take pull secrets, or add them with a post-renderer"
        );
    }
    insertion::advice(context, workload)
}

/// The containers' line; in a helper that serves another pod well, the line that includes it.
pub(super) fn place(context: &Context<'_>, workload: &Workload) -> Span {
    let shared = context.registry().wired().any(|(other, wiring)| {
        wiring.is_wired && other.containers.span == workload.containers.span
    });
    match workload.containers.trace.first() {
        Some(frame) if shared => frame.call,
        _ => workload.containers.span,
    }
}

/// A pod of the same chart that gets pull secrets, maybe under earlier scenarios only, and where.
fn sibling(context: &Context<'_>, workload: &Workload) -> Option<(String, Span)> {
    let wired = context.registry().wired().filter(|(other, wiring): &(&Workload, &Wiring)| {
        wiring.is_wired && other.scope == workload.scope && other.identity != workload.identity
    });
    let here = wired
        .into_iter()
        .find_map(|(other, wiring)| Some((other.title(), siblings::shown_at(other, wiring)?)));
    here.or_else(|| {
        let mut earlier = context.judged.values().filter(|pod| {
            pod.is_wired && pod.scope == workload.scope && pod.identity != workload.identity
        });
        earlier.find_map(|pod| Some((pod.title.clone(), pod.helper.or(pod.key)?)))
    })
}

/// The entry of the parent's Chart.yaml that brings a subchart.
fn dependency(context: &Context<'_>, name: &str) -> Option<Span> {
    let entries = &context.chart.metadata.dependencies;
    let called = |entry: &&crate::chart::Dependency| {
        entry.alias.as_ref().unwrap_or(&entry.name).value == name
    };
    entries.iter().find(called).map(|entry| entry.name.span)
}
