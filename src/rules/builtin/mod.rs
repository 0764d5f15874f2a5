//! The rules that are written in Rust, one file each; their texts and examples are below `rules/`.

mod registry;
mod values;

use super::context::Rule;

/// All of them, sorted by name.
pub static BUILTIN: &[&dyn Rule] = &[
    &registry::BrokenImagePullSecrets,
    &registry::ConflictingPullSecretShapes,
    &registry::DeadPullSecretsValue,
    &values::DuplicateKey,
    &registry::FixedPullSecret,
    &registry::InconsistentImagePullSecrets,
    &registry::InvalidPlaceholderData,
    &values::InvalidSchema,
    &registry::LostSecondPullSecret,
    &registry::MisplacedImagePullSecrets,
    &registry::MissingImagePullSecrets,
    &registry::MissingPlaceholderSecret,
    &registry::NonstandardPullSecretsKey,
    &values::SchemaViolation,
    &registry::ShadowedPullSecrets,
    &registry::StringOnlyPullSecrets,
    &registry::UndefinedPlaceholderValues,
    &registry::UndefinedPullSecretsValue,
    &registry::WrongPlaceholderAnnotation,
    &registry::WrongPlaceholderType,
];
