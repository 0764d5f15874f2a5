//! Which charts to render, and under which values.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

/// A chart under some values.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) chart: PathBuf,
    /// A file for `-f`; the defaults alone if there is none.
    pub(crate) values: Option<PathBuf>,
}

impl Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.chart.display())?;
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
        cases.push(Case { chart: folder.to_owned(), values: None });
        let values = entries(&folder.join("ci"));
        let values = values.into_iter().filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            name.is_some_and(|name| name.ends_with("-values.yaml"))
        });
        cases.extend(values.map(|path| Case { chart: folder.to_owned(), values: Some(path) }));
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
