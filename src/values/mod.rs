//! Values: defaults, overlays and subchart scopes merged as Helm merges them; every leaf keeps its span.

mod data;
mod dependencies;
mod from_yaml;
mod inputs;
mod merge;
mod notes;
mod quote;
mod set;
mod user;

pub use data::{Data, Source, Value};
pub use dependencies::{Active, ActiveChart, Defaults, activate};
pub use from_yaml::{FileValues, MAX_VALUES, from_node, from_stream, values_file};
pub use inputs::{InputError, InputFile, Inputs, MAX_VALUES_BYTES, UserInput};
pub use merge::{MAX_DEPTH, MAX_ENTRIES};
pub use notes::{ActivateError, ConflictKind, Note, ValuesError};
pub use user::{ReadFile, SetKind, SetText, set_value, user_values};
