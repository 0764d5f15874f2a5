//! `ignored-resource-policy`: what is to be kept stands on an item of a list, where Helm does not look.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};

use super::places::{document_of, entry_at, entry_spot, own_objects, title};

/// The annotation that keeps an object when its release goes.
const POLICY: &str = "helm.sh/resource-policy";

pub(in crate::rules::builtin) struct IgnoredResourcePolicy;

impl Rule for IgnoredResourcePolicy {
    fn name(&self) -> &'static str {
        "ignored-resource-policy"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for shown in own_objects(context).filter(|shown| !shown.object.pointer.steps.is_empty()) {
            let Some(root) = document_of(shown).and_then(|document| document.root.as_ref()) else {
                continue;
            };
            let path = ["metadata", "annotations", POLICY];
            // The annotation of the list holds for all that is in it.
            if entry_at(&root.node, &path).is_some() {
                continue;
            }
            let Some(entry) = entry_at(&shown.object.root.node, &path) else { continue };
            let Some(spot) = entry_spot(context, shown, entry) else { continue };
            let message = format!("the resource policy of {} is ignored", title(shown.object));
            out.push(
                spot.finding(self.name(), Severity::Error, message, shown.object)
                    .label("Helm does not look at items of a list")
                    .note("the object is deleted with its release, though it is to be kept")
                    .help("write the object as a document of its own, between `---`")
                    .subject(format!("{} {}", shown.object.kind, shown.object.name)),
            );
        }
    }
}
