//! Which charts to render, and under which values.

use std::ffi::{OsStr, OsString};
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use chartlint::engine::Environment;

/// A chart under some values.
#[derive(Debug, Default)]
pub(crate) struct Case {
    pub(crate) chart: PathBuf,
    /// A file for `-f`; the defaults alone if there is none.
    pub(crate) values: Option<PathBuf>,
    /// The scenario that this is, if exploration has made it.
    pub(crate) scenario: Option<String>,
    /// The release and the cluster.
    pub(crate) environment: Environment,
}

impl Case {
    /// What `helm template` is given.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let Environment { release, capabilities } = &self.environment;
        let default = Environment::default();
        let mut arguments = vec![release.name.clone().into(), self.chart.clone().into_os_string()];
        let mut add = |option: &str, value: &OsStr| {
            arguments.push(option.into());
            arguments.push(value.to_owned());
        };
        if let Some(values) = &self.values {
            add("-f", values.as_os_str());
        }
        let version = &capabilities.kube_version;
        if *version != default.capabilities.kube_version {
            add("--kube-version", version.version.as_ref());
        }
        for version in &capabilities.api_versions {
            if !default.capabilities.api_versions.contains(version) {
                add("--api-versions", version.as_ref());
            }
        }
        if release.namespace != default.release.namespace {
            add("--namespace", release.namespace.as_ref());
        }
        if release.is_upgrade {
            arguments.push("--is-upgrade".into());
        }
        arguments
    }
}

impl Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.chart.display())?;
        if let Some(scenario) = &self.scenario {
            return write!(f, " under {scenario}");
        }
        match self.values.as_deref().and_then(Path::file_name) {
            Some(name) => write!(f, " under ci/{}", name.display()),
            None => Ok(()),
        }
    }
}

/// The cases below `folders`, in order.
pub(crate) fn find(folders: &[PathBuf]) -> Vec<Case> {
    let mut cases = Vec::new();
    for folder in folders {
        search(folder, &mut cases);
    }
    cases
}

fn search(folder: &Path, cases: &mut Vec<Case>) {
    if folder.join("Chart.yaml").is_file() {
        cases.push(Case { chart: folder.to_owned(), ..Case::default() });
        let values = entries(&folder.join("ci"));
        let values = values.into_iter().filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            name.is_some_and(|name| name.ends_with("-values.yaml"))
        });
        cases.extend(values.map(|path| Case {
            chart: folder.to_owned(),
            values: Some(path),
            ..Case::default()
        }));
        return;
    }
    for entry in entries(folder) {
        if entry.is_dir() && !entry.is_symlink() {
            search(&entry, cases);
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(listing) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}
