//! What the user decides in chartlint.yaml.

mod error;
mod find;
mod levels;
mod mistakes;
pub mod names;
mod read;

use std::collections::BTreeMap;

use glob::{MatchOptions, Pattern};

use crate::manifest::images::ImagePolicy;
use crate::manifest::pod_kinds::PodKind;
use crate::manifest::pods::PULL_SECRETS;

pub use error::ConfigError;
pub use find::{FILE_NAMES, find};
pub use levels::{FailOn, Level, Profile};
pub use read::KnownNames;

/// `*` stays within one part of a path, `**` does not.
const MATCHING: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// The settings of one chartlint.yaml; the default is that of an empty one.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// `profile`
    pub profile: Profile,
    /// `images`
    pub images: ImagePolicy,
    /// `pull-secrets`
    pub pull_secrets: PullSecrets,
    /// `pod-specs`: kinds of objects with pod specs, beside the built-in ones.
    pub pod_specs: Vec<PodKind>,
    /// `rules`: levels by name of a rule or a group.
    pub rules: BTreeMap<String, Level>,
    /// `value-sets`: scenarios beside the given values.
    pub value_sets: Vec<ValueSet>,
    /// `select`: the rules and groups to run; empty for all.
    pub select: Vec<String>,
    /// `ignore`: the rules and groups not to run.
    pub ignore: Vec<String>,
    /// `fail-on`
    pub fail_on: FailOn,
    /// `exclude`: patterns over paths, relative to the folder of the file.
    pub exclude: Vec<Pattern>,
}

/// An entry of `value-sets`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValueSet {
    /// `name`
    pub name: String,
    /// `files`: values files, later ones winning; relative to the folder of the config.
    pub files: Vec<String>,
    /// `set`: as for `--set`.
    pub set: Vec<String>,
}

/// `pull-secrets`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullSecrets {
    /// `keys`: the value paths that are to reach every pod, `global.imagePullSecrets`; none if nothing is said.
    pub keys: Option<Vec<String>>,
    /// `assume-injected`: something in the cluster adds the pull secrets.
    pub assume_injected: bool,
}

impl Config {
    /// The value paths that are to reach every pod under `profile`, which the command line may have changed.
    pub fn pull_secret_keys(&self, profile: Profile) -> Vec<&str> {
        match (&self.pull_secrets.keys, profile) {
            (Some(keys), _) => keys.iter().map(String::as_str).collect(),
            (None, Profile::Tmc) => vec![PULL_SECRETS],
            (None, Profile::Generic) => Vec::new(),
        }
    }

    /// Whether a file or folder is excluded, itself or as part of a folder.
    ///
    /// `path` is relative to the folder of the config, with `/` between its parts.
    pub fn excludes(&self, path: &str) -> bool {
        let path = path.trim_start_matches("./").trim_end_matches('/');
        let folders = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        folders
            .chain([path])
            .any(|part| self.exclude.iter().any(|pattern| pattern.matches_with(part, MATCHING)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_excluded(pattern: &str, path: &str, expected: bool) {
        let exclude = vec![Pattern::new(pattern).expect(pattern)];
        let config = Config { exclude, ..Config::default() };
        assert_eq!(config.excludes(path), expected, "{pattern} {path}");
    }

    #[test]
    fn excluded_paths() {
        check_excluded("vendor", "vendor", true);
        check_excluded("vendor", "vendor/a/Chart.yaml", true);
        check_excluded("vendor", "a/vendor", false);
        check_excluded("**/vendor", "a/vendor/b", true);
        check_excluded("**/charts/**", "a/charts/b/values.yaml", true);
        check_excluded("*.tgz", "a.tgz", true);
        check_excluded("*.tgz", "x/a.tgz", false);
        check_excluded("a/*/c", "./a/b/c/", true);
        check_excluded("a/*/c", "a/b/x/c", false);
    }

    #[test]
    fn keys_depend_on_the_profile_until_they_are_set() {
        let mut config = Config::default();
        assert_eq!(config.pull_secret_keys(Profile::Tmc), ["imagePullSecrets"]);
        assert!(config.pull_secret_keys(Profile::Generic).is_empty());
        config.pull_secrets.keys = Some(vec!["global.x".to_owned()]);
        assert_eq!(config.pull_secret_keys(Profile::Generic), ["global.x"]);
    }
}
