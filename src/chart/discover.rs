//! From the paths of the command line to the charts they mean.

use std::io;

use rustc_hash::FxHashSet;

use super::fs::{FileKind, FileSystem, extension, join};

/// How deep directories are searched.
const MAX_DEPTH: usize = 64;

/// How many directories above the working directory a chart is looked for in.
const MAX_LEVELS_UP: usize = 16;

/// Why a path means no chart.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// It is not there, or can't be read.
    #[error("{path}: {source}")]
    Io {
        /// As given.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A directory without a chart in it, below it, or around it.
    #[error("{path}: no Chart.yaml in it or below it, and no release of a chart")]
    NoChartBelow {
        /// As given.
        path: String,
    },
    /// A file that belongs to no chart.
    #[error(
        "{path}: neither a packed chart (.tgz), nor a file inside a chart, nor a release of one"
    )]
    NotInChart {
        /// As given.
        path: String,
    },
}

impl DiscoverError {
    /// The path, as given.
    pub fn path(&self) -> &str {
        match self {
            Self::Io { path, .. } | Self::NoChartBelow { path } | Self::NotInChart { path } => path,
        }
    }
}

/// The charts that `paths` mean, each once, in the order of the paths and below each by name; and what went wrong.
///
/// - a directory with Chart.yaml, or a `.tgz`: that chart
/// - a directory with templates/ or values.yaml that has no chart below it or around it: that chart, which lacks Chart.yaml
/// - a file inside a chart: that chart, for a file of a subchart the outermost one
/// - any other directory: all charts below it; charts inside of charts belong to those. Hidden directories,
///   `node_modules` and links to directories are not entered, packed charts are not looked for. A directory inside a
///   chart that has none below means the chart around it.
pub fn discover<P: AsRef<str>>(
    fs: &FileSystem,
    paths: impl IntoIterator<Item = P>,
) -> (Vec<String>, Vec<DiscoverError>) {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        if let Err(error) = charts_of(fs, path.as_ref(), &mut found) {
            errors.push(error);
        }
    }
    let mut seen = FxHashSet::default();
    found.retain(|path: &String| seen.insert(fs.canonical(path).unwrap_or_else(|_| path.clone())));
    (found, errors)
}

fn charts_of(fs: &FileSystem, path: &str, found: &mut Vec<String>) -> Result<(), DiscoverError> {
    let io = |source| DiscoverError::Io { path: path.to_owned(), source };
    let plain = tidy(path);
    if fs.kind(&plain).map_err(io)? == FileKind::Directory {
        if is_chart(fs, &plain) {
            found.push(plain);
            return Ok(());
        }
        let before = found.len();
        search(fs, &plain, 0, found).map_err(io)?;
        if found.len() > before {
            return Ok(());
        }
        // Somebody means a chart with this, though nothing in it says so; in a chart it would be a part of that one.
        if chart_around(fs, &plain).is_none() && looks_like_chart(fs, &plain) {
            found.push(plain);
            return Ok(());
        }
        let around = chart_around(fs, &plain)
            .ok_or_else(|| DiscoverError::NoChartBelow { path: path.to_owned() })?;
        found.push(around);
        return Ok(());
    }
    if matches!(extension(&plain), "tgz" | "gz") {
        found.push(plain);
        return Ok(());
    }
    let around = chart_around(fs, &plain)
        .ok_or_else(|| DiscoverError::NotInChart { path: path.to_owned() })?;
    found.push(around);
    Ok(())
}

/// Without `./` in front and `/` at the end; `.` for the working directory. `..` stays: it may follow a link.
pub fn tidy(path: &str) -> String {
    let slashes = if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() };
    let parts: Vec<&str> =
        slashes.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let joined = parts.join("/");
    match (slashes.starts_with('/'), joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Whether a folder has what only charts have, or something in the place of Chart.yaml.
fn looks_like_chart(fs: &FileSystem, directory: &str) -> bool {
    let is_folder = |name| matches!(fs.kind(&inside(directory, name)), Ok(FileKind::Directory));
    is_folder("templates")
        || is_folder("Chart.yaml")
        || fs.is_file(&inside(directory, "values.yaml"))
}

fn is_chart(fs: &FileSystem, directory: &str) -> bool {
    fs.is_file(&inside(directory, "Chart.yaml"))
}

fn inside(directory: &str, name: &str) -> String {
    if directory == "." { name.to_owned() } else { join(directory, name) }
}

fn search(fs: &FileSystem, path: &str, depth: usize, found: &mut Vec<String>) -> io::Result<()> {
    if depth > MAX_DEPTH {
        return Ok(());
    }
    for entry in fs.list(path)? {
        if entry.is_link || entry.name.starts_with('.') || entry.name == "node_modules" {
            continue;
        }
        let below = inside(path, &entry.name);
        if !matches!(fs.kind(&below), Ok(FileKind::Directory)) {
            continue;
        }
        if is_chart(fs, &below) {
            found.push(below);
        } else if let Err(error) = search(fs, &below, depth + 1, found) {
            // What may not be read below the given directory is no reason to stop.
            if error.kind() != io::ErrorKind::PermissionDenied {
                return Err(error);
            }
        }
    }
    Ok(())
}

/// The outermost chart that holds `path`: from the innermost on, as long as it lies in the charts/ of another.
pub fn chart_around(fs: &FileSystem, path: &str) -> Option<String> {
    let mut chart = parents(path).find(|parent| is_chart(fs, parent))?;
    while let Some(outer) = parent_chart(fs, &chart) {
        chart = outer;
    }
    Some(chart)
}

fn parent_chart(fs: &FileSystem, chart: &str) -> Option<String> {
    let mut above = parents(chart);
    let charts = above.next()?;
    let outer = above.next()?;
    let real = fs.canonical(&charts).ok()?;
    (real.rsplit('/').next() == Some("charts") && is_chart(fs, &outer)).then_some(outer)
}

/// The directories above `path`; above the working directory `..`, `../..` and so on.
pub fn parents(path: &str) -> impl Iterator<Item = String> {
    let mut next = Some(path.to_owned());
    let mut up = 0;
    std::iter::from_fn(move || {
        let current = next.take()?;
        let parent = match current.rsplit_once('/') {
            _ if current == "/" => return None,
            _ if current == "." || current.ends_with("..") => {
                up += 1;
                if up > MAX_LEVELS_UP {
                    return None;
                }
                if current == "." { "..".to_owned() } else { format!("{current}/..") }
            }
            Some(("", _)) => "/".to_owned(),
            Some((parent, _)) => parent.to_owned(),
            None => ".".to_owned(),
        };
        next = Some(parent.clone());
        Some(parent)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [&str; 12] = [
        "a/Chart.yaml",
        "a/charts/sub/Chart.yaml",
        "a/charts/sub/templates/x.yaml",
        "a/templates/x.yaml",
        "b/c/Chart.yaml",
        "b/.git/x/Chart.yaml",
        "b/node_modules/x/Chart.yaml",
        "b/packed-1.0.0.tgz",
        "docs/readme.md",
        "lost/templates/x.yaml",
        "lost/templates/tests/x.yaml",
        "values/values.yaml",
    ];

    #[track_caller]
    fn check(paths: &[&str], charts: &[&str], errors: &[&str]) {
        let fs = FileSystem::memory(FILES.map(|name| (name, b"".as_slice())));
        let (found, wrong) = discover(&fs, paths);
        let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert_eq!((found, wrong), (owned(charts), owned(errors)));
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_chart_directory_means_itself() {
        check(&["./a/"], &["a"], &[]);
        check(&["a/charts/sub"], &["a/charts/sub"], &[]);
    }

    #[test]
    fn a_directory_means_the_charts_below_but_not_those_inside_of_charts() {
        check(&["."], &["a", "b/c"], &[]);
        check(&["b", "b/c"], &["b/c"], &[]);
    }

    #[test]
    fn a_directory_that_is_named_and_looks_like_a_chart_is_one() {
        check(&["lost"], &["lost"], &[]);
        check(&["values/"], &["values"], &[]);
        check(&["a/charts"], &["a/charts/sub"], &[]);
        let message = "lost/templates: no Chart.yaml in it or below it, and no release of a chart";
        check(&["lost/templates"], &[], &[message]);
    }

    #[test]
    fn a_file_means_the_outermost_chart_around_it() {
        check(&["a/templates/x.yaml"], &["a"], &[]);
        check(&["a/charts/sub/templates/x.yaml"], &["a"], &[]);
        check(&["a/templates"], &["a"], &[]);
    }

    #[test]
    fn an_archive_means_itself() {
        check(&["b/packed-1.0.0.tgz"], &["b/packed-1.0.0.tgz"], &[]);
    }

    #[test]
    fn paths_without_a_chart_are_errors_and_do_not_hide_the_others() {
        check(
            &["docs", "docs/readme.md", "nowhere", "a"],
            &["a"],
            &[
                "docs: no Chart.yaml in it or below it, and no release of a chart",
                "docs/readme.md: neither a packed chart (.tgz), nor a file inside a chart, nor a release of one",
                "nowhere: no such file or directory",
            ],
        );
    }
}
