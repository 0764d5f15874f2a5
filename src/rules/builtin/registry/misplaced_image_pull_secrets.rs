//! `misplaced-image-pull-secrets`: pull secrets arrive in the object, but where Kubernetes does not look.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::probe::Obstacle;

pub(in crate::rules::builtin) struct MisplacedImagePullSecrets;

impl Rule for MisplacedImagePullSecrets {
    fn name(&self) -> &'static str {
        "misplaced-image-pull-secrets"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        for (workload, wiring) in registry.wired() {
            let Some(Obstacle::Misplaced(misplaced)) = &wiring.obstacle else { continue };
            let at = misplaced.pointer.trim_start_matches('/').replace('/', ".");
            let object = &workload.object;
            out.push(
                Diagnostic::new(
                    self.name(),
                    Severity::Error,
                    misplaced.key.span,
                    format!("the pull secrets of {} end up at `{at}`", workload.title()),
                )
                .label("Kubernetes ignores them here")
                .related(workload.containers.span, "they belong beside this key, in the pod spec")
                .note(format!("found by rendering with {}", misplaced.set))
                .help(format!(
                    "move the block next to `containers:`, so that it stands at `{}.{}`",
                    object.pointer.trim_start_matches('/').replace('/', "."),
                    workload.kind.field
                ))
                .object(object.clone())
                .trace(misplaced.key.trace.clone())
                .subject(format!("{} {at}", workload.identity.template)),
            );
        }
    }
}
