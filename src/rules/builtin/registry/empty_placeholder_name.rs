//! `empty-placeholder-name`: default values give a placeholder Secret no name, or some name makes it no string.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::PLACEHOLDER_VALUES;
use crate::rules::registry::named::Name;
use crate::rules::registry::placeholder::{Candidate, Content, Expression, candidates};
use crate::values::{Data, Value};
use crate::view::Place;

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
        unquoted: &[(&'static str, Place)],
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

    fn unquoted(&self, candidate: &Candidate, fields: &[(&'static str, Place)]) -> Diagnostic {
        let names: Vec<&str> = fields.iter().map(|(field, _)| *field).collect();
        let (what, is) = (names.join(" and "), if names.len() > 1 { "are" } else { "is" });
        let first = fields.first().map_or("name", |(field, _)| field);
        let place = fields.first().map_or(&candidate.kind, |(_, place)| place);
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
        for (field, place) in fields.iter().skip(1) {
            diagnostic = diagnostic.related(place.span, format!("the {field} too"));
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
fn unquoted(context: &Context<'_>, candidate: &Candidate) -> Vec<(&'static str, Place)> {
    let fields = [("name", &candidate.name), ("namespace", &candidate.namespace)];
    let number = || Value::made_up(Data::Str(Arc::from(NUMBER)));
    let mut changes: Vec<(Vec<Arc<str>>, Value)> = Vec::new();
    let mut asked: Vec<&'static str> = Vec::new();
    for (field, expression) in fields {
        let Some(expression) = expression else { continue };
        let named = expression.named(context);
        let is_settable = expression.values.iter().all(|value| !value.is_in_list);
        // Who demands a name has thought of it.
        if !is_settable || named.has(Name::Required) {
            continue;
        }
        let shown = expression.values.iter().map(|value| value.path.clone());
        let mut paths: Vec<Vec<Arc<str>>> = shown.collect();
        // What is empty does not show, but would be printed there all the same.
        if named.has(Name::Placeholder) {
            paths.push(vec![Arc::from(PLACEHOLDER_VALUES), Arc::from(field)]);
        }
        if !paths.is_empty() {
            asked.push(field);
            changes.extend(paths.into_iter().map(|path| (path, number())));
        }
    }
    if changes.is_empty() {
        return Vec::new();
    }
    let is_wanted = |template: &str| template == &*candidate.order.0;
    let found = context.with_values(&changes, &is_wanted, |view| {
        let same = candidates(view).into_iter().find(|other| other.is_same(candidate));
        same.map(|same| [same.name, same.namespace])
    });
    let [name, namespace] = found.ok().flatten().unwrap_or_default();
    let is_unquoted = |field: &str| {
        let printed = if field == "name" { &name } else { &namespace };
        let printed = printed.as_ref().filter(|printed| printed.content == Content::Other)?;
        // The place is that of the name, which does not show while it is empty.
        Some(printed.place.clone())
    };
    asked.into_iter().filter_map(|field| Some((field, is_unquoted(field)?))).collect()
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
