//! Which branches were seen: for people, for programs, and as a tracefile of lcov.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value as Json;

use crate::engine::explore::{EnvironmentKey, Key, Obstacle};
use crate::explore::{
    Closed, Coverage, Failure, FileReport, Reach, Scenario, SideReport, Workload,
};
use crate::lint::ChartOutcome;
use crate::source::SourceMap;
use crate::values::Data;

use super::display::{one_line, path, place};
use super::json::LocationJson;

/// How many sides, and how many of them each kind of scenario was the first to open.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Counts {
    total: usize,
    default: usize,
    user: usize,
    explored: usize,
}

impl Counts {
    fn of<'s>(sides: impl Iterator<Item = &'s SideReport>) -> Self {
        let mut counts = Self::default();
        for side in sides {
            counts.total += 1;
            match side.state {
                Ok(Reach::Default) => counts.default += 1,
                Ok(Reach::User) => counts.user += 1,
                Ok(Reach::Explored) => counts.explored += 1,
                Err(_) => {}
            }
        }
        counts
    }

    const fn seen(self) -> usize {
        self.default + self.user + self.explored
    }

    fn add(&mut self, other: Self) {
        self.total += other.total;
        self.default += other.default;
        self.user += other.user;
        self.explored += other.explored;
    }
}

fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "100 %".to_owned();
    }
    format!("{:.1} %", part as f64 * 100.0 / whole as f64)
}

/// The table for people: each file with its sides, and what stayed closed.
pub fn coverage(charts: &[ChartOutcome]) -> String {
    let mut out = String::new();
    let (mut all, mut workloads, mut reached) = (Counts::default(), 0, 0);
    for chart in charts {
        let Coverage { files, scenarios, is_cut_short, .. } = &chart.coverage;
        let _ = writeln!(out, "{}: {}", path(&chart.path), counted(scenarios.len(), "scenario"));
        let width = files
            .iter()
            .map(|file| chart.sources.file(file.file).path().chars().count())
            .max()
            .unwrap_or_default();
        for file in files {
            let counts = Counts::of(file.sides.iter());
            all.add(counts);
            let _ = writeln!(
                out,
                "  {:width$}  {:>7}  {}/{} sides: {} by default, {} by your scenarios, {} by exploration",
                path(chart.sources.file(file.file).path()),
                percent(counts.seen(), counts.total),
                counts.seen(),
                counts.total,
                counts.default,
                counts.user,
                counts.explored,
            );
        }
        for side in chart.coverage.sides() {
            if let Err(closed) = &side.state {
                let at = place(chart.sources.file(side.span.file), side.span.range.start);
                let _ = writeln!(out, "  closed: {at}: {}: {}", side_name(side), reason(closed));
            }
        }
        for workload in &chart.coverage.workloads {
            workloads += 1;
            reached += usize::from(workload.scenario.is_some());
            if workload.scenario.is_none() {
                let at = place(chart.sources.file(workload.span.file), workload.span.range.start);
                let _ = writeln!(out, "  not rendered: {at}: {}", one_line(&workload.kind));
            }
        }
        if *is_cut_short {
            out.push_str("  there were more scenarios to try; --max-scenarios allows more\n");
        }
    }
    let _ = writeln!(
        out,
        "{}: {} of {} sides of branches seen ({}; {} by default), {reached} of {workloads} workload templates rendered",
        counted(charts.len(), "chart"),
        all.seen(),
        all.total,
        percent(all.seen(), all.total),
        percent(all.default, all.total),
    );
    out
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

const fn side_name(side: &SideReport) -> &'static str {
    if side.holds { "the condition never holds" } else { "the condition always holds" }
}

/// Why a side stayed closed, in words.
fn reason(closed: &Closed) -> String {
    match closed {
        Closed::Obstacle(obstacle) => match obstacle {
            Obstacle::Constant => "no value decides it".to_owned(),
            Obstacle::Lookup => "it depends on what is in the cluster".to_owned(),
            Obstacle::Files => "it depends on the files of the chart".to_owned(),
            Obstacle::ApiAbsent => {
                "`helm template` can add API versions, but not take them away".to_owned()
            }
            Obstacle::Unsolved => "no values were found that decide it".to_owned(),
        },
        Closed::Failed(failure) => match failure {
            Failure::Fails(message) => {
                format!("the chart fails with what was tried: {}", one_line(message))
            }
            Failure::Refused(message) => {
                format!("the chart refuses what was tried: {}", one_line(message))
            }
            Failure::Invalid(message) => {
                format!("what was tried gives no YAML: {}", one_line(message))
            }
            Failure::Schema => "values.schema.json does not allow what was tried".to_owned(),
            Failure::Unmoved => "what was tried did not change it".to_owned(),
        },
        Closed::Inside => "it stands in a branch that is closed".to_owned(),
        Closed::Unused(name) => format!("nothing that was rendered includes `{}`", one_line(name)),
        Closed::Unreached => "no scenario came to it".to_owned(),
        Closed::Budget => "there were more scenarios to try than --max-scenarios allows".to_owned(),
        Closed::Unexplored => "exploration is off".to_owned(),
    }
}

/// The class of a reason, for programs.
const fn class(closed: &Closed) -> &'static str {
    match closed {
        Closed::Obstacle(obstacle) => match obstacle {
            Obstacle::Constant => "constant",
            Obstacle::Lookup => "lookup",
            Obstacle::Files => "files",
            Obstacle::ApiAbsent => "api-absent",
            Obstacle::Unsolved => "unsolved",
        },
        Closed::Failed(failure) => match failure {
            Failure::Fails(_) => "fails",
            Failure::Refused(_) => "refused",
            Failure::Invalid(_) => "invalid",
            Failure::Schema => "schema",
            Failure::Unmoved => "unmoved",
        },
        Closed::Inside => "inside",
        Closed::Unused(_) => "unused",
        Closed::Unreached => "unreached",
        Closed::Budget => "budget",
        Closed::Unexplored => "unexplored",
    }
}

#[derive(Serialize)]
struct DocumentJson<'c> {
    version: u32,
    charts: Vec<ChartJson<'c>>,
    summary: SummaryJson,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChartJson<'c> {
    chart: &'c str,
    scenarios: Vec<ScenarioJson<'c>>,
    templates: Vec<TemplateJson<'c>>,
    workloads: Vec<WorkloadJson<'c>>,
    /// There were more scenarios to try.
    cut_short: bool,
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
        let default = crate::engine::Environment::default();
        let environment = &scenario.environment;
        let (release, capabilities) = (&environment.release, &environment.capabilities);
        let differs = |own: &'c str, default: &str| (own != default).then_some(own);
        let known = &default.capabilities.api_versions;
        Self {
            name: &scenario.name,
            values: scenario.user.to_json(),
            kube_version: differs(
                &capabilities.kube_version.version,
                &default.capabilities.kube_version.version,
            ),
            api_versions: capabilities
                .api_versions
                .iter()
                .filter(|version| !known.contains(version))
                .map(String::as_str)
                .collect(),
            is_upgrade: release.is_upgrade.then_some(true),
            namespace: differs(&release.namespace, &default.release.namespace),
            release_name: differs(&release.name, &default.release.name),
        }
    }
}

#[derive(Serialize)]
struct TemplateJson<'c> {
    path: &'c str,
    sides: Counts,
    closed: Vec<ClosedJson<'c>>,
}

#[derive(Serialize)]
struct ClosedJson<'c> {
    location: LocationJson<'c>,
    side: bool,
    class: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct WorkloadJson<'c> {
    kind: &'c str,
    location: LocationJson<'c>,
    scenario: Option<&'c str>,
}

impl<'c> WorkloadJson<'c> {
    fn new(sources: &'c SourceMap, workload: &'c Workload) -> Self {
        Self {
            kind: &workload.kind,
            location: LocationJson::new(sources, workload.span),
            scenario: workload.scenario.as_ref().map(|(name, _)| name.as_str()),
        }
    }
}

#[derive(Default, Serialize)]
struct SummaryJson {
    charts: usize,
    scenarios: usize,
    sides: Counts,
    workloads: usize,
    rendered: usize,
}

/// The same as one JSON document. Its shape is stable while `version` is 1.
pub fn coverage_json(charts: &[ChartOutcome]) -> String {
    let mut summary = SummaryJson { charts: charts.len(), ..SummaryJson::default() };
    let mut listed = Vec::with_capacity(charts.len());
    for chart in charts {
        let Coverage { files, workloads, scenarios, is_cut_short, .. } = &chart.coverage;
        let templates: Vec<TemplateJson<'_>> =
            files.iter().map(|file| template_json(&chart.sources, file)).collect();
        for template in &templates {
            summary.sides.add(template.sides);
        }
        summary.scenarios += scenarios.len();
        summary.workloads += workloads.len();
        summary.rendered += workloads.iter().filter(|found| found.scenario.is_some()).count();
        listed.push(ChartJson {
            chart: &chart.path,
            scenarios: scenarios.iter().map(ScenarioJson::new).collect(),
            templates,
            workloads: workloads
                .iter()
                .map(|found| WorkloadJson::new(&chart.sources, found))
                .collect(),
            cut_short: *is_cut_short,
        });
    }
    let document = DocumentJson { version: 1, charts: listed, summary };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn template_json<'c>(sources: &'c SourceMap, file: &'c FileReport) -> TemplateJson<'c> {
    let closed = file.sides.iter().filter_map(|side| {
        let why = side.state.as_ref().err()?;
        let location = LocationJson::new(sources, side.span);
        Some(ClosedJson { location, side: side.holds, class: class(why), reason: reason(why) })
    });
    TemplateJson {
        path: sources.file(file.file).path(),
        sides: Counts::of(file.sides.iter()),
        closed: closed.collect(),
    }
}

/// The same as a tracefile: a line is hit unless it stands in a block that stayed closed.
pub fn coverage_lcov(charts: &[ChartOutcome]) -> String {
    let mut out = String::new();
    for chart in charts {
        for file in &chart.coverage.files {
            let source = chart.sources.file(file.file);
            let _ = writeln!(out, "TN:\nSF:{}", path(source.path()));
            let line_of = |offset: u32| source.position(offset).line;
            let mut branches = 0;
            let mut blocks: BTreeMap<u32, usize> = BTreeMap::new();
            for side in &file.sides {
                let line = line_of(side.span.range.start);
                // Both sides of a branch have the same number; two branches of a line differ.
                let next = blocks.len();
                let block = *blocks.entry(side.span.range.start).or_insert(next);
                let taken = if side.state.is_ok() { "1" } else { "0" };
                let _ = writeln!(out, "BRDA:{line},{block},{},{taken}", u8::from(!side.holds));
                branches += 1;
            }
            let hit = file.sides.iter().filter(|side| side.state.is_ok()).count();
            let _ = writeln!(out, "BRF:{branches}\nBRH:{hit}");
            let mut lines: BTreeMap<u32, bool> =
                (1..=source.line_count()).map(|line| (line as u32, true)).collect();
            for side in file.sides.iter().filter(|side| side.state.is_err()) {
                let Some(block) = side.block.filter(|block| !block.is_empty()) else { continue };
                // The lines of the actions around the block are reached.
                let (first, last) = (line_of(block.start), line_of(block.end));
                for line in first + 1..last {
                    lines.insert(line, false);
                }
            }
            for (line, is_hit) in &lines {
                let _ = writeln!(out, "DA:{line},{}", u8::from(*is_hit));
            }
            let hit = lines.values().filter(|is_hit| **is_hit).count();
            let _ = writeln!(out, "LF:{}\nLH:{hit}\nend_of_record", lines.len());
        }
    }
    out
}

/// What a scenario changes, for people: values as YAML, and options of Helm.
pub(super) fn options_of(scenario: &Scenario) -> Vec<String> {
    let mut options = Vec::new();
    for (key, setting) in &scenario.changes {
        let Key::Environment(key) = key else { continue };
        match (key, &setting.data) {
            (EnvironmentKey::KubeVersion, Data::Str(version)) => {
                options.push(format!("--kube-version {version}"));
            }
            (EnvironmentKey::Api(version), _) => options.push(format!("--api-versions {version}")),
            (EnvironmentKey::IsUpgrade, Data::Bool(true)) => {
                options.push("--is-upgrade".to_owned())
            }
            (EnvironmentKey::Namespace, Data::Str(name)) => {
                options.push(format!("--namespace {name}"))
            }
            (EnvironmentKey::ReleaseName, Data::Str(name)) => {
                options.push(format!("as release {name}"))
            }
            _ => {}
        }
    }
    options
}
