//! Releases of charts: `HelmRelease` objects of Flux and `Application` objects of Argo CD.
//!
//! [`Tree::search`] finds the documents, [`Links`] says which chart each of them installs, and [`Reading::release`] makes a
//! [`Release`] of one: what it says, with a place for everything, and the values that the chart gets.

mod application;
mod documents;
mod drift;
mod flux;
mod index;
mod kustomize;
mod link;
mod model;
mod nodes;
mod references;
mod search;
mod values;

pub use documents::{Located, ReleaseKind, Wanted};
pub use drift::{Drift, IgnoreRule, Selected, Selector};
pub use link::{Link, Links};
pub use model::{
    ChartReference, ImageReplacement, Patch, Problem, Release, Unknown, ValuesFrom, ValuesSource,
};
pub use nodes::entry_dash;
pub use search::{Tree, TreeFile};
pub use values::{Reading, is_substituted};
