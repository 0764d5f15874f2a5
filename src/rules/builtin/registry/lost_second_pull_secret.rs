//! `lost-second-pull-secret`: one pull secret arrives, a second one is lost or breaks the manifest.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::keys::{Candidate, Shape};
use crate::rules::registry::probe::{Broken, Fate, Looked, Sink};

pub(in crate::rules::builtin) struct LostSecondPullSecret;

impl Rule for LostSecondPullSecret {
    fn name(&self) -> &'static str {
        "lost-second-pull-secret"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        let probing = &registry.probing;
        for (key, candidate) in probing.keys.iter().enumerate() {
            for (at, sink) in probing.sinks.iter().enumerate() {
                let looked: Vec<(Shape, &Looked)> = probing.looked(key, at).collect();
                // A key that takes a list in one shape is right; in the other its user has given something else.
                if looked.iter().any(|(_, looked)| matches!(looked.fate, Fate::Arrived)) {
                    continue;
                }
                let first = looked.into_iter().find_map(|(shape, looked)| match &looked.fate {
                    Fate::FirstOnly(broken) => Some((shape, looked, broken.as_deref())),
                    _ => None,
                });
                if let Some((shape, looked, broken)) = first {
                    out.extend(self.report(candidate, sink, shape, looked, broken));
                }
            }
        }
    }
}

impl LostSecondPullSecret {
    fn report(
        &self,
        candidate: &Candidate,
        sink: &Sink,
        shape: Shape,
        looked: &Looked,
        broken: Option<&Broken>,
    ) -> Option<Diagnostic> {
        let node = broken.map(|broken| &broken.node).or(looked.node.as_ref())?;
        let written = candidate.written();
        let (message, label, help) = match broken {
            Some(broken) => (
                format!("with a second pull secret in `{written}`, {} is broken", sink.title),
                broken.what.clone(),
                "print the whole list with `toYaml . | nindent N` behind `{{-`: `indent` does not indent the line that \
                 it begins on",
            ),
            None => (
                format!("only one pull secret of `{written}` reaches {}", sink.title),
                "the others are lost here".to_owned(),
                "print the whole list, as `toYaml . | nindent N` does",
            ),
        };
        let mut diagnostic = Diagnostic::new(self.name(), Severity::Error, node.span, message)
            .label(label)
            .note(format!("found by rendering with `{written}` set to `{}`", shape.shown()))
            .help(help)
            .trace(node.trace.clone())
            .subject(format!("{} {written}", sink.identity.template));
        let line = broken.and_then(|broken| broken.line.as_ref());
        if let Some(line) = line.filter(|line| line.span != node.span) {
            diagnostic = diagnostic.related(line.span, "here YAML no longer fits");
        }
        Some(diagnostic)
    }
}
