//! `nonstandard-pull-secrets-key`: pull secrets arrive, but not through the key that the platform sets.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::keys::Candidate;
use crate::rules::registry::workload::Workload;

pub(in crate::rules::builtin) struct NonstandardPullSecretsKey;

/// Pods that are named one by one.
const MAX_SHOWN: usize = 12;

impl Rule for NonstandardPullSecretsKey {
    fn name(&self) -> &'static str {
        "nonstandard-pull-secrets-key"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        let canonical = context.config.pull_secret_keys(context.profile);
        let Some(first) = canonical.first() else { return };
        if !registry.engaged {
            return;
        }
        let probing = &registry.probing;
        let is_canonical = |key: &Candidate| canonical.contains(&key.written().as_str());
        // A key of the values that nothing reads says the same already.
        if probing.keys.iter().any(|key| key.is_dead && is_canonical(key)) {
            return;
        }
        let mut unreached: Vec<(&Workload, &Candidate)> = Vec::new();
        for (at, (workload, wiring)) in registry.wired().enumerate() {
            let is_asked = workload.needs_secret() && wiring.is_wired && !wiring.has_own;
            let reaching = || {
                let keys = probing.keys.iter().enumerate();
                keys.filter(|(key, _)| probing.reaches(*key, at, workload)).map(|(_, key)| key)
            };
            if !is_asked || reaching().any(is_canonical) {
                continue;
            }
            unreached.extend(reaching().next().map(|key| (workload, key)));
        }
        let Some((workload, key)) = unreached.first() else { return };
        let path: Vec<&str> = first.split('.').collect();
        let primary = context.written_key(&path).unwrap_or(context.chart.metadata.name.span);
        let others = match unreached.len() - 1 {
            0 => String::new(),
            1 => " and one more pod".to_owned(),
            more => format!(" and {more} more pods"),
        };
        let mut diagnostic = Diagnostic::new(
            self.name(),
            Severity::Warning,
            primary,
            format!("`{first}` does not reach {}{others}", workload.title()),
        )
        .label(format!("the platform sets `{first}`; this chart reads `{}`", key.written()))
        .help(format!(
            "set `{}` in the release, or read `.Values.{first}` as well: `{{{{ .Values.{} | default .Values.{first} }}}}`",
            key.written(),
            key.written()
        ))
        .subject(*first);
        for (workload, key) in unreached.iter().take(MAX_SHOWN) {
            let message = format!("`{}` reaches {}", key.written(), workload.title());
            diagnostic = diagnostic.related(workload.containers.span, message);
        }
        out.push(diagnostic);
    }
}
