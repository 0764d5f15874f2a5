//! The scenarios of charts, with the values to paste into a file for Helm: for people, and for programs.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value as Json;

use crate::engine::Environment;
use crate::explore::{Scenario, ScenarioKind};
use crate::lint::ChartOutcome;
use crate::source::SourceMap;
use crate::values::{Data, Value};
use crate::yaml;

use super::counted;
use super::display::{for_terminal, inside, one_line, path};
use super::json::LocationJson;

/// Characters of a condition that are shown.
const MAX_CONDITION: usize = 72;

/// Each scenario as a YAML document: what is known of it as comments, and its values.
pub fn scenarios(charts: &[ChartOutcome]) -> String {
    let mut out = String::new();
    for chart in charts {
        let scenarios = &chart.coverage.scenarios;
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "# {}: {}", path(&chart.path), counted(scenarios.len(), "scenario"));
        for scenario in scenarios {
            let _ = writeln!(out, "---\n# {}: {}", path(&scenario.name), about(scenario));
            for condition in conditions(chart, scenario) {
                let _ = writeln!(out, "#   {condition}");
            }
            let options = options_of(&scenario.environment);
            if !options.is_empty() {
                let _ = writeln!(out, "# with {}", path(&options.join(" ")));
            }
            out.push_str(&for_terminal(&yaml_of(&scenario.user)));
        }
        if chart.coverage.is_cut_short {
            out.push_str("# there is more to try; --max-scenarios allows more\n");
        }
    }
    out
}

fn about(scenario: &Scenario) -> String {
    let is_empty = scenario.user.as_map().is_none_or(std::collections::BTreeMap::is_empty);
    match scenario.kind {
        _ if scenario.release.is_some() => "the values of a release".to_owned(),
        ScenarioKind::Base if is_empty => "the chart's defaults".to_owned(),
        ScenarioKind::Base => "the given values".to_owned(),
        ScenarioKind::User => "your values".to_owned(),
        ScenarioKind::Opened => {
            let count = scenario.opens.len();
            format!("made up to open {count} {}", if count == 1 { "branch" } else { "branches" })
        }
    }
}

/// The conditions that a scenario was made for, and how they come out; those that say the same in one line for each file.
fn conditions(chart: &ChartOutcome, scenario: &Scenario) -> Vec<String> {
    let mut told: Vec<(String, Vec<u32>, String)> = Vec::new();
    for opening in &scenario.opens {
        let file = chart.sources.file(opening.condition.file);
        let line = file.position(opening.condition.range.start).line;
        let at = path(inside(&chart.path, file.path()));
        let text = shortened(chart.sources.slice(opening.condition));
        let text = format!("{}: {text}", opening.side.holds);
        match told.iter_mut().find(|(file, _, known)| *file == at && *known == text) {
            Some((_, lines, _)) => lines.push(line),
            None => told.push((at, vec![line], text)),
        }
    }
    let shown = told.into_iter().map(|(at, mut lines, text)| {
        lines.dedup();
        let lines: Vec<String> = lines.iter().map(u32::to_string).collect();
        format!("{at}:{} {text}", lines.join(","))
    });
    shown.collect()
}

fn shortened(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(MAX_CONDITION) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line,
    }
}

/// Values as a file for `helm template -f`.
fn yaml_of(values: &Value) -> String {
    match yaml::write(&data_of(values)) {
        Some(written) => written.text,
        // What is too deep for Helm's writer is so for its reader too; JSON at least shows it.
        None => format!("{}\n", values.to_json()),
    }
}

fn data_of(value: &Value) -> yaml::Data<'_> {
    match &value.data {
        Data::Null => yaml::Data::Null,
        Data::Bool(value) => yaml::Data::Bool(*value),
        Data::Int(value) => yaml::Data::Int(*value),
        Data::Float(value) => yaml::Data::Float(*value),
        Data::Str(text) => yaml::Data::Str(text),
        Data::List(items) => yaml::Data::Seq(items.iter().map(data_of).collect()),
        Data::Map(map) => {
            let entries = map.iter();
            let entries = entries.map(|(key, value)| (Cow::Borrowed(&**key), data_of(value)));
            yaml::Data::Map(entries.collect())
        }
    }
}

/// What an environment has that that of `helm template` has not.
struct Difference<'e> {
    kube_version: Option<&'e str>,
    api_versions: Vec<&'e str>,
    is_upgrade: bool,
    namespace: Option<&'e str>,
    release_name: Option<&'e str>,
}

impl<'e> Difference<'e> {
    fn of(environment: &'e Environment) -> Self {
        let default = Environment::default();
        let (release, capabilities) = (&environment.release, &environment.capabilities);
        let differs = |own: &'e str, default: &str| (own != default).then_some(own);
        let known = &default.capabilities.api_versions;
        let new = capabilities.api_versions.iter().filter(|version| !known.contains(version));
        Self {
            kube_version: differs(
                &capabilities.kube_version.version,
                &default.capabilities.kube_version.version,
            ),
            api_versions: new.map(String::as_str).collect(),
            is_upgrade: release.is_upgrade,
            namespace: differs(&release.namespace, &default.release.namespace),
            release_name: differs(&release.name, &default.release.name),
        }
    }
}

/// The options with which `helm template` sees the same cluster and release.
fn options_of(environment: &Environment) -> Vec<String> {
    let difference = Difference::of(environment);
    let option = |name: &'static str| move |value: &str| format!("--{name} {value}");
    let mut options: Vec<String> = Vec::new();
    options.extend(difference.release_name.map(option("name-template")));
    options.extend(difference.namespace.map(option("namespace")));
    options.extend(difference.kube_version.map(option("kube-version")));
    options.extend(difference.api_versions.into_iter().map(option("api-versions")));
    options.extend(difference.is_upgrade.then(|| "--is-upgrade".to_owned()));
    options
}

/// A scenario with what differs from the chart's defaults and from those of `helm template`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScenarioJson<'c> {
    name: &'c str,
    values: Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    kube_version: Option<&'c str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    api_versions: Vec<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_upgrade: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release_name: Option<&'c str>,
}

impl<'c> ScenarioJson<'c> {
    pub(super) fn new(scenario: &'c Scenario) -> Self {
        let difference = Difference::of(&scenario.environment);
        Self {
            name: &scenario.name,
            values: scenario.user.to_json(),
            kube_version: difference.kube_version,
            api_versions: difference.api_versions,
            is_upgrade: difference.is_upgrade.then_some(true),
            namespace: difference.namespace,
            release_name: difference.release_name,
        }
    }
}

#[derive(Serialize)]
struct DocumentJson<'c> {
    version: u32,
    charts: Vec<ChartJson<'c>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChartJson<'c> {
    chart: &'c str,
    scenarios: Vec<ListedJson<'c>>,
    /// There were more scenarios to try.
    cut_short: bool,
}

#[derive(Serialize)]
struct ListedJson<'c> {
    #[serde(flatten)]
    scenario: ScenarioJson<'c>,
    /// The sides of branches that it was made for.
    opens: Vec<OpenedJson<'c>>,
}

#[derive(Serialize)]
struct OpenedJson<'c> {
    location: LocationJson<'c>,
    side: bool,
}

impl<'c> ListedJson<'c> {
    fn new(sources: &'c SourceMap, scenario: &'c Scenario) -> Self {
        let opens = scenario.opens.iter();
        Self {
            scenario: ScenarioJson::new(scenario),
            opens: opens
                .map(|opening| OpenedJson {
                    location: LocationJson::new(sources, opening.condition),
                    side: opening.side.holds,
                })
                .collect(),
        }
    }
}

/// The same as one JSON document. Its shape is stable while `version` is 1.
pub fn scenarios_json(charts: &[ChartOutcome]) -> String {
    let charts = charts.iter().map(|chart| ChartJson {
        chart: &chart.path,
        scenarios: chart
            .coverage
            .scenarios
            .iter()
            .map(|scenario| ListedJson::new(&chart.sources, scenario))
            .collect(),
        cut_short: chart.coverage.is_cut_short,
    });
    let document = DocumentJson { version: 1, charts: charts.collect() };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::engine::explore::{Side, Site};
    use crate::explore::Opening;
    use crate::source::Span;

    /// The listing of a chart whose scenario opens the conditions at these ranges of `text`.
    #[track_caller]
    fn check(text: &str, conditions: &[(usize, usize)], user: Data, expected: &str) {
        let mut chart = ChartOutcome { path: "web".to_owned(), ..ChartOutcome::default() };
        let file = chart.sources.add("web/templates/a.yaml", text);
        let user = Value::made_up(user);
        let mut scenario =
            Scenario::new("opened-1", ScenarioKind::Opened, user, Environment::default());
        let opening = |(start, end): &(usize, usize)| Opening {
            condition: Span::new(file, *start, *end),
            side: Side { site: Site { file, start: 0 }, holds: *start < 27 },
            keys: Vec::new(),
            changes: BTreeMap::new(),
        };
        scenario.opens = conditions.iter().map(opening).collect();
        chart.coverage.scenarios.push(scenario);
        assert_eq!(scenarios(&[chart]), format!("# web: 1 scenario\n---\n# opened-1: {expected}"));
    }

    fn map(key: &str, value: &str) -> Data {
        let value = Value::made_up(Data::Str(Arc::from(value)));
        Data::Map(BTreeMap::from([(Arc::from(key), value)]))
    }

    #[test]
    fn conditions_that_say_the_same_stand_together() {
        check(
            "{{if a}}\n{{if b}}\n{{if a}}\n{{if a}}",
            &[(0, 8), (9, 17), (18, 26), (27, 35)],
            map("a", "on"),
            "made up to open 4 branches\n\
             #   templates/a.yaml:1,3 true: {{if a}}\n\
             #   templates/a.yaml:2 true: {{if b}}\n\
             #   templates/a.yaml:4 false: {{if a}}\n\
             a: \"on\"\n",
        );
    }

    #[test]
    fn long_conditions_are_cut_and_hostile_ones_are_harmless() {
        let long = format!("{}\u{1b}", "é".repeat(80));
        let cut = format!("#   templates/a.yaml:1 true: {}…\n", "é".repeat(72));
        check(
            &long,
            &[(0, long.len())],
            map("a", "\u{1b}"),
            &format!("made up to open 1 branch\n{cut}a: \"\\e\"\n"),
        );
        check(
            "\u{1b}",
            &[(0, 1)],
            Data::Map(BTreeMap::new()),
            "made up to open 1 branch\n#   templates/a.yaml:1 true: ␛\n{}\n",
        );
    }
}
