//! The catalogue of rules, and which of them run with which severity.
//!
//! A rule's metadata, documentation and examples are in `rules/<category>/<name>.yaml`; its logic, if it is built in,
//! is in the library.

pub mod builtin;
pub mod calls;
mod catalogue;
pub mod context;
mod file;
pub mod registry;
mod rule;
mod set;
pub mod values;

pub use catalogue::{Catalogue, CatalogueError, nearest};
pub use file::{Example, Examples, RuleFileError};
pub use rule::{Category, Check, Levels, RuleMeta};
pub use set::RuleSet;

pub use crate::config::{Level, Profile};
