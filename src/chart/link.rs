//! Charts beside a chart: what `file://` of a dependency leads to, if charts/ does not have it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::archive::MAX_CHART_BYTES;
use super::fs::{FileSystem, clean, join};
use super::load::{Home, Loader, MAX_CHART_DEPTH, MAX_FILES, files_in};
use super::metadata;
use super::model::{Chart, Dependency};
use super::problem::{Problem, ProblemKind};
use crate::source::{FileId, Span};

/// How many charts may be taken from beside a chart. Each can lead to others, so that few could be a great many.
const MAX_LINKS: usize = 256;

const SCHEME: &str = "file://";

/// Whether a version (second) is in a range (first), as `IsCompatibleRange` of Helm answers it.
pub type Satisfies<'s> = dyn Fn(&str, &str) -> bool + 's;

/// What it takes to leave the chart's own directory.
pub(super) struct Links<'l> {
    fs: &'l FileSystem,
    satisfies: &'l Satisfies<'l>,
    /// How many were followed.
    followed: usize,
    /// Paths of the charts around what is read now, outermost first.
    around: Vec<String>,
    /// Files by their path: a chart that is linked twice is read twice, but its files are reported as one.
    known: BTreeMap<String, FileId>,
}

impl<'l> Links<'l> {
    pub(super) const fn new(fs: &'l FileSystem, satisfies: &'l Satisfies<'l>) -> Self {
        Self { fs, satisfies, followed: 0, around: Vec::new(), known: BTreeMap::new() }
    }

    /// Where a dependency leads: a path, if there is the chart that it asks for.
    ///
    /// An absolute path means something on one machine only, and is not followed. The path is put together by name, as
    /// Helm does it (`GetLocalPath`).
    fn target(&self, chart: &Chart, dependency: &Dependency) -> Option<String> {
        let inside = dependency.repository.as_ref()?.value.strip_prefix(SCHEME)?;
        if inside.starts_with('/') {
            return None;
        }
        let mut path = clean(&join(&chart.path, inside));
        if path.is_empty() {
            ".".clone_into(&mut path);
        }
        if !self.fs.is_file(&join(&path, "Chart.yaml")) {
            return None;
        }
        let real = self.fs.canonical(&path).ok()?;
        let leads_back = self
            .around
            .iter()
            .any(|outer| self.fs.canonical(outer).map_or(true, |outer| outer == real));
        (!leads_back).then_some(path)
    }
}

impl Loader<'_> {
    /// Remembers which chart is read, so that no link leads back to it.
    pub(super) fn enter(&mut self, path: &str) {
        if let Some(links) = &mut self.links {
            links.around.push(path.to_owned());
        }
    }

    /// The opposite of `enter`.
    pub(super) fn leave(&mut self) {
        if let Some(links) = &mut self.links {
            links.around.pop();
        }
    }

    /// Adds a file, or finds the one that has this path already.
    pub(super) fn add(&mut self, path: &str, text: Arc<str>) -> FileId {
        let Some(links) = self.links.as_mut().filter(|links| links.followed > 0) else {
            return self.sources.add(path, text);
        };
        if let Some(known) = links.known.get(path)
            && self.sources.file(*known).text() == &text
        {
            return *known;
        }
        let added = self.sources.add(path, text);
        links.known.insert(path.to_owned(), added);
        added
    }

    /// Takes the charts that `chart` depends on and that are not in its charts/ from where `file://` leads.
    pub(super) fn follow_links(&mut self, chart: &mut Chart, depth: usize) {
        for at in 0..chart.metadata.dependencies.len() {
            let Some(dependency) = chart.metadata.dependencies.get(at) else { continue };
            let Some((path, repository)) = self.wanted(chart, dependency) else { continue };
            let span = dependency.span;
            match self.linked(&path, depth) {
                Ok(Some(mut found)) => {
                    found.linked = Some(repository);
                    chart.subcharts.push(found);
                }
                Ok(None) => {}
                Err(reason) => self.refuse(span, &path, reason),
            }
        }
    }

    /// The path of the chart that a dependency leads to, if it is needed and is what is asked for.
    fn wanted(&self, chart: &Chart, dependency: &Dependency) -> Option<(String, Arc<str>)> {
        let links = self.links.as_ref()?;
        let repository = dependency.repository.as_ref()?.value.as_str();
        let is_there = chart.subcharts.iter().any(|sub| {
            sub.metadata.name.value == dependency.name.value
                && sub.linked.as_deref().is_none_or(|linked| linked == repository)
        });
        if is_there {
            return None;
        }
        let path = links.target(chart, dependency)?;
        let data = links.fs.read(&join(&path, "Chart.yaml"), MAX_CHART_BYTES).ok()?;
        let stream = self.cache.yaml(&Arc::from(std::str::from_utf8(&data).ok()?));
        let (name, version) = metadata::name_and_version(&stream, chart.metadata.file)?;
        let range = dependency.version.as_ref().map_or("", |version| &version.value);
        (name == dependency.name.value && (links.satisfies)(range, &version))
            .then(|| (path, Arc::from(repository)))
    }

    fn linked(&mut self, path: &str, depth: usize) -> Result<Option<Chart>, &'static str> {
        let Some(links) = &mut self.links else { return Ok(None) };
        if depth >= MAX_CHART_DEPTH {
            return Err("charts are nested too deeply");
        }
        if links.followed >= MAX_LINKS {
            return Err("too many charts are linked");
        }
        if links.followed == 0 {
            links.known =
                self.sources.iter().map(|(id, file)| (file.path().to_owned(), id)).collect();
        }
        links.followed += 1;
        let fs = links.fs;
        let files = files_in(fs, path, path, self);
        if self.entries + files.len() > MAX_FILES {
            return Err("the chart has too many files");
        }
        Ok(self.assemble(files, path, depth + 1, Home::Directory))
    }

    fn refuse(&mut self, span: Span, path: &str, reason: &str) {
        self.problems.push(Problem {
            kind: ProblemKind::Limit,
            path: self.sources.file(span.file).path().to_owned(),
            span: Some(span),
            message: format!("cannot use the chart in {path}: {reason}"),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::cache::ParseCache;
    use super::super::load::{load, load_with_links};
    use super::*;
    use crate::source::SourceMap;

    /// Name, version and repository of a dependency.
    type Asked<'t> = (&'t str, &'t str, &'t str);

    fn chart_yaml(name: &str, dependencies: &[Asked<'_>]) -> String {
        let mut text = format!("apiVersion: v2\nname: {name}\nversion: 1.2.0\n");
        if !dependencies.is_empty() {
            text.push_str("dependencies:\n");
        }
        for (name, version, repository) in dependencies {
            let fields = format!("name: {name}, version: \"{version}\"");
            writeln!(text, "- {{{fields}, repository: \"{repository}\"}}").unwrap();
        }
        text
    }

    fn outline(chart: &Chart, depth: usize, lines: &mut Vec<String>) {
        let linked = chart.linked.as_deref().map_or(String::new(), |from| format!(" <- {from}"));
        lines.push(format!("{}{}{linked}", "  ".repeat(depth), chart.path));
        for sub in &chart.subcharts {
            outline(sub, depth + 1, lines);
        }
    }

    /// Whether the version is the range, or anything will do.
    fn satisfies(range: &str, version: &str) -> bool {
        range.is_empty() || range == version
    }

    /// Loads `path` out of `files` with links; `wanted` is the tree of charts, then the problems behind `!`.
    #[track_caller]
    fn check_tree(fs: &FileSystem, path: &str, wanted: &[&str]) -> SourceMap {
        let mut sources = SourceMap::default();
        let cache = ParseCache::default();
        let loaded = load_with_links(fs, path, &mut sources, &cache, &satisfies).unwrap();
        let mut lines = Vec::new();
        outline(&loaded.chart, 0, &mut lines);
        let problems = loaded.problems.iter();
        lines.extend(problems.map(|problem| format!("! {} {}", problem.path, problem.message)));
        assert_eq!(lines, wanted);
        sources
    }

    #[track_caller]
    fn check(charts: &[(&str, &[Asked<'_>])], path: &str, wanted: &[&str]) {
        let files = charts.iter().map(|(directory, dependencies)| {
            let name = directory.rsplit('/').next().unwrap();
            (join(directory, "Chart.yaml"), chart_yaml(name, dependencies).into_bytes())
        });
        let fs = FileSystem::memory(files);
        check_tree(&fs, path, wanted);
        let mut sources = SourceMap::default();
        let loaded = load(&fs, path, &mut sources, &ParseCache::default()).unwrap();
        assert_eq!(loaded.chart.linked_paths(), Vec::<String>::new(), "Helm follows no links");
    }

    #[test]
    fn what_is_not_in_charts_is_taken_from_beside() {
        check(
            &[("c/app", &[("common", "1.2.0", "file://../common")]), ("c/common", &[])],
            "./c/app/",
            &["c/app", "  c/common <- file://../common"],
        );
        check(
            &[("app", &[("common", "", "file://common")]), ("app/common", &[])],
            "app",
            &["app", "  app/common <- file://common"],
        );
    }

    #[test]
    fn charts_win_over_links() {
        check(
            &[
                ("app", &[("common", "9.9.9", "file://../common")]),
                ("app/charts/common", &[]),
                ("common", &[]),
            ],
            "app",
            &["app", "  app/charts/common"],
        );
    }

    #[test]
    fn another_name_or_version_is_not_what_was_asked_for() {
        let wanted = &["app"];
        check(&[("app", &[("common", "", "file://../other")]), ("other", &[])], "app", wanted);
        check(
            &[("app", &[("common", "2.0.0", "file://../common")]), ("common", &[])],
            "app",
            wanted,
        );
        check(&[("app", &[("common", "", "file://../common")])], "app", wanted);
        check(&[("app", &[("common", "", "file:///common")]), ("/common", &[])], "app", wanted);
        check(&[("app", &[("common", "", "../common")]), ("common", &[])], "app", wanted);
    }

    #[test]
    fn subcharts_have_links_of_their_own() {
        check(
            &[
                ("app", &[("a", "", "file://../a")]),
                ("app/charts/sub", &[("b", "", "file://../../../b")]),
                ("a", &[("b", "", "file://../b")]),
                ("b", &[]),
            ],
            "app",
            &[
                "app",
                "  app/charts/sub",
                "    b <- file://../../../b",
                "  a <- file://../a",
                "    b <- file://../b",
            ],
        );
    }

    #[test]
    fn links_do_not_go_in_a_circle() {
        check(&[("app", &[("app", "", "file://.")])], "app", &["app"]);
        check(&[("app", &[("app", "", "file://")])], "app", &["app"]);
        check(
            &[
                ("app", &[("a", "", "file://../a")]),
                ("a", &[("b", "", "file://../b"), ("app", "", "file://../app")]),
                ("b", &[("a", "", "file://../a"), ("b", "", "file://../x/../b")]),
            ],
            "app",
            &["app", "  a <- file://../a", "    b <- file://../b"],
        );
    }

    #[test]
    fn two_sources_of_one_name_are_kept_apart() {
        check(
            &[
                ("app", &[("c", "", "file://../x/c"), ("c", "", "file://../y/c")]),
                ("x/c", &[]),
                ("y/c", &[]),
            ],
            "app",
            &[
                "app",
                "  x/c <- file://../x/c",
                "  y/c <- file://../y/c",
                "! app/Chart.yaml validation: more than one dependency with name or alias \"c\"",
            ],
        );
    }

    #[test]
    fn files_of_a_chart_that_is_linked_twice_are_the_same() {
        let fs = FileSystem::memory(
            [
                (
                    "app/Chart.yaml",
                    chart_yaml("app", &[("a", "", "file://../a"), ("b", "", "file://../b")]),
                ),
                ("a/Chart.yaml", chart_yaml("a", &[("b", "", "file://../b")])),
                ("b/Chart.yaml", chart_yaml("b", &[])),
                ("b/templates/x.yaml", "x".to_owned()),
            ]
            .map(|(name, text)| (name, text.into_bytes())),
        );
        let wanted = ["app", "  a <- file://../a", "    b <- file://../b", "  b <- file://../b"];
        let sources = check_tree(&fs, "app", &wanted);
        let mut paths: Vec<&str> = sources.iter().map(|(_, file)| file.path()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["a/Chart.yaml", "app/Chart.yaml", "b/Chart.yaml", "b/templates/x.yaml"]);
    }

    /// Each chart links to the next one twice: 2 to the power of 30 ways.
    #[test]
    fn links_that_multiply_are_bounded() {
        let files = (0..30).map(|at| {
            let next = format!("c{}", at + 1);
            let repositories = [format!("file://../{next}"), format!("file://.././{next}")];
            let [a, b] = &repositories;
            let text = chart_yaml(&format!("c{at}"), &[(&next, "", a), (&next, "", b)]);
            (format!("c{at}/Chart.yaml"), text.into_bytes())
        });
        let fs = FileSystem::memory(files);
        let mut sources = SourceMap::default();
        let cache = ParseCache::default();
        let loaded = load_with_links(&fs, "c0", &mut sources, &cache, &satisfies).unwrap();
        assert_eq!(loaded.chart.linked_paths().len(), MAX_LINKS);
        let is_told = loaded.problems.iter().any(|problem| {
            problem.kind == ProblemKind::Limit
                && problem.message.ends_with("too many charts are linked")
        });
        assert!(is_told);
    }

    #[test]
    fn depth_is_bounded() {
        let files = (0..40).map(|at| {
            let (next, repository) = (format!("c{}", at + 1), format!("file://../c{}", at + 1));
            let text = chart_yaml(&format!("c{at}"), &[(&next, "", &repository)]);
            (format!("c{at}/Chart.yaml"), text.into_bytes())
        });
        let fs = FileSystem::memory(files);
        let mut sources = SourceMap::default();
        let cache = ParseCache::default();
        let loaded = load_with_links(&fs, "c0", &mut sources, &cache, &satisfies).unwrap();
        assert_eq!(loaded.chart.linked_paths().len(), MAX_CHART_DEPTH);
        let messages: Vec<&str> =
            loaded.problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(messages, ["cannot use the chart in c33: charts are nested too deeply"]);
    }
}
