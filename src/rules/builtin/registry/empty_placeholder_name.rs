//! `empty-placeholder-name`: default values give a placeholder Secret no name, or some name makes it no string.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::PLACEHOLDER_VALUES;
use crate::rules::registry::named::Name;
use crate::rules::registry::placeholder::{Candidate, Content, Expression, candidates};
use crate::source::Span;
use crate::values::{Data, Value};

/// A valid name of Kubernetes that YAML takes for a number.
const NUMBER: &str = "1234";

pub(in crate::rules::builtin) struct EmptyPlaceholderName;

impl Rule for EmptyPlaceholderName {
    fn name(&self) -> &'static str {
        "empty-placeholder-name"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        let mut empty = Vec::new();
        if context.is_base() {
            empty = nameless(context);
        }
        for candidate in &registry.candidates {
            let unquoted = unquoted(context, candidate);
            // The expression says more than the key, which is all that is left of an empty one.
            match empty.iter().position(|other| other.is_same(candidate)) {
                Some(at) => {
                    let found = empty.remove(at);
                    out.push(self.empty(context, &found, candidate.name.as_ref(), &unquoted));
                }
                None if unquoted.is_empty() => {}
                None => out.push(self.unquoted(candidate, &unquoted)),
            }
        }
        out.extend(empty.iter().map(|candidate| self.empty(context, candidate, None, &[])));
    }
}

impl EmptyPlaceholderName {
    fn empty(
        &self,
        context: &Context<'_>,
        candidate: &Candidate,
        shown: Option<&Expression>,
        unquoted: &[(&'static str, Span)],
    ) -> Diagnostic {
        let key = candidate.name.as_ref().map(|name| &name.key);
        let place = shown.map(|name| &name.place).or(key).or(candidate.metadata.as_ref());
        let place = place.unwrap_or(&candidate.kind);
        let mut diagnostic = Diagnostic::new(
            self.name(),
            Severity::Warning,
            place.span,
            "with default values the placeholder Secret has no name",
        )
        .label("empty by default: the chart can't be installed without values")
        .help(
            "wrap the Secret in `{{- if .Values.placeholderSecret.name }}` and `{{- end }}`, and write \
             `name: {{ .Values.placeholderSecret.name | quote }}`",
        )
        .object(candidate.object.clone())
        .trace(place.trace.clone())
        .subject("name");
        if !unquoted.is_empty() {
            diagnostic = diagnostic.note(
                "it is printed without quotes too: a name such as `123` or `true` would be no string",
            );
        }
        let key = context
            .written_key(&[PLACEHOLDER_VALUES, "name"])
            .or_else(|| context.written_key(&[PLACEHOLDER_VALUES]));
        if let Some(key) = key.filter(|_| is_of(shown, &[PLACEHOLDER_VALUES, "name"])) {
            diagnostic = diagnostic.related(key, "the default is empty");
        }
        diagnostic
    }

    fn unquoted(&self, candidate: &Candidate, fields: &[(&'static str, Span)]) -> Diagnostic {
        let names: Vec<&str> = fields.iter().map(|(field, _)| *field).collect();
        let (what, is) = (names.join(" and "), if names.len() > 1 { "are" } else { "is" });
        let first = fields.first().map_or("name", |(field, _)| field);
        let expression =
            if first == "name" { candidate.name.as_ref() } else { candidate.namespace.as_ref() };
        let place = expression.map_or(&candidate.kind, |expression| &expression.place);
        let mut diagnostic = Diagnostic::new(
            self.name(),
            Severity::Warning,
            place.span,
            format!("{what} of the placeholder Secret {is} printed without quotes"),
        )
        .label(format!("a {first} such as `123` or `true` is no string then"))
        .help("add `| quote`")
        .object(candidate.object.clone())
        .trace(place.trace.clone())
        .subject("name");
        for (field, span) in fields.iter().skip(1) {
            diagnostic = diagnostic.related(*span, format!("the {field} too"));
        }
        diagnostic
    }
}

/// The placeholders that default values render without a name.
fn nameless(context: &Context<'_>) -> Vec<Candidate> {
    let of = |found: Vec<Candidate>| {
        let is_empty = |candidate: &Candidate| {
            candidate.name.as_ref().is_none_or(|name| name.content == Content::Empty)
        };
        found.into_iter().filter(is_empty).collect::<Vec<_>>()
    };
    let has_values = context.scenario.user.as_map().is_some_and(|map| !map.is_empty());
    if has_values {
        return context.under_defaults(|view| of(candidates(view))).unwrap_or_default();
    }
    of(candidates(context.view))
}

/// The fields that are no strings any more as soon as values give a number as name; found out by giving one.
fn unquoted(context: &Context<'_>, candidate: &Candidate) -> Vec<(&'static str, Span)> {
    let fields = [("name", &candidate.name), ("namespace", &candidate.namespace)];
    let asked = fields.iter().filter_map(|(field, expression)| {
        let expression = expression.as_ref()?;
        let is_settable = expression.values.iter().all(|value| !value.is_in_list);
        // Who demands a name has thought of it.
        let is_asked = is_settable
            && !expression.values.is_empty()
            && !expression.named(context).has(Name::Required);
        is_asked.then_some((*field, expression))
    });
    let asked: Vec<(&'static str, &Expression)> = asked.collect();
    let number = || Value::made_up(Data::Str(Arc::from(NUMBER)));
    let changes: Vec<(Vec<Arc<str>>, Value)> = asked
        .iter()
        .flat_map(|(_, expression)| &expression.values)
        .map(|value| (value.path.clone(), number()))
        .collect();
    if changes.is_empty() {
        return Vec::new();
    }
    let is_wanted = |template: &str| template == &*candidate.order.0;
    let found = context.with_values(&changes, &is_wanted, |view| {
        let same = candidates(view).into_iter().find(|other| other.is_same(candidate));
        let is_other = |expression: &Option<Expression>| {
            expression.as_ref().is_some_and(|expression| expression.content == Content::Other)
        };
        same.map(|same| (is_other(&same.name), is_other(&same.namespace)))
    });
    let Some((name, namespace)) = found.ok().flatten() else { return Vec::new() };
    let is_it = |field: &str| if field == "name" { name } else { namespace };
    let unquoted = asked.into_iter().filter(|(field, _)| is_it(field));
    unquoted.map(|(field, expression)| (field, expression.place.span)).collect()
}

/// Whether a field shows the value at `path`.
fn is_of(expression: Option<&Expression>, path: &[&str]) -> bool {
    expression.is_some_and(|expression| {
        expression
            .values
            .iter()
            .any(|value| value.path.iter().map(|key| &**key).eq(path.iter().copied()))
    })
}
