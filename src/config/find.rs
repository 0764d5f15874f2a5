//! Which chartlint.yaml is in force for a chart.

/// How the file may be called; the first one in a folder counts.
pub const FILE_NAMES: [&str; 2] = ["chartlint.yaml", ".chartlint.yaml"];

/// What ends the search: the folder that holds it is the last one to look into.
const REPOSITORY: &str = ".git";

/// The nearest config file, from `folder` upwards to the folder with `.git`, or else as far as the path goes.
///
/// Paths have `/` between their parts. A relative path ends at the working directory: to look further up, give an
/// absolute one. `exists` says whether there is something at a path.
pub fn find(folder: &str, exists: impl Fn(&str) -> bool) -> Option<String> {
    let root = if folder.starts_with('/') { "/" } else { "" };
    let mut folder = folder.trim_end_matches('/');
    loop {
        let at = |name: &str| match folder {
            "" => format!("{root}{name}"),
            folder => format!("{folder}/{name}"),
        };
        if let Some(found) = FILE_NAMES.iter().map(|name| at(name)).find(|path| exists(path)) {
            return Some(found);
        }
        if folder.is_empty() || exists(&at(REPOSITORY)) {
            return None;
        }
        folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent.trim_end_matches('/'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(folder: &str, files: &[&str], expected: Option<&str>) {
        let exists = |path: &str| {
            let below = |file: &&&str| file.strip_prefix(path).is_some_and(|r| r.starts_with('/'));
            files.contains(&path) || files.iter().any(|file| below(&file))
        };
        assert_eq!(find(folder, exists).as_deref(), expected, "{folder}");
    }

    #[test]
    fn the_nearest_file_counts() {
        let files = ["/r/chartlint.yaml", "/r/a/.chartlint.yaml", "/r/.git/HEAD"];
        check("/r/a/web", &files, Some("/r/a/.chartlint.yaml"));
        check("/r/a/", &files, Some("/r/a/.chartlint.yaml"));
        check("/r/b/web", &files, Some("/r/chartlint.yaml"));
        check("/r", &["/r/.chartlint.yaml", "/r/chartlint.yaml"], Some("/r/chartlint.yaml"));
    }

    #[test]
    fn the_repository_ends_the_search() {
        check("/r/a/b", &["/r/chartlint.yaml", "/r/a/.git"], None);
        check("/r/a", &["/r/chartlint.yaml", "/r/a/.git"], None);
        check("/r/a/b", &["/r/a/chartlint.yaml", "/r/a/.git"], Some("/r/a/chartlint.yaml"));
    }

    #[test]
    fn without_a_repository_the_path_ends_it() {
        check("/r/a", &["/chartlint.yaml"], Some("/chartlint.yaml"));
        check("/", &["/.chartlint.yaml"], Some("/.chartlint.yaml"));
        check("a//b", &["chartlint.yaml"], Some("chartlint.yaml"));
        check("", &["chartlint.yaml"], Some("chartlint.yaml"));
        check("a/b", &["/chartlint.yaml"], None);
    }
}
