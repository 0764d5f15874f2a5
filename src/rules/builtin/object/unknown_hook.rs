//! `unknown-hook`: an annotation of a hook with a word that Helm does not know.

use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::hooks::{HOOK, HOOK_DELETE_POLICY, HOOK_WEIGHT, is_event, is_policy, words};
use crate::rules::context::{Context, Rule};
use crate::rules::nearest;
use crate::view::Shown;
use crate::yaml::Entry;

use super::places::{
    document_of, entry_at, entry_spot, is_made_up, is_own, readable_objects, scalar_text,
};

/// What Helm installs hooks at.
const EVENTS: [&str; 9] = [
    "pre-install",
    "post-install",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "pre-delete",
    "post-delete",
    "test",
];

/// The event of Helm 2 that the folder crds/ has taken the place of.
const CRD_INSTALL: &str = "crd-install";

/// What Helm deletes hooks at.
const POLICIES: [&str; 3] = ["before-hook-creation", "hook-succeeded", "hook-failed"];

pub(in crate::rules::builtin) struct UnknownHook;

impl Rule for UnknownHook {
    fn name(&self) -> &'static str {
        "unknown-hook"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let mut last = None;
        for shown in readable_objects(context).filter(|shown| is_own(*shown)) {
            // Of a list Helm reads the list's own annotations, not those of its items.
            let document = (&shown.template.name, shown.object.document);
            if last.replace(document) == Some(document) {
                continue;
            }
            let root = document_of(shown).and_then(|document| document.root.as_ref());
            let Some(root) = root.map(|root| &*root.node) else { continue };
            let annotation = |key: &str| entry_at(root, &["metadata", "annotations", key]);
            let Some(event) = annotation(HOOK) else { continue };
            out.extend(self.event(context, shown, event));
            if let Some(policy) = annotation(HOOK_DELETE_POLICY) {
                out.extend(self.policy(context, shown, policy));
            }
            if let Some(weight) = annotation(HOOK_WEIGHT) {
                out.extend(self.weight(context, shown, weight));
            }
        }
    }
}

impl UnknownHook {
    fn event(&self, context: &Context<'_>, shown: Shown<'_>, entry: &Entry) -> Option<Diagnostic> {
        let text = scalar_text(&entry.value.node)?;
        let unknown = words(&text).find(|word| !is_event(word))?;
        // Charts for Helm 2 and 3 have their definitions in crds/ too, and are to be without these hooks in Helm 3.
        if unknown == CRD_INSTALL && !context.chart.crds.is_empty() {
            return None;
        }
        let message = match unknown.as_str() {
            "" => "an empty text is no hook event".to_owned(),
            _ => format!("`{unknown}` is no hook event"),
        };
        let found = self
            .report(context, shown, entry, message)?
            .label("Helm leaves the whole object out, without a word");
        Some(match unknown.as_str() {
            CRD_INSTALL => {
                found.help("Helm 3 and 4 install what is in the folder crds/ first: move it there")
            }
            _ => suggest(found, &unknown, &EVENTS),
        })
    }

    fn policy(&self, context: &Context<'_>, shown: Shown<'_>, entry: &Entry) -> Option<Diagnostic> {
        let text = scalar_text(&entry.value.node)?;
        let unknown = words(&text).find(|word| !is_policy(word))?;
        let message = match unknown.as_str() {
            "" => "an empty text is no delete policy of hooks".to_owned(),
            _ => format!("`{unknown}` is no delete policy of hooks"),
        };
        let found = self
            .report(context, shown, entry, message)?
            .label("Helm never deletes the hook for this");
        Some(suggest(found, &unknown, &POLICIES))
    }

    fn weight(&self, context: &Context<'_>, shown: Shown<'_>, entry: &Entry) -> Option<Diagnostic> {
        // A number without quotes is no text: `non-string-value` says so.
        let text = entry.value.node.as_str()?;
        if text.parse::<i64>().is_ok() {
            return None;
        }
        let message = format!("the hook weight `{text}` is no integer");
        let found = self.report(context, shown, entry, message)?;
        Some(found.label("Helm takes it for 0").help("write an integer in quotes, such as \"-5\""))
    }

    fn report(
        &self,
        context: &Context<'_>,
        shown: Shown<'_>,
        entry: &Entry,
        message: String,
    ) -> Option<Diagnostic> {
        if is_made_up(shown, entry.value.range) {
            return None;
        }
        let spot = entry_spot(context, shown, entry)?;
        let found = spot.finding(self.name(), Severity::Error, message, shown.object);
        Some(found.subject(format!("{} {}", shown.template.name, entry.key)))
    }
}

fn suggest(found: Diagnostic, word: &str, known: &[&str]) -> Diagnostic {
    match nearest(word, known.iter().copied()) {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => found.help(format!("write one of `{}`", known.join("`, `"))),
    }
}
