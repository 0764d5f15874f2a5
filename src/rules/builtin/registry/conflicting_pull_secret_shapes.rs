//! `conflicting-pull-secret-shapes`: no value of a key satisfies all the places that take it.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::probe::Probing;
use crate::rules::registry::shapes::{Takes, is_hopeless, takes};
use crate::view::Place;

pub(in crate::rules::builtin) struct ConflictingPullSecretShapes;

impl Rule for ConflictingPullSecretShapes {
    fn name(&self) -> &'static str {
        "conflicting-pull-secret-shapes"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        let probing = &registry.probing;
        for (key, candidate) in probing.keys.iter().enumerate() {
            if registry.rejects(context, &candidate.path) {
                continue;
            }
            out.extend(self.conflict(probing, key));
            out.extend(self.hopeless(probing, key));
        }
    }
}

impl ConflictingPullSecretShapes {
    /// Names in one place, objects in another.
    fn conflict(&self, probing: &Probing, key: usize) -> Option<Diagnostic> {
        let written = probing.keys.get(key)?.written();
        let mut strings: Vec<(usize, Place)> = Vec::new();
        let mut objects: Vec<(usize, Place)> = Vec::new();
        for (sink, takes) in takes(probing, key) {
            match takes {
                Takes::Strings { node, .. } => strings.push((sink, node)),
                Takes::Objects(node) => objects.push((sink, node)),
                Takes::Both => {}
            }
        }
        let ((first, node), others, shape, other_shape) = if strings.len() <= objects.len() {
            (strings.first()?, &objects, "names", "`{name: …}`")
        } else {
            (objects.first()?, &strings, "`{name: …}`", "names")
        };
        let title = |sink: usize| probing.sinks.get(sink).map_or("", |sink| &sink.title);
        let (other, _) = others.first()?;
        let mut diagnostic = Diagnostic::new(
            self.name(),
            Severity::Error,
            node.span,
            format!(
                "no value of `{written}` suits both {} ({shape}) and {} ({other_shape})",
                title(*first),
                title(*other)
            ),
        )
        .label(format!("{shape} are taken here"))
        .note(format!("found by rendering with `{written}` set to `[{{name: a}}]` and to `[a]`"))
        .help("take the same shape everywhere; that of Kubernetes is `[{name: …}]`, printed with `toYaml`")
        .trace(node.trace.clone())
        .subject(written);
        for (sink, place) in others {
            if place.span != node.span {
                let message = format!("{} takes {other_shape} here", title(*sink));
                diagnostic = diagnostic.related(place.span, message);
            }
        }
        Some(diagnostic)
    }

    /// Names arrive garbled, whatever is given.
    fn hopeless(&self, probing: &Probing, key: usize) -> Option<Diagnostic> {
        let written = probing.keys.get(key)?.written();
        let (sink, node) = is_hopeless(probing, key)?;
        let title = &probing.sinks.get(sink)?.title;
        Some(
            Diagnostic::new(
                self.name(),
                Severity::Error,
                node.span,
                format!("no value of `{written}` gives {title} pull secrets that Kubernetes takes"),
            )
            .label("what is printed here is no list of `name: …`")
            .note(format!(
                "found by rendering with `{written}` set to `[{{name: a}}]`, to `[a]` and to `a`"
            ))
            .help("print the list with `toYaml`: `{{- toYaml . | nindent N }}`")
            .trace(node.trace.clone())
            .subject(written),
        )
    }
}
