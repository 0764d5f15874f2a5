//! `invalid-pull-secret-entry`: an entry of a list of pull secrets is not what Kubernetes can use.

use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::images::SecretNeed;
use crate::manifest::pods::Container;
use crate::manifest::reference::ImageReference;
use crate::rules::context::{Concern, Context, Rule};
use crate::rules::registry::entries::{EntryFault, faults};

pub(in crate::rules::builtin) struct InvalidPullSecretEntry;

impl Rule for InvalidPullSecretEntry {
    fn name(&self) -> &'static str {
        "invalid-pull-secret-entry"
    }

    fn concern(&self) -> Concern {
        Concern::WrittenValues
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        if context.registry().engaged || is_private(context) {
            out.extend(faults(context).into_iter().map(|fault| self.report(fault)));
        }
    }
}

/// Whether a pod has an image that counts as private: pods that an earlier scenario has shown are no longer among the
/// workloads, but their lists are new.
fn is_private(context: &Context<'_>) -> bool {
    context.view.objects().any(|shown| {
        context.pod_kinds.pod_specs(shown.object).iter().any(|pod| {
            let mut texts = pod.containers.iter().filter_map(Container::image_text);
            texts.any(|text| {
                let reference = ImageReference::parse(text);
                let need = reference.map(|image| context.config.images.classify(&image).need);
                matches!(need, Ok(SecretNeed::Likely | SecretNeed::Certain))
            })
        })
    })
}

impl InvalidPullSecretEntry {
    fn report(&self, fault: EntryFault) -> Diagnostic {
        let mut diagnostic =
            Diagnostic::new(self.name(), Severity::Warning, fault.primary, fault.message)
                .label(fault.label)
                .help(fault.help)
                .trace(fault.trace)
                .subject(fault.subject);
        diagnostic.object = fault.object;
        for (span, what) in fault.related {
            diagnostic = diagnostic.related(span, what);
        }
        diagnostic
    }
}
