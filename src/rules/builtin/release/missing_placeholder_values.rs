//! `release-missing-placeholder-values`: a release does not say what the placeholder Secret is called.

use crate::diagnostic::{Diagnostic, Severity, in_words};
use crate::release::Release;
use crate::rules::context::{Context, ReleaseContext, Rule};
use crate::rules::registry::PLACEHOLDER_VALUES;
use crate::rules::registry::given::{Field, knows_placeholder};
use crate::rules::registry::placeholder::Content;
use crate::rules::registry::workload::Workload;
use crate::source::Span;
use crate::values::{Data, Value};

use super::maybe_elsewhere;

pub(in crate::rules::builtin) struct ReleaseMissingPlaceholderValues;

const NAME: &str = "release-missing-placeholder-values";

impl Rule for ReleaseMissingPlaceholderValues {
    fn name(&self) -> &'static str {
        NAME
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let Some(release) = context.release() else { return };
        let registry = context.registry();
        if !registry.engaged || !knows_placeholder(context) {
            return;
        }
        // A chart that does without the Secret where nothing needs it is right as it is.
        let is_nameless = registry.candidates.iter().any(|candidate| {
            candidate.is_annotated()
                && candidate.name.as_ref().is_none_or(|name| name.content == Content::Empty)
        });
        if !is_nameless && !registry.workloads.iter().any(Workload::needs_secret) {
            return;
        }
        let values = &context.view.active.values;
        let field = |key| Field::of(values, release, &[PLACEHOLDER_VALUES, key]);
        let asks_namespace =
            registry.placeholder_reads.iter().any(|read| &*read.key == "namespace");
        let mut missing = Vec::new();
        for key in ["name", "namespace"] {
            if field(key).is_absent() && (key == "name" || asks_namespace) {
                missing.push((key, field(key)));
            }
        }
        let mut found = report(release, &missing);
        if let (Some(diagnostic), Some(candidate)) = (&mut found, registry.candidates.first()) {
            diagnostic.related.push(crate::diagnostic::Label::new(
                candidate.kind.span,
                "the placeholder Secret that is to have it",
            ));
        }
        out.extend(found);
    }

    fn check_release(&self, context: &ReleaseContext<'_>, out: &mut Vec<Diagnostic>) {
        let release = context.release;
        if context.is_linked || !sets_placeholder(&release.values) {
            return;
        }
        let field = |key| Field::of(&release.values, release, &[PLACEHOLDER_VALUES, key]);
        let fields = ["name", "namespace"].map(|key| (key, field(key)));
        let missing: Vec<_> = fields.into_iter().filter(|(_, field)| field.is_absent()).collect();
        // Of a chart that is not at hand it is not known whether it asks for any.
        if missing.len() == 1 {
            out.extend(report(release, &missing));
        }
    }
}

fn sets_placeholder(values: &Value) -> bool {
    values.at(&[PLACEHOLDER_VALUES]).is_some_and(|value| matches!(value.data, Data::Map(_)))
}

fn report(release: &Release, missing: &[(&str, Field<'_>)]) -> Option<Diagnostic> {
    let (first, field) = missing.first()?;
    let keys: Vec<String> =
        missing.iter().map(|(key, _)| format!("`{PLACEHOLDER_VALUES}.{key}`")).collect();
    let are = if keys.len() == 1 { "is" } else { "are" };
    let written = |span: &Span| {
        span.file == release.file || release.values_texts.iter().any(|text| text.file == span.file)
    };
    let key = match field {
        Field::Empty(span) => span.filter(written),
        _ => None,
    };
    let parent = release.values.at(&[PLACEHOLDER_VALUES]).and_then(super::given_key);
    let severity = if release.is_complete() { Severity::Error } else { Severity::Info };
    let primary = key.or(parent).unwrap_or_else(|| release.place_for_values());
    let namespace =
        release.release_namespace().map_or("the namespace of the pods", |name| &name.value);
    let diagnostic = Diagnostic::new(
        NAME,
        severity,
        primary,
        format!("{} {are} not set by {}", in_words(&keys), release.shown()),
    )
    .label(format!("`{first}` is missing here"))
    .help(format!(
        "set `{PLACEHOLDER_VALUES}.name` to the name under which pods find it, and `{PLACEHOLDER_VALUES}.namespace` to \
         `{namespace}`"
    ))
    .subject(release.title());
    Some(maybe_elsewhere(diagnostic, release))
}
