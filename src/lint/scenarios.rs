//! The scenarios that the user has written: files below ci/, and value sets of the configuration.

use crate::chart::{Chart, FileSystem, ParseCache, ValuesFile};
use crate::diagnostic::Diagnostic;
use crate::explore::{Scenario, ScenarioKind};
use crate::source::SourceMap;
use crate::values::{InputError, InputFile, Inputs, SetKind, SetText};

use super::problems;
use super::settings::Settings;

/// The folder in which chart-testing looks for values files.
const CI_FOLDER: &str = "ci";

/// How the names of those files end.
const CI_ENDING: &str = "-values.yaml";

/// The most files that are read of it.
const MAX_CI_FILES: usize = 200;

/// The scenarios of a chart, its files as trees, and what is wrong with those that can't be read.
#[derive(Debug, Default)]
pub(super) struct OfUser {
    pub(super) scenarios: Vec<Scenario>,
    pub(super) files: Vec<ValuesFile>,
    pub(super) problems: Vec<Diagnostic>,
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
    problems::in_file(file, "chart-load-error", message)
}
