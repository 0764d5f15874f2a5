//! `inconsistent-image-pull-secrets`: all pods of a chart take pull secrets but this one.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::images::{PatternList, Reason};
use crate::rules::context::{Context, Refutation, Rule};
use crate::rules::registry::insertion;
use crate::rules::registry::siblings::shown_at;
use crate::rules::registry::workload::{Image, Workload, newly_wired_places};
use crate::source::Span;

use super::missing_image_pull_secrets::place;

pub(in crate::rules::builtin) struct InconsistentImagePullSecrets;

impl Rule for InconsistentImagePullSecrets {
    fn name(&self) -> &'static str {
        "inconsistent-image-pull-secrets"
    }

    fn refutes(&self, context: &Context<'_>) -> Refutation {
        Refutation::Places(newly_wired_places(context))
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        if context.config.pull_secrets.assume_injected || context.chart.is_library() {
            return;
        }
        let registry = context.registry();
        for (workload, wiring) in registry.wired() {
            // Of somebody else's subchart its maker decides; of a pod that needs one, another rule speaks; an operator may add some.
            let is_asked = workload.is_own
                && !workload.kind.operator_adds()
                && !wiring.is_wired
                && context.was_wired(workload) != Some(true)
                && wiring.obstacle.is_none()
                && !workload.needs_secret()
                && !workload.may_need_secret()
                && workload.account.is_known();
            if is_asked {
                out.extend(self.judge(context, workload));
            }
        }
    }
}

/// Another pod that takes pull secrets.
struct Sibling {
    title: String,
    key: Option<Span>,
    images: Vec<String>,
}

impl InconsistentImagePullSecrets {
    fn judge(&self, context: &Context<'_>, workload: &Workload) -> Option<Diagnostic> {
        let siblings = siblings(context, &workload.scope);
        if siblings.is_empty() {
            return None;
        }
        let is_declared_public = |image: &&Image| {
            let reason = &image.classification.reason;
            matches!(
                reason,
                Reason::Configured {
                    list: PatternList::Public | PatternList::NodeAuthenticated,
                    ..
                }
            )
        };
        let mut images = workload.images.iter().filter(|image| !is_declared_public(image));
        let first = images.clone().next()?;
        let configurable = images.find(|image| {
            image.value.is_some()
                || siblings.iter().any(|sibling| sibling.images.contains(&image.text))
        });
        // A user can't move a written image to a private registry; in a test pod it still breaks where pulls are limited.
        let (severity, image) = match configurable {
            Some(image) => (Severity::Warning, image),
            None if workload.is_test => (Severity::Info, first),
            None => return None,
        };
        let wired = siblings.len();
        let takes =
            if wired == 1 { "1 pod takes".to_owned() } else { format!("{wired} pods take") };
        let path = insertion::at_field(workload);
        let message =
            format!("{takes} pull secrets in this chart, but {} does not{path}", workload.title());
        let primary = place(context, workload);
        let mut diagnostic = Diagnostic::new(self.name(), severity, primary, message)
            .label(insertion::absence(workload))
            .related(image.place.span, format!("its image is `{}`", image.text))
            .object(workload.object.clone())
            .trace(workload.containers.trace.clone())
            .subject(format!("{} {}", workload.identity.template, workload.object.pointer));
        if let Some((path, span)) = &image.value {
            let message =
                format!("`{path}` decides it: a user can take it from a private registry");
            diagnostic = diagnostic.related(*span, message);
        }
        if primary != workload.containers.span {
            diagnostic = diagnostic.related(workload.containers.span, "the containers are here");
        }
        let shown = siblings.iter().find_map(|sibling| Some((&sibling.title, sibling.key?)));
        if let Some((title, key)) = shown {
            diagnostic = diagnostic.related(key, format!("{title} gets them here"));
        }
        Some(diagnostic.help(insertion::advice(context, workload)))
    }
}

/// The wired pods of the same chart's templates, those of earlier scenarios among them.
fn siblings(context: &Context<'_>, scope: &[Arc<str>]) -> Vec<Sibling> {
    let here = context
        .registry()
        .wired()
        .filter(|(workload, wiring)| wiring.is_wired && workload.scope == scope);
    let here = here.map(|(workload, wiring)| Sibling {
        title: workload.title(),
        key: shown_at(workload, wiring),
        images: workload.images.iter().map(|image| image.text.clone()).collect(),
    });
    let earlier = context.judged.values().filter(|pod| pod.is_wired && pod.scope == scope);
    let earlier = earlier.map(|pod| Sibling {
        title: pod.title.clone(),
        key: pod.helper.or(pod.key),
        images: pod.images.clone(),
    });
    here.chain(earlier).collect()
}
