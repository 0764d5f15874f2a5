//! `chartlint check`.

use std::path::Path;

use crate::config::FailOn;
use crate::lint::{self, ChartOutcome, Outcome};
use crate::report::{self, Report, ReportTemplate};

use super::arguments::{CheckArguments, Format};
use super::{Exit, Output, missing, nothing_found};

/// Templates of reports that are larger, in bytes, are not read.
const MAX_TEMPLATE_BYTES: u64 = 1 << 20;

pub(super) fn run(arguments: &CheckArguments) -> Output {
    // A mistake in the template shall not cost the time of a run.
    let template = match template(arguments) {
        Ok(template) => template,
        Err(error) => return Output::failed(&error),
    };
    if let Some(error) = missing(&arguments.paths) {
        return Output::failed(&error);
    }
    let options = match arguments.options() {
        Ok(options) => options,
        Err(error) => return Output::failed(&error),
    };
    let outcome = lint::lint(&arguments.paths, &options);
    output(arguments, template.as_ref(), outcome)
}

fn output(
    arguments: &CheckArguments,
    template: Option<&ReportTemplate>,
    outcome: Outcome,
) -> Output {
    let nothing = nothing_found(&arguments.paths, &outcome);
    let Outcome { mut charts, mut errors, .. } = outcome;
    errors.extend(nothing);
    // The command line goes over the config, which each chart may have its own of.
    let explicit = arguments.fail_on();
    let fail_on = |chart: &ChartOutcome| explicit.or(chart.fail_on).unwrap_or_default();
    let fails = charts
        .iter()
        .any(|chart| chart.diagnostics.iter().any(|found| fail_on(chart).fails(found.severity)));
    if arguments.quiet {
        for chart in &mut charts {
            let kept = match fail_on(chart) {
                FailOn::Never => FailOn::Error,
                other => other,
            };
            chart.diagnostics.retain(|diagnostic| kept.fails(diagnostic.severity));
        }
    }
    let report = Report::new(charts);

    let mut exit = if errors.is_empty() { Exit::Clean } else { Exit::Incomplete };
    if fails {
        exit = exit.max(Exit::Findings);
    }
    if report.diagnostics().any(|(_, diagnostic)| diagnostic.rule == "internal-error") {
        exit = Exit::Incomplete;
    }
    let text = match (arguments.format, template) {
        (Format::Template, Some(template)) => template.render(&report).unwrap_or_else(|error| {
            errors.push(error.to_string());
            exit = Exit::Incomplete;
            String::new()
        }),
        // Without charts the messages say everything.
        (Format::Human, _) if report.is_empty() => String::new(),
        (Format::Human | Format::Template, _) => {
            let mut text = report::human(&report);
            if !arguments.quiet {
                text.push_str(&report.summary().line());
                text.push('\n');
            }
            text
        }
        (Format::Concise, _) => report::concise(&report),
        (Format::Json, _) => report::json(&report),
    };
    Output { text, errors, exit, ..Output::default() }
}

fn template(arguments: &CheckArguments) -> Result<Option<ReportTemplate>, String> {
    let is_template = arguments.format == Format::Template;
    let text = match (&arguments.template, &arguments.template_file) {
        (Some(_), _) | (_, Some(_)) if !is_template => {
            return Err("--template and --template-file need --format template".to_owned());
        }
        (Some(text), _) => text.clone(),
        (None, Some(file)) => read(file)?,
        (None, None) if is_template => {
            return Err("--format template needs --template or --template-file".to_owned());
        }
        (None, None) => return Ok(None),
    };
    ReportTemplate::new(&text).map(Some).map_err(|error| error.to_string())
}

fn read(file: &Path) -> Result<String, String> {
    let error =
        |message: &dyn ToString| format!("cannot read {}: {}", file.display(), message.to_string());
    let size = std::fs::metadata(file).map_err(|e| error(&e))?.len();
    if size > MAX_TEMPLATE_BYTES {
        return Err(error(&format!("it is larger than {MAX_TEMPLATE_BYTES} bytes")));
    }
    std::fs::read_to_string(file).map_err(|e| error(&e))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::arguments::Arguments;
    use crate::diagnostic::{Diagnostic, Severity};
    use crate::lint::ChartOutcome;
    use crate::source::{SourceMap, Span};

    /// Runs with a chart that has one finding of each severity in `found`.
    #[track_caller]
    fn check(line: &str, found: &[Severity], errors: &[&str], exit: Exit, text: &str) {
        let words = std::iter::once("chartlint").chain(line.split_whitespace());
        let arguments = Arguments::try_parse_from(words).unwrap().check;
        let mut sources = SourceMap::default();
        let file = sources.add("web/values.yaml", "a: b\n");
        let diagnostic = |severity: &Severity| {
            Diagnostic::new("duplicate-key", *severity, Span::new(file, 0, 1), "text")
        };
        let diagnostics = found.iter().map(diagnostic).collect();
        let path = "web".to_owned();
        let chart = ChartOutcome {
            path,
            sources,
            diagnostics,
            files: 1,
            incomplete: false,
            ..ChartOutcome::default()
        };
        let errors = errors.iter().map(ToString::to_string).collect();
        let output = output(&arguments, None, Outcome { charts: vec![chart], errors, excluded: 0 });
        assert_eq!(output.exit, exit);
        assert_eq!(output.text, text);
    }

    const ERROR: &str = "web/values.yaml:1:1: error[duplicate-key]: text\n";
    const WARNING: &str = "web/values.yaml:1:1: warning[duplicate-key]: text\n";

    #[test]
    fn exit_codes() {
        use Severity::{Error, Info, Warning};
        check("--format concise", &[Error], &[], Exit::Findings, ERROR);
        check("--format concise", &[Warning], &[], Exit::Clean, WARNING);
        check("--format concise --strict", &[Warning], &[], Exit::Findings, WARNING);
        check("--format concise --fail-on never", &[Error], &[], Exit::Clean, ERROR);
        check("--format concise", &[Error], &["unreadable"], Exit::Incomplete, ERROR);
        check("--format concise --quiet", &[Info, Warning, Error], &[], Exit::Findings, ERROR);
    }

    #[test]
    fn the_summary_is_the_last_line_unless_quiet() {
        check("", &[], &[], Exit::Clean, "1 chart: 0 errors, 0 warnings, 0 infos\n");
        check("-q", &[], &[], Exit::Clean, "");
    }
}
