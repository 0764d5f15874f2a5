//! `chartlint render`.

use crate::render::{self, Failure, Options, Rendering, ScenarioOptions};
use crate::report;
use crate::source::SourceMap;

use super::arguments::{RenderArguments, RenderFormat};
use super::{Exit, Output};

pub(super) fn run(arguments: &RenderArguments) -> Output {
    match options(arguments).and_then(|options| render::render(&options)) {
        Ok(rendering) => output(arguments, &rendering),
        Err(error) => Output::failed(&error),
    }
}

fn options(arguments: &RenderArguments) -> Result<Options, String> {
    let (name, path) = match arguments.what.as_slice() {
        [name, path] => (Some(name.as_str()), path.as_str()),
        [path] => (None, path.as_str()),
        _ => (None, "."),
    };
    let scenario = arguments.scenario.as_ref().map(|name| ScenarioOptions {
        name: name.clone(),
        config: arguments.config.clone(),
        max_scenarios: arguments.max_scenarios,
    });
    Ok(Options {
        path: crate::lint::portable(path.as_ref()),
        inputs: arguments.values.inputs()?,
        environment: arguments.release.environment(name),
        show_only: arguments.show_only.clone(),
        include_crds: arguments.include_crds,
        no_hooks: arguments.no_hooks,
        skip_tests: arguments.skip_tests,
        skip_schema_validation: arguments.skip_schema_validation,
        with_origins: arguments.origins || arguments.format == RenderFormat::Json,
        scenario,
    })
}

fn output(arguments: &RenderArguments, rendering: &Rendering) -> Output {
    let text = match arguments.format {
        RenderFormat::Json => report::rendering_json(rendering),
        RenderFormat::Yaml if arguments.origins => report::origins(rendering),
        RenderFormat::Yaml => rendering.text.clone().unwrap_or_default(),
    };
    let warnings = rendering.warnings.iter().map(|warning| format!("warning: {warning}"));
    // Helm stops at the first; what follows may only follow from it.
    let failure = rendering.failures.first().map(|failure| error(failure, &rendering.sources));
    let exit = if rendering.failures.is_empty() { Exit::Clean } else { Exit::Findings };
    let verbatim = arguments.format == RenderFormat::Yaml && !arguments.origins;
    Output { text, verbatim, errors: warnings.chain(failure).collect(), exit }
}

/// The message behind the place that is wrong, and the way there below it.
fn error(failure: &Failure, sources: &SourceMap) -> String {
    let mut text = match failure.span {
        Some(span) => format!("{}: error: {}", sources.place(span), failure.message),
        None => format!("error: {}", failure.message),
    };
    for frame in failure.trace.iter().rev() {
        text = format!("{text}\n  in {}, called at {}", frame.template, sources.place(frame.call));
    }
    text
}
