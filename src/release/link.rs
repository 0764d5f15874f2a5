//! Which chart of the repository a release installs.

use std::collections::BTreeMap;

use super::documents::{self, Located, Other, Wanted};
use super::nodes::text;
use super::search::Tree;
use crate::chart::{FileSystem, clean, join, parents};
use crate::yaml;

/// The largest Chart.yaml of which the name is read, in bytes.
const MAX_CHART_YAML: u64 = 1 << 20;

/// The chart of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its folder, as reported.
    pub chart: String,
    /// The folder to which the path in the release is relative; none where the chart was found by its name.
    pub root: Option<String>,
}

/// The charts that releases can be linked to.
#[derive(Debug)]
pub struct Links<'l> {
    fs: &'l FileSystem,
    tree: &'l Tree,
    /// Folders by the name in Chart.yaml.
    names: BTreeMap<String, Vec<String>>,
}

impl<'l> Links<'l> {
    /// Reads the names of `charts`, if there is a release.
    pub fn new(fs: &'l FileSystem, tree: &'l Tree, charts: &[String]) -> Self {
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        if !tree.releases().is_empty() {
            for chart in charts {
                if let Some(name) = name_of(fs, chart) {
                    names.entry(name).or_default().push(chart.clone());
                }
            }
        }
        Self { fs, tree, names }
    }

    /// The chart of a release, if it is at hand and there is no doubt which it is.
    pub fn chart_of(&self, release: &Located) -> Option<Link> {
        let wanted = match &release.wanted {
            Wanted::Nothing => self.referred(release)?,
            wanted => wanted.clone(),
        };
        match wanted {
            Wanted::Path(path) => self.by_path(release, &path),
            Wanted::Name(name) => match self.names.get(&name)?.as_slice() {
                [chart] => Some(Link { chart: chart.clone(), root: None }),
                _ => None,
            },
            Wanted::Nothing => None,
        }
    }

    /// The chart of the document to which `spec.chartRef` leads.
    fn referred(&self, release: &Located) -> Option<Wanted> {
        let reference = release.root.at(&["spec", "chartRef"])?;
        let (kind, name) = (text(reference, &["kind"])?, text(reference, &["name"])?);
        let namespace = text(reference, &["namespace"]).or(release.namespace.as_deref());
        let wanted = match kind {
            "HelmChart" => Other::HelmChart,
            "OCIRepository" => Other::OciRepository,
            // The chart is the root of that repository.
            "GitRepository" => return Some(Wanted::Path(".".to_owned())),
            _ => return None,
        };
        let objects = self.tree.index.objects.get(&(wanted, name.to_owned()));
        let mut found = objects.into_iter().flatten().filter(|(_, root)| {
            let own = text(root, &["metadata", "namespace"]);
            own == namespace || own.is_none() || namespace.is_none()
        });
        let (_, root) = found.next()?;
        if found.next().is_some() {
            return None;
        }
        if wanted == Other::HelmChart {
            let kind = ["spec", "sourceRef", "kind"];
            return Some(documents::source_chart(root, &["spec", "chart"], &kind));
        }
        let url = text(root, &["spec", "url"])?;
        Some(Wanted::Name(documents::last_part(url).to_owned()))
    }

    fn by_path(&self, release: &Located, path: &str) -> Option<Link> {
        self.roots(release).into_iter().find_map(|root| {
            let chart = inside(&root, path);
            let is_chart = self.fs.is_file(&join(&chart, "Chart.yaml"));
            is_chart.then_some(Link { chart, root: Some(root) })
        })
    }

    /// The folders to which paths of a release may be relative, the likeliest first.
    pub(super) fn roots(&self, release: &Located) -> Vec<String> {
        let Some(file) = self.tree.file(release.file) else { return Vec::new() };
        roots(self.fs, &file.path, &file.given)
    }
}

/// The folders to which a path in `file` may be relative: that with `.git`, the path given, the working directory, then
/// those of the file and above.
pub(super) fn roots(fs: &FileSystem, file: &str, given: &str) -> Vec<String> {
    let mut above: Vec<String> = parents(file).collect();
    let repository = above.iter().position(|folder| fs.kind(&inside(folder, ".git")).is_ok());
    // Nothing outside of the repository is meant.
    above.truncate(repository.map_or(above.len(), |at| at + 1));
    let repository = repository.and_then(|at| above.get(at)).cloned();
    let given = (given != file).then(|| given.to_owned());
    let first = repository.into_iter().chain(given).chain([".".to_owned()]);
    let mut roots = Vec::new();
    for root in first.chain(above) {
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    roots
}

/// A path below a folder, which it can't leave by beginning with a slash.
pub(super) fn inside(folder: &str, path: &str) -> String {
    let folder = if folder == "." { "" } else { folder };
    let path = clean(&join(folder, path.trim_start_matches('/')));
    if path.is_empty() { ".".to_owned() } else { path }
}

/// The name that Chart.yaml gives a chart.
fn name_of(fs: &FileSystem, chart: &str) -> Option<String> {
    let data = fs.read(&inside(chart, "Chart.yaml"), MAX_CHART_YAML).ok()?;
    let stream = yaml::parse(std::str::from_utf8(&data).ok()?);
    let root = stream.documents.first()?.root.as_ref()?;
    text(&root.node, &["name"]).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folders to which a path in `file` may be relative, in a tree of these files.
    #[track_caller]
    fn check(files: &[&str], file: &str, given: &str, expected: &[&str]) {
        let fs = FileSystem::memory(files.iter().map(|name| (*name, b"".as_slice())));
        let found = roots(&fs, file, given);
        assert_eq!(found.get(..expected.len()).unwrap_or(&found), expected);
    }

    #[test]
    fn roots_of_paths() {
        check(&["r/.git/HEAD"], "r/a/b/x.yaml", "r/a", &["r", "r/a", ".", "r/a/b"]);
        check(&["x"], "a/b/x.yaml", "a", &["a", ".", "a/b", ".."]);
        check(&[".git"], "a/x.yaml", "a/x.yaml", &[".", "a"]);
        let fs = FileSystem::memory([("r/.git/HEAD", b"".as_slice())]);
        assert_eq!(roots(&fs, "r/a/x.yaml", "r").len(), 3);
    }

    #[test]
    fn paths_stay_below_their_folder_unless_they_say_so() {
        assert_eq!(inside(".", "./charts/web/"), "charts/web");
        assert_eq!(inside("..", "/charts/web"), "../charts/web");
        assert_eq!(inside("a", "../b"), "b");
        assert_eq!(inside(".", "."), ".");
    }
}
