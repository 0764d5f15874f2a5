//! The scenarios that the user has written: files below ci/, and value sets of the configuration.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chart::{Chart, FileSystem, ParseCache, ValuesFile};
use crate::config::names::{self, BASE, CI_FOLDER};
use crate::diagnostic::Diagnostic;
use crate::explore::{self, Scenario, ScenarioKind};
use crate::release::Release;
use crate::source::SourceMap;
use crate::values::{Defaults, InputError, InputFile, Inputs, SetKind, SetText, Value};

use super::settings::{self, Settings};
use super::{Options, problems, releases};

/// How the names of files for chart-testing end.
const CI_ENDING: &str = "-values.yaml";

/// The most files that are read of it.
const MAX_CI_FILES: usize = 200;

/// The most releases of one chart under which it is rendered.
const MAX_RELEASES: usize = 200;

/// The scenarios of a chart, its files as trees, and what is wrong with those that can't be read.
#[derive(Debug, Default)]
pub(super) struct OfUser {
    pub(super) scenarios: Vec<Scenario>,
    pub(super) files: Vec<ValuesFile>,
    pub(super) problems: Vec<Diagnostic>,
}

/// How many scenarios may be made up for a chart. Where a file of it can't be read, nothing is known of its branches.
pub(super) fn budget(chart: &Chart, settings: &Settings) -> usize {
    let is_whole = !problems::is_unreadable(chart) && !problems::has_syntax_errors(chart);
    if is_whole && !chart.is_library() { settings.max_scenarios } else { 0 }
}

/// Why there is no scenario of some name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoScenario {
    /// The configuration or the options are wrong.
    Settings(Vec<String>),
    /// The chart has others; and what is wrong with values that might have been meant.
    Unknown {
        /// Their names, in order.
        names: Vec<String>,
        /// Messages with their places.
        problems: Vec<String>,
    },
}

/// The scenario `name` of a chart that is loaded into `sources`, with `user` as the values given over its defaults.
///
/// # Errors
///
/// There is no such scenario, or mistakes of the user keep it from being found.
pub fn scenario(
    fs: &FileSystem,
    chart: &Chart,
    user: &Value,
    options: &Options,
    name: &str,
    sources: &mut SourceMap,
    cache: &ParseCache,
) -> Result<Scenario, NoScenario> {
    let path = chart.path.clone();
    let mut all =
        settings::of(fs, std::slice::from_ref(&path), options).map_err(NoScenario::Settings)?;
    let settings = all.remove(&path).unwrap_or_default();
    if settings.excluded {
        let message = format!("the configuration excludes {path}, so it has no scenarios");
        return Err(NoScenario::Settings(vec![message]));
    }
    let environment = settings.environment.clone();
    let base = Scenario::new(BASE, ScenarioKind::Base, user.clone(), environment);
    if name == base.name {
        return Ok(base);
    }
    let OfUser { scenarios: mut users, problems, .. } =
        of_user(fs, chart, &settings, sources, cache);
    if names::is_release(name) {
        let releases = releases::around(fs, chart, sources, cache);
        users.extend(of_releases(&releases, sources, &settings));
    }
    let mut names = vec![base.name.clone()];
    names.extend(users.iter().map(|scenario| scenario.name.clone()));
    if let Some(found) = users.iter().find(|scenario| scenario.name == name) {
        return Ok(found.clone());
    }
    let problems = problems
        .iter()
        .map(|problem| format!("{}: {}", sources.place(problem.primary.span), problem.message));
    let problems: Vec<String> = problems.collect();
    let input = explore::Input {
        sources,
        chart,
        defaults: &Defaults::of(chart),
        base: &base,
        users: &users,
        max_scenarios: budget(chart, &settings),
    };
    // Values that Helm refuses have no other scenarios.
    let found = explore::run(&input, &mut |_, _| {}).unwrap_or_default();
    let mut opened =
        found.scenarios.into_iter().filter(|scenario| scenario.kind == ScenarioKind::Opened);
    names.extend(opened.clone().map(|scenario| scenario.name));
    opened.find(|scenario| scenario.name == name).ok_or(NoScenario::Unknown { names, problems })
}

pub(super) fn of_user(
    fs: &FileSystem,
    chart: &Chart,
    settings: &Settings,
    sources: &mut SourceMap,
    cache: &ParseCache,
) -> OfUser {
    let mut found = OfUser::default();
    let folder = format!("{}/{CI_FOLDER}", chart.path);
    let mut entries = fs.list(&folder).unwrap_or_default();
    entries.retain(|entry| entry.name.ends_with(CI_ENDING));
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    for entry in entries.into_iter().take(MAX_CI_FILES) {
        let name = format!("{CI_FOLDER}/{}", entry.name);
        let files = vec![InputFile::on_disk(format!("{folder}/{}", entry.name))];
        found.add(name, &Inputs { files, sets: Vec::new() }, fs, settings, sources, cache);
    }
    for set in &settings.config.value_sets {
        let file = |path: &String| InputFile::on_disk(settings.beside_config(path));
        let text = |text: &String| SetText { kind: SetKind::Typed, text: text.clone() };
        let inputs = Inputs {
            files: set.files.iter().map(file).collect(),
            sets: set.set.iter().map(text).collect(),
        };
        found.add(set.name.clone(), &inputs, fs, settings, sources, cache);
    }
    found
}

/// The scenarios of the releases of a chart, each under a name of its own.
pub(super) fn of_releases(
    releases: &[Arc<Release>],
    sources: &SourceMap,
    settings: &Settings,
) -> Vec<Scenario> {
    let mut names = BTreeSet::new();
    let whole = releases.iter().filter(|release| release.is_whole).take(MAX_RELEASES);
    let scenarios = whole.map(|release| {
        let mut name = release.title();
        if names.contains(&name) {
            name = format!("{name} in {}", sources.file(release.file).path());
        }
        let place = name.clone();
        for number in 2..=MAX_RELEASES {
            if !names.contains(&name) {
                break;
            }
            name = format!("{place}, {number}");
        }
        names.insert(name.clone());
        Scenario::of_release(name, Arc::clone(release), settings.environment.clone())
    });
    scenarios.collect()
}

impl OfUser {
    fn add(
        &mut self,
        name: String,
        inputs: &Inputs,
        fs: &FileSystem,
        settings: &Settings,
        sources: &mut SourceMap,
        cache: &ParseCache,
    ) {
        match inputs.read(fs, sources, cache) {
            Ok(input) => {
                self.files.extend(input.files);
                let environment = settings.environment.clone();
                self.scenarios.push(Scenario::new(
                    name,
                    ScenarioKind::User,
                    input.values,
                    environment,
                ));
            }
            Err(error) => self.problems.push(problem(&error, inputs, sources)),
        }
    }
}

fn problem(error: &InputError, inputs: &Inputs, sources: &mut SourceMap) -> Diagnostic {
    let (path, message) = match error {
        InputError::Values(error) => match error.span {
            Some(span) => return problems::values_error(span, &error.message),
            None => (inputs.files.first().map_or("", |file| &file.path), &error.message),
        },
        InputError::File { path, message } => (path.as_str(), message),
    };
    let file = sources.by_path(path).unwrap_or_else(|| sources.add(path, ""));
    problems::in_file(file, "unreadable-chart", message)
}
