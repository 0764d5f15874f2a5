//! Names of scenarios that are the program's own: value sets can't have them.

/// The given values.
pub const BASE: &str = "base";

/// Values with which the chart fails, and which are therefore no scenario.
pub const FAILING: &str = "failing";

/// What the names of made-up scenarios begin with; a number follows.
pub const OPENED: &str = "opened-";

/// The folder in which chart-testing looks for values files; their scenarios are called as they are in the chart.
pub const CI_FOLDER: &str = "ci";

/// Whether a scenario of this name is a values file below ci/.
pub fn is_in_ci(name: &str) -> bool {
    name.strip_prefix(CI_FOLDER).is_some_and(|rest| rest.starts_with('/'))
}

/// What the names of scenarios begin with that are releases; their name follows.
const RELEASES: [&str; 2] = ["HelmRelease ", "Application "];

/// Whether a scenario of this name is a release.
pub fn is_release(name: &str) -> bool {
    RELEASES.iter().any(|kind| name.starts_with(kind))
}

/// Whether a name is taken.
pub(super) fn is_reserved(name: &str) -> bool {
    matches!(name, "" | BASE | FAILING)
        || name.starts_with(OPENED)
        || is_in_ci(name)
        || is_release(name)
}
