//! `release-pull-secret-shape`: a release gives pull secrets in a shape that its chart does not take.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::given::lists;
use crate::rules::registry::wrong_shape::wrong_shape;

pub(in crate::rules::builtin) struct ReleasePullSecretShape;

impl Rule for ReleasePullSecretShape {
    fn name(&self) -> &'static str {
        "release-pull-secret-shape"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let Some(release) = context.release() else { return };
        if !context.registry().engaged {
            return;
        }
        for list in lists(context, release) {
            let Some(wrong) = wrong_shape(context, &list) else { continue };
            let written = list.candidate.written();
            let mut diagnostic = Diagnostic::new(
                self.name(),
                Severity::Error,
                wrong.at,
                format!(
                    "`{written}` is given {}, but the chart takes {}",
                    wrong.given, wrong.wanted
                ),
            )
            .label(wrong.result)
            .help(format!("write `{written}: {}`", wrong.example))
            .subject(format!("{} {written}", release.title()));
            if let Some(node) = wrong.node {
                diagnostic =
                    diagnostic.related(node.span, "the chart prints it here").trace(node.trace);
            }
            out.push(diagnostic);
        }
    }
}
