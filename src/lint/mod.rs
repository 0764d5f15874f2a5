//! The driver: from paths to diagnostics. Charts are linted in parallel; what is found does not depend on how many.

mod chart;
mod failures;
mod inspect;
mod nil_value;
mod problems;
mod releases;
mod scenarios;
mod settings;
mod settle;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;

use crate::chart::{FileSystem, ParseCache, discover, join};
use crate::config::{FailOn, Profile};
use crate::diagnostic::Diagnostic;
use crate::engine::{Environment, STACK_BYTES};
use crate::explore::{Coverage, DEFAULT_SCENARIOS};
use crate::release::Tree;
use crate::source::SourceMap;
use crate::values::Inputs;

pub use scenarios::{NoScenario, scenario};

use settings::Settings;

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Options {
    /// `-f` and the `--set` family.
    pub inputs: Inputs,
    /// The release and the cluster.
    pub environment: Environment,
    /// `--select`: rules or categories; all if empty.
    pub select: Vec<String>,
    /// `--ignore`: rules or categories.
    pub ignore: Vec<String>,
    /// `--profile`; goes over that of the config.
    pub profile: Option<Profile>,
    /// `--config`; otherwise the nearest chartlint.yaml counts.
    pub config: Option<PathBuf>,
    /// `--max-scenarios`: how many scenarios may be made up for a chart; none turns exploration off.
    pub max_scenarios: usize,
    /// `--jobs`: number of threads; as many as there are processors if absent.
    pub jobs: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            inputs: Inputs::default(),
            environment: Environment::default(),
            select: Vec::new(),
            ignore: Vec::new(),
            profile: None,
            config: None,
            max_scenarios: DEFAULT_SCENARIOS,
            jobs: None,
        }
    }
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The charts, in the order of the paths, below each by name.
    pub charts: Vec<ChartOutcome>,
    /// What kept the run from being complete: bad options, unreadable files. Exit code 2.
    pub errors: Vec<String>,
    /// How many charts the config excludes.
    pub excluded: usize,
}

/// What came of one chart.
#[derive(Debug, Default)]
pub struct ChartOutcome {
    /// The chart's directory or archive, as reported; or the file of releases whose chart is not at hand.
    pub path: String,
    /// It is not a chart but a file of releases.
    pub is_release: bool,
    /// How many releases were read.
    pub releases: usize,
    /// The files into which the diagnostics point.
    pub sources: SourceMap,
    /// What was found, in any order.
    pub diagnostics: Vec<Diagnostic>,
    /// How many files were read.
    pub files: usize,
    /// Whether something could not be analysed.
    pub incomplete: bool,
    /// `fail-on` of the chart's config, if it has one.
    pub fail_on: Option<FailOn>,
    /// How much of its branches was seen; nothing where it was not explored.
    pub branches: Branches,
    /// For [`survey`]: what was seen of it; nothing where it could not be rendered at all.
    pub coverage: Coverage,
    /// Folders of the charts beside it that stood in for what is not in its charts/.
    pub linked: Vec<String>,
}

/// Counts of sides of branches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Branches {
    /// All.
    pub total: usize,
    /// Those that some scenario takes.
    pub seen: usize,
}

/// Lints the charts at or below `paths`.
pub fn lint(paths: &[PathBuf], options: &Options) -> Outcome {
    run(paths, options, Purpose::Lint)
}

/// Explores the charts at or below `paths`, without rules: only their coverage is of interest.
pub fn survey(paths: &[PathBuf], options: &Options) -> Outcome {
    run(paths, options, Purpose::Survey)
}

/// What charts are looked at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Lint,
    Survey,
}

fn run(paths: &[PathBuf], options: &Options, purpose: Purpose) -> Outcome {
    let fs = FileSystem::Disk;
    let written: Vec<String> = paths.iter().map(|path| portable(path)).collect();
    let (mut charts, errors) = discover(&fs, &written);
    let cache = ParseCache::default();
    let mut tree = Tree::search(&fs, &written, &cache);
    // Values of a release may stand beside it, and look like those of a chart.
    charts.retain(|path| {
        !tree.answers(path) || fs.is_file(path) || fs.is_file(&join(path, "Chart.yaml"))
    });
    // A path that leads to releases needs no chart.
    let errors = errors.iter().filter(|error| !tree.answers(error.path()));
    let mut outcome =
        Outcome { errors: errors.map(ToString::to_string).collect(), ..Outcome::default() };
    if tree.is_cut_short {
        outcome.errors.push("too many YAML files: not all were searched for releases".to_owned());
    }
    let files: Vec<String> = tree.files_of_releases().map(|file| file.path.clone()).collect();
    let mut of_files = match settings::of(&fs, &files, options) {
        Ok(settings) => settings,
        Err(errors) => {
            outcome.errors.extend(errors);
            return outcome;
        }
    };
    tree.retain(|file| of_files.get(file).is_none_or(|settings| !settings.excluded));
    let mut sorted = releases::sort(&fs, &tree, &charts);
    let asked = charts.len();
    charts.extend(sorted.further.iter().cloned());
    let mut settings = match settings::of(&fs, &charts, options) {
        Ok(settings) => settings,
        Err(errors) => {
            outcome.errors.extend(errors);
            return outcome;
        }
    };
    for (chart, _) in settings.iter().filter(|(_, settings)| settings.excluded) {
        sorted.lose(chart);
    }
    let one = |work: &Work| match work {
        Work::Chart { path, settings, is_asked } => {
            let of_tree = releases::of_chart(&tree, &sorted, path);
            let mut found = chart::lint(&fs, path, settings, &cache, purpose, &of_tree);
            if !is_asked && purpose == Purpose::Lint {
                releases::keep_only_releases(&mut found, &tree);
            }
            found
        }
        Work::File { file, settings } => {
            let alone = sorted.alone.get(file).map_or(&[][..], Vec::as_slice);
            let path = tree.file(*file).map_or("", |file| file.path.as_str());
            chart::caught(path, || releases::lint_file(&fs, &tree, *file, alone, settings, &cache))
        }
    };
    let found = charts.len();
    let of_charts = charts.into_iter().enumerate().filter_map(|(at, path)| {
        let settings = settings.remove(&path).unwrap_or_default();
        (!settings.excluded).then_some(Work::Chart { path, settings, is_asked: at < asked })
    });
    let mut work: Vec<Work> = of_charts.collect();
    outcome.excluded = found - work.len();
    if purpose == Purpose::Lint {
        for (at, file) in tree.files() {
            let settings = of_files.remove(&file.path).unwrap_or_default();
            let is_wanted = sorted.alone.contains_key(&at) || tree.is_told_broken(at);
            if is_wanted && !settings.excluded {
                work.push(Work::File { file: at, settings });
            }
        }
    }
    let mut pool = rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES);
    // A thread without a chart of its own only costs its start.
    let available = || std::thread::available_parallelism().map_or(1, usize::from);
    pool = pool.num_threads(options.jobs.unwrap_or_else(available).min(work.len()).max(1));
    match pool.build() {
        Ok(pool) => {
            outcome.charts = pool.install(|| work.par_iter().map(one).collect());
            settle::report_once(&mut outcome.charts);
            releases::report_once(&mut outcome.charts, &tree);
        }
        Err(error) => outcome.errors.push(format!("cannot start threads: {error}")),
    }
    outcome
}

/// What one thread does at a time.
enum Work {
    /// A chart; one that only a release leads to is not asked for itself.
    Chart { path: String, settings: Arc<Settings>, is_asked: bool },
    /// A file of releases without charts, by its number in the tree.
    File { file: usize, settings: Arc<Settings> },
}

/// Lints the chart that consists of `files`, by their paths inside it; a `chartlint.yaml` among them is its config.
/// A path that begins with `../` is a file beside the chart, such as a release of it.
pub fn lint_in_memory(files: &BTreeMap<String, String>, options: &Options) -> ChartOutcome {
    let fs = FileSystem::memory(files.iter().map(|(path, text)| match path.strip_prefix("../") {
        Some(beside) => (beside.to_owned(), text.as_bytes().to_vec()),
        None => (format!("chart/{path}"), text.as_bytes().to_vec()),
    }));
    let path = "chart".to_owned();
    let failed = |errors: Vec<String>| {
        let mut sources = SourceMap::default();
        let file = sources.add("chart", errors.join("\n"));
        let diagnostics =
            errors.iter().map(|error| problems::in_file(file, "unreadable-chart", error)).collect();
        ChartOutcome {
            path: path.clone(),
            sources,
            diagnostics,
            incomplete: true,
            ..ChartOutcome::default()
        }
    };
    let settings = match settings::of(&fs, std::slice::from_ref(&path), options) {
        Ok(mut settings) => settings.remove(&path).unwrap_or_default(),
        Err(errors) => return failed(errors),
    };
    let cache = ParseCache::default();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(STACK_BYTES).build();
    let whole = || {
        let is_beside = files.keys().any(|path| path.starts_with("../"));
        let searched: &[&str] = if is_beside { &["."] } else { &[] };
        let tree = Tree::search(&fs, searched, &cache);
        let sorted = releases::sort(&fs, &tree, std::slice::from_ref(&path));
        let of_tree = releases::of_chart(&tree, &sorted, &path);
        let mut outcome = chart::lint(&fs, &path, &settings, &cache, Purpose::Lint, &of_tree);
        for alone in sorted.alone.values() {
            releases::lint_alone(&fs, &tree, alone, &settings, &cache, &mut outcome);
        }
        outcome
    };
    match pool {
        Ok(pool) => pool.install(whole),
        Err(error) => failed(vec![error.to_string()]),
    }
}

/// A path with `/` between its parts.
pub fn portable(path: &std::path::Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}
