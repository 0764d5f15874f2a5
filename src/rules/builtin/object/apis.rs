//! `deprecated-api` and `removed-api`: objects of APIs that a cluster is about to lose, or has lost.

use std::sync::OnceLock;

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::explore::{EnvironmentKey, Key};
use crate::engine::{Capabilities, KubeVersion, satisfies};
use crate::manifest::objects::Object;
use crate::rules::context::{Context, Rule};
use crate::source::Span;
use crate::view::Shown;

use super::places::{entry_spot, is_made_up, own_objects};

/// The newest minor version of Kubernetes that the table knows.
const NEWEST: u32 = 37;

/// A patch version that is above all that there are.
const MAX_PATCH: u32 = 99;

pub(in crate::rules::builtin) struct DeprecatedApi;
pub(in crate::rules::builtin) struct RemovedApi;

impl Rule for DeprecatedApi {
    fn name(&self) -> &'static str {
        "deprecated-api"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let is_meant = |api: &Api, version| api.is_deprecated(version) && !api.is_removed(version);
        let found = judge(context, &is_meant, &|api, asked| {
            let since = api.deprecated.unwrap_or_default();
            Verdict {
                rule: self.name(),
                severity: Severity::Warning,
                message: format!(
                    "`{}` {} is deprecated since Kubernetes 1.{since}",
                    api.version, api.kind
                ),
                label: match api.removed {
                    Some(removed) => format!("Kubernetes 1.{removed} no longer serves it"),
                    None => format!("Kubernetes 1.{} warns of it", asked.highest),
                },
            }
        });
        out.extend(found);
    }
}

impl Rule for RemovedApi {
    fn name(&self) -> &'static str {
        "removed-api"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let is_meant = |api: &Api, version| api.is_removed(version);
        let found = judge(context, &is_meant, &|api, asked| {
            let since = api.removed.unwrap_or_default();
            Verdict {
                rule: self.name(),
                severity: Severity::Error,
                message: format!(
                    "`{}` {} is gone since Kubernetes 1.{since}",
                    api.version, api.kind
                ),
                label: format!("Kubernetes 1.{} does not know it", asked.highest),
            }
        });
        out.extend(found);
    }
}

/// What is to be said of an object.
struct Verdict {
    rule: &'static str,
    severity: Severity,
    message: String,
    label: String,
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
struct Api {
    version: &'static str,
    kind: &'static str,
    deprecated: Option<u32>,
    removed: Option<u32>,
    instead: Option<&'static str>,
}

impl Api {
    fn all() -> impl Iterator<Item = Self> {
        static TABLE: OnceLock<Vec<Api>> = OnceLock::new();
        TABLE.get_or_init(|| lines().filter_map(Self::parse).collect()).iter().copied()
    }

    fn parse(line: &'static str) -> Option<Self> {
        let columns: Vec<&str> = line.split('\t').collect();
        let [version, kind, deprecated, removed, instead] = columns[..] else { return None };
        let instead = Some(instead).filter(|text| *text != "-");
        let number = |text: &str| text.parse().ok();
        let (deprecated, removed) = (number(deprecated), number(removed));
        Some(Self { version, kind, deprecated, removed, instead })
    }

    fn of(object: &Object) -> Option<Self> {
        Self::all().find(|api| *api.version == *object.api_version && *api.kind == *object.kind)
    }

    fn is_deprecated(&self, version: u32) -> bool {
        self.deprecated.is_some_and(|since| since <= version)
    }

    fn is_removed(&self, version: u32) -> bool {
        self.removed.is_some_and(|since| since <= version)
    }
}

fn lines() -> impl Iterator<Item = &'static str> {
    include_str!("apis.tsv").lines().filter(|line| !line.starts_with('#'))
}

/// The version of Kubernetes that a chart is judged by.
struct Asked {
    /// The highest minor version of 1 that is asked for.
    highest: u32,
    /// Who asks for it.
    by: String,
}

impl Asked {
    fn of(context: &Context<'_>) -> Option<Self> {
        let version = &context.scenario.environment.capabilities.kube_version;
        if version.normalized != Capabilities::default().kube_version.normalized {
            let highest = version.minor.parse().ok()?;
            return Some(Self { highest, by: "that is the version asked for".to_owned() });
        }
        let newest = Self {
            highest: NEWEST,
            by: format!("no version is asked for, so it is 1.{NEWEST}, the newest that is known"),
        };
        let Some(range) = &context.chart.metadata.kube_version else { return Some(newest) };
        let is_allowed = |minor: &u32| {
            [0, MAX_PATCH]
                .iter()
                .any(|patch| satisfies(&range.value, &format!("v1.{minor}.{patch}")))
        };
        let Some(highest) = (0..=NEWEST).rev().find(is_allowed) else { return Some(newest) };
        let by = format!("`kubeVersion: {}` of Chart.yaml allows 1.{highest}", range.value);
        Some(Self { highest, by })
    }

    /// What a cluster of that version answers: the APIs that Helm takes for granted, but for those that are gone.
    fn capabilities(&self, known: &Capabilities) -> Capabilities {
        let gone: Vec<Api> = Api::all().filter(|api| api.is_removed(self.highest)).collect();
        let is_gone = |version: &str| {
            gone.iter().any(|api| {
                let kind =
                    version.strip_prefix(api.version).and_then(|rest| rest.strip_prefix('/'));
                kind == Some(api.kind)
                    || version == api.version
                        && Api::all()
                            .filter(|other| other.version == api.version)
                            .all(|other| other.is_removed(self.highest))
            })
        };
        let mut capabilities = known.clone();
        capabilities.api_versions.retain(|version| !is_gone(version));
        // A cluster also knows kinds by name; whatever takes the place of an API is there before that is gone.
        let kinds = Api::all().flat_map(|api| {
            let own = Some(api.version).filter(|_| !api.is_removed(self.highest));
            let named = own.into_iter().chain(api.instead);
            named.flat_map(move |version| [version.to_owned(), format!("{version}/{}", api.kind)])
        });
        capabilities.api_versions.extend(kinds);
        if let Ok(version) = KubeVersion::parse(&format!("v1.{}.0", self.highest))
            && known.kube_version.minor != self.highest.to_string()
        {
            capabilities.kube_version = version;
        }
        capabilities
    }
}

/// The findings on objects whose API `is_meant` for the version asked for, as far as a cluster of that version would get
/// them: what templates pick by `.Capabilities` is looked at once more with what such a cluster really has.
fn judge(
    context: &Context<'_>,
    is_meant: &dyn Fn(&Api, u32) -> bool,
    verdict: &dyn Fn(&Api, &Asked) -> Verdict,
) -> Vec<Diagnostic> {
    // A cluster that was made up to open branches is none that anybody has asked for.
    let is_made_up_cluster = context.scenario.changes.keys().any(|key| {
        matches!(key, Key::Environment(key) if !matches!(key, EnvironmentKey::IsUpgrade | EnvironmentKey::IsInstall | EnvironmentKey::Namespace | EnvironmentKey::ReleaseName))
    });
    let Some(asked) = Asked::of(context).filter(|_| !is_made_up_cluster) else { return Vec::new() };
    let meant: Vec<(Shown<'_>, Api)> = own_objects(context)
        .filter_map(|shown| Some((shown, Api::of(shown.object)?)))
        .filter(|(_, api)| is_meant(api, asked.highest))
        .collect();
    if meant.is_empty() {
        return Vec::new();
    }
    let capabilities = asked.capabilities(&context.scenario.environment.capabilities);
    let is_wanted = |name: &str| meant.iter().any(|(shown, _)| &*shown.template.name == name);
    let remaining: Vec<(Span, &str)> = context.on_cluster(capabilities, &is_wanted, |view| {
        let objects = view.objects();
        let found = objects.filter_map(|shown| {
            let api = Api::of(shown.object)?;
            let entry = shown.object.root.node.get("apiVersion")?;
            let place = view.place_of(shown.object.template, &entry.value)?;
            Some((place.span, api.version))
        });
        found.collect()
    });
    let report = |(shown, api): &(Shown<'_>, Api)| {
        let shown = *shown;
        let entry = shown.object.root.node.get("apiVersion")?;
        let place = shown.view.place_of(shown.object.template, &entry.value)?;
        if !remaining.contains(&(place.span, api.version)) || is_made_up(shown, entry.value.range) {
            return None;
        }
        let Verdict { rule, severity, message, label } = verdict(api, &asked);
        let finding = entry_spot(context, shown, entry)?
            .finding(rule, severity, message, shown.object)
            .label(label)
            .note(asked.by.as_str())
            .subject(format!("{} {} {}", api.version, api.kind, shown.template.name));
        Some(match api.instead {
            Some(instead) => {
                finding.help(format!("write `apiVersion: {instead}`; its fields may be other ones"))
            }
            None => finding.help("nothing takes its place: leave the object out"),
        })
    };
    meant.iter().filter_map(report).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_the_table_is_read() {
        for line in lines() {
            let api = Api::parse(line);
            assert!(api.is_some_and(|api| api.deprecated.or(api.removed).is_some()), "{line}");
        }
        let newest = Capabilities::default().kube_version.minor;
        assert_eq!(newest, NEWEST.to_string());
    }
}
