//! `chartlint coverage`.

use crate::lint;
use crate::report;

use super::arguments::{CoverageArguments, CoverageFormat};
use super::{Exit, Output};

pub(super) fn run(arguments: &CoverageArguments) -> Output {
    if let Some(path) = arguments.paths.iter().find(|path| !path.exists()) {
        return Output::failed(&format!("{} does not exist", path.display()));
    }
    let options = match arguments.options() {
        Ok(options) => options,
        Err(error) => return Output::failed(&error),
    };
    let mut outcome = lint::survey(&arguments.paths, &options);
    if outcome.charts.is_empty() && outcome.errors.is_empty() && outcome.excluded == 0 {
        let paths: Vec<String> =
            arguments.paths.iter().map(|path| path.display().to_string()).collect();
        outcome.errors.push(format!("no chart found in {}", paths.join(", ")));
    }
    let text = match arguments.format {
        CoverageFormat::Human => report::coverage(&outcome.charts),
        CoverageFormat::Json => report::coverage_json(&outcome.charts),
        CoverageFormat::Lcov => report::coverage_lcov(&outcome.charts),
    };
    let exit = if outcome.errors.is_empty() { Exit::Clean } else { Exit::Incomplete };
    Output { text, errors: outcome.errors, exit, ..Output::default() }
}
