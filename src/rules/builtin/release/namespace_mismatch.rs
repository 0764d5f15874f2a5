//! `release-namespace-mismatch`: the placeholder is created in another namespace than that of the pods.

use crate::diagnostic::{Diagnostic, Severity};
use crate::release::Release;
use crate::rules::context::{Context, ReleaseContext, Rule};
use crate::rules::registry::PLACEHOLDER_VALUES;
use crate::rules::registry::given::{self, Field};
use crate::source::Span;

pub(in crate::rules::builtin) struct ReleaseNamespaceMismatch;

const NAME: &str = "release-namespace-mismatch";
const PATH: [&str; 2] = [PLACEHOLDER_VALUES, "namespace"];

impl Rule for ReleaseNamespaceMismatch {
    fn name(&self) -> &'static str {
        NAME
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let Some(release) = context.release() else { return };
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        // Pods whose template gives them the same namespace are where the Secret is.
        let mut here = registry.workloads.iter().filter(|workload| workload.namespace.is_none());
        let Some(pod) = here.next() else { return };
        let asks = registry.candidates.iter().any(|candidate| {
            candidate.namespace.as_ref().is_some_and(|namespace| {
                namespace
                    .values
                    .iter()
                    .any(|value| value.path.iter().map(|part| &**part).eq(PATH.iter().copied()))
            })
        });
        // What is put in later shows as no value of the release.
        if asks || release.unknown_at(&PATH).is_some() {
            out.extend(report(release, Some((pod.containers.span, pod.title()))));
        }
    }

    fn check_release(&self, context: &ReleaseContext<'_>, out: &mut Vec<Diagnostic>) {
        if !context.is_linked {
            out.extend(report(context.release, None));
        }
    }
}

fn report(release: &Release, pod: Option<(Span, String)>) -> Option<Diagnostic> {
    let value = release.values.at(&PATH)?;
    let unknown = release.unknown_at(&PATH);
    let primary = unknown.map(|unknown| unknown.span).or_else(|| given::place(value))?;
    let target = release.release_namespace()?;
    let new = |severity, message: String| {
        Diagnostic::new(NAME, severity, primary, message).subject(release.title())
    };
    // What is put in later may well be right; somebody has to look.
    if unknown.is_some() {
        let message = "the namespace of the placeholder is put in later, so it can't be told whether pods are there";
        return Some(
            new(Severity::Info, message.to_owned())
                .label("it has to be the namespace of the pods")
                .related(target.span, "the namespace of the release"),
        );
    }
    let Field::Text(namespace, _) = Field::of(&release.values, release, &PATH) else {
        return None;
    };
    if namespace == target.value {
        return None;
    }
    let later = release.later_namespace.as_ref();
    if later.is_some_and(|later| later.value == namespace) {
        return None;
    }
    // A kustomization moves the release, and whether it moves that value too is not to be seen here.
    let is_unsure = later.is_some() && release.target_namespace.is_none();
    let severity = if is_unsure { Severity::Info } else { Severity::Error };
    let mut diagnostic = new(
        severity,
        format!(
            "the placeholder is created in `{namespace}`, but the pods run in `{}`",
            target.value
        ),
    )
    .label("a pod can only use pull secrets of its own namespace")
    .related(target.span, "the namespace of the release")
    .help(format!("write `namespace: {}`", target.value));
    if let Some(later) = later.filter(|_| is_unsure) {
        diagnostic = diagnostic.related(later.span, "kustomize gives all objects this namespace");
    }
    if let Some((span, title)) = pod {
        diagnostic = diagnostic.related(span, format!("{title} runs there"));
    }
    Some(diagnostic)
}
