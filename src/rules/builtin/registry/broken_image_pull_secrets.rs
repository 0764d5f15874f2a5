//! `broken-image-pull-secrets`: as soon as a pull secret is set, the manifest is broken.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::insertion;
use crate::rules::registry::probe::{Broken, Obstacle};
use crate::rules::registry::workload::Workload;
use crate::source::Span;
use crate::view::Place;

pub(in crate::rules::builtin) struct BrokenImagePullSecrets;

impl Rule for BrokenImagePullSecrets {
    fn name(&self) -> &'static str {
        "broken-image-pull-secrets"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        for (workload, wiring) in registry.wired() {
            let Some(Obstacle::Broken(broken)) = &wiring.obstacle else { continue };
            let mut diagnostic = Diagnostic::new(
                self.name(),
                Severity::Error,
                broken.node.span,
                format!("with pull secrets set, {} is broken", workload.title()),
            )
            .label(broken.what.as_str())
            .note(format!("found by rendering with {}", broken.set))
            .help(help(context, workload, broken))
            .object(workload.object.clone())
            .trace(broken.node.trace.clone())
            .subject(workload.identity.template.to_string());
            let outside = |line: &&Place| !contains(broken.node.span, line.span);
            if let Some(line) = broken.line.as_ref().filter(outside) {
                diagnostic = diagnostic.related(line.span, "here YAML no longer fits");
            } else if workload.containers.span != broken.node.span {
                diagnostic = diagnostic.related(workload.containers.span, "the pod spec is here");
            }
            out.push(diagnostic);
        }
    }
}

/// Where the block belongs; with a number, where both stand in one file.
fn help(context: &Context<'_>, workload: &Workload, broken: &Broken) -> String {
    let containers = workload.containers.span;
    let amount = if workload.has_containers && containers.file == broken.node.span.file {
        let indent = insertion::indent_of(context, containers);
        format!("print the list with `nindent {}`", indent + 2)
    } else {
        "let `nindent` be that indent plus 2".to_owned()
    };
    format!("put the block right before `containers:`, with the indent of that key, and {amount}")
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.file == inner.file
        && outer.range.start <= inner.range.start
        && inner.range.end <= outer.range.end
}
