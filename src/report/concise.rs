//! The report for editors and `grep`: `path:line:column: severity[rule]: message`, columns in code points.

use std::fmt::Write as _;

use super::Report;
use super::display::{one_line, place};

/// Writes one line for each finding.
pub fn concise(report: &Report) -> String {
    let mut output = String::new();
    for (chart, diagnostic) in report.diagnostics() {
        let span = diagnostic.primary.span;
        let _ = writeln!(
            output,
            "{}: {}[{}]: {}",
            place(chart.sources.file(span.file), span.range.start),
            diagnostic.severity.as_str(),
            diagnostic.rule,
            one_line(&diagnostic.message),
        );
    }
    output
}
