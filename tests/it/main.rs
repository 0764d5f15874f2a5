//! The integration tests: one trial for each case that is found in rules/ and testdata/.
//!
//! `UPDATE=1` rewrites what is expected of the command line and of whole charts.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

mod charts;
mod commands;
mod engine;
mod examples;
mod helm;
mod helm_lint;
mod house;
mod marks;
mod rendered;
mod scenarios;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = [
        marks::trials(),
        examples::trials(),
        charts::trials(),
        commands::trials(),
        rendered::trials(),
        scenarios::trials(),
        helm::trials(),
        helm_lint::trials(),
        engine::trials(),
        house::trials(),
    ];
    libtest_mimic::run(&arguments, trials.into_iter().flatten().collect()).exit_code()
}

/// The folder of the package.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A trial that fails with an error.
fn trial(name: String, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    Trial::test(name, test)
}

/// What is in `folder`, sorted; nothing if it is not there.
fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

/// All files below `folder`, sorted.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let below = |path: PathBuf| if path.is_dir() { walk(&path) } else { vec![path] };
    list(folder).into_iter().flat_map(below).collect()
}

/// A path relative to the package, with slashes.
fn relative(path: &Path) -> String {
    let inside = path.strip_prefix(root()).unwrap_or(path);
    let parts: Vec<_> =
        inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Whether expectations are to be rewritten.
fn updating() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// Compares texts; shows the first line that differs.
fn compare(what: &str, expected: &str, got: &str) -> Result<(), Failed> {
    if expected == got {
        return Ok(());
    }
    let differs = expected
        .lines()
        .zip(got.lines())
        .position(|(a, b)| a != b)
        .unwrap_or_else(|| expected.lines().count().min(got.lines().count()));
    let line = |text: &str| text.lines().nth(differs).unwrap_or("(end)").to_owned();
    Err(format!(
        "{what} differs in line {}\n  expected: {}\n       got: {}\n(UPDATE=1 rewrites it)\n\n{got}",
        differs + 1,
        line(expected),
        line(got),
    )
    .into())
}
