//! Rules on private images: placeholder Secrets and the pull secrets of workloads.

mod broken_image_pull_secrets;
mod duplicate_placeholder;
mod empty_placeholder_name;
mod fixed_placeholder_name;
mod hook_before_placeholder;
mod immutable_placeholder;
mod invalid_placeholder_data;
mod misplaced_image_pull_secrets;
mod missing_image_pull_secrets;
mod missing_placeholder_secret;
mod placeholder_with_credentials;
mod short_lived_placeholder;
mod undefined_placeholder_values;
mod undefined_pull_secrets_value;
mod wrong_placeholder_annotation;
mod wrong_placeholder_type;

pub(super) use broken_image_pull_secrets::BrokenImagePullSecrets;
pub(super) use duplicate_placeholder::DuplicatePlaceholder;
pub(super) use empty_placeholder_name::EmptyPlaceholderName;
pub(super) use fixed_placeholder_name::FixedPlaceholderName;
pub(super) use hook_before_placeholder::HookBeforePlaceholder;
pub(super) use immutable_placeholder::ImmutablePlaceholder;
pub(super) use invalid_placeholder_data::InvalidPlaceholderData;
pub(super) use misplaced_image_pull_secrets::MisplacedImagePullSecrets;
pub(super) use missing_image_pull_secrets::MissingImagePullSecrets;
pub(super) use missing_placeholder_secret::MissingPlaceholderSecret;
pub(super) use placeholder_with_credentials::PlaceholderWithCredentials;
pub(super) use short_lived_placeholder::ShortLivedPlaceholder;
pub(super) use undefined_placeholder_values::UndefinedPlaceholderValues;
pub(super) use undefined_pull_secrets_value::UndefinedPullSecretsValue;
pub(super) use wrong_placeholder_annotation::WrongPlaceholderAnnotation;
pub(super) use wrong_placeholder_type::WrongPlaceholderType;
