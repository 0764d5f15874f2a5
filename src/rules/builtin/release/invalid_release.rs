//! `invalid-release`: values of a release that the API server, Flux, Argo CD or Helm refuses.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, ReleaseContext, Rule};

pub(in crate::rules::builtin) struct InvalidRelease;

impl Rule for InvalidRelease {
    fn name(&self) -> &'static str {
        "invalid-release"
    }

    fn check(&self, _context: &Context<'_>, _out: &mut Vec<Diagnostic>) {}

    fn check_release(&self, context: &ReleaseContext<'_>, out: &mut Vec<Diagnostic>) {
        let release = context.release;
        out.extend(release.problems.iter().map(|problem| {
            let mut diagnostic = Diagnostic::new(
                "invalid-release",
                Severity::Error,
                problem.span,
                problem.message.clone(),
            )
            .label("the release fails with this")
            .help(problem.help.clone())
            .subject(release.title());
            if problem.span.file != release.file {
                let label = format!("{} takes its values from there", release.shown());
                diagnostic = diagnostic.related(release.name.span, label);
            }
            diagnostic
        }));
    }
}
