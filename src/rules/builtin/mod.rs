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
    &object::DanglingReference,
    &registry::DeadPullSecretsValue,
    &object::DeprecatedApi,
    &registry::DuplicateImagePullSecrets,
    &values::DuplicateKey,
    &object::DuplicateObject,
    &registry::DuplicatePlaceholder,
    &registry::EmptyPlaceholderName,
    &registry::FixedPlaceholderName,
    &registry::FixedPullSecret,
    &registry::HookBeforePlaceholder,
    &object::IgnoredResourcePolicy,
    &registry::ImmutablePlaceholder,
    &object::IncompleteObject,
    &registry::InconsistentImagePullSecrets,
    &object::InvalidImageReference,
    &object::InvalidObjectName,
    &registry::InvalidPlaceholderData,
    &registry::InvalidPullSecretEntry,
    &release::InvalidRelease,
    &values::InvalidSchema,
    &registry::LostSecondPullSecret,
    &object::MismatchedSelector,
    &registry::MisplacedImagePullSecrets,
    &registry::MissingImagePullSecrets,
    &registry::MissingPlaceholderSecret,
    &object::MissingSelector,
    &object::NonStringValue,
    &registry::NonstandardPullSecretsKey,
    &registry::PlaceholderWithCredentials,
    &release::ReleaseDriftResetsPlaceholder,
    &release::ReleaseMissingPlaceholderValues,
    &release::ReleaseMissingPullSecrets,
    &release::ReleaseNamespaceMismatch,
    &release::ReleaseOmitsPlaceholder,
    &release::ReleasePullSecretShape,
    &release::ReleaseUnreadValue,
    &object::RemovedApi,
    &registry::SchemaRejectsPullSecrets,
    &values::SchemaViolation,
    &registry::ShadowedPullSecrets,
    &registry::ShortLivedPlaceholder,
    &registry::StringOnlyPullSecrets,
    &registry::UndefinedPlaceholderValues,
    &registry::UndefinedPullSecretsValue,
    &object::UnknownHook,
    &object::UnknownTargetPort,
    &object::UnmatchedServiceSelector,
    &registry::WrongPlaceholderAnnotation,
    &registry::WrongPlaceholderType,
];
