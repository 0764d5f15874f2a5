//! `placeholder-with-credentials`: what a placeholder Secret is given is lost.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};

pub(in crate::rules::builtin) struct PlaceholderWithCredentials;

impl Rule for PlaceholderWithCredentials {
    fn name(&self) -> &'static str {
        "placeholder-with-credentials"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        for candidate in registry.candidates.iter().filter(|candidate| candidate.is_annotated()) {
            let Some(credentials) = &candidate.credentials else { continue };
            let (message, label) = match (credentials.registries.as_slice(), &credentials.value) {
                ([], Some((path, _))) => (
                    format!("the data of the placeholder Secret is made from `{path}`"),
                    "whatever is given there is overwritten by secretgen-controller",
                ),
                ([first, rest @ ..], _) => {
                    let more = if rest.is_empty() { "" } else { " and others" };
                    (
                        format!("the placeholder Secret holds credentials for `{first}`{more}"),
                        "secretgen-controller overwrites them, and everyone with the chart can read them",
                    )
                }
                ([], None) => continue,
            };
            let place = &credentials.place;
            let mut diagnostic =
                Diagnostic::new(self.name(), Severity::Warning, place.span, message)
                    .label(label)
                    .note("secretgen-controller replaces the data as a whole, also where no export matches")
                    .help(
                        "write `.dockerconfigjson: e30K`, and keep credentials in a Secret without the annotation or in \
                         one that a SecretExport offers",
                    )
                    .object(candidate.object.clone())
                    .trace(place.trace.clone())
                    .subject(candidate.object.name.as_str());
            if let Some((path, Some(span))) = &credentials.value {
                diagnostic = diagnostic.related(*span, format!("`{path}` is set here"));
            }
            if let Some(annotation) = candidate.annotation.place() {
                diagnostic =
                    diagnostic.related(annotation.span, "the annotation makes it a placeholder");
            }
            out.push(diagnostic);
        }
    }
}
