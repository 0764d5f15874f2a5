//! `string-only-pull-secrets`: a template wants names where Kubernetes, Flux and the guide write `{name: …}`.

use crate::config::Profile;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::keys::Shape;
use crate::rules::registry::named;
use crate::rules::registry::probe::Probing;
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
            if is_given && candidate.arrives == Some(Shape::Scalar) {
                out.extend(self.one_name(probing, key, &written));
            }
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

impl StringOnlyPullSecrets {
    /// A key for one name is its maker's choice, but not where a platform sets it to a list.
    fn one_name(&self, probing: &Probing, key: usize, written: &str) -> Vec<Diagnostic> {
        let arrivals = probing.sinks.iter().enumerate().filter_map(|(at, sink)| {
            let (_, looked) =
                probing.looked(key, at).find(|(_, looked)| looked.fate.is_arrival())?;
            Some((sink, looked.node.as_ref()?))
        });
        let found = arrivals.map(|(sink, node)| {
            Diagnostic::new(
                self.name(),
                Severity::Error,
                node.span,
                format!(
                    "`{written}` takes one name only in {}, not a list of `{{name: …}}`",
                    sink.title
                ),
            )
            .label("a list is no name")
            .note(format!(
                "found by rendering with `{written}` set to `[{{name: a}}, {{name: b}}]` and to `a`"
            ))
            .help("print the list with `toYaml`, below the key `imagePullSecrets`")
            .trace(node.trace.clone())
            .subject(format!("{} {written}", sink.identity.template))
        });
        found.collect()
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
