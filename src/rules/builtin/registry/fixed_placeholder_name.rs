//! `fixed-placeholder-name`: name or namespace of a placeholder Secret does not come from `placeholderSecret`.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::PLACEHOLDER_VALUES;
use crate::rules::registry::named::Name;
use crate::rules::registry::placeholder::{Candidate, Content, Expression};

pub(in crate::rules::builtin) struct FixedPlaceholderName;

impl Rule for FixedPlaceholderName {
    fn name(&self) -> &'static str {
        "fixed-placeholder-name"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        for candidate in registry.candidates.iter().filter(|candidate| !candidate.is_given()) {
            for (field, expression) in
                [("name", &candidate.name), ("namespace", &candidate.namespace)]
            {
                if let Some(expression) = expression {
                    out.extend(self.judge(context, candidate, field, expression));
                }
            }
        }
    }
}

impl FixedPlaceholderName {
    fn judge(
        &self,
        context: &Context<'_>,
        candidate: &Candidate,
        field: &str,
        expression: &Expression,
    ) -> Option<Diagnostic> {
        // An empty name is the matter of another rule, and an empty namespace is that of the release.
        if expression.content == Content::Empty || expression.is_from_placeholder() {
            return None;
        }
        let named = expression.named(context);
        let is_of_release = field == "namespace" && named.has(Name::Namespace);
        if named.has(Name::Placeholder) || named.has(Name::Anything) || is_of_release {
            return None;
        }
        let wanted = format!(".Values.{PLACEHOLDER_VALUES}.{field}");
        let value = expression.values.first();
        let written = expression.written();
        let message = match (value, written) {
            (Some(value), _) => {
                let path = value.path.join(".");
                format!(
                    "the {field} of the placeholder Secret comes from `{path}`, not from `{wanted}`"
                )
            }
            (None, Some(text)) => {
                format!("the placeholder Secret has the fixed {field} `{text}`")
            }
            (None, None) => format!("the {field} of the placeholder Secret is fixed"),
        };
        let label = if value.is_some() {
            format!("setting `{PLACEHOLDER_VALUES}.{field}` changes nothing here")
        } else {
            format!("`{wanted}` can't change it")
        };
        let fallback = if field == "name" { "" } else { " | default .Release.Namespace" };
        let help = match written {
            // What the template works out is no name for values.yaml.
            Some(text)
                if field == "name" && context.sources.slice(expression.place.span) == &**text =>
            {
                format!(
                    "write `{field}: {{{{ {wanted} | quote }}}}`, and `{PLACEHOLDER_VALUES}: {{name: {text}}}` in values.yaml"
                )
            }
            _ => format!("write `{field}: {{{{ {wanted}{fallback} | quote }}}}`"),
        };
        let place = &expression.place;
        let mut diagnostic = Diagnostic::new(self.name(), Severity::Error, place.span, message)
            .label(label)
            .note("a HelmRelease of Tanzu Mission Control sets `placeholderSecret` and lists that name as pull secret")
            .help(help)
            .object(candidate.object.clone())
            .trace(place.trace.clone())
            .subject(field);
        if let Some((span, path)) = value.and_then(|value| Some((value.span?, &value.path))) {
            diagnostic = diagnostic.related(span, format!("`{}` is set here", path.join(".")));
        }
        Some(diagnostic)
    }
}
