//! `release-drift-resets-placeholder`: Flux takes back what secretgen-controller fills in.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::objects::Object;
use crate::release::{IgnoreRule, Release, Selected};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::placeholder::{Annotation, Candidate};
use crate::view::Shown;
use crate::yaml::Entry;

pub(in crate::rules::builtin) struct ReleaseDriftResetsPlaceholder;

/// What takes an object out of drift detection, as annotation or label (`internal/diff` of helm-controller).
const OPT_OUT: &str = "helm.toolkit.fluxcd.io/driftDetection";

/// Where the credentials are.
const DATA: &str = "/data/.dockerconfigjson";

impl Rule for ReleaseDriftResetsPlaceholder {
    fn name(&self) -> &'static str {
        "release-drift-resets-placeholder"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let Some(release) = context.release() else { return };
        let Some(mode) = release.drift.as_ref().and_then(|drift| drift.mode.as_ref()) else {
            return;
        };
        let (severity, what) = match mode.value.as_str() {
            "enabled" => (Severity::Warning, "empties the filled Secret again and again"),
            "warn" => (Severity::Info, "reports the filled Secret as drift, for good"),
            _ => return,
        };
        let registry = context.registry();
        if !registry.engaged || opts_out_later(release) {
            return;
        }
        let open = registry.candidates.iter().find(|candidate| {
            matches!(candidate.annotation, Annotation::Right(_) | Annotation::Null(_))
                && candidate.hook.is_none()
                && !is_excluded(context, release, candidate)
        });
        let Some(candidate) = open else { return };
        let name = &candidate.object.name;
        out.push(
            Diagnostic::new(
                self.name(),
                severity,
                mode.span,
                format!("drift detection of {} {what}", release.shown()),
            )
            .label(format!("it compares the data of `{name}` with the empty data of the chart"))
            .related(candidate.kind.span, "the placeholder Secret")
            .note("secretgen-controller fills the Secret once more after each correction; until then nothing can be pulled")
            .help(format!(
                "add `ignore: [{{paths: [\"/data\"], target: {{kind: Secret, name: {name}}}}}]` to `driftDetection`, or the \
                 annotation `{OPT_OUT}: disabled` to the Secret"
            ))
            .object(candidate.object.clone())
            .subject(release.title()),
        );
    }
}

/// Whether metadata or patches that are added later take the Secret out.
fn opts_out_later(release: &Release) -> bool {
    let metadata = release.common_annotations.keys().chain(release.common_labels.keys());
    metadata.into_iter().any(|key| key == OPT_OUT)
        || release.patches.iter().any(|patch| patch.text.value.contains(OPT_OUT))
}

/// Whether the Secret's data is not compared; also where that can't be told.
fn is_excluded(context: &Context<'_>, release: &Release, candidate: &Candidate) -> bool {
    let shown = context.view.objects().find(|Shown { template, object, .. }| {
        template.name == candidate.order.0 && object.document == candidate.order.1
    });
    // One that only made-up values show is judged under those; the release does not create it.
    let Some(Shown { object, .. }) = shown else { return true };
    let opted = object.annotation(OPT_OUT).or_else(|| object.label(OPT_OUT));
    if opted.is_some_and(|entry| entry.value.node.as_str() == Some("disabled")) {
        return true;
    }
    let rules = release.drift.as_ref().map_or(&[][..], |drift| &drift.ignore);
    rules.iter().any(|rule| rule.covers(DATA) && takes(context, rule, object))
}

fn takes(context: &Context<'_>, rule: &IgnoreRule, object: &Object) -> bool {
    let Some(target) = &rule.target else { return true };
    let texts = |entries: &mut dyn Iterator<Item = &Entry>| -> BTreeMap<String, String> {
        let text =
            |entry: &Entry| Some((entry.key.to_string(), entry.value.node.as_str()?.to_owned()));
        entries.filter_map(text).collect()
    };
    let labels = texts(&mut object.labels());
    let annotations = texts(&mut object.annotations());
    let namespace = &context.scenario.environment.release.namespace;
    let selected = Selected {
        api_version: &object.api_version,
        kind: &object.kind,
        name: &object.name,
        namespace: object.namespace.as_deref().unwrap_or(namespace),
        labels: &labels,
        annotations: &annotations,
    };
    target.takes(&selected).unwrap_or(true)
}
