//! What a chart is on disk: discovery, archives, `.helmignore`, Chart.yaml, templates, files, subcharts.

mod archive;
mod cache;
mod discover;
mod fs;
mod ignore;
mod link;
mod load;
mod metadata;
mod model;
mod problem;
mod yaml_errors;

pub use archive::{ArchiveError, MAX_CHART_BYTES};
pub use cache::ParseCache;
pub use discover::{DiscoverError, chart_around, discover, parents, tidy};
pub use fs::{DirectoryEntry, FileKind, FileSystem, clean, join};
pub use ignore::{IgnoreError, IgnoreRules, path_matches};
pub use link::Satisfies;
pub use load::{Loaded, load, load_with_links};
pub use metadata::{field, scalar_text};
pub use model::{
    About, Chart, ChartFile, Dependency, Maintainer, Metadata, Refused, Spanned, Template,
    ValuesFile,
};
pub use problem::{LoadError, Problem, ProblemKind};
pub use yaml_errors::values_error;
