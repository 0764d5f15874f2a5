//! A chart as `helm template` renders it, with the origin of every line, or the error with which Helm stops.

mod document;
mod failure;
mod scenario;
mod warnings;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::bytes;
use crate::chart::{
    Chart, ChartFile, FileSystem, Loaded, ParseCache, discover, load, path_matches,
};
use crate::engine::{Environment, STACK_BYTES, satisfies};
use crate::manifest::hooks::{HOOK, is_test};
use crate::manifest::objects::{Manifest, split};
use crate::manifest::order::{Arranged, Part, arrange};
use crate::schema;
use crate::source::SourceMap;
use crate::values::{ActiveChart, Defaults, Inputs, Value, activate};
use crate::view::View;

pub use document::{Document, DocumentKind, Line, Piece};
pub use failure::Failure;
pub use scenario::ScenarioOptions;

/// What to render, and how.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are Helm's flags, each for itself")]
pub struct Options {
    /// A chart's folder, one of its files, or a packed chart.
    pub path: String,
    /// `-f` and the `--set` family.
    pub inputs: Inputs,
    /// The release and the cluster.
    pub environment: Environment,
    /// `--show-only`: patterns of paths inside the chart; all if empty.
    pub show_only: Vec<String>,
    /// `--include-crds`
    pub include_crds: bool,
    /// `--no-hooks`
    pub no_hooks: bool,
    /// `--skip-tests`
    pub skip_tests: bool,
    /// `--skip-schema-validation`
    pub skip_schema_validation: bool,
    /// Work out where each line came from.
    pub with_origins: bool,
    /// `--scenario`: values and cluster are those of a scenario, which `inputs` and `environment` are the base of.
    pub scenario: Option<ScenarioOptions>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Rendering {
    /// The chart's directory or archive, as reported.
    pub chart: String,
    /// The files into which the origins point.
    pub sources: SourceMap,
    /// What Helm would print, in its order; after a failure what could be rendered all the same.
    pub documents: Vec<Document>,
    /// What `helm template` prints, byte for byte, as [`bytes::unescape`] gives it; `None` where it fails.
    pub text: Option<String>,
    /// Why Helm fails, in its words. The first is the one that it reports.
    pub failures: Vec<Failure>,
    /// What Helm logs, and what was not looked at.
    pub warnings: Vec<String>,
}

/// Renders one chart.
///
/// # Errors
///
/// There is no chart, or more than one; there is no such scenario; or no thread could be started.
pub fn render(options: &Options) -> Result<Rendering, String> {
    let fs = FileSystem::Disk;
    let path = chart_of(&fs, &options.path)?;
    // The worst chart needs more stack than a main thread has.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(STACK_BYTES).build();
    let pool = pool.map_err(|error| format!("cannot start threads: {error}"))?;
    pool.install(|| {
        let mut rendering = Rendering { chart: path.clone(), ..Rendering::default() };
        let mut sources = SourceMap::default();
        let environment = options.environment.clone();
        let mut job = Job { fs: &fs, options, environment, rendering: &mut rendering };
        job.run(&path, &mut sources)?;
        rendering.sources = sources;
        Ok(rendering)
    })
}

fn chart_of(fs: &FileSystem, path: &str) -> Result<String, String> {
    let (mut charts, errors) = discover(fs, &[path.to_owned()]);
    if let Some(error) = errors.first() {
        return Err(error.to_string());
    }
    match (charts.pop(), charts.is_empty()) {
        (Some(chart), true) => Ok(chart),
        (None, _) => Err(format!("no chart found in {path}")),
        (Some(_), false) => {
            Err(format!("{} charts are in {path}; name the one to render", charts.len() + 1))
        }
    }
}

struct Job<'j> {
    fs: &'j FileSystem,
    options: &'j Options,
    environment: Environment,
    rendering: &'j mut Rendering,
}

impl Job<'_> {
    /// The steps of `runInstall` (`pkg/cmd/install.go`) and `renderResources` (`pkg/action/action.go`).
    fn run(&mut self, path: &str, sources: &mut SourceMap) -> Result<(), String> {
        let cache = ParseCache::default();
        let mut values = match self.options.inputs.read(self.fs, sources, &cache) {
            Ok(input) => input.values,
            Err(error) => {
                self.fail(Failure::of_input(&error));
                return Ok(());
            }
        };
        let Loaded { chart, problems } = match load(self.fs, path, sources, &cache) {
            Ok(loaded) => loaded,
            Err(error) => {
                self.fail(Failure::plain(error.to_string()));
                return Ok(());
            }
        };
        for problem in &problems {
            self.fail(Failure::of_loading(problem));
        }
        if let Err(message) = failure::release_name(&self.options.environment.release.name) {
            self.fail(Failure::plain(message));
        }
        if chart.metadata.about.deprecated {
            self.rendering.warnings.push("this chart is deprecated".to_owned());
        }
        for failure in failure::of_chart(&chart) {
            self.fail(failure);
        }
        if let Some(wanted) = &self.options.scenario {
            match wanted.find(self.fs, &chart, &values, self.options, sources, &cache) {
                Ok(scenario) => {
                    values = scenario.user;
                    self.environment = scenario.environment;
                }
                // With the mistakes that a chart has it may have no scenarios at all.
                Err(_) if !self.rendering.failures.is_empty() => {}
                Err(error) => return Err(error),
            }
        }
        self.with_values(&chart, &values, sources);
        Ok(())
    }

    fn with_values(&mut self, chart: &Chart, values: &Value, sources: &SourceMap) {
        let defaults = Defaults::of(chart);
        let active = match activate(chart, &defaults, values, &satisfies) {
            Ok(active) => active,
            Err(error) => return self.fail(Failure::of_activating(&error)),
        };
        self.rendering.warnings.extend(warnings::of_notes(&active.notes, sources));
        if !self.options.skip_schema_validation {
            let verdicts = schema::validate(&active);
            self.rendering.warnings.extend(warnings::of_schemas(&verdicts));
            if let Some(message) = schema::helm_text(&verdicts) {
                self.fail(Failure::plain(message));
            }
        }
        if let Some(failure) = failure::of_kube_version(chart, &self.environment.capabilities) {
            self.fail(failure);
        }
        if let Some(failure) = failure::of_syntax(&active) {
            self.fail(failure);
        }
        let view = View::new(sources, &active, &self.environment, &|_| true);
        for template in &view.rendered.templates {
            if let Err(error) = &template.output {
                self.fail(Failure::of_rendering(&view, error));
            }
        }
        let arranged = self.arranged(&view);
        self.collect(&view, &arranged, sources);
        if self.rendering.failures.is_empty() {
            match self.show(self.printed()) {
                Ok(text) => self.rendering.text = Some(text),
                Err(message) => self.fail(Failure::plain(message)),
            }
        }
    }

    fn fail(&mut self, mut failure: Failure) {
        if let Cow::Owned(shown) = bytes::shown(&failure.message) {
            failure.message = shown;
        }
        self.rendering.failures.push(failure);
    }

    /// The documents in Helm's order. Where one can't be read, all are in the order of the templates.
    fn arranged(&mut self, view: &View<'_>) -> Arranged {
        let names = view.rendered.templates.iter().map(|template| &*template.name);
        let printed: Vec<(&str, &Manifest)> = names.zip(view.manifests()).collect();
        let mut arranged = arrange(&printed).unwrap_or_else(|error| {
            let place = view.place(error.template, error.range);
            self.fail(Failure::of_arranging(&error, place));
            let all = printed.iter().enumerate().flat_map(|(template, (_, manifest))| {
                manifest.documents.iter().map(move |document| Part {
                    template,
                    range: document.range,
                    head: document.head.clone().unwrap_or_default(),
                })
            });
            Arranged { manifests: all.collect(), hooks: Vec::new() }
        });
        let keep_tests = !self.options.skip_tests;
        arranged.hooks.retain(|part| {
            let events = part.head.annotations.get(HOOK).map_or("", String::as_str);
            !self.options.no_hooks && (keep_tests || !is_test(events))
        });
        arranged
    }

    fn collect(&mut self, view: &View<'_>, arranged: &Arranged, sources: &SourceMap) {
        let with_origins = self.options.with_origins;
        let documents = &mut self.rendering.documents;
        if self.options.include_crds {
            for (name, file) in crds(&view.active.root, "") {
                documents.push(Document::crd(name, file, sources, with_origins));
            }
        }
        let mut add = |parts: &[Part], kind| {
            let new = |part| Document::new(view, part, kind, with_origins);
            documents.extend(parts.iter().filter_map(new));
        };
        add(&arranged.manifests, DocumentKind::Manifest);
        add(&arranged.hooks, DocumentKind::Hook);
    }

    /// Everything as one text (`newTemplateCmd` in `pkg/cmd/template.go`).
    fn printed(&self) -> String {
        let mut manifests = String::new();
        let mut hooks = String::new();
        for document in &self.rendering.documents {
            let is_hook = document.kind == DocumentKind::Hook;
            let out = if is_hook { &mut hooks } else { &mut manifests };
            let _ = writeln!(out, "---\n# Source: {}\n{}", document.source, document.text);
        }
        format!("{}\n{hooks}", manifests.trim())
    }

    /// Only the documents that `--show-only` asks for.
    fn show(&mut self, text: String) -> Result<String, String> {
        let patterns = &self.options.show_only;
        if patterns.is_empty() {
            return Ok(text);
        }
        let mut shown = String::new();
        for pattern in patterns {
            let mut found = false;
            for range in split(&text) {
                let part = text.get(range.usize()).unwrap_or_default();
                if shown_path(part).is_some_and(|path| path_matches(pattern, path)) {
                    let _ = writeln!(shown, "---\n{part}");
                    found = true;
                }
            }
            if !found {
                return Err(format!("could not find template {pattern} in chart"));
            }
        }
        self.rendering.documents.retain(|document| {
            let path = document.source.split_once('/').map_or("", |(_, path)| path);
            patterns.iter().any(|pattern| path_matches(pattern, path))
        });
        Ok(shown)
    }
}

/// CRDs with the names under which Helm prints them (`CRDObjects` in `pkg/chart/v2/chart.go`).
fn crds<'v>(active: &ActiveChart<'v>, parent: &str) -> Vec<(String, &'v ChartFile)> {
    let name: Arc<str> = if parent.is_empty() {
        Arc::clone(&active.name)
    } else {
        Arc::from(format!("{parent}/charts/{}", active.name))
    };
    let mut found: Vec<(String, &ChartFile)> =
        active.chart.crds.iter().map(|file| (format!("{name}/{}", file.name), file)).collect();
    for sub in &active.subcharts {
        found.extend(crds(sub, &name));
    }
    found
}

/// The path in a document's `# Source:` line, without the chart's name.
fn shown_path(document: &str) -> Option<&str> {
    let mut rest = document;
    while let Some((_, behind)) = rest.split_once("# Source: ") {
        let line = behind.split('\n').next().unwrap_or_default();
        if let Some((chart, path)) = line.split_once('/')
            && !chart.is_empty()
            && !path.is_empty()
        {
            return Some(path);
        }
        rest = behind;
    }
    None
}
