//! `string-only-pull-secrets`: a template wants names where Kubernetes, Flux and the guide write `{name: …}`.

use crate::config::Profile;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::named;
use crate::rules::registry::shapes::{Takes, takes};
use crate::source::Span;

pub(in crate::rules::builtin) struct StringOnlyPullSecrets;

impl Rule for StringOnlyPullSecrets {
    fn name(&self) -> &'static str {
        "string-only-pull-secrets"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        let canonical = context.config.pull_secret_keys(context.profile);
        let probing = &registry.probing;
        for (key, candidate) in probing.keys.iter().enumerate() {
            let takes = takes(probing, key);
            let is_conflict = takes.iter().any(|(_, takes)| matches!(takes, Takes::Objects(_)));
            if is_conflict || registry.rejects(context, &candidate.path) {
                continue;
            }
            let written = candidate.written();
            // What a platform gives in the shape of Kubernetes breaks; other keys are the chart's own business.
            let is_given = context.profile == Profile::Tmc && canonical.contains(&written.as_str());
            let severity = if is_given { Severity::Error } else { Severity::Info };
            for (sink, takes) in takes {
                let Takes::Strings { node, objects } = takes else { continue };
                let Some(sink) = probing.sinks.get(sink) else { continue };
                out.push(
                    Diagnostic::new(
                        self.name(),
                        severity,
                        node.span,
                        format!("`{written}` takes names only in {}, not `{{name: …}}`", sink.title),
                    )
                    .label(format!("an entry `{{name: x}}` {objects}"))
                    .note(format!(
                        "found by rendering with `{written}` set to `[{{name: a}}, {{name: b}}]` and to `[a, b]`"
                    ))
                    .help(help(context, node.span))
                    .trace(node.trace.clone())
                    .subject(format!("{} {written}", sink.identity.template)),
                );
            }
        }
    }
}

/// What to write in the place of the action that prints a name, which may be called something else than the dot.
fn help(context: &Context<'_>, node: Span) -> String {
    let name = named::printed(context.chart, node).unwrap_or_else(|| ".".to_owned());
    let field = if name == "." { ".name".to_owned() } else { format!("{name}.name") };
    format!(
        "take both: `{{{{ if kindIs \"map\" {name} }}}}{{{{ {field} }}}}{{{{ else }}}}{{{{ {name} }}}}{{{{ end }}}}`, or print \
         the list with `toYaml`"
    )
}
