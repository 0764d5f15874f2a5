//! The rules that are written in Rust, one file each; their texts and examples are below `rules/`.

mod object;
mod registry;
mod values;

use super::context::Rule;

/// All of them, sorted by name.
pub static BUILTIN: &[&dyn Rule] = &[
    &registry::BrokenImagePullSecrets,
    &registry::DuplicateImagePullSecrets,
    &values::DuplicateKey,
    &object::InvalidImageReference,
    &registry::InvalidPlaceholderData,
    &registry::InvalidPullSecretEntry,
    &values::InvalidSchema,
    &registry::MisplacedImagePullSecrets,
    &registry::MissingImagePullSecrets,
    &registry::MissingPlaceholderSecret,
    &registry::SchemaRejectsPullSecrets,
    &values::SchemaViolation,
    &registry::UndefinedPlaceholderValues,
    &registry::UndefinedPullSecretsValue,
    &registry::WrongPlaceholderAnnotation,
    &registry::WrongPlaceholderType,
];
