//! `wrong-placeholder-annotation`: secretgen-controller does not recognise the placeholder Secret.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::ANNOTATION;
use crate::rules::registry::placeholder::{Annotation, Candidate};
use crate::view::Place;

pub(in crate::rules::builtin) struct WrongPlaceholderAnnotation;

impl Rule for WrongPlaceholderAnnotation {
    fn name(&self) -> &'static str {
        "wrong-placeholder-annotation"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if registry.engaged {
            out.extend(registry.candidates.iter().filter_map(|candidate| self.judge(candidate)));
        }
    }
}

impl WrongPlaceholderAnnotation {
    fn judge(&self, candidate: &Candidate) -> Option<Diagnostic> {
        let write = format!("write `{ANNOTATION}: \"\"` under `metadata.annotations`");
        let report = |severity, place: &Place, message: String, label: &str, help: &str| {
            let mut diagnostic = Diagnostic::new(self.name(), severity, place.span, message)
                .label(label)
                .help(help)
                .object(candidate.object.clone())
                .trace(place.trace.clone())
                .subject(candidate.object.name.as_str());
            if let Some((_, kind)) = &candidate.secret_type
                && kind.span != place.span
            {
                diagnostic = diagnostic
                    .related(kind.span, "the type says that this Secret is for pulling images");
            }
            diagnostic
        };
        match &candidate.annotation {
            Annotation::Right(_) => None,
            Annotation::Misspelt(written, place) => Some(report(
                Severity::Error,
                place,
                format!(
                    "the annotation `{written}` is not the one that secretgen-controller looks for"
                ),
                "this Secret is never filled",
                &format!("the annotation is `{ANNOTATION}`"),
            )),
            Annotation::Label(place) => Some(report(
                Severity::Error,
                place,
                format!(
                    "`{ANNOTATION}` is a label here, but secretgen-controller looks at annotations only"
                ),
                "this Secret is never filled",
                "move it from `metadata.labels` to `metadata.annotations`",
            )),
            Annotation::NotString(what, place) => Some(report(
                Severity::Error,
                place,
                format!(
                    "the value of the annotation `{ANNOTATION}` is {what}, but annotations are strings"
                ),
                "the API server rejects the Secret",
                "write the value as `\"\"`",
            )),
            Annotation::Null(place) => Some(report(
                Severity::Warning,
                place,
                format!("the annotation `{ANNOTATION}` has no value"),
                "in a patch this means that the annotation is to be removed",
                "write the value as `\"\"`",
            )),
            Annotation::Missing => {
                let place = candidate
                    .annotations
                    .as_ref()
                    .or(candidate.metadata.as_ref())
                    .unwrap_or(&candidate.kind);
                Some(report(
                    Severity::Error,
                    place,
                    format!("the placeholder Secret lacks the annotation `{ANNOTATION}`"),
                    "secretgen-controller never fills this Secret",
                    &write,
                ))
            }
        }
    }
}
