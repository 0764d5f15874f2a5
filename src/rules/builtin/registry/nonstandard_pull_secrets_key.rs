//! `nonstandard-pull-secrets-key`: pull secrets arrive, but not through the key that the platform sets.

use crate::diagnostic::{Diagnostic, Severity, in_words};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::keys::Candidate;
use crate::rules::registry::probe::Probing;
use crate::rules::registry::scope;
use crate::rules::registry::workload::Workload;
use crate::source::Span;

pub(in crate::rules::builtin) struct NonstandardPullSecretsKey;

/// Pods that are named one by one.
const MAX_SHOWN: usize = 12;

/// Keys that are named in one sentence.
const MAX_NAMED: usize = 4;

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
        let reaches = |key: usize, at: usize, pod: &Workload| probing.reaches(key, at, pod);
        let mut unreached: Vec<(usize, &Workload)> = Vec::new();
        for (at, (workload, wiring)) in registry.wired().enumerate() {
            let is_asked = workload.needs_secret() && wiring.is_wired && !wiring.has_own;
            let mut reaching =
                probing.keys.iter().enumerate().filter(|(key, _)| reaches(*key, at, workload));
            if is_asked && !reaching.any(|(_, key)| is_canonical(key)) {
                unreached.push((at, workload));
            }
        }
        let unreached = with_fewest_keys(probing, unreached);
        let Some((workload, _)) = unreached.first() else { return };
        let mut keys: Vec<String> = Vec::new();
        for (_, key) in &unreached {
            if !keys.contains(&key.written()) {
                keys.push(key.written());
            }
        }
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
        .label(format!("the platform sets `{first}`; this chart reads {}", named(&keys)))
        .help(help(first, &keys, &unreached))
        .subject(*first);
        // Several pods of one loop have their containers at one place.
        let mut shown: Vec<Span> = Vec::new();
        for (workload, key) in &unreached {
            let span = workload.containers.span;
            if shown.len() < MAX_SHOWN && !shown.contains(&span) {
                let message = format!("`{}` reaches {}", key.written(), workload.title());
                diagnostic = diagnostic.related(span, message);
                shown.push(span);
            }
        }
        out.push(diagnostic);
    }
}

/// The pods that some key reaches, each with one: of all keys as few as possible, those first that reach the most pods.
fn with_fewest_keys<'r>(
    probing: &'r Probing,
    mut pods: Vec<(usize, &'r Workload)>,
) -> Vec<(&'r Workload, &'r Candidate)> {
    let order: Vec<usize> = pods.iter().map(|(at, _)| *at).collect();
    let mut found: Vec<(usize, &Workload, &Candidate)> = Vec::new();
    while !pods.is_empty() {
        let count = |key: usize| {
            let reached = pods.iter().filter(|(at, pod)| probing.reaches(key, *at, pod)).count();
            // A list of the pod itself switches off that of its account.
            let own = pods.iter().filter(|(at, _)| probing.arrives(key, *at)).count();
            (reached, own)
        };
        let keys = probing.keys.iter().enumerate();
        let best =
            keys.map(|(at, key)| (count(at), at, key)).filter(|((reached, _), ..)| *reached > 0);
        // Of equals, the first.
        let best = best.max_by_key(|(count, at, _)| (*count, std::cmp::Reverse(*at)));
        let Some((_, key, candidate)) = best else { break };
        let (reached, rest) =
            pods.into_iter().partition(|(at, pod)| probing.reaches(key, *at, pod));
        let reached: Vec<(usize, &Workload)> = reached;
        found.extend(reached.into_iter().map(|(at, pod)| (at, pod, candidate)));
        pods = rest;
    }
    found.sort_by_key(|(at, ..)| order.iter().position(|known| known == at));
    found.into_iter().map(|(_, pod, key)| (pod, key)).collect()
}

/// What to write, and where. Nobody but the release can give a value to subcharts.
fn help(canonical: &str, keys: &[String], pods: &[(&Workload, &Candidate)]) -> String {
    let set = format!("set {} in the release", named(keys));
    match pods.iter().find(|(pod, _)| pod.scope.is_empty()) {
        Some((_, key)) => format!(
            "{set}, or read `.Values.{canonical}` as well: `{{{{ {} | default .Values.{canonical} }}}}`",
            scope::read("", &key.written())
        ),
        None => set,
    }
}

fn named(keys: &[String]) -> String {
    let mut words: Vec<String> =
        keys.iter().take(MAX_NAMED).map(|key| format!("`{key}`")).collect();
    if keys.len() > MAX_NAMED {
        words.push(format!("{} more keys", keys.len() - MAX_NAMED));
    }
    in_words(&words)
}
