//! `invalid-placeholder-data`: the API server rejects the placeholder Secret, or a part of its data is lost.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::placeholder::{DATA_KEY, DataState, SECRET_TYPE};

pub(in crate::rules::builtin) struct InvalidPlaceholderData;

impl Rule for InvalidPlaceholderData {
    fn name(&self) -> &'static str {
        "invalid-placeholder-data"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        for candidate in registry.candidates.iter().filter(|candidate| candidate.is_annotated()) {
            // Of other types it does not look at the data.
            let is_typed =
                candidate.secret_type.as_ref().is_some_and(|(written, _)| written == SECRET_TYPE);
            let rejected = if is_typed {
                "the API server rejects the Secret"
            } else {
                "the API server rejects the Secret once its type is right"
            };
            let write =
                format!("write `{DATA_KEY}: e30K`, which is an empty JSON object in base64");
            let (severity, place, message, label, help) = match &candidate.data {
                DataState::Right => continue,
                DataState::Missing => (
                    Severity::Error,
                    &candidate.kind,
                    format!(
                        "the placeholder Secret has no data, but its type needs the key `{DATA_KEY}`"
                    ),
                    rejected,
                    format!("add `data:` with `{DATA_KEY}: e30K`"),
                ),
                DataState::NoKey(place) => (
                    Severity::Error,
                    place,
                    format!("the data of the placeholder Secret lacks the key `{DATA_KEY}`"),
                    rejected,
                    write,
                ),
                DataState::Misspelt(written, place) => (
                    Severity::Error,
                    place,
                    format!("the key of the placeholder's data is `{written}`, not `{DATA_KEY}`"),
                    rejected,
                    format!("the key is `{DATA_KEY}`, with the dot"),
                ),
                DataState::Wrong(why, place) => (
                    Severity::Error,
                    place,
                    format!("the placeholder's data is invalid: {why}"),
                    rejected,
                    write,
                ),
                DataState::JsonNull(place) => (
                    Severity::Warning,
                    place,
                    "the placeholder's data is the JSON `null`, not an object".to_owned(),
                    "the API server takes it, but it is no docker config",
                    write,
                ),
                DataState::Extra(key, place) => (
                    Severity::Warning,
                    place,
                    format!("the key `{key}` of the placeholder's data is lost"),
                    "secretgen-controller replaces the data as a whole",
                    format!("keep only `{DATA_KEY}`, and put the rest into a Secret of its own"),
                ),
            };
            let mut diagnostic = Diagnostic::new(self.name(), severity, place.span, message)
                .label(label)
                .help(help)
                .object(candidate.object.clone())
                .trace(place.trace.clone())
                .subject(candidate.object.name.as_str());
            if let Some(value) =
                place.value.as_ref().and_then(|value| Some((value.span?, &value.path)))
            {
                diagnostic =
                    diagnostic.related(value.0, format!("the data comes from `{}`", value.1));
            }
            if let Some((_, place)) = &candidate.secret_type {
                diagnostic = diagnostic.related(place.span, "the type says what the data must be");
            }
            out.push(diagnostic);
        }
    }
}
