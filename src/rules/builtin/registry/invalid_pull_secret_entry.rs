//! `invalid-pull-secret-entry`: an entry of a list of pull secrets is not what Kubernetes can use.

use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::images::SecretNeed;
use crate::manifest::pods::Container;
use crate::manifest::reference::ImageReference;
use crate::rules::context::{Concern, Context, ReleaseContext, Rule};
use crate::rules::registry::entries::{EntryFault, faults, of_release};
use crate::rules::registry::given::lists;
use crate::rules::registry::wrong_shape::wrong_shape;
use crate::source::Span;

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
            // A list of the wrong shape is one mistake, not one for each entry.
            let lists = context.release().map_or_else(Vec::new, |release| lists(context, release));
            let shapeless = lists.iter().filter(|list| wrong_shape(context, list).is_some());
            let shapeless: Vec<Span> =
                shapeless.filter_map(|list| Some(list.value.source.as_ref()?.value)).collect();
            let is_told = |fault: &EntryFault| {
                shapeless.iter().any(|list| {
                    list.file == fault.entry.file
                        && list.range.start <= fault.entry.range.start
                        && fault.entry.range.end <= list.range.end
                })
            };
            let faults = faults(context).into_iter().filter(|fault| !is_told(fault));
            out.extend(faults.map(|fault| self.report(fault)));
        }
    }

    fn check_release(&self, context: &ReleaseContext<'_>, out: &mut Vec<Diagnostic>) {
        if context.is_linked {
            return;
        }
        for key in context.config.pull_secret_keys(context.profile) {
            let faults = of_release(context.sources, context.release, key);
            out.extend(faults.into_iter().map(|fault| self.report(fault)));
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
