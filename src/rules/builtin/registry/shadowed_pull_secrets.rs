//! `shadowed-pull-secrets`: pod and `ServiceAccount` have lists of their own, and one switches the other off.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};

pub(in crate::rules::builtin) struct ShadowedPullSecrets;

impl Rule for ShadowedPullSecrets {
    fn name(&self) -> &'static str {
        "shadowed-pull-secrets"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        let probing = &registry.probing;
        for (at, (workload, wiring)) in registry.wired().enumerate() {
            let Some(account) = probing.account_of(workload) else { continue };
            let Some(key) = &wiring.key else { continue };
            let arriving = |sink: usize| {
                let keys = probing.keys.iter().enumerate();
                let found = keys.filter(move |(key, _)| probing.arrives(*key, sink));
                found.map(|(at, key)| (at, key.written())).collect::<Vec<_>>()
            };
            let (pods, accounts) = (arriving(at), arriving(account));
            // A key that feeds both lists is harmless: they are the same then.
            let Some((lost, only)) = accounts.iter().find(|found| !pods.contains(found)) else {
                continue;
            };
            let by = match pods.first() {
                Some((_, key)) => format!("as soon as `{key}` is set"),
                None if wiring.has_own => "always".to_owned(),
                None => continue,
            };
            let Some(sink) = probing.sinks.get(account) else { continue };
            let mut diagnostic = Diagnostic::new(
                self.name(),
                Severity::Warning,
                key.span,
                format!("the pull secrets of {} switch off those of its {}", workload.title(), sink.title),
            )
            .label(format!("this list replaces the other one, {by}"))
            .note("a pod gets the pull secrets of its ServiceAccount only if it has none itself: the lists are never joined")
            .help(format!("feed both lists from the same value, or give up the one that `{only}` feeds"))
            .object(workload.object.clone())
            .trace(key.trace.clone())
            .subject(format!("{} {only}", workload.identity.template));
            let other = probing.looked(*lost, account).find_map(|(_, looked)| looked.key.as_ref());
            if let Some(other) = other.filter(|other| other.span != key.span) {
                diagnostic = diagnostic.related(other.span, format!("`{only}` feeds this list"));
            }
            out.push(diagnostic);
        }
    }
}
