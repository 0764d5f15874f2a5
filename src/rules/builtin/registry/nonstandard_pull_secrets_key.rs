//! `nonstandard-pull-secrets-key`: pull secrets arrive, but not through the key that the platform sets.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity, in_words};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::keys::{Candidate, Shape};
use crate::rules::registry::workload::Workload;

pub(in crate::rules::builtin) struct NonstandardPullSecretsKey;

/// Keys that are named one by one.
const MAX_NAMED: usize = 4;

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
        let mut reached: Vec<(usize, &Workload, Vec<usize>)> = Vec::new();
        for (at, (workload, wiring)) in registry.wired().enumerate() {
            if workload.needs_secret() && wiring.is_wired && !wiring.has_own {
                let keys = 0..probing.keys.len();
                let reaching = keys.filter(|key| probing.reaches(*key, at, workload)).collect();
                reached.push((at, workload, reaching));
            }
        }
        reached.retain(|(.., keys)| {
            !keys.iter().filter_map(|key| probing.keys.get(*key)).any(is_canonical)
        });
        // What the user can mend comes first.
        reached.sort_by_key(|(_, workload, _)| !workload.scope.is_empty());
        // Of several keys that do, the one that does most, and rather by itself than through an account.
        let uses = |key: usize| reached.iter().filter(|(.., keys)| keys.contains(&key)).count();
        let best = |at: usize, keys: &[usize]| {
            let rank = |key: &usize| (uses(*key), probing.arrives(*key, at), Reverse(*key));
            keys.iter().copied().max_by_key(rank).and_then(|key| probing.keys.get(key))
        };
        let pods = reached.iter();
        let unreached: Vec<(&Workload, &Candidate)> =
            pods.filter_map(|(at, workload, keys)| Some((*workload, best(*at, keys)?))).collect();
        let Some((workload, _)) = unreached.first() else { return };
        let mut written: Vec<String> = Vec::new();
        for (_, key) in &unreached {
            let name = format!("`{}`", key.written());
            if !written.contains(&name) {
                written.push(name);
            }
        }
        if written.len() > MAX_NAMED {
            let more = written.split_off(MAX_NAMED - 1).len();
            written.push(format!("{more} more keys"));
        }
        let written = in_words(&written);
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
        .label(format!("the platform sets `{first}`; this chart reads {written}"))
        .help(format!("set {written} in the release{}", fallback(&unreached, first)))
        .subject(*first);
        for (workload, key) in unreached.iter().take(MAX_SHOWN) {
            let message = format!("`{}` reaches {}", key.written(), workload.title());
            diagnostic = diagnostic.related(workload.containers.span, message);
        }
        out.push(diagnostic);
    }
}

/// How a chart whose pods all read one list could take that of the platform too. The templates of subcharts do not see
/// their parent's values, and what takes names would print `{name: …}` wrong.
fn fallback(unreached: &[(&Workload, &Candidate)], canonical: &str) -> String {
    let own = || unreached.iter().filter(|(workload, _)| workload.scope.is_empty());
    let Some((_, key)) = own().next() else { return String::new() };
    let is_simple = |part: &Arc<str>| part.chars().all(|c| c.is_alphanumeric() || c == '_');
    let is_one = own().all(|(_, other)| other.path == key.path);
    let written = key.written();
    if is_one && key.arrives == Some(Shape::Objects) && key.path.iter().all(is_simple) {
        format!(
            ", or read `.Values.{canonical}` as well: `{{{{ .Values.{written} | default .Values.{canonical} }}}}`"
        )
    } else {
        format!(", or read `.Values.{canonical}` as well where the templates read it")
    }
}
