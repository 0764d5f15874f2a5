//! What is wrong with a chart before anything is evaluated.

use crate::source::Span;

/// Something that keeps Helm from loading a chart, or makes it load less than is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What sort.
    pub kind: ProblemKind,
    /// The file or directory, as reported.
    pub path: String,
    /// The place in it, where there is one.
    pub span: Option<Span>,
    /// Helm's wording where Helm has one.
    pub message: String,
}

/// Sorts of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// A file or directory can't be read, or is a device.
    Unreadable,
    /// A template or YAML file is not UTF-8; it is read with replacement characters.
    NotUtf8,
    /// Chart.yaml is no YAML, no mapping, or has a `type` that Helm does not know.
    ChartYaml,
    /// Another field of Chart.yaml is missing or has a value that Helm refuses. Of the outermost chart, rules of their own
    /// tell it.
    Metadata,
    /// values.yaml is no YAML, or no mapping.
    Values,
    /// requirements.yaml, requirements.lock or Chart.lock is no YAML.
    Dependencies,
    /// A line of `.helmignore` that Helm refuses.
    Ignore,
    /// Something in charts/ is no chart.
    Subchart,
    /// The chart is too large or too deep, or links go in a circle.
    Limit,
}

/// There is no chart to lint.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The path can't be read.
    #[error("{path}: {source}")]
    Io {
        /// As given.
        path: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A directory without Chart.yaml.
    #[error("{path}: Chart.yaml file is missing")]
    NoChart {
        /// As given.
        path: String,
    },
    /// A directory in which Chart.yaml is a directory.
    #[error("{path}: Chart.yaml is a folder, not a file")]
    FolderInPlace {
        /// As given.
        path: String,
    },
    /// An archive without Chart.yaml.
    #[error("{path}: Chart.yaml file is missing")]
    NoChartPacked {
        /// As given.
        path: String,
    },
    /// An archive that Helm refuses.
    #[error("{path}: {source}")]
    Archive {
        /// As given.
        path: String,
        /// Why.
        source: super::archive::ArchiveError,
    },
}
