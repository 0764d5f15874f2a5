//! Finding releases, and what they refer to, in the YAML files at and below the given paths.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::documents::{self, Located};
use super::index::Index;
use crate::chart::{FileKind, FileSystem, ParseCache, chart_around, join, tidy};
use crate::yaml::{Node, Stream};

/// How deep directories are searched.
const MAX_DEPTH: usize = 64;

/// YAML files that are looked into.
const MAX_FILES: usize = 100_000;

/// The largest YAML file that is looked into, in bytes.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// Bytes of all files in which there may be something.
const MAX_TREE_BYTES: usize = 256 << 20;

/// What a file with a release says somewhere.
const RELEASES: [&str; 2] = ["HelmRelease", "Application"];

/// What a file says somewhere that a release may refer to.
const OTHERS: [&str; 5] = ["ConfigMap", "Secret", "HelmChart", "OCIRepository", "Kustomization"];

/// Folders of a chart that hold nothing but the chart.
const OF_CHART: [&str; 3] = ["templates", "charts", "crds"];

/// The names of files for kustomize.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The releases of all paths, and the documents that they may refer to. It belongs to no chart: its files get their
/// names and places when a release is read for one.
#[derive(Debug, Default)]
pub struct Tree {
    pub(super) files: Vec<TreeFile>,
    releases: Vec<Located>,
    pub(super) index: Index,
    /// The search was given up before its end.
    pub is_cut_short: bool,
}

/// A file of a [`Tree`].
#[derive(Clone, Debug)]
pub struct TreeFile {
    /// As reported.
    pub path: String,
    /// Its text.
    pub text: Arc<str>,
    /// Its tree.
    pub stream: Arc<Stream>,
    /// The given path, itself or a folder around the file.
    pub given: String,
    /// It was given as a path itself.
    pub is_given: bool,
    /// It lies beside a file that was given, so that its own releases are not asked for.
    pub is_beside: bool,
    pub(super) is_kustomization: bool,
}

impl Tree {
    /// Searches `paths`: files outside of charts, and folders with all that is below them, except templates, hidden
    /// folders and `node_modules`. Of a file that is given alone, the files beside it are read for what it refers to.
    pub fn search<P: AsRef<str>>(
        fs: &FileSystem,
        paths: impl IntoIterator<Item = P>,
        cache: &ParseCache,
    ) -> Self {
        let mut search = Search { fs, found: Vec::new(), files: 0, bytes: 0, is_cut_short: false };
        for path in paths {
            let path = tidy(path.as_ref());
            match fs.kind(&path) {
                Ok(FileKind::Directory) => search.folder(&path, &path, 0),
                Ok(FileKind::File) if is_yaml(&path) && chart_around(fs, &path).is_none() => {
                    search.file(&path, &path, Given::Itself);
                    search.beside(&path);
                }
                _ => {}
            }
        }
        search.into_tree(cache)
    }

    /// All releases, in the order of the paths.
    pub fn releases(&self) -> &[Located] {
        &self.releases
    }

    /// The file of a release.
    pub fn file(&self, at: usize) -> Option<&TreeFile> {
        self.files.get(at)
    }

    /// The files that hold releases, or are broken and would be asked for them.
    pub fn files_of_releases(&self) -> impl Iterator<Item = &TreeFile> {
        let holding: BTreeSet<usize> = self.releases.iter().map(|release| release.file).collect();
        self.files()
            .filter(move |(at, _)| holding.contains(at) || self.is_told_broken(*at))
            .map(|(_, file)| file)
    }

    /// Whether a file is no YAML, and somebody wants to know: it was given itself, or holds a release besides.
    pub fn is_told_broken(&self, at: usize) -> bool {
        self.file(at).is_some_and(|file| {
            let holds = || self.releases.iter().any(|release| release.file == at);
            file.is_broken() && (file.is_given || holds())
        })
    }

    /// Takes out the releases of the files that `wanted` does not want; others may still refer to these files.
    pub fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        let Self { files, releases, .. } = self;
        releases.retain(|release| files.get(release.file).is_some_and(|file| wanted(&file.path)));
    }

    /// Its files.
    pub fn files(&self) -> impl Iterator<Item = (usize, &TreeFile)> {
        self.files.iter().enumerate()
    }

    /// The documents that are mappings, with the numbers of their files.
    pub(super) fn documents(&self) -> impl Iterator<Item = (usize, &Arc<Node>)> {
        self.files().flat_map(|(at, file)| {
            let roots = file.stream.documents.iter().filter_map(|document| document.root.as_ref());
            roots.map(move |root| (at, &root.node)).filter(|(_, node)| node.is_map())
        })
    }

    /// Whether a given path has led to a release, or to a file that is none only because it is broken.
    pub fn answers(&self, given: &str) -> bool {
        let given = tidy(given);
        self.releases.iter().filter_map(|release| self.file(release.file)).any(|file| {
            let below = file.path.strip_prefix(given.as_str());
            file.given == given || below.is_some_and(|rest| rest.starts_with('/'))
        }) || self.files.iter().any(|file| file.is_given && file.given == given && file.is_broken())
    }
}

impl TreeFile {
    /// Whether it is no YAML, and no template that would be such either.
    pub fn is_broken(&self) -> bool {
        !self.stream.errors.is_empty() && !self.text.contains("{{") && !self.text.contains("{%")
    }

    /// The folder in which it lies; empty for the working directory.
    pub fn folder(&self) -> &str {
        folder(&self.path)
    }
}

/// The folder of a file; empty for the working directory.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| if folder.is_empty() { "/" } else { folder })
}

/// How a file came to be looked into.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    Itself,
    Below,
    Beside,
}

struct Search<'s> {
    fs: &'s FileSystem,
    found: Vec<(TreeFile, Given)>,
    files: usize,
    bytes: usize,
    is_cut_short: bool,
}

impl Search<'_> {
    fn folder(&mut self, path: &str, given: &str, depth: usize) {
        if depth > MAX_DEPTH || self.is_cut_short {
            return;
        }
        // What may not be read below a path is no reason to stop.
        let Ok(entries) = self.fs.list(path) else { return };
        let inside = |name: &str| if path == "." { name.to_owned() } else { join(path, name) };
        let is_chart = entries.iter().any(|entry| entry.name == "Chart.yaml");
        for entry in entries {
            if entry.is_link || entry.name.starts_with('.') || entry.name == "node_modules" {
                continue;
            }
            let below = inside(&entry.name);
            if is_yaml(&entry.name) {
                if self.fs.is_file(&below) {
                    self.file(&below, given, Given::Below);
                    continue;
                }
            } else if entry.name.contains('.') && self.fs.is_file(&below) {
                continue;
            }
            let is_of_chart = is_chart && OF_CHART.contains(&entry.name.as_str());
            if !is_of_chart && matches!(self.fs.kind(&below), Ok(FileKind::Directory)) {
                self.folder(&below, given, depth + 1);
            }
        }
    }

    /// The files in the folder of `path`.
    fn beside(&mut self, path: &str) {
        let folder = folder(path);
        let listed = self.fs.list(if folder.is_empty() { "." } else { folder });
        for entry in listed.unwrap_or_default() {
            let other = join(folder, &entry.name);
            if is_yaml(&entry.name) && other != path && self.fs.is_file(&other) {
                self.file(&other, path, Given::Beside);
            }
        }
    }

    fn file(&mut self, path: &str, given: &str, how: Given) {
        self.files += 1;
        self.is_cut_short |= self.files > MAX_FILES || self.bytes > MAX_TREE_BYTES;
        if self.is_cut_short {
            return;
        }
        let Ok(data) = self.fs.read(path, MAX_FILE_BYTES) else { return };
        let Ok(text) = std::str::from_utf8(&data) else { return };
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_kustomization = KUSTOMIZATIONS.contains(&name);
        let may_hold = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let is_of_interest = text.contains("kind:") && (may_hold(&RELEASES) || may_hold(&OTHERS));
        if data.len() as u64 > MAX_FILE_BYTES || !(is_kustomization || is_of_interest) {
            return;
        }
        self.bytes += text.len();
        let file = TreeFile {
            path: path.to_owned(),
            text: Arc::from(text),
            stream: Arc::default(),
            given: given.to_owned(),
            is_given: how == Given::Itself,
            is_beside: how == Given::Beside,
            is_kustomization,
        };
        self.found.push((file, how));
    }

    /// Parses what was found, if there is a release among it at all.
    fn into_tree(self, cache: &ParseCache) -> Tree {
        let Self { mut found, is_cut_short, .. } = self;
        // A file that was given stands for itself, however else it was found.
        found.sort_by_key(|(file, how)| {
            (file.path.clone(), *how != Given::Itself, *how == Given::Beside)
        });
        found.dedup_by(|later, earlier| later.0.path == earlier.0.path);
        let may_release = |file: &TreeFile| RELEASES.iter().any(|word| file.text.contains(word));
        if !found.iter().any(|(file, how)| *how != Given::Beside && may_release(file)) {
            return Tree { is_cut_short, ..Tree::default() };
        }
        let files = found.into_iter().map(|(file, _)| {
            let stream = cache.yaml(&file.text);
            TreeFile { stream, ..file }
        });
        let mut tree = Tree { files: files.collect(), is_cut_short, ..Tree::default() };
        let mut releases = Vec::new();
        for (at, file) in tree.files() {
            // A broken file with actions in it is a template.
            let is_template = !file.stream.errors.is_empty() && !file.is_broken();
            if file.is_beside || is_template {
                continue;
            }
            for (document, root) in file.stream.documents.iter().enumerate() {
                if let Some(root) = &root.root {
                    releases.extend(documents::releases(&root.node, at, document));
                }
            }
        }
        tree.releases = releases;
        tree.index = Index::of(&tree);
        tree
    }
}

fn is_yaml(name: &str) -> bool {
    [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec: {chart: {spec: {chart: x}}}\n";

    /// The releases that are found by `paths`, with the files that hold them.
    #[track_caller]
    fn check(files: &[(&str, &str)], paths: &[&str], expected: &[&str]) {
        let fs = FileSystem::memory(files.iter().map(|(name, text)| (*name, text.as_bytes())));
        let tree = Tree::search(&fs, paths, &ParseCache::default());
        let found: Vec<String> = tree
            .releases()
            .iter()
            .map(|release| format!("{} {}", tree.files[release.file].path, release.title()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn releases_are_found_outside_of_templates() {
        let files = [
            ("apps/web.yaml", RELEASE),
            ("apps/.hidden/web.yaml", RELEASE),
            ("apps/node_modules/web.yaml", RELEASE),
            ("web/Chart.yaml", "name: web\n"),
            ("web/templates/release.yaml", RELEASE),
            ("web/charts/sub/release.yaml", RELEASE),
            ("web/flux/release.yaml", RELEASE),
            ("web/readme.md", RELEASE),
        ];
        let all = ["apps/web.yaml HelmRelease web", "web/flux/release.yaml HelmRelease web"];
        check(&files, &["."], &all);
        check(&files, &["apps/web.yaml"], &all[..1]);
        check(&files, &["apps", "apps/web.yaml"], &all[..1]);
        // A file inside a chart means the chart.
        check(&files, &["web/flux/release.yaml"], &[]);
    }

    #[test]
    fn templates_are_no_releases() {
        let named = RELEASE.replace("web", "\"{{ .Values.name }}\"");
        let bare = RELEASE.replace("web", "{{ .Values.name }}");
        check(&[("a.yaml", &named), ("b.yaml", &bare)], &["."], &[]);
        let in_values = RELEASE.replace(
            "{chart: {spec: {chart: x}}}",
            "{chart: {spec: {chart: x}}, values: {a: \"{{ .Release.Name }}\"}}",
        );
        check(&[("a.yaml", &in_values)], &["."], &["a.yaml HelmRelease web"]);
    }

    #[test]
    fn a_broken_document_does_not_hide_the_others() {
        let both = format!("a: b: c\n---\n{RELEASE}");
        check(&[("a.yaml", &both)], &["."], &["a.yaml HelmRelease web"]);
    }
}
