//! Releases: which belong to which chart, and what is said of those whose chart is not at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::chart::{Chart, FileSystem, ParseCache, join};
use crate::diagnostic::{Diagnostic, Severity};
use crate::release::{Link, Links, Located, Reading, Release, Tree};
use crate::rules::builtin::BUILTIN;
use crate::rules::context::ReleaseContext;
use crate::rules::{Catalogue, Category};
use crate::source::SourceMap;

use super::chart::OfTree;
use super::settings::Settings;
use super::{ChartOutcome, settle};

/// Which releases belong to which chart.
#[derive(Debug, Default)]
pub(super) struct Sorted<'t> {
    /// By the folder of the chart as it was found or given.
    pub(super) by_chart: BTreeMap<String, Vec<(&'t Located, Link)>>,
    /// Charts that only releases lead to.
    pub(super) further: Vec<String>,
    /// Those without a chart, by file.
    pub(super) alone: BTreeMap<usize, Vec<&'t Located>>,
}

impl Sorted<'_> {
    /// Takes a chart away from its releases.
    pub(super) fn lose(&mut self, chart: &str) {
        for (located, _) in self.by_chart.remove(chart).unwrap_or_default() {
            self.alone.entry(located.file).or_default().push(located);
        }
    }
}

/// Sorts the releases of a tree by the charts, of which `charts` were found already.
pub(super) fn sort<'t>(fs: &FileSystem, tree: &'t Tree, charts: &[String]) -> Sorted<'t> {
    let mut sorted = Sorted::default();
    if tree.releases().is_empty() {
        return sorted;
    }
    let links = Links::new(fs, tree, charts);
    let real = |path: &str| fs.canonical(path).unwrap_or_else(|_| path.to_owned());
    let mut known: BTreeMap<String, String> =
        charts.iter().map(|chart| (real(chart), chart.clone())).collect();
    for located in tree.releases() {
        // A patch has no chart of its own.
        match links.chart_of(located) {
            Some(link) => {
                let chart = known.entry(real(&link.chart)).or_insert_with(|| {
                    sorted.further.push(link.chart.clone());
                    link.chart.clone()
                });
                sorted.by_chart.entry(chart.clone()).or_default().push((located, link));
            }
            None => sorted.alone.entry(located.file).or_default().push(located),
        }
    }
    sorted
}

/// The releases of one chart, in and below the working directory and the chart's own folder.
pub(super) fn around(
    fs: &FileSystem,
    chart: &Chart,
    sources: &mut SourceMap,
    cache: &ParseCache,
) -> Vec<Arc<Release>> {
    let tree = Tree::search(fs, [".", chart.path.as_str()], cache);
    let links = Links::new(fs, &tree, std::slice::from_ref(&chart.path));
    let real = |path: &str| fs.canonical(path).unwrap_or_else(|_| path.to_owned());
    let mut reading = Reading::new(fs, cache, &tree, sources);
    let releases = tree.releases().iter().filter_map(|located| {
        let link = links.chart_of(located)?;
        if real(&link.chart) != real(&chart.path) {
            return None;
        }
        reading.release(located, Some(&link), Some(chart)).map(Arc::new)
    });
    releases.collect()
}

/// What rules say of releases by themselves.
pub(super) fn check(
    sources: &SourceMap,
    settings: &Settings,
    releases: &[Arc<Release>],
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for release in releases {
        let context = ReleaseContext {
            sources,
            config: &settings.config,
            profile: settings.profile,
            release,
            is_linked: release.linked.is_some(),
        };
        for rule in BUILTIN {
            let is_on = settings.rules.as_ref().is_none_or(|rules| rules.is_on(rule.name()));
            // What only patches another release says nothing of the whole.
            if is_on && (release.is_whole || rule.name() == "duplicate-key") {
                rule.check_release(&context, &mut found);
            }
        }
    }
    found
}

/// Checks the releases of a file whose charts are not at hand, and adds what is found.
pub(super) fn lint_alone(
    fs: &FileSystem,
    tree: &Tree,
    releases: &[&Located],
    settings: &Settings,
    cache: &ParseCache,
    outcome: &mut ChartOutcome,
) {
    let mut reading = Reading::new(fs, cache, tree, &mut outcome.sources);
    let read = releases.iter().filter_map(|located| reading.release(located, None, None));
    let read: Vec<Arc<Release>> = read.map(Arc::new).collect();
    outcome.releases += read.len();
    let mut found = check(&outcome.sources, settings, &read);
    settle::settle(&mut found, settings);
    outcome.diagnostics.extend(found);
}

/// The outcome of a file of releases.
pub(super) fn lint_file(
    fs: &FileSystem,
    tree: &Tree,
    at: usize,
    releases: &[&Located],
    settings: &Settings,
    cache: &ParseCache,
) -> ChartOutcome {
    let Some(file) = tree.file(at) else { return ChartOutcome::default() };
    let mut outcome =
        ChartOutcome { path: file.path.clone(), is_release: true, ..ChartOutcome::default() };
    lint_alone(fs, tree, releases, settings, cache, &mut outcome);
    outcome.files = outcome.sources.iter().count();
    if tree.is_told_broken(at) {
        let known = outcome.sources.by_path(&file.path);
        let id = known
            .unwrap_or_else(|| outcome.sources.add(file.path.as_str(), Arc::clone(&file.text)));
        let errors = file.stream.errors.iter().take(1).map(|error| {
            let span = error.range.in_file(id);
            Diagnostic::new("yaml-syntax-error", Severity::Error, span, error.message.clone())
                .subject(file.path.as_str())
        });
        let mut errors: Vec<Diagnostic> = errors.collect();
        settle::settle(&mut errors, settings);
        outcome.diagnostics.extend(errors);
    }
    if settings.has_config {
        outcome.fail_on = Some(settings.config.fail_on);
    }
    outcome.sources.keep_only(&settle::files_of(&outcome.diagnostics));
    outcome
}

/// Of a chart to which only a release leads, the chart's own findings are not asked for.
pub(super) fn keep_only_releases(outcome: &mut ChartOutcome, tree: &Tree) {
    let files: BTreeSet<&str> = tree.files().map(|(_, file)| file.path.as_str()).collect();
    let ChartOutcome { path, linked, sources, diagnostics, .. } = outcome;
    let is_of_charts = |file: &str| {
        let mut charts = linked.iter().chain([&*path]);
        charts.any(|chart| {
            file.strip_prefix(chart.as_str()).is_some_and(|rest| rest.starts_with('/'))
        })
    };
    let missing = sources.by_path(&join(path, "Chart.yaml"));
    let missing = missing.map(|file| sources.file(file)).filter(|file| file.text().is_empty());
    let missing = missing.map_or_else(String::new, |file| file.path().to_owned());
    diagnostics.retain(|diagnostic| {
        let file = sources.file(diagnostic.primary.span.file).path();
        let category = Catalogue::get().find(diagnostic.rule).map(|rule| rule.category);
        category == Some(Category::Release)
            || diagnostic.rule == "internal-error"
            // It says why the release was not looked at under its chart.
            || (diagnostic.rule == "unreadable-chart" && (file == path || file == missing))
            || files.contains(file)
            || !is_of_charts(file)
    });
    sources.keep_only(&settle::files_of(diagnostics));
}

/// Takes out what was said of a release, or of a text that it takes values from, in the report on another chart already.
pub(super) fn report_once(charts: &mut [ChartOutcome], tree: &Tree) {
    let files: BTreeSet<&str> = tree.files().map(|(_, file)| file.path.as_str()).collect();
    if files.is_empty() {
        return;
    }
    let mut seen = BTreeSet::new();
    for chart in charts {
        let ChartOutcome { sources, diagnostics, .. } = chart;
        diagnostics.retain(|diagnostic| {
            let span = diagnostic.primary.span;
            let path = sources.file(span.file).path();
            let known = (path.to_owned(), diagnostic.rule, span.range, diagnostic.message.clone());
            !files.contains(path) || seen.insert(known)
        });
    }
}

/// The releases of a chart, for its linting.
pub(super) fn of_chart<'t>(tree: &'t Tree, sorted: &Sorted<'t>, chart: &str) -> OfTree<'t> {
    let releases = sorted.by_chart.get(chart).cloned().unwrap_or_default();
    OfTree { tree, releases }
}
