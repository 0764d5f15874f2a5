//! Rules on values files.

mod duplicate_key;
mod overlay_unknown_key;
mod schema;
mod undefined_value;
mod unused_value;

pub(super) use duplicate_key::DuplicateKey;
pub(super) use overlay_unknown_key::OverlayUnknownKey;
pub(super) use schema::{InvalidSchema, SchemaViolation};
pub(super) use undefined_value::UndefinedValue;
pub(super) use unused_value::UnusedValue;
