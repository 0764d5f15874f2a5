//! `schema-rejects-pull-secrets`: values.schema.json refuses the keys that a chart with private images needs.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity, in_words};
use crate::rules::context::{Concern, Context, Rule};
use crate::rules::registry::schemas::Rejection;
use crate::source::Span;

pub(in crate::rules::builtin) struct SchemaRejectsPullSecrets;

impl Rule for SchemaRejectsPullSecrets {
    fn name(&self) -> &'static str {
        "schema-rejects-pull-secrets"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let mut rest: Vec<&Rejection> = context.registry().rejections(context).iter().collect();
        // One keyword that refuses several keys is one defect.
        while let Some(first) = rest.first().copied() {
            let (same, others): (Vec<_>, Vec<_>) =
                rest.into_iter().partition(|other| other.keyword == first.keyword);
            rest = others;
            out.push(self.report(context, first, &same));
        }
    }
}

impl SchemaRejectsPullSecrets {
    fn report(&self, context: &Context<'_>, first: &Rejection, all: &[&Rejection]) -> Diagnostic {
        let name = |rejection: &Rejection| format!("`{}`", rejection.path.join("."));
        let of = first.subchart.as_ref().map_or_else(String::new, |sub| format!(" of `{sub}`"));
        let keys = in_words(&all.iter().map(|one| name(one)).collect::<Vec<_>>());
        let (message, help) = if first.is_forbidden {
            (
                format!("values.schema.json{of} does not allow {keys}"),
                format!("list {keys} under `properties` of the schema"),
            )
        } else {
            let message = format!(
                "values.schema.json{of} rejects {} set to `{}`: {}",
                name(first),
                first.set,
                first.message.replace('\n', " ")
            );
            (message, format!("let the schema allow `{}` for {keys}", first.set))
        };
        let label = if first.is_documented {
            "the documented values are refused here"
        } else {
            "what the templates take is refused here"
        };
        let mut diagnostic = Diagnostic::new(self.name(), Severity::Error, first.keyword, message)
            .label(label)
            .note("`helm install` and `helm upgrade` stop as soon as the key is set so")
            .help(help)
            .subject(first.path.join("."));
        for one in all {
            let keys: Vec<&str> = one.path.iter().map(|key| &**key).collect();
            if let Some(span) = context.written_key(&keys) {
                diagnostic = diagnostic.related(span, format!("{} is declared here", name(one)));
            } else if let Some(span) = read(context, &one.path) {
                diagnostic = diagnostic.related(span, format!("{} is read here", name(one)));
            }
        }
        diagnostic
    }
}

/// The first place in the templates that reads the key.
fn read(context: &Context<'_>, path: &[Arc<str>]) -> Option<Span> {
    let (last, parent) = path.split_last()?;
    let mut reads = context.view.reads();
    let read = reads.find(|(view, read)| {
        read.key == *last
            && view.rendered.memories.is_value(read.parent)
            && view.value_path(read.parent) == parent
    });
    read.map(|(_, read)| read.node)
}
