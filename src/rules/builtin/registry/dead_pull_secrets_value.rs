//! `dead-pull-secrets-value`: values.yaml has a key for pull secrets that nothing reads.

use crate::config::Profile;
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::pods::PULL_SECRETS;
use crate::rules::context::{Context, Refutation, Rule};
use crate::rules::registry::dead;

pub(in crate::rules::builtin) struct DeadPullSecretsValue;

impl Rule for DeadPullSecretsValue {
    fn name(&self) -> &'static str {
        "dead-pull-secrets-value"
    }

    fn refutes(&self, context: &Context<'_>) -> Refutation {
        // What the first scenario uses has been looked at there, unless another one is first to ask.
        if context.is_base() && context.registry().engaged {
            return Refutation::Nothing;
        }
        Refutation::Subjects(dead::used(context))
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        for key in registry.probing.keys.iter().filter(|key| key.is_dead) {
            if registry.rejects(context, &key.path) {
                continue;
            }
            let written = key.written();
            let Some(place) = context.written_key(&key.parts()) else { continue };
            // What the platform sets has to have an effect; of other keys the maintainer is the only user.
            let is_given = context.profile == Profile::Tmc && written == PULL_SECRETS;
            let severity = if is_given { Severity::Error } else { Severity::Warning };
            let mut diagnostic = Diagnostic::new(
                self.name(),
                severity,
                place,
                format!("`{written}` is never used: setting it changes nothing"),
            )
            .label("no template reads this key")
            .help(format!("read `.Values.{written}` in the pod specs, or remove the key"))
            .subject(written.as_str());
            if let Some((near, read)) = dead::near_miss(context, &key.path) {
                diagnostic = diagnostic
                    .related(read, format!("`{near}` is read here, which values.yaml lacks"))
                    .help(format!("write `{near}` here, or `.Values.{written}` in the template"));
            }
            out.push(diagnostic);
        }
    }
}
