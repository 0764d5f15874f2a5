//! The rules that are written in Rust, one file each; their texts and examples are below `rules/`.

mod object;
mod registry;
mod release;
mod values;

use super::context::Rule;

/// All of them, sorted by name.
pub static BUILTIN: &[&dyn Rule] = &[
    &registry::BrokenImagePullSecrets,
    &registry::ConflictingPullSecretShapes,
    &registry::DeadPullSecretsValue,
    &registry::DuplicateImagePullSecrets,
    &values::DuplicateKey,
    &registry::DuplicatePlaceholder,
    &registry::EmptyPlaceholderName,
    &registry::FixedPlaceholderName,
    &registry::FixedPullSecret,
    &registry::HookBeforePlaceholder,
    &registry::ImmutablePlaceholder,
    &registry::InconsistentImagePullSecrets,
    &object::InvalidImageReference,
    &registry::InvalidPlaceholderData,
    &registry::InvalidPullSecretEntry,
    &release::InvalidRelease,
    &values::InvalidSchema,
    &registry::LostSecondPullSecret,
    &registry::MisplacedImagePullSecrets,
    &registry::MissingImagePullSecrets,
    &registry::MissingPlaceholderSecret,
    &registry::NonstandardPullSecretsKey,
    &values::OverlayUnknownKey,
    &registry::PlaceholderWithCredentials,
    &release::ReleaseDriftResetsPlaceholder,
    &release::ReleaseMissingPlaceholderValues,
    &release::ReleaseMissingPullSecrets,
    &release::ReleaseNamespaceMismatch,
    &release::ReleaseOmitsPlaceholder,
    &release::ReleasePullSecretShape,
    &release::ReleaseUnreadValue,
    &registry::SchemaRejectsPullSecrets,
    &values::SchemaViolation,
    &registry::ShadowedPullSecrets,
    &registry::ShortLivedPlaceholder,
    &registry::StringOnlyPullSecrets,
    &registry::UndefinedPlaceholderValues,
    &registry::UndefinedPullSecretsValue,
    &values::UndefinedValue,
    &values::UnusedValue,
    &registry::WrongPlaceholderAnnotation,
    &registry::WrongPlaceholderType,
];
