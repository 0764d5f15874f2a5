//! `release-missing-pull-secrets`: a release gives pods with private images no pull secret, though its chart takes them.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::PLACEHOLDER_VALUES;
use crate::rules::registry::given::Field;
use crate::rules::registry::keys::Candidate;
use crate::rules::registry::workload::Workload;

use super::{given_key, maybe_elsewhere};

pub(in crate::rules::builtin) struct ReleaseMissingPullSecrets;

/// Pods that are named one by one.
const MAX_SHOWN: usize = 8;

impl Rule for ReleaseMissingPullSecrets {
    fn name(&self) -> &'static str {
        "release-missing-pull-secrets"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let Some(release) = context.release() else { return };
        let registry = context.registry();
        if !registry.engaged
            || context.config.pull_secrets.assume_injected
            || release.may_add_pull_secrets()
        {
            return;
        }
        let canonical = context.config.pull_secret_keys(context.profile);
        let probing = &registry.probing;
        let mut without: Vec<(&Workload, &Candidate)> = Vec::new();
        for (at, (workload, wiring)) in registry.wired().enumerate() {
            if !workload.needs_secret() || wiring.is_supplied || !wiring.is_wired {
                continue;
            }
            let reaching = || {
                let keys = probing.keys.iter().enumerate();
                keys.filter(|(key, _)| probing.reaches(*key, at, workload)).map(|(_, key)| key)
            };
            let is_unknown = reaching().any(|key| release.unknown_at(&key.parts()).is_some());
            let best = reaching()
                .find(|key| canonical.contains(&key.written().as_str()))
                .or_else(|| reaching().next());
            if let Some(key) = best.filter(|_| !is_unknown) {
                without.push((workload, key));
            }
        }
        let Some((workload, key)) = without.first() else { return };
        let written = key.written();
        let empty = release.values.at(&key.parts()).and_then(given_key);
        let certain = without.iter().any(|(workload, _)| workload.certainly_needs_secret());
        let severity = match (release.is_complete(), certain) {
            (false, _) => Severity::Info,
            (true, true) => Severity::Error,
            (true, false) => Severity::Warning,
        };
        let image = workload.images.iter().find(|image| image.needs_secret());
        let what = image
            .map_or_else(String::new, |image| format!(" for `{}` ({})", image.text, image.why()));
        let name = match Field::of(&release.values, release, &[PLACEHOLDER_VALUES, "name"]) {
            Field::Text(name, _) => name,
            _ => "NAME",
        };
        let mut diagnostic = Diagnostic::new(
            self.name(),
            severity,
            empty.unwrap_or_else(|| release.place_for_values()),
            format!("no pull secret of {} reaches {}{what}", release.shown(), workload.title()),
        )
        .label(match empty {
            Some(_) => "the list is empty",
            None => "no key for pull secrets is set here",
        })
        .help(format!("set `{written}` to `[{{name: {name}}}]`"))
        .subject(release.title());
        for (workload, key) in without.iter().take(MAX_SHOWN) {
            let message = format!("{} takes them from `{}`", workload.title(), key.written());
            diagnostic = diagnostic.related(workload.containers.span, message);
        }
        if let Some((path, span)) = image.and_then(|image| image.value.as_ref()) {
            diagnostic = diagnostic.related(*span, format!("the image comes from `{path}`"));
        }
        out.push(maybe_elsewhere(diagnostic, release));
    }
}
