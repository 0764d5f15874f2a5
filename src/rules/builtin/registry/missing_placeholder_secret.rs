//! `missing-placeholder-secret`: a chart with private images has no Secret for secretgen-controller to fill.

use crate::config::Profile;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Judged, Refutation, Rule};
use crate::rules::registry::placeholder::{self, users};
use crate::rules::registry::workload::{self, UNKNOWN_HOST, Workload};
use crate::rules::registry::{PLACEHOLDER_VALUES, declared};

pub(in crate::rules::builtin) struct MissingPlaceholderSecret;

impl Rule for MissingPlaceholderSecret {
    fn name(&self) -> &'static str {
        "missing-placeholder-secret"
    }

    fn refutes(&self, context: &Context<'_>) -> Refutation {
        let is_there =
            !placeholder::candidates(context.view).is_empty() || users::uses_own_secret(context);
        if is_there { Refutation::Everything } else { Refutation::Nothing }
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        if context.profile == Profile::Generic || context.chart.is_library() {
            return;
        }
        let registry = context.registry();
        // A registry Secret of the chart's own does the same service, if pods use it.
        if !registry.candidates.is_empty()
            || registry.hidden_candidate
            || !registry.own_secrets.is_empty() && !is_unused(context)
        {
            return;
        }
        // The same pods may have other images under other values.
        let nothing_judged = Judged::new();
        let shown = if context.is_base() {
            Vec::new()
        } else {
            workload::workloads(&context.afresh(&nothing_judged))
        };
        let workloads = if context.is_base() { &registry.workloads } else { &shown };
        let private = workloads.iter().flat_map(|workload| {
            workload
                .images
                .iter()
                .filter(|image| image.needs_secret())
                .map(move |image| (workload, image))
        });
        let private = private
            .clone()
            .find(|(workload, _)| workload.scope.is_empty())
            .or_else(|| private.clone().next());
        let announced = context.value(&[PLACEHOLDER_VALUES]);
        if private.is_none() && announced.is_none() {
            return;
        }
        // Of a host that nobody knows it is not sure that it asks for credentials.
        let certain = workloads.iter().any(Workload::certainly_needs_secret);
        let severity =
            if certain || announced.is_some() { Severity::Error } else { Severity::Warning };
        let mut diagnostic = Diagnostic::new(
            self.name(),
            severity,
            context.chart.metadata.name.span,
            "no template creates the placeholder Secret for private images",
        )
        .label("nothing in this chart is filled with registry credentials")
        .subject(context.chart.metadata.name.value.as_str());
        if let Some(key) =
            announced.and_then(|value| value.source.as_ref()).and_then(|source| source.key)
        {
            diagnostic = diagnostic.related(key, "values.yaml announces it here");
        }
        if let Some((workload, image)) = private {
            let message = format!("{} pulls `{}` ({})", workload.title(), image.text, image.why());
            diagnostic = diagnostic.related(image.place.span, message);
            if !certain {
                diagnostic = diagnostic.note(UNKNOWN_HOST);
            }
        }
        for image in declared::further(context) {
            let message = format!("Chart.yaml lists the private image `{}` too", image.text);
            diagnostic = diagnostic.related(image.span, message);
        }
        out.push(diagnostic.help(
            "add `templates/placeholder-secret.yaml`: a `v1` Secret of type `kubernetes.io/dockerconfigjson` with the \
             annotation `secretgen.carvel.dev/image-pull-secret: \"\"`, the data `.dockerconfigjson: e30K`, and name \
             and namespace from `.Values.placeholderSecret`",
        ));
    }
}

/// Whether it is certain that no pod uses the registry Secrets of the chart: all are rendered here.
fn is_unused(context: &Context<'_>) -> bool {
    !placeholder::own_registry_secrets(context.view).is_empty() && !users::uses_own_secret(context)
}
