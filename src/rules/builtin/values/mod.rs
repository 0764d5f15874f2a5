//! Rules on values files.

mod duplicate_key;
mod schema;

pub(super) use duplicate_key::DuplicateKey;
pub(super) use schema::{InvalidSchema, SchemaViolation};
