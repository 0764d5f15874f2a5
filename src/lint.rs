//! The driver: from paths to diagnostics.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config::Profile;
use crate::diagnostic::Diagnostic;
use crate::source::SourceMap;

/// What the command line asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-f`: values files, later ones winning.
    pub values: Vec<PathBuf>,
    /// `--set`, in Helm's syntax.
    pub set: Vec<String>,
    /// `--set-string`, in Helm's syntax.
    pub set_string: Vec<String>,
    /// `--select`: rules or categories; all if empty.
    pub select: Vec<String>,
    /// `--ignore`: rules or categories.
    pub ignore: Vec<String>,
    /// `--profile`; goes over that of the config.
    pub profile: Option<Profile>,
    /// `--config`; otherwise the nearest chartlint.yaml counts.
    pub config: Option<PathBuf>,
    /// `--jobs`: number of threads; as many as there are processors if absent.
    pub jobs: Option<usize>,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The charts.
    pub charts: Vec<ChartOutcome>,
    /// What kept the run from being complete: bad options, unreadable files. Exit code 2.
    pub errors: Vec<String>,
}

/// What came of one chart.
#[derive(Debug, Default)]
pub struct ChartOutcome {
    /// The chart's directory or archive, as reported.
    pub path: String,
    /// The files into which the diagnostics point.
    pub sources: SourceMap,
    /// What was found, in any order.
    pub diagnostics: Vec<Diagnostic>,
    /// How many files were read.
    pub files: usize,
    /// Whether something could not be analysed.
    pub incomplete: bool,
}

/// Lints the charts at or below `paths`.
pub fn lint(_paths: &[PathBuf], _options: &Options) -> Outcome {
    Outcome::default()
}

/// Lints the chart that consists of `files`, by their paths inside it.
pub fn lint_in_memory(_files: &BTreeMap<String, String>, _options: &Options) -> ChartOutcome {
    ChartOutcome::default()
}
