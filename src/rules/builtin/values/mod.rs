//! Rules on values files.

mod duplicate_key;

pub(super) use duplicate_key::DuplicateKey;
