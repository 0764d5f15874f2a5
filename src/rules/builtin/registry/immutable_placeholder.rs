//! `immutable-placeholder`: a placeholder Secret that nobody can fill.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};

pub(in crate::rules::builtin) struct ImmutablePlaceholder;

impl Rule for ImmutablePlaceholder {
    fn name(&self) -> &'static str {
        "immutable-placeholder"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        for candidate in registry.candidates.iter().filter(|candidate| candidate.is_annotated()) {
            let Some(place) = &candidate.immutable else { continue };
            let message = format!("{} is immutable", candidate.title());
            let mut diagnostic = Diagnostic::new(self.name(), Severity::Error, place.span, message)
                .label("secretgen-controller can never write it")
                .note("an installed Secret stays immutable: delete it before the upgrade")
                .help("delete the line `immutable: true`")
                .object(candidate.object.clone())
                .trace(place.trace.clone())
                .subject(candidate.object.name.as_str());
            if let Some(annotation) = candidate.annotation.place() {
                diagnostic =
                    diagnostic.related(annotation.span, "the annotation makes it a placeholder");
            }
            out.push(diagnostic);
        }
    }
}
