//! `wrong-placeholder-type`: secretgen-controller leaves a placeholder of another type alone.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::placeholder::{Annotation, SECRET_TYPE};

pub(in crate::rules::builtin) struct WrongPlaceholderType;

impl Rule for WrongPlaceholderType {
    fn name(&self) -> &'static str {
        "wrong-placeholder-type"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        for candidate in registry.candidates.iter().filter(|candidate| candidate.is_annotated()) {
            let (place, message, label) = match &candidate.secret_type {
                Some((written, _)) if written == SECRET_TYPE => continue,
                Some((written, place)) => (
                    place,
                    format!("the placeholder Secret has the type `{written}`"),
                    "secretgen-controller leaves it alone",
                ),
                None => (
                    &candidate.kind,
                    "the placeholder Secret has no type".to_owned(),
                    "it is `Opaque` then, and secretgen-controller leaves it alone",
                ),
            };
            let mut diagnostic = Diagnostic::new(self.name(), Severity::Error, place.span, message)
                .label(label)
                .note(
                    "the type of a Secret is immutable: delete an installed one before the upgrade",
                )
                .help(format!("write `type: {SECRET_TYPE}`"))
                .object(candidate.object.clone())
                .trace(place.trace.clone())
                .subject(candidate.object.name.as_str());
            if let Some(value) =
                place.value.as_ref().and_then(|value| Some((value.span?, &value.path)))
            {
                diagnostic =
                    diagnostic.related(value.0, format!("the type comes from `{}`", value.1));
            }
            if let Annotation::Right(annotation) = &candidate.annotation {
                diagnostic =
                    diagnostic.related(annotation.span, "the annotation makes it a placeholder");
            }
            out.push(diagnostic);
        }
    }
}
