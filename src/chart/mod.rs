//! What a chart is on disk: discovery, archives, `.helmignore`, Chart.yaml, templates, files, subcharts.

mod model;

pub use model::{Chart, ChartFile, Dependency, Metadata, Spanned, Template, ValuesFile};
