//! Profiles, levels of rules, and when a run fails.

use serde::Deserialize;

use crate::diagnostic::Severity;

/// Whose rules of the game apply: it changes default levels, and whether a family of rules speaks at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Tanzu Mission Control: charts take a placeholder Secret and `imagePullSecrets` from values.
    #[default]
    Tmc,
    /// Any cluster: each rule speaks by its own trigger.
    Generic,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 2] = [Self::Tmc, Self::Generic];

    /// The word in the config and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tmc => "tmc",
            Self::Generic => "generic",
        }
    }
}

/// What is configured for a rule. What is printed is a [`Severity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The rule does not run.
    Off,
    /// Reported as info.
    Info,
    /// Reported as warning.
    Warning,
    /// Reported as error.
    Error,
}

impl Level {
    /// All levels.
    pub const ALL: [Self; 4] = [Self::Off, Self::Info, Self::Warning, Self::Error];

    /// The severity to report with; none if the rule is off.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }

    /// The word in the config and in rule files.
    pub const fn as_str(self) -> &'static str {
        match self.severity() {
            None => "off",
            Some(severity) => severity.as_str(),
        }
    }
}

/// The least severity that fails a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Any diagnostic.
    Info,
    /// Warnings and errors.
    Warning,
    /// Errors.
    #[default]
    Error,
    /// No diagnostic.
    Never,
}

impl FailOn {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Info, Self::Warning, Self::Error, Self::Never];

    /// Whether a diagnostic of `severity` fails the run.
    pub fn fails(self, severity: Severity) -> bool {
        match self {
            Self::Info => true,
            Self::Warning => severity >= Severity::Warning,
            Self::Error => severity >= Severity::Error,
            Self::Never => false,
        }
    }

    /// The word in the config and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Never => "never",
        }
    }
}
