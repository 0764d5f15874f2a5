//! One chart, from its files to its diagnostics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::chart::{Chart, FileSystem, Loaded, ParseCache, load_with_links};
use crate::diagnostic::Diagnostic;
use crate::rules::builtin::BUILTIN;
use crate::rules::context::{Context, satisfies};
use crate::rules::view::View;
use crate::source::SourceMap;
use crate::values::{Defaults, InputError, UserInput, ValuesError, activate};

use super::settings::Settings;
use super::{ChartOutcome, problems, settle};

/// Lints the chart at `path`. A panic in it is a diagnostic, and no more than that.
pub(super) fn lint(
    fs: &FileSystem,
    path: &str,
    settings: &Settings,
    cache: &ParseCache,
) -> ChartOutcome {
    let caught = catch_unwind(AssertUnwindSafe(|| lint_chart(fs, path, settings, cache)));
    let mut outcome = caught.unwrap_or_else(|panic| {
        let mut sources = SourceMap::default();
        let file = sources.add(path, "");
        let what = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no more is known");
        let message = format!("the linter failed on this chart: {what}");
        let diagnostics = vec![problems::in_file(file, "internal-error", &message)];
        ChartOutcome {
            path: path.to_owned(),
            sources,
            diagnostics,
            incomplete: true,
            ..ChartOutcome::default()
        }
    });
    if settings.has_config {
        outcome.fail_on = Some(settings.config.fail_on);
    }
    settle::settle(&mut outcome.diagnostics, settings);
    // A tree of charts is larger than what there is to say about it.
    outcome.sources.keep_only(&settle::files_of(&outcome.diagnostics));
    outcome
}

fn lint_chart(
    fs: &FileSystem,
    path: &str,
    settings: &Settings,
    cache: &ParseCache,
) -> ChartOutcome {
    let mut sources = SourceMap::default();
    let mut diagnostics = Vec::new();
    let loaded = match load_with_links(fs, path, &mut sources, cache, &satisfies) {
        Ok(loaded) => loaded,
        Err(error) => {
            let file = sources.add(path, "");
            diagnostics.push(problems::in_file(file, "chart-load-error", &error.to_string()));
            return ChartOutcome {
                path: path.to_owned(),
                sources,
                diagnostics,
                incomplete: true,
                ..ChartOutcome::default()
            };
        }
    };
    let Loaded { chart, problems: found } = loaded;
    diagnostics.extend(problems::of_loading(&mut sources, &found));
    diagnostics.extend(problems::of_syntax(&chart));
    let files = sources.iter().count();
    let incomplete = analyse(fs, &chart, settings, cache, &mut sources, &mut diagnostics);
    ChartOutcome {
        path: chart.path.clone(),
        sources,
        diagnostics,
        files,
        incomplete,
        fail_on: None,
        linked: chart.linked_paths(),
    }
}

/// Renders and runs the rules; whether something could not be analysed.
fn analyse(
    fs: &FileSystem,
    chart: &Chart,
    settings: &Settings,
    cache: &ParseCache,
    sources: &mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let mut stop = |error: &ValuesError| {
        let span = error.span.unwrap_or(chart.metadata.name.span);
        diagnostics.push(problems::values_error(span, &error.message));
        true
    };
    let UserInput { files: values_files, values: user } =
        match settings.inputs.read(fs, sources, cache) {
            Ok(input) => input,
            Err(InputError::Values(error)) => return stop(&error),
            Err(InputError::File { path, message }) => {
                let file = sources.add(path.as_str(), "");
                diagnostics.push(problems::in_file(file, "chart-load-error", &message));
                return true;
            }
        };
    let defaults = Defaults::of(chart);
    let active = match activate(chart, &defaults, &user, &satisfies) {
        Ok(active) => active,
        Err(error) => return stop(&error.error),
    };
    let environment = &settings.environment;
    let base = View::new(sources, &active, environment, &|_| true);
    let missing = problems::of_dependencies(&active);
    let broken_templates = problems::has_syntax_errors(chart);
    let unreadable = problems::is_unreadable(chart);
    let context = Context::new(
        sources,
        chart,
        &defaults,
        &user,
        &values_files,
        environment,
        &settings.config,
        settings.profile,
        &base,
    );
    let mut found = Vec::new();
    for rule in BUILTIN {
        // Only what looks at single files can still be told.
        if unreadable && rule.name() != "duplicate-key" {
            continue;
        }
        if settings.rules.as_ref().is_none_or(|rules| rules.is_on(rule.name())) {
            rule.check(&context, &mut found);
        }
    }
    let rendering = problems::of_rendering(&base, &missing, broken_templates, &|error| {
        settle::is_explained(error, &found)
    });
    let incomplete = base.rendered.templates.iter().any(|template| template.output.is_err())
        || !missing.is_empty()
        || broken_templates
        || unreadable;
    diagnostics.extend(missing);
    diagnostics.extend(problems::of_links(&active));
    if !unreadable {
        diagnostics.extend(rendering);
    }
    diagnostics.extend(found);
    incomplete
}
