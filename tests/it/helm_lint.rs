//! What `helm lint` says, and what chartlint says of the same chart: testdata/helm-lint/.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use chartlint::lint::{Options, lint_in_memory};
use libtest_mimic::{Failed, Trial};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What `helm lint` looks at.
    check: String,
    /// The files of the chart.
    files: BTreeMap<String, String>,
    /// Its lines, without those that count charts.
    helm: String,
    /// Place, severity and rule of each finding, and its message.
    chartlint: String,
}

pub(crate) fn trials() -> Vec<Trial> {
    let cases = crate::list(&crate::root().join("testdata/helm-lint"));
    let trial = |path: std::path::PathBuf| {
        let name = format!("helm-lint::{}", crate::stem(&path));
        crate::trial(name, move || run(&path))
    };
    cases.into_iter().map(trial).collect()
}

fn run(path: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(path)?;
    let case: Case = serde_yaml::from_str(&text)?;
    if case.check.is_empty() || case.helm.is_empty() {
        return Err("a case says what Helm looks at, and what it says".into());
    }
    let outcome = lint_in_memory(&case.files, &Options::default());
    let mut lines: Vec<String> = Vec::new();
    for diagnostic in &outcome.diagnostics {
        let span = diagnostic.primary.span;
        let file = outcome.sources.file(span.file);
        let place = file.position(span.range.start);
        let shown = file.path().strip_prefix("chart/").unwrap_or(file.path());
        lines.push(format!(
            "{shown}:{}:{}: {}[{}]: {}",
            place.line,
            place.column,
            diagnostic.severity.as_str(),
            diagnostic.rule,
            diagnostic.message
        ));
    }
    lines.sort();
    let found = lines.iter().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "{line}");
        all
    });
    if crate::updating() {
        let head = text.find("\nchartlint:").and_then(|at| text.get(..at)).unwrap_or(&text);
        let mut updated = format!("{}\nchartlint: |\n", head.trim_end());
        for line in &lines {
            let _ = writeln!(updated, "  {line}");
        }
        if lines.is_empty() {
            updated = format!("{}\nchartlint: \"\"\n", head.trim_end());
        }
        std::fs::write(path, updated)?;
        return Ok(());
    }
    crate::compare(&crate::relative(path), &case.chartlint, &found)
}
