//! `undefined-placeholder-values`: templates read `.Values.placeholderSecret`, but values.yaml does not have it.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::Read;
use crate::rules::context::{Context, Rule};
use crate::rules::registry::{PLACEHOLDER_VALUES, PlaceholderRead, is_unguarded};
use crate::source::Span;
use crate::values::{Data, Value};
use crate::view::View;

pub(in crate::rules::builtin) struct UndefinedPlaceholderValues;

/// Where templates ask for fields of the mapping that is not there.
fn asked(context: &Context<'_>) -> Vec<Span> {
    let of_view = |view: &View<'_>| {
        let memories = &view.rendered.memories;
        let is_asked = |read: &&Read| {
            &*read.key == PLACEHOLDER_VALUES
                && memories.is_value(read.parent)
                && memories.path(read.parent).is_empty()
                && is_unguarded(read.context)
        };
        let reads = view.rendered.reads.iter().filter(is_asked);
        reads.map(|read| (read.node, read.hit)).collect::<Vec<_>>()
    };
    let mut asked = of_view(context.view);
    // What the linter has put there for the sake of a branch may be what the branch waits for: it is taken away again.
    if !context.is_base() && asked.iter().any(|(_, hit)| *hit) {
        let path = vec![Arc::from(PLACEHOLDER_VALUES)];
        let without = [(path, Value::made_up(Data::Null))];
        asked = context.with_values(&without, &|_| true, of_view).unwrap_or_default();
    }
    asked.into_iter().map(|(node, _)| node).collect()
}

impl Rule for UndefinedPlaceholderValues {
    fn name(&self) -> &'static str {
        "undefined-placeholder-values"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        if !context.registry().engaged {
            return;
        }
        let declared = context.value(&[PLACEHOLDER_VALUES]);
        let usable = declared.is_some_and(|value| !matches!(value.data, Data::Null));
        if !usable {
            let spans = asked(context);
            if let Some(first) = spans.first().copied() {
                let null = context.written_key(&[PLACEHOLDER_VALUES]);
                let primary = null.or_else(|| context.place_for_key(&[])).unwrap_or(first);
                let state = if null.is_some() { "null" } else { "not defined" };
                let mut diagnostic = Diagnostic::new(
                    self.name(),
                    Severity::Error,
                    primary,
                    format!("`.Values.{PLACEHOLDER_VALUES}` is {state}, but templates ask for its fields"),
                )
                .label("values.yaml lacks `placeholderSecret` with `name` and `namespace`")
                .note("rendering fails with `nil pointer evaluating interface {}.name`")
                .help("add `placeholderSecret: {name: \"\", namespace: \"\"}` to values.yaml")
                .subject(PLACEHOLDER_VALUES);
                if primary != first {
                    diagnostic = diagnostic.related(first, "it is read here");
                }
                out.push(diagnostic);
            }
            return;
        }
        let mut missing: Vec<&PlaceholderRead> = Vec::new();
        for read in &context.registry().placeholder_reads {
            if !context.declares(&[PLACEHOLDER_VALUES, &read.key])
                && !missing.iter().any(|known| known.key == read.key)
            {
                missing.push(read);
            }
        }
        let Some(first) = missing.first() else { return };
        let keys: Vec<String> = missing.iter().map(|read| format!("`{}`", read.key)).collect();
        let primary = context.place_for_key(&[PLACEHOLDER_VALUES]).unwrap_or(first.node);
        let mut diagnostic = Diagnostic::new(
            self.name(),
            Severity::Warning,
            primary,
            format!("`{PLACEHOLDER_VALUES}` lacks {}", keys.join(" and ")),
        )
        .label("templates read it, and get nothing")
        .help(format!("declare {} with an empty string", keys.join(" and ")))
        .subject(PLACEHOLDER_VALUES);
        for read in missing {
            if read.node != primary {
                diagnostic = diagnostic.related(read.node, format!("`{}` is read here", read.key));
            }
        }
        out.push(diagnostic);
    }
}
