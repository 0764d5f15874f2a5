//! From diagnostics to output. Colour, width and JSON begin here.

use std::fmt::Write as _;

use crate::diagnostic::{Diagnostic, Severity};
use crate::lint::{Branches, ChartOutcome};
use crate::source::SourceMap;

mod concise;
mod coverage;
mod display;
mod fingerprint;
mod human;
mod json;
mod rendering;
mod scenarios;
mod template;

pub use concise::concise;
pub use coverage::{coverage, coverage_json, coverage_lcov};
pub use display::for_terminal;
pub use human::human;
pub use json::json;
pub use rendering::{origins, rendering_json};
pub use scenarios::{scenarios, scenarios_json};
pub use template::{ReportTemplate, ReportTemplateError};

/// The diagnostics of all charts in the order of output.
#[derive(Debug)]
pub struct Report {
    charts: Vec<Chart>,
    findings: Vec<Finding>,
    summary: Summary,
}

/// A chart of a [`Report`].
#[derive(Debug)]
pub struct Chart {
    /// Its directory or archive.
    pub path: String,
    /// What its diagnostics point into.
    pub sources: SourceMap,
}

/// A diagnostic and the chart it belongs to.
#[derive(Debug)]
struct Finding {
    chart: usize,
    diagnostic: Diagnostic,
}

/// The counts at the end of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Charts that were linted.
    pub charts: usize,
    /// Releases that were read.
    pub releases: usize,
    /// Files that were read.
    pub files: usize,
    /// Diagnostics of severity error.
    pub errors: usize,
    /// Diagnostics of severity warning.
    pub warnings: usize,
    /// Diagnostics of severity info.
    pub infos: usize,
    /// Charts of which some part could not be analysed.
    pub incomplete: usize,
    /// Sides of branches of the charts that were explored.
    pub branches: Branches,
}

impl Report {
    /// Sorts: by chart, file, place and rule.
    pub fn new(mut outcomes: Vec<ChartOutcome>) -> Self {
        outcomes.sort_by(|a, b| a.path.cmp(&b.path));
        let mut summary = Summary::default();
        let mut charts = Vec::with_capacity(outcomes.len());
        let mut findings = Vec::new();
        for (chart, outcome) in outcomes.into_iter().enumerate() {
            summary.charts += usize::from(!outcome.is_release);
            summary.releases += outcome.releases;
            summary.files += outcome.files;
            summary.incomplete += usize::from(outcome.incomplete);
            summary.branches.total += outcome.branches.total;
            summary.branches.seen += outcome.branches.seen;
            let sources = outcome.sources;
            let mut diagnostics = outcome.diagnostics;
            diagnostics.sort_by(|a, b| {
                let key = |d: &Diagnostic| (d.primary.span.range, d.rule);
                let path = |d: &Diagnostic| sources.file(d.primary.span.file).path().to_owned();
                path(a)
                    .cmp(&path(b))
                    .then_with(|| key(a).cmp(&key(b)))
                    .then_with(|| a.message.cmp(&b.message))
                    .then_with(|| a.subject.cmp(&b.subject))
            });
            for diagnostic in diagnostics {
                match diagnostic.severity {
                    Severity::Error => summary.errors += 1,
                    Severity::Warning => summary.warnings += 1,
                    Severity::Info => summary.infos += 1,
                }
                findings.push(Finding { chart, diagnostic });
            }
            charts.push(Chart { path: outcome.path, sources });
        }
        Self { charts, findings, summary }
    }

    /// Whether nothing was linted at all.
    pub fn is_empty(&self) -> bool {
        self.charts.is_empty()
    }

    /// The counts.
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// The worst severity that occurs.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.diagnostic.severity).max()
    }

    /// All diagnostics with their charts, in the order of output.
    pub fn diagnostics(&self) -> impl Iterator<Item = (&Chart, &Diagnostic)> {
        self.findings.iter().filter_map(|finding| {
            self.charts.get(finding.chart).map(|chart| (chart, &finding.diagnostic))
        })
    }
}

impl Summary {
    /// `3 charts: 2 errors, 1 warning, 0 infos; 5 of 6 branch sides seen`, and how many charts could not be analysed as a
    /// whole.
    pub fn line(self) -> String {
        let releases = match self.releases {
            0 => String::new(),
            some => format!(", {}", counted(some, "release")),
        };
        let mut line = format!(
            "{}{releases}: {}, {}, {}",
            counted(self.charts, "chart"),
            counted(self.errors, "error"),
            counted(self.warnings, "warning"),
            counted(self.infos, "info"),
        );
        let Branches { total, seen } = self.branches;
        if total > 0 {
            let _ = write!(line, "; {seen} of {} seen", counted(total, "branch side"));
        }
        if self.incomplete > 0 {
            let _ =
                write!(line, " ({} not analysed completely)", counted(self.incomplete, "chart"));
        }
        line
    }
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(summary: Summary, expected: &str) {
        assert_eq!(summary.line(), expected);
    }

    #[test]
    fn counts_have_their_plural() {
        let summary = Summary { charts: 3, errors: 2, warnings: 1, ..Summary::default() };
        check(summary, "3 charts: 2 errors, 1 warning, 0 infos");
        let summary = Summary { charts: 1, incomplete: 1, ..Summary::default() };
        check(summary, "1 chart: 0 errors, 0 warnings, 0 infos (1 chart not analysed completely)");
        let branches = Branches { total: 4, seen: 3 };
        let summary = Summary { charts: 2, branches, ..Summary::default() };
        check(summary, "2 charts: 0 errors, 0 warnings, 0 infos; 3 of 4 branch sides seen");
    }

    #[test]
    fn order_is_chart_file_place_rule() {
        let outcome = |path: &str| {
            let mut sources = SourceMap::default();
            let b = sources.add(format!("{path}/b.yaml"), "0123456789");
            let a = sources.add(format!("{path}/a.yaml"), "0123456789");
            let at = |rule, file, start| {
                let span = crate::source::Span::new(file, start, start + 1);
                Diagnostic::new(rule, Severity::Error, span, "m")
            };
            let diagnostics = vec![at("r", b, 0), at("s", a, 5), at("r", a, 5), at("t", a, 1)];
            ChartOutcome {
                path: path.into(),
                sources,
                diagnostics,
                files: 2,
                incomplete: false,
                ..ChartOutcome::default()
            }
        };
        let report = Report::new(vec![outcome("y"), outcome("x")]);
        let order: Vec<String> = concise(&report)
            .lines()
            .map(|l| l.replace(": error", " ").replace(": m", ""))
            .collect();
        let one = |p: &str| {
            [("a", 2, "t"), ("a", 6, "r"), ("a", 6, "s"), ("b", 1, "r")]
                .map(|(file, column, rule)| format!("{p}/{file}.yaml:1:{column} [{rule}]"))
        };
        assert_eq!(order, [one("x"), one("y")].concat());
    }
}
