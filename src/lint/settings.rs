//! What is in force for each chart: config, levels of rules, values of the user.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chart::{FileKind, FileSystem, ParseCache};
use crate::config::{self, Config, KnownNames, Level, Profile};
use crate::engine::Environment;
use crate::rules::{Catalogue, Category, RuleSet};
use crate::source::SourceMap;
use crate::values::{InputFile, Inputs};

use super::{Options, portable};

/// The largest config file, in bytes.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// The settings of one chart; charts with the same config share them.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) profile: Profile,
    pub(super) rules: Option<RuleSet>,
    /// Levels that the config gives to a rule or its category: they go over what the rule itself says.
    pub(super) configured: BTreeMap<String, Level>,
    pub(super) inputs: Inputs,
    pub(super) environment: Environment,
    /// How many scenarios may be made up.
    pub(super) max_scenarios: usize,
    /// The folder of the config file.
    pub(super) folder: String,
    /// There is a config file.
    pub(super) has_config: bool,
    /// The config excludes this chart.
    pub(super) excluded: bool,
}

impl Settings {
    /// A path that the config file names, which is relative to its folder.
    pub(super) fn beside_config(&self, path: &str) -> String {
        if self.folder.is_empty() || path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{}/{path}", self.folder)
        }
    }
}

/// The settings of each chart of `charts`.
///
/// # Errors
///
/// A message for each mistake in a config file or in the options.
pub(super) fn of(
    fs: &FileSystem,
    charts: &[String],
    options: &Options,
) -> Result<BTreeMap<String, Arc<Settings>>, Vec<String>> {
    let explicit = options.config.as_deref().map(portable);
    let mut by_config: BTreeMap<Option<String>, Arc<Settings>> = BTreeMap::new();
    let mut found = BTreeMap::new();
    let mut errors = Vec::new();
    for chart in charts {
        let config = explicit.clone().or_else(|| find(fs, chart));
        let shared = match by_config.get(&config) {
            Some(shared) => Arc::clone(shared),
            None => match read(fs, config.as_deref(), options) {
                Ok(settings) => {
                    let settings = Arc::new(settings);
                    by_config.insert(config.clone(), Arc::clone(&settings));
                    settings
                }
                Err(more) => {
                    errors.extend(more);
                    by_config.insert(config.clone(), Arc::default());
                    Arc::default()
                }
            },
        };
        let own = if excludes(fs, &shared.config, config.as_deref(), chart) {
            Arc::new(Settings { excluded: true, ..Settings::default() })
        } else {
            shared
        };
        found.insert(chart.clone(), own);
    }
    if charts.is_empty() {
        // Mistakes in the options are mistakes without any chart too.
        if let Err(more) = read(fs, explicit.as_deref(), options) {
            errors.extend(more);
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// The config file nearest to a chart.
fn find(fs: &FileSystem, chart: &str) -> Option<String> {
    let absolute = fs.canonical(chart).unwrap_or_else(|_| chart.to_owned());
    let folder = if fs.is_file(&absolute) {
        absolute.rsplit_once('/').map_or("", |(folder, _)| folder)
    } else {
        &absolute
    };
    config::find(folder, |path| fs.kind(path).is_ok())
}

fn excludes(fs: &FileSystem, config: &Config, file: Option<&str>, chart: &str) -> bool {
    let Some(file) = file else { return false };
    let absolute = |path: &str| fs.canonical(path).unwrap_or_else(|_| path.to_owned());
    let (file, chart) = (absolute(file), absolute(chart));
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let relative = chart.strip_prefix(folder).map(|rest| rest.trim_start_matches('/'));
    relative.is_some_and(|relative| config.excludes(relative))
}

fn read(fs: &FileSystem, file: Option<&str>, options: &Options) -> Result<Settings, Vec<String>> {
    let config = match file {
        Some(path) => read_config(fs, path)?,
        None => Config::default(),
    };
    let profile = options.profile.unwrap_or(config.profile);
    let select = if options.select.is_empty() { &config.select } else { &options.select };
    let mut ignore = config.ignore.clone();
    ignore.extend(options.ignore.iter().cloned());
    let rules = RuleSet::new(profile, &config.rules, select, &ignore)?;
    let on_disk = options.inputs.files.iter().filter(|file| file.text.is_none());
    let unreadable = on_disk.filter_map(|InputFile { path, .. }| match fs.kind(path) {
        Ok(FileKind::File) => None,
        Ok(_) => Some(format!("{path}: not a file")),
        Err(error) => Some(format!("{path}: {error}")),
    });
    let unreadable: Vec<String> = unreadable.collect();
    if !unreadable.is_empty() {
        return Err(unreadable);
    }
    // A mistake in an option is one mistake, not one in each chart.
    let sets = Inputs { files: Vec::new(), sets: options.inputs.sets.clone() };
    sets.read(fs, &mut SourceMap::default(), &ParseCache::default())
        .map_err(|error| vec![error.to_string()])?;
    let configured = config.rules.clone();
    Ok(Settings {
        config,
        profile,
        rules: Some(rules),
        configured,
        inputs: options.inputs.clone(),
        environment: options.environment.clone(),
        max_scenarios: options.max_scenarios,
        folder: file
            .and_then(|file| file.rsplit_once('/'))
            .map_or("", |(folder, _)| folder)
            .to_owned(),
        has_config: file.is_some(),
        excluded: false,
    })
}

fn read_config(fs: &FileSystem, path: &str) -> Result<Config, Vec<String>> {
    let bytes =
        fs.read(path, MAX_CONFIG_BYTES).map_err(|error| vec![format!("{path}: {error}")])?;
    let text =
        std::str::from_utf8(&bytes).map_err(|_| vec![format!("{path}: the file is not UTF-8")])?;
    let mut sources = SourceMap::default();
    let id = sources.add(path, text);
    let names: Vec<&str> = Catalogue::get().rules().iter().map(|rule| &*rule.name).collect();
    let groups: Vec<&str> = Category::ALL.iter().map(|category| category.as_str()).collect();
    let known = KnownNames { rules: &names, groups: &groups };
    Config::read(&sources, id, known)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}
