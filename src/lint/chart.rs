//! One chart, from its files to its diagnostics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::chart::{Chart, FileSystem, Loaded, ParseCache, load_with_links};
use crate::config::names::BASE;
use crate::engine::satisfies;
use crate::explore::{self, Coverage, Scenario, ScenarioKind};
use crate::release::{Link, Located, Reading, Release, Tree};
use crate::source::SourceMap;
use crate::values::{Defaults, InputError, UserInput, ValuesError};

use super::inspect::Inspection;
use super::scenarios::{self, OfUser};
use super::settings::Settings;
use super::{Branches, ChartOutcome, Purpose, problems, releases, settle};

/// The releases of one chart, still in the tree.
#[derive(Clone, Debug)]
pub(super) struct OfTree<'t> {
    pub(super) tree: &'t Tree,
    pub(super) releases: Vec<(&'t Located, Link)>,
}

/// Lints the chart at `path`. A panic in it is a diagnostic, and no more than that.
pub(super) fn lint(
    fs: &FileSystem,
    path: &str,
    settings: &Settings,
    cache: &ParseCache,
    purpose: Purpose,
    of_tree: &OfTree<'_>,
) -> ChartOutcome {
    let mut outcome = caught(path, || lint_chart(fs, path, settings, cache, purpose, of_tree));
    if settings.has_config {
        outcome.fail_on = Some(settings.config.fail_on);
    }
    settle::settle(&mut outcome.diagnostics, settings);
    if purpose == Purpose::Survey {
        return outcome;
    }
    // A tree of charts is larger than what there is to say about it.
    outcome.coverage = Coverage::default();
    outcome.sources.keep_only(&settle::files_of(&outcome.diagnostics));
    outcome
}

/// What `work` says of the chart or file at `path`; a panic in it is a diagnostic.
pub(super) fn caught(path: &str, work: impl FnOnce() -> ChartOutcome) -> ChartOutcome {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
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
    })
}

fn lint_chart(
    fs: &FileSystem,
    path: &str,
    settings: &Settings,
    cache: &ParseCache,
    purpose: Purpose,
    of_tree: &OfTree<'_>,
) -> ChartOutcome {
    let mut sources = SourceMap::default();
    let mut diagnostics = Vec::new();
    let loaded = match load_with_links(fs, path, &mut sources, cache, &satisfies) {
        Ok(loaded) => loaded,
        Err(error) => {
            diagnostics.push(problems::of_load_error(&mut sources, path, &error));
            let mut outcome = ChartOutcome {
                path: path.to_owned(),
                sources,
                diagnostics,
                incomplete: true,
                ..ChartOutcome::default()
            };
            releases_of(fs, None, settings, cache, &mut outcome, purpose, of_tree);
            return outcome;
        }
    };
    let Loaded { chart, problems: found } = loaded;
    diagnostics.extend(problems::of_loading(&mut sources, &chart.path, &found));
    diagnostics.extend(problems::of_versions(&chart));
    diagnostics.extend(problems::of_syntax(&chart));
    let mut outcome = ChartOutcome {
        path: chart.path.clone(),
        files: sources.iter().count(),
        sources,
        diagnostics,
        linked: chart.linked_paths(),
        ..ChartOutcome::default()
    };
    let releases = releases_of(fs, Some(&chart), settings, cache, &mut outcome, purpose, of_tree);
    outcome.incomplete = analyse(fs, &chart, settings, cache, &mut outcome, purpose, &releases);
    let broken = problems::broken_subcharts(&chart, &found);
    outcome.diagnostics.retain(|diagnostic| {
        diagnostic.rule != "missing-dependency"
            || !broken.iter().any(|file| problems::is_meant_for(file, &diagnostic.subject))
    });
    if outcome.coverage.is_explored() {
        let (total, seen) = outcome.coverage.counts();
        outcome.branches = Branches { total, seen };
    }
    outcome
}

/// Reads the releases of a chart, and checks what can be told from them alone.
fn releases_of(
    fs: &FileSystem,
    chart: Option<&Chart>,
    settings: &Settings,
    cache: &ParseCache,
    outcome: &mut ChartOutcome,
    purpose: Purpose,
    of_tree: &OfTree<'_>,
) -> Vec<Arc<Release>> {
    let mut reading = Reading::new(fs, cache, of_tree.tree, &mut outcome.sources);
    let found = of_tree.releases.iter();
    let found = found.filter_map(|(located, link)| reading.release(located, Some(link), chart));
    let releases: Vec<Arc<Release>> = found.map(Arc::new).collect();
    outcome.releases = releases.len();
    if purpose == Purpose::Lint {
        let found = releases::check(&outcome.sources, settings, &releases);
        outcome.diagnostics.extend(found);
    }
    releases
}

/// Renders and runs the rules; whether something could not be analysed.
fn analyse(
    fs: &FileSystem,
    chart: &Chart,
    settings: &Settings,
    cache: &ParseCache,
    outcome: &mut ChartOutcome,
    purpose: Purpose,
    releases: &[Arc<Release>],
) -> bool {
    let ChartOutcome { sources, diagnostics, coverage, .. } = outcome;
    let mut stop = |error: &ValuesError| {
        let span = error.span.unwrap_or(chart.metadata.name.span);
        diagnostics.push(problems::values_error(span, &error.message));
        true
    };
    let UserInput { files: mut values_files, values: user } =
        match settings.inputs.read(fs, sources, cache) {
            Ok(input) => input,
            Err(InputError::Values(error)) => return stop(&error),
            Err(InputError::File { path, message }) => {
                let file = sources.add(path.as_str(), "");
                diagnostics.push(problems::in_file(file, "unreadable-chart", &message));
                return true;
            }
        };
    let OfUser { scenarios: mut users, files, problems } =
        scenarios::of_user(fs, chart, settings, sources, cache);
    diagnostics.extend(problems);
    values_files.extend(files);
    users.extend(scenarios::of_releases(releases, sources, settings));
    let sources = &*sources;
    let defaults = Defaults::of(chart);
    let environment = settings.environment.clone();
    let base = Scenario::new(BASE, ScenarioKind::Base, user, environment);
    let mut inspection =
        Inspection::new(sources, chart, &defaults, &values_files, settings, releases);
    let input = explore::Input {
        sources,
        chart,
        defaults: &defaults,
        base: &base,
        users: &users,
        max_scenarios: scenarios::budget(chart, settings),
    };
    match explore::run(&input, &mut |scenario, view| {
        if purpose == Purpose::Lint {
            inspection.visit(scenario, view);
        }
    }) {
        Ok(found) => {
            for (name, message, span) in &found.refused {
                let span = span.unwrap_or(chart.metadata.name.span);
                let scenario = users.iter().find(|scenario| scenario.name == *name);
                let name = scenario.map_or_else(|| name.clone(), Scenario::shown_name);
                diagnostics
                    .push(problems::values_error(span, message).note(format!("found with {name}")));
            }
            let incomplete = inspection.is_incomplete();
            diagnostics.extend(problems::of_exploration(chart, &found, input.max_scenarios));
            diagnostics.extend(inspection.finish());
            *coverage = found;
            incomplete
        }
        Err(error) => {
            let span = error.span.unwrap_or(chart.metadata.name.span);
            diagnostics.push(problems::values_error(span, &error.message));
            true
        }
    }
}
