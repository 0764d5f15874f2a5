//! What is known of a rule before it runs.

use std::fmt;

use serde::Deserialize;

use crate::config::{Level, Profile};

use super::file::{self, Examples, RuleFileError};

/// What a rule is about; also its folder below `rules/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// Private images and placeholder Secrets.
    Registry,
    /// `HelmRelease` objects of Flux.
    Release,
    /// Values files and what templates make of them.
    Values,
    /// Template text and rendering.
    Template,
    /// The chart as a package.
    Chart,
    /// Kubernetes objects that the chart renders.
    Object,
}

impl Category {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 6] =
        [Self::Registry, Self::Release, Self::Values, Self::Template, Self::Chart, Self::Object];

    /// The folder's name, and the word for `--select` and `--ignore`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Release => "release",
            Self::Values => "values",
            Self::Template => "template",
            Self::Chart => "chart",
            Self::Object => "object",
        }
    }

    /// The category of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == name)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a rule is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// By code of this library.
    Builtin,
}

/// The level of a rule under each profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels {
    /// Under [`Profile::Tmc`].
    pub tmc: Level,
    /// Under [`Profile::Generic`].
    pub generic: Level,
}

impl Levels {
    /// The default level under `profile`.
    pub const fn of(self, profile: Profile) -> Level {
        match profile {
            Profile::Tmc => self.tmc,
            Profile::Generic => self.generic,
        }
    }
}

/// A rule as its file describes it. Documentation and examples are parsed when they are asked for.
#[derive(Clone, Debug)]
pub struct RuleMeta {
    /// The name: the defect, in lower case and dashes.
    pub name: String,
    /// What it is about.
    pub category: Category,
    /// One line.
    pub summary: String,
    /// The version that brought it.
    pub since: String,
    /// Former names; they keep working.
    pub aliases: Vec<String>,
    /// Its default levels.
    pub levels: Levels,
    /// How it is checked.
    pub check: Check,
    /// Addresses of further reading.
    pub references: Vec<String>,
    pub(super) path: &'static str,
    pub(super) text: &'static str,
}

impl RuleMeta {
    /// The file that describes it: `registry/missing-image-pull-secrets.yaml`, relative to `rules/`.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// What it does, why, and what to do, in Markdown.
    pub fn docs(&self) -> Result<String, RuleFileError> {
        file::body(self.path, self.text).map(|body| body.docs)
    }

    /// Charts that have the defect, and charts that only look as if they had.
    pub fn examples(&self) -> Result<Examples, RuleFileError> {
        file::body(self.path, self.text).map(|body| body.examples)
    }
}
