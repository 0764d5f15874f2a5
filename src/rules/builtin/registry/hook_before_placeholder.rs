//! `hook-before-placeholder`: a pod runs before Helm creates the Secret that it pulls with.

use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::hooks::HookEvent;
use crate::rules::context::{Context, Judged, Rule};
use crate::rules::registry::placeholder::users::{EarlyPod, early_pods};
use crate::rules::registry::workload::UNKNOWN_HOST;

pub(in crate::rules::builtin) struct HookBeforePlaceholder;

impl Rule for HookBeforePlaceholder {
    fn name(&self) -> &'static str {
        "hook-before-placeholder"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        out.extend(early_pods(context).iter().map(|pod| self.report(pod)));
        // A placeholder that is new here may be late for pods that were judged without it.
        if !context.is_base() && !registry.candidates.is_empty() && has_early_hook(context) {
            let nothing_judged = Judged::new();
            let afresh = context.afresh(&nothing_judged);
            out.extend(early_pods(&afresh).iter().map(|pod| self.report(pod)));
        }
    }
}

/// Whether a pod of a pre-install hook is there.
fn has_early_hook(context: &Context<'_>) -> bool {
    context.view.objects().map(|shown| shown.object).any(|object| {
        object.hook.as_ref().is_some_and(|hook| hook.runs_at(HookEvent::PreInstall))
            && !context.pod_kinds.pod_specs(object).is_empty()
    })
}

impl HookBeforePlaceholder {
    fn report(&self, pod: &EarlyPod<'_>) -> Diagnostic {
        let EarlyPod { workload, image, hook, secret } = pod;
        let what = if secret.is_placeholder { "the placeholder Secret" } else { "the Secret" };
        let named = match &secret.name {
            Some(name) => format!("{what} `{name}`"),
            None => what.to_owned(),
        };
        let same_event = secret.hook.as_ref().filter(|own| own.hook.runs_at(HookEvent::PreInstall));
        let why = match same_event {
            Some(own) if own.hook.weight == hook.hook.weight => {
                "of the same weight: which of them comes first is left to their names".to_owned()
            }
            Some(own) => format!("its weight is {}, so it comes later", own.hook.weight),
            None if secret.hook.is_some() => "its hook runs at another time".to_owned(),
            None => "Helm creates it after all hooks of this event".to_owned(),
        };
        let severity =
            if workload.certainly_needs_secret() { Severity::Error } else { Severity::Warning };
        let weight = hook.hook.weight.saturating_sub(1);
        let mut diagnostic = Diagnostic::new(
            self.name(),
            severity,
            hook.place.span,
            format!("the {} runs before {named} that it pulls with", workload.title()),
        )
        .label("on the first installation it can't pull its image, and Helm waits for it until the timeout")
        .related(secret.kind, why)
        .related(image.place.span, format!("the image `{}` ({})", image.text, image.why()))
        .help(format!(
            "make the Secret a hook too: `helm.sh/hook: pre-install,pre-upgrade` with `helm.sh/hook-weight: \"{weight}\"` \
             and without a delete policy"
        ))
        .object(workload.object.clone())
        .trace(hook.place.trace.clone())
        .subject(workload.object.name.as_str());
        if let Some(span) = hook.place.value.as_ref().and_then(|value| value.span) {
            diagnostic = diagnostic.related(span, "the annotation is set here");
        }
        if !workload.certainly_needs_secret() {
            diagnostic = diagnostic.note(UNKNOWN_HOST);
        }
        diagnostic
    }
}
