//! The report for programs. Its shape is stable: fields are added, never changed, while `version` is 1.

use serde::Serialize;
use serde_json::Value as Json;

use crate::config::names::BASE;
use crate::diagnostic::{Diagnostic, Frame, Label, ObjectRef, ScenarioRef};
use crate::lint::Branches;
use crate::rules::Catalogue;
use crate::source::{SourceMap, Span};

use super::fingerprint::fingerprints;
use super::{Chart, Report, Summary};

/// Writes the report as one JSON document.
pub fn json(report: &Report) -> String {
    // Only maps with keys that are no strings can fail, and there are none.
    let mut text = serde_json::to_string_pretty(&document(report)).unwrap_or_default();
    text.push('\n');
    text
}

/// The report as JSON values.
pub(super) fn document(report: &Report) -> serde_json::Value {
    let fingerprints = fingerprints(report);
    let document = DocumentJson {
        version: 1,
        tool: ToolJson { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        diagnostics: report
            .diagnostics()
            .zip(&fingerprints)
            .map(|((chart, diagnostic), fingerprint)| {
                DiagnosticJson::new(chart, diagnostic, fingerprint)
            })
            .collect(),
        summary: SummaryJson::from(report.summary()),
    };
    serde_json::to_value(&document).unwrap_or_default()
}

#[derive(Serialize)]
struct DocumentJson<'a> {
    version: u32,
    tool: ToolJson,
    diagnostics: Vec<DiagnosticJson<'a>>,
    summary: SummaryJson,
}

#[derive(Serialize)]
struct ToolJson {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct DiagnosticJson<'a> {
    rule: &'a str,
    category: Option<&'static str>,
    severity: &'static str,
    message: &'a str,
    chart: &'a str,
    location: LocationJson<'a>,
    label: &'a str,
    related: Vec<LabelJson<'a>>,
    notes: &'a [String],
    help: Option<&'a str>,
    object: Option<ObjectJson<'a>>,
    trace: Vec<FrameJson<'a>>,
    scenario: ScenarioRefJson<'a>,
    fingerprint: &'a str,
}

impl<'a> DiagnosticJson<'a> {
    fn new(chart: &'a Chart, diagnostic: &'a Diagnostic, fingerprint: &'a str) -> Self {
        let rule = Catalogue::get().find(diagnostic.rule);
        let sources = &chart.sources;
        Self {
            rule: diagnostic.rule,
            category: rule.map(|rule| rule.category.as_str()),
            severity: diagnostic.severity.as_str(),
            message: &diagnostic.message,
            chart: &chart.path,
            location: LocationJson::new(sources, diagnostic.primary.span),
            label: &diagnostic.primary.message,
            related: diagnostic.related.iter().map(|r| LabelJson::new(sources, r)).collect(),
            notes: &diagnostic.notes,
            help: diagnostic.help.as_deref(),
            object: diagnostic.object.as_ref().map(ObjectJson::from),
            trace: diagnostic.trace.iter().map(|f| FrameJson::new(sources, f)).collect(),
            scenario: ScenarioRefJson::new(diagnostic.scenario.as_ref()),
            fingerprint,
        }
    }
}

#[derive(Serialize)]
pub(super) struct LocationJson<'a> {
    path: &'a str,
    start: PositionJson,
    end: PositionJson,
}

impl<'a> LocationJson<'a> {
    pub(super) fn new(sources: &'a SourceMap, span: Span) -> Self {
        let file = sources.file(span.file);
        let at = |offset: u32| {
            let position = file.position(offset);
            PositionJson { line: position.line, column: position.column, offset }
        };
        Self { path: file.path(), start: at(span.range.start), end: at(span.range.end) }
    }
}

/// Line and column count from 1, columns in code points; the offset counts bytes from 0.
#[derive(Serialize)]
struct PositionJson {
    line: u32,
    column: u32,
    offset: u32,
}

#[derive(Serialize)]
struct LabelJson<'a> {
    message: &'a str,
    location: LocationJson<'a>,
}

impl<'a> LabelJson<'a> {
    fn new(sources: &'a SourceMap, label: &'a Label) -> Self {
        Self { message: &label.message, location: LocationJson::new(sources, label.span) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectJson<'a> {
    api_version: &'a str,
    kind: &'a str,
    name: &'a str,
    pointer: &'a str,
}

impl<'a> From<&'a ObjectRef> for ObjectJson<'a> {
    fn from(object: &'a ObjectRef) -> Self {
        let ObjectRef { api_version, kind, name, pointer } = object;
        Self { api_version, kind, name, pointer }
    }
}

#[derive(Serialize)]
pub(super) struct FrameJson<'a> {
    template: &'a str,
    location: LocationJson<'a>,
}

impl<'a> FrameJson<'a> {
    pub(super) fn new(sources: &'a SourceMap, frame: &'a Frame) -> Self {
        Self { template: &frame.template, location: LocationJson::new(sources, frame.call) }
    }
}

/// Under which values the finding is there, as far as they are not the given ones.
#[derive(Serialize)]
struct ScenarioRefJson<'a> {
    name: &'a str,
    values: Json,
}

impl<'a> ScenarioRefJson<'a> {
    fn new(scenario: Option<&'a ScenarioRef>) -> Self {
        match scenario {
            Some(scenario) => Self { name: &scenario.name, values: scenario.values.clone() },
            None => Self { name: BASE, values: Json::Object(serde_json::Map::new()) },
        }
    }
}

#[derive(Serialize)]
struct SummaryJson {
    charts: usize,
    releases: usize,
    files: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
    incomplete: usize,
    branches: BranchesJson,
}

/// Sides of branches, of the charts that were explored.
#[derive(Serialize)]
struct BranchesJson {
    total: usize,
    seen: usize,
}

impl From<Summary> for SummaryJson {
    fn from(summary: Summary) -> Self {
        let Summary { charts, releases, files, errors, warnings, infos, incomplete, branches } =
            summary;
        let Branches { total, seen } = branches;
        let branches = BranchesJson { total, seen };
        Self { charts, releases, files, errors, warnings, infos, incomplete, branches }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::diagnostic::Severity;
    use crate::lint::ChartOutcome;

    /// A report with one finding that has everything.
    pub(in crate::report) fn full() -> Report {
        let mut sources = SourceMap::default();
        let file = sources.add("web/values.yaml", "é: 1\nb: 2\n");
        let object = ObjectRef {
            api_version: "v1".into(),
            kind: "Secret".into(),
            name: "x".into(),
            pointer: "/data".into(),
        };
        let frame = Frame { template: "web.x".into(), call: Span::new(file, 0, 2) };
        let span = Span::new(file, 4, 7);
        let diagnostic = Diagnostic::new("duplicate-key", Severity::Error, span, "twice")
            .related(Span::new(file, 0, 2), "first")
            .note("n")
            .help("h")
            .object(object)
            .trace(vec![frame]);
        let opened =
            ScenarioRef { name: "opened-1".to_owned(), values: serde_json::json!({"a": 1}) };
        let mut other =
            Diagnostic::new("duplicate-key", Severity::Warning, Span::new(file, 6, 7), "too");
        other.scenario = Some(opened);
        let diagnostics = vec![diagnostic, other];
        let path = "web".to_owned();
        Report::new(vec![ChartOutcome {
            path,
            sources,
            diagnostics,
            files: 3,
            incomplete: true,
            branches: Branches { total: 6, seen: 5 },
            ..ChartOutcome::default()
        }])
    }

    #[track_caller]
    fn check(pointer: &str, expected: &serde_json::Value) {
        let document: serde_json::Value = serde_json::from_str(&json(&full())).unwrap();
        assert_eq!(document.pointer(pointer), Some(expected));
    }

    #[test]
    fn shape() {
        use serde_json::json;
        check("/version", &json!(1));
        check("/tool/name", &json!("chartlint"));
        check("/diagnostics/0/rule", &json!("duplicate-key"));
        check("/diagnostics/0/category", &json!("values"));
        check("/diagnostics/0/chart", &json!("web"));
        check(
            "/diagnostics/0/location",
            &json!({
                "path": "web/values.yaml",
                "start": {"line": 1, "column": 4, "offset": 4},
                "end": {"line": 2, "column": 2, "offset": 7},
            }),
        );
        check("/diagnostics/0/related/0/message", &json!("first"));
        check("/diagnostics/0/trace/0/template", &json!("web.x"));
        check(
            "/diagnostics/0/object",
            &json!({"apiVersion": "v1", "kind": "Secret", "name": "x", "pointer": "/data"}),
        );
        check(
            "/summary",
            &json!({
                "charts": 1,
                "releases": 0,
                "files": 3,
                "errors": 1,
                "warnings": 1,
                "infos": 0,
                "incomplete": 1,
                "branches": {"total": 6, "seen": 5},
            }),
        );
        check("/diagnostics/0/scenario", &json!({"name": "base", "values": {}}));
        check("/diagnostics/1/scenario", &json!({"name": "opened-1", "values": {"a": 1}}));
    }
}
