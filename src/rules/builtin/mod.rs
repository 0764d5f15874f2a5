//! The rules that are written in Rust, one file each; their texts and examples are below `rules/`.

mod registry;
mod values;

use super::context::Rule;

/// All of them, sorted by name.
pub static BUILTIN: &[&dyn Rule] = &[
    &registry::BrokenImagePullSecrets,
    &values::DuplicateKey,
    &registry::DuplicatePlaceholder,
    &registry::EmptyPlaceholderName,
    &registry::FixedPlaceholderName,
    &registry::HookBeforePlaceholder,
    &registry::ImmutablePlaceholder,
    &registry::InvalidPlaceholderData,
    &values::InvalidSchema,
    &registry::MisplacedImagePullSecrets,
    &registry::MissingImagePullSecrets,
    &registry::MissingPlaceholderSecret,
    &registry::PlaceholderWithCredentials,
    &values::SchemaViolation,
    &registry::ShortLivedPlaceholder,
    &registry::UndefinedPlaceholderValues,
    &registry::UndefinedPullSecretsValue,
    &registry::WrongPlaceholderAnnotation,
    &registry::WrongPlaceholderType,
];
