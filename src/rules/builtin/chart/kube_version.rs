//! `kubeVersion`: `invalid-kube-version` and `kube-version-without-prerelease`. Helm holds it against the whole version of
//! the cluster, suffixes included (`chartutil.IsCompatibleRange`).

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::functions::versions::{Constraint, Version};
use crate::rules::context::{Concern, Context, Rule};

/// The releases that are tried: far beyond those that there are.
const MAX_MINOR: u64 = 99;

/// The patches of each of them.
const MAX_PATCH: u64 = 30;

/// A release that there is for certain, for examples.
const KNOWN: (u64, u64) = (33, 3);

/// What a managed cluster puts behind the version.
const SUFFIX: &str = "gke.100";

pub(in crate::rules::builtin) struct InvalidKubeVersion;

impl Rule for InvalidKubeVersion {
    fn name(&self) -> &'static str {
        "invalid-kube-version"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let Some(wanted) = &context.chart.metadata.kube_version else { return };
        if wanted.value.is_empty() {
            return;
        }
        let Err(reason) = Constraint::parse(&wanted.value) else { return };
        let message = format!("`{}` is no range of versions", wanted.value);
        out.push(
            Diagnostic::new(self.name(), Severity::Error, wanted.span, message)
                .label("Helm refuses every cluster")
                .note(reason)
                .help("write a range such as `>=1.25.0-0`")
                .subject(wanted.value.as_str()),
        );
    }
}

pub(in crate::rules::builtin) struct KubeVersionWithoutPrerelease;

impl Rule for KubeVersionWithoutPrerelease {
    fn name(&self) -> &'static str {
        "kube-version-without-prerelease"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let Some(wanted) = &context.chart.metadata.kube_version else { return };
        let Ok(constraint) = Constraint::parse(&wanted.value) else { return };
        let Some(refused) = refused(&constraint) else { return };
        let message =
            format!("`kubeVersion: {}` refuses managed clusters such as `{refused}`", wanted.value);
        let mut diagnostic =
            Diagnostic::new(self.name(), Severity::Warning, wanted.span, message)
                .label("no version with a suffix satisfies it")
                .note("to `helm install`, what stands behind `-` in the version of a cluster makes it one before the release; `helm template --kube-version` cuts it off and shows nothing of this")
                .subject(wanted.value.as_str());
        let mended = mended(&wanted.value);
        diagnostic = match Constraint::parse(&mended) {
            Ok(other) if accepts_suffixes(&other) => {
                diagnostic.help(format!("write `kubeVersion: \"{mended}\"`"))
            }
            _ => diagnostic.help("put `-0` behind a version of each range, as in `>=1.25.0-0`"),
        };
        out.push(diagnostic);
    }
}

/// Versions of Kubernetes, newer ones first.
fn versions() -> impl Iterator<Item = Version> {
    let minors = (0..=MAX_MINOR).rev();
    minors.flat_map(|minor| {
        (0..=MAX_PATCH).rev().map(move |patch| Version {
            major: 1,
            minor,
            patch,
            pre: String::new(),
            metadata: String::new(),
        })
    })
}

fn with_suffix(version: &Version) -> Version {
    Version { pre: SUFFIX.to_owned(), ..version.clone() }
}

fn accepts_suffixes(constraint: &Constraint) -> bool {
    versions().any(|version| constraint.check(&with_suffix(&version)))
}

/// The name of a cluster that is refused for its suffix alone, if all are.
fn refused(constraint: &Constraint) -> Option<Version> {
    if accepts_suffixes(constraint) {
        return None;
    }
    let fitting = || versions().filter(|version| constraint.check(version));
    // One that there is, if there is one.
    let known = fitting().find(|version| version.minor <= KNOWN.0 && version.patch <= KNOWN.1);
    known.or_else(|| fitting().next()).map(|version| with_suffix(&version))
}

/// The constraint with `-0` behind the first version of each group.
fn mended(text: &str) -> String {
    let groups = text.split("||").map(|group| {
        let Some(start) = group.find(|c: char| c.is_ascii_digit()) else { return group.to_owned() };
        let (before, rest) = group.split_at(start);
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (version, behind) = rest.split_at(end);
        let missing = 2_usize.saturating_sub(version.matches('.').count());
        format!("{before}{version}{}-0{behind}", ".0".repeat(missing))
    });
    groups.collect::<Vec<_>>().join("||")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_prerelease_in_a_group_is_enough() {
        for (text, wanted) in [
            (">=1.25", Some(">=1.25.0-0")),
            (">= 1.25.0, < 1.40.0", Some(">= 1.25.0-0, < 1.40.0")),
            ("1.25 - 1.28", Some("1.25.0-0 - 1.28")),
            ("^1.25.0 || ^1.30", Some("^1.25.0-0 || ^1.30.0-0")),
            (">=1.25.0-0", None),
            (">=1.25.0-0 <1.40.0", None),
            (">=2.0", None),
            (">=1.25 || >=1.20.0-0", None),
        ] {
            let constraint = Constraint::parse(text).unwrap();
            let shown = refused(&constraint).map(|_| mended(text));
            assert_eq!(shown.as_deref(), wanted, "{text}");
        }
    }
}
