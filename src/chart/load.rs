//! Reads a chart from a directory or an archive, as much of it as can be read (`pkg/chart/v2/loader`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::archive::{self, MAX_CHART_BYTES, RawFile};
use super::cache::ParseCache;
use super::fs::{FileKind, FileSystem, extension, join};
use super::ignore::IgnoreRules;
use super::link::{Links, Satisfies};
use super::metadata;
use super::model::{Chart, ChartFile, Template, ValuesFile};
use super::problem::{LoadError, Problem, ProblemKind};
use super::yaml_errors::{first_document_error, values_error};
use crate::source::{FileId, SourceMap, Span};

/// How deep charts may stand in charts.
pub(super) const MAX_CHART_DEPTH: usize = 32;

/// How deep directories of a chart may nest.
const MAX_DIRECTORY_DEPTH: usize = 128;

/// How many files a chart may have, those of its subcharts included.
pub(super) const MAX_FILES: usize = 200_000;

const BOM: &[u8] = "\u{feff}".as_bytes();

/// A chart and what is wrong with it.
#[derive(Debug)]
pub struct Loaded {
    /// The chart, as complete as its files allow.
    pub chart: Chart,
    /// What Helm would refuse or leave out, in the order of reading.
    pub problems: Vec<Problem>,
}

/// Loads the chart in the directory or archive `path`, with the charts in its charts/, as Helm does.
///
/// Its files go into `sources` under paths that begin with `path` as it is given; those of an archive are shown as if it
/// were a directory: `charts/redis-1.2.tgz/templates/x.yaml`. YAML files keep a byte order mark in their text, all others
/// lose it, as Helm's templates do.
///
/// # Errors
///
/// `path` can't be read, holds no Chart.yaml, or is an archive that Helm refuses.
pub fn load(
    fs: &FileSystem,
    path: &str,
    sources: &mut SourceMap,
    cache: &ParseCache,
) -> Result<Loaded, LoadError> {
    load_by(fs, path, Loader::new(sources, cache, None))
}

/// Loads a chart as [`load`] does, and for dependencies that are not in charts/ the charts beside it that their `file://`
/// leads to; those have [`Chart::linked`]. Helm needs `helm dependency build` before it sees them.
///
/// # Errors
///
/// Those of [`load`].
pub fn load_with_links(
    fs: &FileSystem,
    path: &str,
    sources: &mut SourceMap,
    cache: &ParseCache,
    satisfies: &Satisfies<'_>,
) -> Result<Loaded, LoadError> {
    load_by(fs, path, Loader::new(sources, cache, Some(Links::new(fs, satisfies))))
}

fn load_by(fs: &FileSystem, path: &str, mut loader: Loader<'_>) -> Result<Loaded, LoadError> {
    let shown = shown_path(path);
    let io = |source| LoadError::Io { path: shown.clone(), source };
    let mut home = Home::Directory;
    let files = if fs.kind(path).map_err(io)? == FileKind::Directory {
        files_in(fs, path, &shown, &mut loader)
    } else {
        home = Home::Archive;
        let packed = fs.read(path, MAX_CHART_BYTES).map_err(io)?;
        archive::read(&packed)
            .map_err(|source| LoadError::Archive { path: shown.clone(), source })?
    };
    let folders = std::mem::take(&mut loader.folders);
    let is_folder = folders.iter().any(|name| name == "Chart.yaml");
    let Some(mut chart) = loader.assemble(files, &shown, 0, home) else {
        return Err(match home {
            Home::Directory if is_folder => LoadError::FolderInPlace { path: shown },
            Home::Directory => LoadError::NoChart { path: shown },
            Home::Archive => LoadError::NoChartPacked { path: shown },
        });
    };
    chart.folders = folders;
    let Loader { sources, mut problems, .. } = loader;
    if !matches!(chart.metadata.api_version.value.as_str(), "v1" | "v2" | "v3") {
        // Only the outermost chart is looked at in this way (`pkg/chart/loader/load.go`).
        problems.push(Problem {
            kind: ProblemKind::Metadata,
            path: sources.file(chart.metadata.file).path().to_owned(),
            span: Some(chart.metadata.api_version.span),
            message: "unsupported chart version".to_owned(),
        });
    }
    for problem in problems.iter_mut().filter(|problem| problem.kind == ProblemKind::NotUtf8) {
        problem.span = first_replaced(sources, &problem.path);
    }
    Ok(Loaded { chart, problems })
}

/// The first replacement character of a file.
fn first_replaced(sources: &SourceMap, path: &str) -> Option<Span> {
    let file = sources.by_path(path)?;
    let at = sources.file(file).text().find(char::REPLACEMENT_CHARACTER)?;
    Some(Span::new(file, at, at + char::REPLACEMENT_CHARACTER.len_utf8()))
}

fn shown_path(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    let trimmed = if trimmed.is_empty() && !path.is_empty() { "/" } else { trimmed };
    match trimmed.strip_prefix("./") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ if trimmed.is_empty() => ".".to_owned(),
        _ => trimmed.to_owned(),
    }
}

/// The path of a file as reported: nothing in front for the chart in the working directory.
fn shown_file(directory: &str, name: &str) -> String {
    if directory == "." { name.to_owned() } else { join(directory, name) }
}

/// The files of the chart in a directory, less those that its `.helmignore` names.
pub(super) fn files_in(
    fs: &FileSystem,
    root: &str,
    shown: &str,
    loader: &mut Loader<'_>,
) -> Vec<RawFile> {
    let mut walk = Walk::new(fs, root, shown, loader);
    walk.directory("", &mut Vec::new());
    walk.files
}

/// Collects the files of a directory in the order of Helm's walk.
struct Walk<'w, 'l> {
    fs: &'w FileSystem,
    root: &'w str,
    shown: &'w str,
    rules: IgnoreRules,
    files: Vec<RawFile>,
    loader: &'w mut Loader<'l>,
}

impl<'w, 'l> Walk<'w, 'l> {
    fn new(fs: &'w FileSystem, root: &'w str, shown: &'w str, loader: &'w mut Loader<'l>) -> Self {
        let path = join(root, ".helmignore");
        let mut text = Arc::from("");
        let mut file = None;
        if fs.is_file(&path)
            && let Ok(data) = fs.read(&path, MAX_CHART_BYTES)
        {
            let shown = shown_file(shown, ".helmignore");
            text = loader.text(&data, &shown);
            file = Some(loader.add(&shown, text.clone()));
        }
        let (rules, errors) = IgnoreRules::parse(&text);
        for error in errors {
            loader.problems.push(Problem {
                kind: ProblemKind::Ignore,
                path: shown_file(shown, ".helmignore"),
                span: file.map(|file| error.range.in_file(file)),
                message: error.message,
            });
        }
        Self { fs, root, shown, rules, files: Vec::new(), loader }
    }

    /// `above` holds the real directories on the way here; links may not lead back into them.
    fn directory(&mut self, inside: &str, above: &mut Vec<String>) {
        let path = if inside.is_empty() { self.root.to_owned() } else { join(self.root, inside) };
        if above.len() > MAX_DIRECTORY_DEPTH {
            return self.problem(ProblemKind::Limit, inside, "directories are nested too deeply");
        }
        let listed = self.fs.canonical(&path).and_then(|real| Ok((real, self.fs.list(&path)?)));
        let (real, entries) = match listed {
            Ok(listed) => listed,
            Err(error) => {
                return self.problem(ProblemKind::Unreadable, inside, &error.to_string());
            }
        };
        if above.contains(&real) {
            return self.problem(ProblemKind::Limit, inside, "symbolic links go in a circle");
        }
        above.push(real);
        for entry in entries {
            if self.files.len() >= MAX_FILES {
                self.problem(ProblemKind::Limit, inside, "the chart has too many files");
                break;
            }
            let name = join(inside, &entry.name);
            match self.fs.kind(&join(self.root, &name)) {
                Ok(FileKind::Directory) => {
                    if !self.rules.is_ignored(&name, true) {
                        if inside.is_empty() {
                            self.loader.folders.push(name.clone());
                        }
                        self.directory(&name, above);
                    }
                }
                Ok(kind) => {
                    if !self.rules.is_ignored(&name, false) {
                        self.file(name, kind);
                    }
                }
                // Helm evaluates a link before it looks whether the link is ignored.
                Err(error) if entry.is_link => {
                    let message = format!("error evaluating symlink {name}: {error}");
                    self.problem(ProblemKind::Unreadable, &name, &message);
                }
                Err(error) => self.problem(ProblemKind::Unreadable, &name, &error.to_string()),
            }
        }
        above.pop();
    }

    fn file(&mut self, name: String, kind: FileKind) {
        if kind == FileKind::Irregular {
            let message =
                format!("cannot load irregular file {name} as it has file mode type bits set");
            return self.problem(ProblemKind::Unreadable, &name, &message);
        }
        match self.fs.read(&join(self.root, &name), self.loader.budget) {
            Ok(data) if data.len() as u64 > self.loader.budget => {
                let message = format!(
                    "error reading {name}: chart exceeds maximum decompressed size of {MAX_CHART_BYTES} bytes"
                );
                self.problem(ProblemKind::Limit, &name, &message);
            }
            Ok(data) => {
                self.loader.budget -= data.len() as u64;
                self.files.push(RawFile { name, data });
            }
            Err(error) => {
                let message = format!("error reading {name}: {error}");
                self.problem(ProblemKind::Unreadable, &name, &message);
            }
        }
    }

    fn problem(&mut self, kind: ProblemKind, inside: &str, message: &str) {
        let path =
            if inside.is_empty() { self.shown.to_owned() } else { shown_file(self.shown, inside) };
        self.loader.problems.push(Problem { kind, path, span: None, message: message.to_owned() });
    }
}

/// Whether what surrounds a chart can be reached from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// It is a directory, and its path leads to it.
    Directory,
    /// It is an archive, or in one.
    Archive,
}

/// Makes charts of files.
pub(super) struct Loader<'l> {
    pub(super) sources: &'l mut SourceMap,
    pub(super) cache: &'l ParseCache,
    pub(super) problems: Vec<Problem>,
    pub(super) entries: usize,
    /// The folders directly in the outermost chart.
    folders: Vec<String>,
    /// How many bytes may still be read from directories.
    budget: u64,
    /// Copies of a subchart stand in many charts: their trees are worth keeping.
    in_subchart: bool,
    /// `None` if links are not followed.
    pub(super) links: Option<Links<'l>>,
}

impl<'l> Loader<'l> {
    const fn new(
        sources: &'l mut SourceMap,
        cache: &'l ParseCache,
        links: Option<Links<'l>>,
    ) -> Self {
        Self {
            sources,
            cache,
            problems: Vec::new(),
            entries: 0,
            folders: Vec::new(),
            budget: MAX_CHART_BYTES,
            in_subchart: false,
            links,
        }
    }

    /// `LoadFiles`: the chart of these files, or `None` without a Chart.yaml.
    pub(super) fn assemble(
        &mut self,
        mut files: Vec<RawFile>,
        shown: &str,
        depth: usize,
        home: Home,
    ) -> Option<Chart> {
        self.entries += files.len();
        self.in_subchart = depth > 0;
        // Of equal names the last one counts where Helm keeps one, as it does for Chart.yaml.
        let at = files.iter().rposition(|file| file.name == "Chart.yaml")?;
        let chart_yaml = files.swap_remove(at);
        files.retain(|file| file.name != "Chart.yaml");
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let (metadata_file, stream) = self.yaml(&chart_yaml.data, &shown_file(shown, "Chart.yaml"));
        let requirements = files
            .iter()
            .rfind(|file| file.name == "requirements.yaml")
            .map(|file| self.yaml(&file.data, &shown_file(shown, "requirements.yaml")));
        let fallback = shown.rsplit('/').next().unwrap_or(shown);
        let read = metadata::read(metadata_file, &stream, requirements, fallback);
        self.problems.extend(read.problems.into_iter().map(|mut problem| {
            problem.path = match problem.span {
                Some(span) => self.sources.file(span.file).path().to_owned(),
                None => shown_file(shown, "Chart.yaml"),
            };
            problem
        }));
        let mut chart = Chart {
            metadata: read.metadata,
            path: shown.to_owned(),
            values: None,
            templates: Vec::new(),
            files: Vec::new(),
            crds: Vec::new(),
            lock: None,
            schema: None,
            subcharts: Vec::new(),
            folders: Vec::new(),
            linked: None,
        };
        let mut below: BTreeMap<String, Vec<RawFile>> = BTreeMap::new();
        for file in files {
            match file.name.strip_prefix("charts/") {
                Some(inside) if extension(inside) != "prov" => {
                    let first = inside.split('/').next().unwrap_or(inside).to_owned();
                    let name = inside.to_owned();
                    below.entry(first).or_default().push(RawFile { name, data: file.data });
                }
                _ => self.place(file, &mut chart, shown),
            }
        }
        self.enter(shown);
        for (name, files) in below {
            self.subchart(&name, files, &mut chart, depth, home);
        }
        if home == Home::Directory {
            self.follow_links(&mut chart, depth);
        }
        self.leave();
        Some(chart)
    }

    fn place(&mut self, file: RawFile, chart: &mut Chart, shown: &str) {
        let path = shown_file(shown, &file.name);
        match file.name.as_str() {
            "values.yaml" => {
                let text = self.text(&file.data, &path);
                let stream = self.cache.values(&text);
                let id = self.add(&path, text);
                if let Some((range, message)) = values_error(&stream) {
                    self.problems.push(Problem {
                        kind: ProblemKind::Values,
                        path,
                        span: Some(range.in_file(id)),
                        message: format!("cannot load values.yaml: {message}"),
                    });
                }
                chart.values = Some(ValuesFile { file: id, stream });
            }
            "values.schema.json" => chart.schema = Some(self.other(file, &path)),
            "Chart.lock" => {
                self.lock("Chart.lock", &file, &path);
                chart.lock = Some(self.other(file, &path));
            }
            "requirements.lock" => {
                self.lock("requirements.lock", &file, &path);
                let file = self.other(file, &path);
                if chart.metadata.is_v1() {
                    chart.files.push(file.clone());
                }
                chart.lock.get_or_insert(file);
            }
            "requirements.yaml" => {
                if chart.metadata.is_v1() {
                    let file_id = self.sources.by_path(&path);
                    chart.files.push(ChartFile {
                        name: Arc::from(file.name),
                        data: without_bom(&file.data),
                        file: file_id,
                    });
                }
            }
            name if name.starts_with("templates/") => {
                let text = self.text(&file.data, &path);
                let text =
                    text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), Arc::<str>::from);
                let (text, ast) = self.cache.template(&text, self.in_subchart);
                let id = self.add(&path, text);
                chart.templates.push(Template { name: Arc::from(name), file: id, ast });
            }
            _ => {
                let file = self.other(file, &path);
                let is_manifest = ["yaml", "yml", "json"]
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(extension(&file.name)));
                if file.name.starts_with("crds/") && is_manifest {
                    chart.crds.push(file.clone());
                }
                chart.files.push(file);
            }
        }
    }

    /// What lies under one name in charts/.
    fn subchart(
        &mut self,
        name: &str,
        files: Vec<RawFile>,
        parent: &mut Chart,
        depth: usize,
        mut home: Home,
    ) {
        if name.starts_with(['_', '.']) {
            return;
        }
        let shown = shown_file(&parent.path, &format!("charts/{name}"));
        let parent_name = parent.metadata.name.value.clone();
        let mut refuse = |kind, reason: &str| {
            self.problems.push(Problem {
                kind,
                path: shown.clone(),
                span: None,
                message: format!("error unpacking subchart {name} in {parent_name}: {reason}"),
            });
        };
        if depth >= MAX_CHART_DEPTH {
            return refuse(ProblemKind::Limit, "charts are nested too deeply");
        }
        let files = if extension(name) == "tgz" {
            home = Home::Archive;
            let Some(packed) = files.iter().find(|file| file.name == name) else {
                return refuse(ProblemKind::Subchart, "it is a directory, not an archive");
            };
            match archive::read(&packed.data) {
                Ok(files) => files,
                Err(error) => return refuse(ProblemKind::Subchart, &error.to_string()),
            }
        } else {
            let inside = files.into_iter().filter_map(|file| {
                let (_, name) = file.name.split_once('/')?;
                Some(RawFile { name: name.to_owned(), data: file.data })
            });
            inside.collect()
        };
        // Archives in archives could multiply without end.
        if self.entries + files.len() > MAX_FILES {
            return refuse(ProblemKind::Limit, "the chart has too many files");
        }
        let assembled = self.assemble(files, &shown, depth + 1, home);
        match assembled {
            Some(chart) => parent.subcharts.push(chart),
            None => self.problems.push(Problem {
                kind: ProblemKind::Subchart,
                path: shown,
                span: None,
                message: format!(
                    "error unpacking subchart {name} in {parent_name}: Chart.yaml file is missing"
                ),
            }),
        }
    }

    fn lock(&mut self, name: &str, file: &RawFile, path: &str) {
        let text = self.text(&file.data, path);
        let stream = self.cache.yaml(&text);
        if let Some((range, message)) = first_document_error(&stream, "v2.Lock") {
            let id = self.add(path, text);
            self.problems.push(Problem {
                kind: ProblemKind::Dependencies,
                path: path.to_owned(),
                span: Some(range.in_file(id)),
                message: format!("cannot load {name}: {message}"),
            });
        }
    }

    fn yaml(&mut self, data: &Arc<[u8]>, path: &str) -> (FileId, Arc<crate::yaml::Stream>) {
        let text = self.text(data, path);
        let stream = self.cache.yaml(&text);
        (self.add(path, text), stream)
    }

    /// The bytes as text; what is not UTF-8 is replaced and reported.
    fn text(&mut self, data: &[u8], path: &str) -> Arc<str> {
        match std::str::from_utf8(data) {
            Ok(text) => Arc::from(text),
            Err(error) => {
                let text = String::from_utf8_lossy(data);
                let at = error.valid_up_to();
                let line = data.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
                self.problems.push(Problem {
                    kind: ProblemKind::NotUtf8,
                    path: path.to_owned(),
                    span: None,
                    message: format!("invalid UTF-8 in line {line}"),
                });
                Arc::from(text)
            }
        }
    }

    fn other(&mut self, file: RawFile, path: &str) -> ChartFile {
        let data = without_bom(&file.data);
        let text = std::str::from_utf8(&data).ok();
        let id = text.map(|text| self.add(path, Arc::from(text)));
        ChartFile { name: Arc::from(file.name), data, file: id }
    }
}

fn without_bom(data: &Arc<[u8]>) -> Arc<[u8]> {
    data.strip_prefix(BOM).map_or_else(|| data.clone(), Arc::from)
}

/// The start of a file, for what has no better place.
pub(super) const fn start_of(file: FileId) -> Span {
    Span::new(file, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHART_YAML: &str = "apiVersion: v2\nname: app\nversion: 1.10\n";

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut builder = tar::Builder::new(gzip);
        for (name, data) in files {
            let mut header = tar::Header::new_gnu();
            // Written by hand, because the builder refuses the paths that must be refused here.
            let field = header.as_gnu_mut().unwrap();
            field.name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(data.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, *data).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    fn outline(chart: &Chart) -> Vec<String> {
        let names = |list: &str, names: Vec<&str>| match names.as_slice() {
            [] => None,
            names => Some(format!("{list}: {}", names.join(" "))),
        };
        let files = |files: &[ChartFile]| files.iter().map(|file| file.name.to_string()).collect();
        let owned: [(&str, Vec<String>); 3] = [
            ("templates", chart.templates.iter().map(|file| file.name.to_string()).collect()),
            ("files", files(&chart.files)),
            ("crds", files(&chart.crds)),
        ];
        let mut lines = vec![format!(
            "{} {}",
            chart.path,
            chart.metadata.version.as_ref().map_or("-", |version| &version.value)
        )];
        lines.extend(
            owned
                .iter()
                .filter_map(|(list, own)| names(list, own.iter().map(String::as_str).collect())),
        );
        lines.extend(chart.subcharts.iter().flat_map(outline));
        lines
    }

    /// Loads `path` out of `files`; `wanted` are the chart's outline, then the problems behind `!`.
    #[track_caller]
    fn check(files: &[(&str, &[u8])], path: &str, wanted: &[&str]) {
        let fs = FileSystem::memory(files.iter().map(|(name, data)| (*name, *data)));
        let mut sources = SourceMap::default();
        let mut lines = match load(&fs, path, &mut sources, &ParseCache::default()) {
            Err(error) => vec![format!("! {error}")],
            Ok(loaded) => {
                let mut lines = outline(&loaded.chart);
                lines.extend(loaded.problems.iter().map(|problem| {
                    let text = problem.span.map_or("", |span| sources.slice(span));
                    format!("! {:?} {} {text:?} {}", problem.kind, problem.path, problem.message)
                }));
                lines
            }
        };
        lines.retain(|line| !line.is_empty());
        assert_eq!(lines, wanted);
    }

    #[test]
    fn every_file_has_its_place() {
        check(
            &[
                ("c/Chart.yaml", CHART_YAML.as_bytes()),
                ("c/Chart.lock", b"digest: x\n"),
                ("c/README.md", b"# c\n"),
                ("c/crds/a.YAML", b"a: 1\n"),
                ("c/crds/notes.txt", b""),
                ("c/.helmignore", b"*.bak\n"),
                ("c/x.bak", b""),
                ("c/templates/.hidden", b""),
                ("c/templates/NOTES.txt", b""),
                ("c/templates/_helpers.tpl", b""),
                ("c/values.schema.json", b"{}"),
                ("c/values.yaml", b"a: 1\n"),
                ("c/charts/_off/Chart.yaml", b""),
                ("c/charts/sub/Chart.yaml", CHART_YAML.as_bytes()),
                ("c/charts/sub/.helmignore", b"*.txt\n"),
                ("c/charts/sub/a.txt", b""),
                ("c/charts/sub-1.0.tgz.prov", b""),
            ],
            "./c/",
            &[
                "c 1.1",
                "templates: templates/NOTES.txt templates/_helpers.tpl",
                "files: .helmignore README.md charts/sub-1.0.tgz.prov crds/a.YAML crds/notes.txt",
                "crds: crds/a.YAML",
                "c/charts/sub 1.1",
                "files: .helmignore a.txt",
            ],
        );
    }

    #[test]
    fn archives_are_charts_wherever_they_stand() {
        let inner = packed(&[
            ("redis/Chart.yaml", CHART_YAML.as_bytes()),
            ("redis/templates/x.yaml", b"x"),
        ]);
        let outer = packed(&[
            ("app/Chart.yaml", CHART_YAML.as_bytes()),
            ("app/charts/redis-1.2.tgz", &inner),
        ]);
        check(
            &[("app-1.tgz", &outer)],
            "app-1.tgz",
            &["app-1.tgz 1.1", "app-1.tgz/charts/redis-1.2.tgz 1.1", "templates: templates/x.yaml"],
        );
    }

    #[test]
    fn hostile_archives_are_refused() {
        for (name, message) in [
            ("app/../../x", "chart illegally references parent directory"),
            ("app//etc/x", "chart illegally contains absolute paths"),
            ("app/c:/x", "chart contains illegally named files"),
            ("app\\..\\x", "chart illegally references parent directory"),
            ("app/.", "chart illegally contains content outside the base directory: \"app/.\""),
            ("Chart.yaml", "chart yaml not in base directory"),
            ("app/", "no files in chart archive"),
        ] {
            check(
                &[("a.tgz", &packed(&[(name, b"")]))],
                "a.tgz",
                &[&format!("! a.tgz: {message}")],
            );
        }
        check(
            &[("a.tgz", b"a: 1\n")],
            "a.tgz",
            &["! a.tgz: does not appear to be a gzipped archive"],
        );
        let zeros = vec![0; 60 * 1024 * 1024];
        let bomb = packed(&[("a/x", &zeros), ("a/y", &zeros)]);
        let message = format!(
            "! a.tgz: decompressed chart is larger than the maximum size {MAX_CHART_BYTES}"
        );
        check(&[("a.tgz", &bomb)], "a.tgz", &[&message]);
    }

    #[test]
    fn broken_parts_do_not_hide_the_rest() {
        check(
            &[
                ("c/Chart.yaml", b"name: [app]\nversion: 1.0.0\n"),
                ("c/.helmignore", b"a/**\n"),
                ("c/values.yaml", b"- a\n"),
                ("c/templates/a.yaml", b"a: \xff\n"),
                ("c/charts/README.md", b""),
                ("c/charts/x.tgz", b"x"),
            ],
            "c",
            &[
                "c 1.0.0",
                "templates: templates/a.yaml",
                "files: .helmignore",
                "! Ignore c/.helmignore \"a/**\" double-star (**) syntax is not supported",
                "! Metadata c/Chart.yaml \"[app]\" cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: \
                 json: cannot unmarshal array into Go struct field Metadata.name of type string",
                "! NotUtf8 c/templates/a.yaml \"\u{fffd}\" invalid UTF-8 in line 1",
                "! Values c/values.yaml \"- a\" cannot load values.yaml: cannot unmarshal yaml document: error unmarshaling \
                 JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}",
                "! Subchart c/charts/README.md \"\" error unpacking subchart README.md in c: Chart.yaml file is missing",
                "! Subchart c/charts/x.tgz \"\" error unpacking subchart x.tgz in c: does not appear to be a gzipped archive",
            ],
        );
    }

    #[test]
    fn a_directory_without_chart_yaml_is_no_chart() {
        check(&[("c/values.yaml", b"")], "c", &["! c: Chart.yaml file is missing"]);
        check(&[], "c", &["! c: no such file or directory"]);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_template() {
        check(
            &[
                ("Chart.yaml", b"\xef\xbb\xbfname: a\nversion: 1\napiVersion: v2\n"),
                ("templates/a.yaml", b"\xef\xbb\xbfa"),
            ],
            ".",
            &[". 1", "templates: templates/a.yaml"],
        );
    }
}
