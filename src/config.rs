//! What the user decides about rules: the profile, and the level of each.

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
