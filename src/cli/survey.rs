//! `chartlint coverage` and `chartlint scenarios`.

use crate::diagnostic::Severity;
use crate::lint::{self, ChartOutcome};
use crate::report;

use super::arguments::{
    CoverageArguments, CoverageFormat, ScenariosArguments, ScenariosFormat, SurveyArguments,
};
use super::{Exit, Output, missing, nothing_found};

pub(super) fn coverage(arguments: &CoverageArguments) -> Output {
    run(
        &arguments.survey,
        match arguments.format {
            CoverageFormat::Human => report::coverage,
            CoverageFormat::Json => report::coverage_json,
            CoverageFormat::Lcov => report::coverage_lcov,
        },
    )
}

pub(super) fn scenarios(arguments: &ScenariosArguments) -> Output {
    run(
        &arguments.survey,
        match arguments.format {
            ScenariosFormat::Human => report::scenarios,
            ScenariosFormat::Json => report::scenarios_json,
        },
    )
}

fn run(arguments: &SurveyArguments, print: impl FnOnce(&[ChartOutcome]) -> String) -> Output {
    if let Some(error) = missing(&arguments.paths) {
        return Output::failed(&error);
    }
    let options = match arguments.options() {
        Ok(options) => options,
        Err(error) => return Output::failed(&error),
    };
    let mut outcome = lint::survey(&arguments.paths, &options);
    outcome.errors.extend(nothing_found(&arguments.paths, &outcome));
    let mut exit = if outcome.errors.is_empty() { Exit::Clean } else { Exit::Incomplete };
    let text = if outcome.charts.is_empty() { String::new() } else { print(&outcome.charts) };
    // What kept a chart from being explored explains why there is nothing to see.
    for chart in &outcome.charts {
        for found in chart.diagnostics.iter().filter(|found| found.severity == Severity::Error) {
            let place = chart.sources.place(found.primary.span);
            outcome.errors.push(format!("{place}: error: {}", found.message));
            exit = exit.max(Exit::Findings);
        }
    }
    Output { text, errors: outcome.errors, exit, ..Output::default() }
}
